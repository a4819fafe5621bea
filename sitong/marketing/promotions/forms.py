"""What people fill in about a promotion, and how it becomes one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.goods.catalog.queries.facts import SkuFacts, skus_of_products
from sitong.goods.catalog.queries.numbers import products_by_numbers
from sitong.marketing.coupons.forms import GOODS, MOMENT, STORES, Amount
from sitong.marketing.coupons.looks import CHANNELS, STORE_KINDS, WEEKDAYS
from sitong.marketing.coupons.rules import Terms
from sitong.marketing.promotions.models import Promotion
from sitong.marketing.promotions.rules import FlashPrice, Part, Rule, Step, rule_of

KINDS = [
    ("nth", _("2nd for less")), ("gift", _("Buy and get")), ("steps", _("Steps")), ("bundle", _("Set")), ("flash", _("Flash sale")),
    ("member_day", _("Member day")),
]  # fmt: skip
STACKING = [
    ("group", _("One of its group on an article, beside others")), ("exclusive", _("Alone: no other promotion and no coupon on its articles")),
    ("free", _("Beside everything that is not alone")),
]  # fmt: skip
MEASURES = [("amount", _("by what they cost")), ("quantity", _("by pieces"))]
SETS = [("each", _("One of each")), ("any", _("Any of them, so many together"))]
STEP_ROWS, FLASH_ROWS = 3, 6
NUMBERS_MAX = 200


class PromotionForm(forms.Form):
    """One promotion, whole. Times are read in the zone that is active while it is cleaned."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=60)
    name_en = forms.CharField(label=_("Name (English)"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Kind of promotion"), choices=KINDS, widget=forms.RadioSelect)
    count = forms.IntegerField(label=_("Of how many pieces"), required=False, min_value=1, max_value=999)
    percent = forms.DecimalField(
        label=_("Percent off"), required=False, min_value=Decimal("0.01"), max_value=100, decimal_places=2
    )
    buy = forms.IntegerField(label=_("Pieces to buy"), required=False, min_value=1, max_value=999)
    gift_count = forms.IntegerField(label=_("Pieces for nothing"), required=False, min_value=1, max_value=999)
    gifts = forms.CharField(label=_("Gifts: codes or barcodes"), required=False, max_length=2_000)
    measure = forms.ChoiceField(label=_("Steps"), choices=MEASURES, required=False, widget=forms.RadioSelect)
    each = forms.BooleanField(label=_("The first step again and again, as often as it fits"), required=False)
    bundle_kind = forms.ChoiceField(label=_("Set"), choices=SETS, required=False, widget=forms.RadioSelect)
    bundle = forms.CharField(label=_("Goods of the set: codes or barcodes"), required=False, max_length=2_000)
    bundle_count = forms.IntegerField(label=_("How many together"), required=False, min_value=2, max_value=999)
    price = Amount(label=_("Price of the set"))
    times_max = forms.IntegerField(label=_("At most so often in an order"), required=False, min_value=1, max_value=999)
    goods = forms.ChoiceField(label=_("Goods"), choices=GOODS[:3], widget=forms.RadioSelect, required=False)
    category_ids = forms.MultipleChoiceField(label=_("Departments and categories"), required=False)
    product_ids = forms.TypedMultipleChoiceField(label=_("Products"), required=False, coerce=UUID)
    stores = forms.ChoiceField(label=_("Stores"), choices=STORES, widget=forms.RadioSelect)
    store_kinds = forms.MultipleChoiceField(
        label=_("Kinds of store"), required=False, choices=list(STORE_KINDS.items())
    )
    store_ids = forms.MultipleChoiceField(label=_("Stores"), required=False)
    members_only = forms.BooleanField(label=_("For members only"), required=False)
    tiers = forms.MultipleChoiceField(label=_("Tiers"), required=False)
    channels = forms.MultipleChoiceField(label=_("Channels"), required=False, choices=list(CHANNELS.items()))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), required=False, coerce=int, choices=list(enumerate(WEEKDAYS))
    )
    month_days = forms.CharField(label=_("Days of the month, with commas"), required=False, max_length=100)
    hour_from = forms.IntegerField(label=_("From (hour)"), required=False, min_value=0, max_value=23)
    hour_until = forms.IntegerField(label=_("Until (hour)"), required=False, min_value=1, max_value=24)
    starts_at = forms.DateTimeField(label=_("Begins"), **MOMENT)
    ends_at = forms.DateTimeField(label=_("Ends"), **MOMENT)
    stacking = forms.ChoiceField(label=_("Beside others"), choices=STACKING, widget=forms.RadioSelect)
    stack_group = forms.CharField(label=_("Name of the group"), max_length=20, required=False)

    def __init__(self, *args: Any, brand_id: UUID, categories: Sequence[Any] = (), stores: Sequence[Any] = (),
                 tiers: Sequence[Any] = (), **options: Any) -> None:  # fmt: skip
        super().__init__(*args, **options)
        self.brand_id = brand_id
        for at in range(1, STEP_ROWS + 1):
            self.fields[f"reach_{at}"] = Amount(label=_("From"))
            self.fields[f"off_{at}"] = Amount(label=_("Amount off"))
            self.fields[f"rate_{at}"] = forms.DecimalField(
                label=_("or percent off"), required=False, min_value=0, max_value=100, decimal_places=2
            )
        for at in range(1, FLASH_ROWS + 1):
            self.fields[f"flash_code_{at}"] = forms.CharField(label=_("Code or barcode"), required=False, max_length=40)
            self.fields[f"flash_price_{at}"] = Amount(label=_("Price"))
            self.fields[f"flash_stock_{at}"] = forms.IntegerField(
                label=_("Pieces"), required=False, min_value=1, max_value=1_000_000
            )
            self.fields[f"flash_limit_{at}"] = forms.IntegerField(
                label=_("For each member"), required=False, min_value=1, max_value=999
            )
        self.fields["category_ids"].choices = list(categories)  # type: ignore[attr-defined]
        self.fields["store_ids"].choices = list(stores)  # type: ignore[attr-defined]
        self.fields["tiers"].choices = list(tiers)  # type: ignore[attr-defined]
        said = self.data.getlist("product_ids") if hasattr(self.data, "getlist") else []
        self.fields["product_ids"].choices = [(one, one) for one in said if _is_id(one)]  # type: ignore[attr-defined]

    @property
    def step_rows(self) -> list[tuple[Any, Any, Any]]:
        """Give the steps' fields, row by row."""
        return [(self[f"reach_{at}"], self[f"off_{at}"], self[f"rate_{at}"]) for at in range(1, STEP_ROWS + 1)]

    @property
    def flash_rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """Give the flash sale's fields, row by row."""
        names = ("flash_code", "flash_price", "flash_stock", "flash_limit")
        return [tuple(self[f"{name}_{at}"] for name in names) for at in range(1, FLASH_ROWS + 1)]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Hold together what belongs together and find the goods that are named; the action refuses the rest."""
        said: dict[str, Any] = super().clean() or {}
        kind = said.get("kind")
        if kind in {"nth", "gift", "steps", "member_day"}:
            for goods, field in (("categories", "category_ids"), ("products", "product_ids")):
                if said.get("goods") == goods and not said.get(field):
                    self.add_error(field, _("Choose at least one."))
        for chosen, field in (("kinds", "store_kinds"), ("chosen", "store_ids")):
            if said.get("stores") == chosen and not said.get(field):
                self.add_error(field, _("Choose at least one."))
        said["gift_ids"] = self._products("gifts", said) if kind == "gift" else []
        said["bundle_ids"] = self._products("bundle", said) if kind == "bundle" else []
        said["flash"] = self._flash(said) if kind == "flash" else ()
        days = re.findall(r"\d+", said.get("month_days", ""))
        said["month_days"] = tuple(sorted({int(day) for day in days if len(day) <= 2}))
        if said.get("starts_at") and said.get("ends_at") and said["starts_at"] >= said["ends_at"]:
            self.add_error("ends_at", _("The end lies after the beginning."))
        return said

    def rule(self) -> Rule:
        """Give the rule that this form says."""
        said, kind = self.cleaned_data, self.cleaned_data["kind"]
        times = said["times_max"] or 100
        if kind == "nth":
            return Rule(count=said["count"] or 0, percent_bp=_bp(said["percent"]), times_max=times)
        if kind == "gift":
            return Rule(
                count=said["buy"] or 0,
                gift_count=said["gift_count"] or 0,
                gift_product_ids=frozenset(said["gift_ids"]),
                times_max=times,
            )
        if kind == "member_day":
            return Rule(percent_bp=_bp(said["percent"]))
        if kind == "bundle":
            ids = said["bundle_ids"]
            together = (Part(frozenset(ids), said["bundle_count"] or 0),) if ids else ()
            parts = together if said["bundle_kind"] == "any" else tuple(Part(frozenset({one})) for one in ids)
            return Rule(parts=parts, price_minor=said["price"], times_max=times)
        if kind == "flash":
            return Rule(flash=said["flash"])
        return Rule(measure=said["measure"] or "amount", steps=self._steps(), each=said["each"], times_max=times)

    def fields_of_promotion(self) -> dict[str, Any]:
        """Give the promotion's fields beside its rule and its name space."""
        said = self.cleaned_data
        scoped = said["kind"] in {"nth", "gift", "steps", "member_day"}
        terms = Terms(
            category_ids=frozenset(map(UUID, said["category_ids"])) if scoped and said["goods"] == "categories" else frozenset(),
            product_ids=frozenset(said["product_ids"]) if scoped and said["goods"] == "products" else frozenset(),
            store_kinds=frozenset(said["store_kinds"]) if said["stores"] == "kinds" else frozenset(),
            store_ids=frozenset(map(UUID, said["store_ids"])) if said["stores"] == "chosen" else frozenset(),
            tiers=frozenset(said["tiers"]), channels=frozenset(said["channels"]), weekdays=frozenset(said["weekdays"]),
            hour_from=said["hour_from"] or 0, hour_until=24 if said["hour_until"] is None else said["hour_until"],
        )  # fmt: skip
        limited = any(price.per_member for price in said["flash"])
        return {
            "kind": said["kind"], "name": said["name"], "name_en": said["name_en"], "terms": terms, "month_days": said["month_days"],
            "members_only": said["members_only"] or said["kind"] == "member_day" or bool(said["tiers"]) or limited,
            "stores_choose": said["stores"] == "choose", "stacking": said["stacking"],
            "stack_group": said["stack_group"].strip() if said["stacking"] == "group" else "",
            "starts_at": said["starts_at"], "ends_at": said["ends_at"],
        }  # fmt: skip

    def _steps(self) -> tuple[Step, ...]:
        said, steps = self.cleaned_data, []
        for at in range(1, STEP_ROWS + 1):
            reach, off, rate = said[f"reach_{at}"], said[f"off_{at}"], _bp(said[f"rate_{at}"])
            if reach and (off or rate):
                reach = reach // 100 if said["measure"] == "quantity" else reach
                steps.append(Step(reach, percent_bp=rate, off_minor=0 if rate else off))
        return tuple(sorted(steps, key=lambda step: step.reach))

    def _products(self, field: str, said: dict[str, Any]) -> list[UUID]:
        numbers = list(dict.fromkeys(re.findall(r"[^\s,;，；、]+", said.get(field, ""))))[:NUMBERS_MAX]
        known = products_by_numbers(self.brand_id, numbers) if numbers else {}
        if unknown := [number for number in numbers if number not in known]:
            self.add_error(field, _("No product of ours: {numbers}").format(numbers=", ".join(unknown[:5])))
        return list(dict.fromkeys(known[number] for number in numbers if number in known))

    def _flash(self, said: dict[str, Any]) -> tuple[FlashPrice, ...]:
        codes = {at: said.get(f"flash_code_{at}", "").strip() for at in range(1, FLASH_ROWS + 1)}
        numbers = [code for code in codes.values() if code]
        products = products_by_numbers(self.brand_id, numbers) if numbers else {}
        skus = skus_of_products(set(products.values()))
        prices = []
        for at, code in codes.items():
            if not code:
                continue
            found = _sku_meant(code, skus.get(products[code], [])) if code in products else None
            if found is None:
                self.add_error(f"flash_code_{at}", _("No product of ours: {numbers}").format(numbers=code))
            elif not said.get(f"flash_price_{at}") or not said.get(f"flash_stock_{at}"):
                self.add_error(f"flash_code_{at}", _("Say its price and how many there are."))
            else:
                prices.append(
                    FlashPrice(
                        found.id, said[f"flash_price_{at}"], said[f"flash_stock_{at}"], said.get(f"flash_limit_{at}")
                    )
                )
        return tuple(prices)


def initial_of(promotion: Promotion | None, *, numbers: dict[UUID, str]) -> dict[str, Any]:
    """Give what the form shows at first: the promotion as it stands, or the second at half price. `numbers`: codes by SKU and product."""
    if promotion is None:
        return {"kind": "nth", "count": 2, "percent": 50, "buy": 2, "gift_count": 1, "measure": "amount", "bundle_kind": "each",
                "goods": "products", "stores": "all", "stacking": "group"}  # fmt: skip
    rule, terms = rule_of(promotion.rule), promotion.terms or {}
    goods = next(
        (name for name, key in (("categories", "category_ids"), ("products", "product_ids")) if terms.get(key)), "all"
    )
    stores = next((name for name, key in (("kinds", "store_kinds"), ("chosen", "store_ids")) if terms.get(key)), "all")
    kept = ("name", "name_en", "kind", "starts_at", "ends_at", "stacking", "stack_group", "members_only")
    asked = (
        "category_ids",
        "product_ids",
        "store_kinds",
        "store_ids",
        "tiers",
        "channels",
        "weekdays",
        "hour_from",
        "hour_until",
    )
    any_of = len(rule.parts) == 1 and rule.parts[0].count > 1
    bundle = [key for part in rule.parts for key in sorted(part.product_ids)]
    shown = {
        **{name: getattr(promotion, name) for name in kept}, **{name: terms.get(name) for name in asked}, "goods": goods,
        "stores": "choose" if promotion.stores_choose else stores, "month_days": ", ".join(map(str, promotion.month_days)),
        "count": rule.count or 2, "buy": rule.count or 2, "gift_count": rule.gift_count or 1,
        "percent": Decimal(rule.percent_bp) / 100 if rule.percent_bp else None, "measure": rule.measure, "each": rule.each,
        "gifts": ", ".join(numbers.get(key, "") for key in sorted(rule.gift_product_ids)), "bundle_kind": "any" if any_of else "each",
        "bundle": ", ".join(numbers.get(key, "") for key in bundle), "bundle_count": rule.parts[0].count if any_of else None,
        "price": _major(rule.price_minor), "times_max": None if rule.times_max == 100 else rule.times_max,
    }  # fmt: skip
    for at, step in enumerate(rule.steps[:STEP_ROWS], start=1):
        reach = Decimal(step.reach) if rule.measure == "quantity" else _major(step.reach)
        shown |= {
            f"reach_{at}": reach,
            f"off_{at}": _major(step.off_minor),
            f"rate_{at}": Decimal(step.percent_bp) / 100 or None,
        }
    for at, price in enumerate(rule.flash[:FLASH_ROWS], start=1):
        shown |= {f"flash_code_{at}": numbers.get(price.sku_id, ""), f"flash_price_{at}": _major(price.price_minor),
                  f"flash_stock_{at}": price.stock, f"flash_limit_{at}": price.per_member}  # fmt: skip
    return shown


def _sku_meant(code: str, skus: Sequence[SkuFacts]) -> SkuFacts | None:
    """Give the SKU with this very code, or the product's first that is still there."""
    open_ = [one for one in skus if not one.withdrawn]
    return next((one for one in open_ if one.code == code), open_[0] if open_ else None)


def _bp(percent: Decimal | None) -> int:
    return int(percent * 100) if percent else 0


def _major(minor: int) -> Decimal | None:
    return Decimal(minor).scaleb(-2) if minor else None


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
