"""What people fill in about a coupon and a campaign, and how it becomes the fields of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from sitong.goods.catalog.queries.numbers import products_by_numbers
from sitong.marketing.coupons.looks import CHANNELS, STORE_KINDS, WEEKDAYS
from sitong.marketing.coupons.models import Coupon
from sitong.member.segments.filters import Filter
from sitong.shared.money import MINOR_DIGITS

KINDS = [
    ("cash", _("Cash: an amount off")), ("percent", _("Percent: a share off")), ("exchange", _("Exchange: goods for nothing")),
]  # fmt: skip
STACKING = [
    ("group", _("One of its group in an order, beside others")), ("exclusive", _("Alone: no other coupon beside it")),
    ("free", _("Beside every coupon that is not exclusive")),
]  # fmt: skip
WAYS = [
    ("claim", _("Members claim it: link, QR code, coupon center")), ("buy", _("Members buy it, for the price below")),
    ("join", _("New members get it for joining")), ("segment", _("Headquarters gives it to a segment")), ("clerk", _("Clerks give it in the store")),
    ("campaign", _("Campaigns give it: scans, check-ins, wheels, deals")),
]  # fmt: skip
GOODS = [
    ("all", _("All goods")), ("categories", _("Departments and categories")), ("products", _("Chosen products")),
    ("numbers", _("A list of product numbers")),
]  # fmt: skip
STORES = [
    ("all", _("All stores")), ("kinds", _("Kinds of store")), ("chosen", _("Chosen stores")), ("choose", _("Stores that choose it themselves")),
]  # fmt: skip
VALID = [
    ("days", _("Days after the claim")), ("dates", _("From one date to another")), ("both", _("Days after the claim, and no longer than the dates")),
]  # fmt: skip
NUMBERS_MAX = 50_000
FILE_MAX = 2_000_000
MOMENT: dict[str, Any] = {
    "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    "input_formats": ["%Y-%m-%dT%H:%M"],
}


class Amount(forms.DecimalField):
    """Money in its main unit; gives minor units."""

    def __init__(self, **options: Any) -> None:
        self.digits = MINOR_DIGITS["CNY"]
        super().__init__(min_value=0, decimal_places=self.digits, required=False, **options)
        self.validators.append(MaxValueValidator(1_000_000))

    def clean(self, value: Any) -> int:
        amount: Decimal | None = super().clean(value)
        return 0 if amount is None else int(amount.scaleb(self.digits))


class CouponForm(forms.Form):
    """One coupon, whole. `fields_of_coupon` gives what it says; times are read in the zone that is active while it is cleaned."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    kind = forms.ChoiceField(label=_("Kind of coupon"), choices=KINDS, widget=forms.RadioSelect)
    value = Amount(label=_("Amount off"))
    percent = forms.DecimalField(
        label=_("Percent off"), required=False, min_value=Decimal("0.01"), max_value=100, decimal_places=2
    )
    cap = Amount(label=_("At most"))
    quantity_max = forms.IntegerField(
        label=_("How many items for nothing"), required=False, min_value=1, max_value=1000
    )
    threshold = Amount(label=_("From a sum of"))
    goods = forms.ChoiceField(label=_("Goods"), choices=GOODS, widget=forms.RadioSelect)
    category_ids = forms.MultipleChoiceField(label=_("Departments and categories"), required=False)
    product_ids = forms.TypedMultipleChoiceField(label=_("Products"), required=False, coerce=UUID)
    numbers = forms.CharField(label=_("Product numbers"), required=False, max_length=1_000_000, widget=forms.Textarea)
    numbers_file = forms.FileField(label=_("File with product numbers"), required=False)
    stores = forms.ChoiceField(label=_("Stores"), choices=STORES, widget=forms.RadioSelect)
    store_kinds = forms.MultipleChoiceField(
        label=_("Kinds of store"), required=False, choices=list(STORE_KINDS.items())
    )
    store_ids = forms.MultipleChoiceField(label=_("Stores"), required=False)
    tiers = forms.MultipleChoiceField(label=_("Tiers"), required=False)
    channels = forms.MultipleChoiceField(label=_("Channels"), required=False, choices=list(CHANNELS.items()))
    first_order = forms.BooleanField(label=_("Only on a member's first order"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), required=False, coerce=int, choices=list(enumerate(WEEKDAYS))
    )
    hour_from = forms.IntegerField(label=_("From (hour)"), required=False, min_value=0, max_value=23)
    hour_until = forms.IntegerField(label=_("Until (hour)"), required=False, min_value=1, max_value=24)
    ways = forms.MultipleChoiceField(label=_("How members get it"), choices=WAYS)
    price = Amount(label=_("Price"))
    claim_from = forms.DateTimeField(label=_("Claims from"), required=False, **MOMENT)
    claim_until = forms.DateTimeField(label=_("Claims until"), required=False, **MOMENT)
    valid = forms.ChoiceField(label=_("Valid"), choices=VALID, widget=forms.RadioSelect)
    valid_days = forms.IntegerField(label=_("Number of days"), required=False, min_value=1, max_value=3650)
    valid_from = forms.DateTimeField(label=_("Valid from"), required=False, **MOMENT)
    valid_until = forms.DateTimeField(label=_("Valid until"), required=False, **MOMENT)
    per_member = forms.IntegerField(label=_("For each member"), min_value=1, max_value=1000)
    quota_total = forms.IntegerField(label=_("Altogether"), required=False, min_value=1, max_value=2_000_000_000)
    quota_daily = forms.IntegerField(label=_("Each day"), required=False, min_value=1, max_value=2_000_000_000)
    stacking = forms.ChoiceField(label=_("Beside other coupons"), choices=STACKING, widget=forms.RadioSelect)
    stack_group = forms.CharField(label=_("Name of the group"), max_length=20, required=False)
    transferable = forms.BooleanField(label=_("Members may pass it on"), required=False)
    at_counter = forms.BooleanField(
        label=_("Something is handed out for it at the counter, without a sale in the till"), required=False
    )
    clerk_daily = forms.IntegerField(label=_("One clerk in a day"), required=False, min_value=1, max_value=100_000)

    def __init__(self, *args: Any, brand_id: UUID, campaigns: Sequence[Any] = (), categories: Sequence[Any] = (), stores: Sequence[Any] = (),
                 tiers: Sequence[Any] = (), **options: Any) -> None:  # fmt: skip
        super().__init__(*args, **options)
        self.brand_id = brand_id
        self.unknown: list[str] = []
        self.fields["campaign"].choices = [("", "—"), *campaigns]  # type: ignore[attr-defined]
        self.fields["category_ids"].choices = list(categories)  # type: ignore[attr-defined]
        self.fields["store_ids"].choices = list(stores)  # type: ignore[attr-defined]
        self.fields["tiers"].choices = list(tiers)  # type: ignore[attr-defined]
        said = self.data.getlist("product_ids") if hasattr(self.data, "getlist") else []
        self.fields["product_ids"].choices = [(one, one) for one in said if _is_id(one)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Hold together what belongs together; the action refuses the rest."""
        said: dict[str, Any] = super().clean() or {}
        kind = said.get("kind")
        if kind == "cash" and not said.get("value"):
            self.add_error("value", _("Say how much is off."))
        if kind == "percent" and not said.get("percent"):
            self.add_error("percent", _("Say how many percent are off."))
        if said.get("goods") == "categories" and not said.get("category_ids"):
            self.add_error("category_ids", _("Choose at least one."))
        if said.get("goods") == "products" and not said.get("product_ids"):
            self.add_error("product_ids", _("Choose at least one."))
        if said.get("stores") == "kinds" and not said.get("store_kinds"):
            self.add_error("store_kinds", _("Choose at least one."))
        if said.get("stores") == "chosen" and not said.get("store_ids"):
            self.add_error("store_ids", _("Choose at least one."))
        if said.get("valid") in {"days", "both"} and not said.get("valid_days"):
            self.add_error("valid_days", _("Say for how many days."))
        if said.get("valid") in {"dates", "both"} and not said.get("valid_until"):
            self.add_error("valid_until", _("Say until when."))
        for start, end in (("claim_from", "claim_until"), ("valid_from", "valid_until"), ("hour_from", "hour_until")):
            if said.get(start) is not None and said.get(end) is not None and said[start] >= said[end]:
                self.add_error(end, _("The end lies after the beginning."))
        if "buy" in said.get("ways", ()) and not said.get("price"):
            self.add_error("price", _("A coupon that is bought has a price."))
        return said

    def listed_products(self) -> list[UUID] | None:
        """Give the products behind the pasted or uploaded numbers (unknown ones go to `unknown`); None: no list was given."""
        said = self.cleaned_data
        if said["goods"] != "numbers":
            return None
        text = said["numbers"]
        if said["numbers_file"] is not None:
            text += "\n" + said["numbers_file"].read(FILE_MAX).decode("utf-8-sig", errors="replace")
        numbers = list(dict.fromkeys(re.findall(r"[^\s,;，；、\"']+", text)))[:NUMBERS_MAX]
        if not numbers:
            return None
        known = products_by_numbers(self.brand_id, numbers)
        self.unknown = [number for number in numbers if number not in known]
        return sorted(set(known.values()))

    def fields_of_coupon(self) -> dict[str, Any]:
        """Give the fields of the coupon that this form says, without its goods list and its campaign."""
        said = self.cleaned_data
        dates = said["valid"] in {"dates", "both"}
        return {
            "name": said["name"], "name_en": said["name_en"], "kind": said["kind"],
            "value_minor": said["value"] if said["kind"] == "cash" else 0,
            "percent_bp": int(said["percent"] * 100) if said["kind"] == "percent" else 0,
            "cap_minor": (said["cap"] or None) if said["kind"] == "percent" else None,
            "quantity_max": (said["quantity_max"] or 1) if said["kind"] == "exchange" else 1,
            "threshold_minor": said["threshold"], "price_minor": said["price"] if "buy" in said["ways"] else 0,
            "terms": self._terms(), "stores_choose": said["stores"] == "choose",
            "stacking": said["stacking"], "stack_group": said["stack_group"], "ways": list(said["ways"]), "transferable": said["transferable"],
            "claim_from": said["claim_from"], "claim_until": said["claim_until"],
            "valid_from": said["valid_from"] if dates else None, "valid_until": said["valid_until"] if dates else None,
            "valid_days": said["valid_days"] if said["valid"] in {"days", "both"} else None,
            "quota_total": said["quota_total"], "quota_daily": said["quota_daily"], "per_member": said["per_member"],
            "at_counter": said["at_counter"], "clerk_daily": said["clerk_daily"] if "clerk" in said["ways"] else None,
        }  # fmt: skip

    def exact_times(self, coupon: Coupon) -> dict[str, Any]:
        """Give the instants that nobody changed as they stand: a field holds minutes, an instant may have seconds."""
        names = ("claim_from", "claim_until", "valid_from", "valid_until")
        kept = {name: getattr(coupon, name) for name in names}
        said = self.fields_of_coupon()
        return {
            name: at
            for name, at in kept.items()
            if at and said[name] and at.replace(second=0, microsecond=0) == said[name]
        }

    def _terms(self) -> dict[str, Any]:
        said = self.cleaned_data
        terms: dict[str, Any] = {
            "category_ids": said["category_ids"] if said["goods"] == "categories" else [],
            "product_ids": [str(one) for one in said["product_ids"]] if said["goods"] == "products" else [],
            "store_kinds": said["store_kinds"] if said["stores"] == "kinds" else [],
            "store_ids": said["store_ids"] if said["stores"] == "chosen" else [],
            "tiers": said["tiers"], "channels": said["channels"], "weekdays": said["weekdays"], "first_order": said["first_order"],
        }  # fmt: skip
        hours = {
            "hour_from": said["hour_from"] or 0,
            "hour_until": 24 if said["hour_until"] is None else said["hour_until"],
        }
        return {
            **{key: value for key, value in terms.items() if value},
            **(hours if hours != {"hour_from": 0, "hour_until": 24} else {}),
        }


def initial_of(coupon: Coupon | None) -> dict[str, Any]:
    """Give what the form shows at first: the coupon as it stands, or a small cash coupon."""
    if coupon is None:
        return {"kind": "cash", "goods": "all", "stores": "all", "valid": "days", "valid_days": 30, "per_member": 1, "stacking": "group",
                "ways": ["claim"], "quantity_max": 1}  # fmt: skip
    terms = coupon.terms or {}
    goods = (
        "numbers"
        if coupon.goods_listed
        else next(
            (name for name, key in (("categories", "category_ids"), ("products", "product_ids")) if terms.get(key)),
            "all",
        )
    )
    stores = (
        "choose"
        if coupon.stores_choose
        else next((name for name, key in (("kinds", "store_kinds"), ("chosen", "store_ids")) if terms.get(key)), "all")
    )
    kept = ("name", "name_en", "kind", "quantity_max", "ways", "claim_from", "claim_until", "valid_days", "valid_from", "valid_until",
            "per_member", "quota_total", "quota_daily", "stacking", "stack_group", "transferable", "at_counter", "clerk_daily")  # fmt: skip
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
        "first_order",
    )
    return {
        **{name: getattr(coupon, name) for name in kept}, **{name: terms.get(name) for name in asked},
        "campaign": str(coupon.campaign_id or ""), "value": _major(coupon.value_minor), "cap": _major(coupon.cap_minor or 0),
        "percent": Decimal(coupon.percent_bp) / 100 if coupon.percent_bp else None, "threshold": _major(coupon.threshold_minor),
        "price": _major(coupon.price_minor), "goods": goods, "stores": stores,
        "valid": "dates" if not coupon.valid_days else "both" if coupon.valid_until else "days",
    }  # fmt: skip


class CampaignForm(forms.Form):
    """A campaign's own facts."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    kind = forms.CharField(label=_("Kind of campaign"), max_length=20, required=False)
    starts_on = forms.DateField(label=_("Begins on"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Ends on"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("starts_on") and said.get("ends_on") and said["ends_on"] < said["starts_on"]:
            self.add_error("ends_on", _("The end lies after the beginning."))
        return said


def _major(minor: int) -> Decimal | None:
    return Decimal(minor).scaleb(-2) if minor else None


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class SegmentForm(forms.Form):
    """Members to whom a coupon is given; what is left empty says "any"."""

    segment_id = forms.ChoiceField(label=_("Saved segment"), required=False)
    tiers = forms.MultipleChoiceField(label=_("Tiers"), required=False)
    sources = forms.CharField(label=_("Joined through (sources, with commas)"), required=False, max_length=400)
    joined_from = forms.DateTimeField(label=_("Joined from"), required=False, **MOMENT)
    joined_until = forms.DateTimeField(label=_("Joined before"), required=False, **MOMENT)

    def __init__(self, *args: Any, tiers: Sequence[Any] = (), segments: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tiers"].choices = list(tiers)  # type: ignore[attr-defined]
        self.fields["segment_id"].choices = [("", _("Everybody")), *segments]  # type: ignore[attr-defined]

    def segment(self) -> Filter:
        """Give the filter that this form says."""
        said = self.cleaned_data
        sources = frozenset(one for one in re.split(r"[,，\s]+", said["sources"]) if one)
        saved = UUID(said["segment_id"]) if said["segment_id"] else None
        return Filter(said["tiers"], (), sources, (), said["joined_from"], said["joined_until"], saved)
