"""How a coupon reads: its headline, its rules in one sentence, its state. The same words in workshop, shop and at the counter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from sitong.goods.catalog.queries.categories import category_tree
from sitong.goods.catalog.queries.numbers import product_names
from sitong.marketing.coupons.models import Coupon, CouponGoods
from sitong.member.tiers.queries import plan_of
from sitong.org.stores.queries import store_facts
from sitong.shared.i18n.formats import locale_now, moment_text, money_text, number_text

NAMED_MAX = 3
KINDS = {"cash": lazy("Cash"), "percent": lazy("Percent"), "exchange": lazy("Exchange")}
CHANNELS = {
    "mini_shop": lazy("mini shop"), "pos": lazy("till"), "livestream": lazy("livestream"), "marketplace": lazy("marketplace"),
    "group": lazy("community group"), "guide": lazy("guide"),
}  # fmt: skip
STORE_KINDS = {
    "direct": lazy("direct"), "franchise": lazy("franchise"), "special": lazy("special"), "authorized": lazy("authorized"),
}  # fmt: skip
WEEKDAYS = (lazy("Mon"), lazy("Tue"), lazy("Wed"), lazy("Thu"), lazy("Fri"), lazy("Sat"), lazy("Sun"))
WAYS = {
    "claim": lazy("Claimed by the member"), "buy": lazy("Bought"), "join": lazy("Given for joining"), "segment": lazy("Given to a segment"),
    "clerk": lazy("Given by a clerk"), "campaign": lazy("Given by a campaign"), "passed": lazy("Passed on by a friend"),
}  # fmt: skip
STATES = {
    "draft": lazy("Draft"), "coming": lazy("To come"), "running": lazy("Running"), "paused": lazy("Paused"), "over": lazy("Claims over"),
    "ended": lazy("Ended"), "void": lazy("Void"),
}  # fmt: skip


@dataclass
class Named:
    """The names behind the ids of some coupons' conditions, read once for all of them. A name is (Chinese, English)."""

    names: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    tiers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    listed: dict[UUID, int] = field(default_factory=dict)

    def said(self, ids: Iterable[Any]) -> list[str]:
        """Give the names in the active language, in Chinese order of nothing but themselves; unknown ids are left out."""
        found = [self.names[UUID(str(one))] for one in ids if UUID(str(one)) in self.names]
        return sorted(_said(*one) for one in found)


def named_for(coupons: Iterable[Coupon], *, brand_id: UUID) -> Named:
    """Read what the conditions of these coupons name: at most one query each for goods, stores, categories, tiers."""
    coupons = list(coupons)
    kept = [coupon.terms or {} for coupon in coupons]
    wanted = {key: {UUID(str(one)) for terms in kept for one in terms.get(key, ())} for key in
              ("product_ids", "store_ids", "category_ids")}  # fmt: skip
    found = Named()
    if wanted["product_ids"]:
        found.names |= product_names(wanted["product_ids"])
    if wanted["store_ids"]:
        found.names |= {one.id: (one.name, one.name_en) for one in store_facts(wanted["store_ids"]).values()}
    if wanted["category_ids"]:
        for top in category_tree(brand_id):
            found.names |= {
                one.id: (one.name, one.name_en) for one in (top, *top.children) if one.id in wanted["category_ids"]
            }
    if any(terms.get("tiers") for terms in kept):
        plan = plan_of(brand_id)
        found.tiers = {one.code: (one.name, one.name_en) for one in (plan.levels if plan else ())}
    if long := [coupon.id for coupon in coupons if coupon.goods_listed]:
        counted = CouponGoods.objects.filter(coupon_id__in=long).values_list("coupon_id").annotate(Count("product_id"))
        found.listed = dict(counted)
    return found


def headline(coupon: Any, currency: str) -> str:
    """Say what the coupon gives, as large as it is printed on it: "¥20 off", "15% off", "2 items free"."""
    if coupon.kind == "cash":
        return _("{amount} off").format(amount=short_money(coupon.value_minor, currency))
    if coupon.kind == "percent":
        if locale_now() != "en":  # Chinese says what is left to pay, in tenths
            return _("{folds} tenths of the price").format(folds=_plain(10_000 - coupon.percent_bp, 1000))
        return _("{percent}% off").format(percent=_plain(coupon.percent_bp, 100))
    if coupon.quantity_max == 1:
        return _("One item free")
    return _("{n} items free").format(n=number_text(coupon.quantity_max))


def threshold(coupon: Any, currency: str) -> str:
    """Say from which sum on it holds."""
    if not coupon.threshold_minor:
        return _("From any sum on")
    return _("From {amount} on").format(amount=short_money(coupon.threshold_minor, currency))


def sentence(coupon: Any, named: Named, *, currency: str, zone: str) -> str:
    """Say the coupon's rules in one sentence of the active language, what it gives first."""
    said = [
        *_gives(coupon, currency),
        *_goods(coupon, named),
        *_where(coupon, named),
        *_who(coupon, named),
        *_when(coupon, zone),
    ]
    said += _limits(coupon, currency)
    return _(", ").join(said) + _(".")


def where_it_holds(coupon: Any, named: Named) -> str:
    """Say in which stores and channels it holds."""
    return _(", ").join(_where(coupon, named)) or _("in every store")


def state_of(coupon: Any, *, at: datetime) -> str:
    """Give the coupon's state at an instant: one of `STATES`."""
    if coupon.voided_at is not None:
        return "void"
    if coupon.ended_at is not None and coupon.ended_at <= at:
        return "ended"
    if coupon.published_at is None:
        return "draft"
    if coupon.paused_at is not None:
        return "paused"
    if coupon.claim_from is not None and coupon.claim_from > at:
        return "coming"
    return "over" if coupon.claim_until is not None and coupon.claim_until <= at else "running"


def short_money(minor: int, currency: str) -> str:
    """Write an amount without decimals that say nothing: ¥20, ¥9.90."""
    text = money_text(minor, currency)
    return text.removesuffix(".00")


def last_moment(until: datetime, zone: str) -> str:
    """Write the end of a half-open period as people say it: the last minute that is still in it."""
    return moment_text(until - timedelta(seconds=1), zone, "medium")


def _gives(coupon: Any, currency: str) -> list[str]:
    amount = short_money(coupon.threshold_minor, currency)
    said = [_("{gift} from {amount} on").format(gift=headline(coupon, currency), amount=amount)] if coupon.threshold_minor else [
        headline(coupon, currency)]  # fmt: skip
    if coupon.kind == "percent" and coupon.cap_minor:
        said.append(_("at most {amount}").format(amount=short_money(coupon.cap_minor, currency)))
    return said


def _goods(coupon: Any, named: Named) -> list[str]:
    terms = coupon.terms or {}
    if coupon.goods_listed:
        count = named.listed.get(coupon.id, 0)
        return [_("for {n} chosen products").format(n=number_text(count)) if count else _("for chosen products")]
    names = [*named.said(terms.get("category_ids", ())), *named.said(terms.get("product_ids", ()))]
    if not names:
        return []
    return [_("for {goods}").format(goods=_several(names))]


def _where(coupon: Any, named: Named) -> list[str]:
    terms, said = coupon.terms or {}, []
    if coupon.stores_choose:
        said.append(_("in stores that take part"))
    if stores := named.said(terms.get("store_ids", ())):
        said.append(_("in {stores}").format(stores=_several(stores)))
    if kinds := [str(STORE_KINDS.get(one, one)) for one in terms.get("store_kinds", ())]:
        said.append(_("in {kinds} stores").format(kinds=_both(kinds)))
    if channels := [str(CHANNELS.get(one, one)) for one in terms.get("channels", ())]:
        said.append(_("only through {channels}").format(channels=_both(channels)))
    return said


def _who(coupon: Any, named: Named) -> list[str]:
    terms, said = coupon.terms or {}, []
    if tiers := [_said(*named.tiers[one]) if one in named.tiers else str(one) for one in terms.get("tiers", ())]:
        said.append(_("for {tiers} members").format(tiers=_both(tiers)))
    if terms.get("first_order"):
        said.append(_("on the first order"))
    return said


def _when(coupon: Any, zone: str) -> list[str]:
    terms, said = coupon.terms or {}, []
    if days := sorted(int(one) for one in terms.get("weekdays", ())):
        said.append(_("on {days}").format(days=_both([str(WEEKDAYS[one]) for one in days if 0 <= one < 7])))
    start, end = int(terms.get("hour_from", 0)), int(terms.get("hour_until", 24))
    if (start, end) != (0, 24):
        said.append(_("from {start} to {end}").format(start=f"{start}:00", end=f"{end}:00"))
    if coupon.valid_days:
        said.append(_("valid for {n} days from the day of the claim").format(n=coupon.valid_days))
    elif coupon.valid_until:
        until = last_moment(coupon.valid_until, zone)
        if coupon.valid_from:
            said.append(
                _("valid from {start} to {until}").format(
                    start=moment_text(coupon.valid_from, zone, "medium"), until=until
                )
            )
        else:
            said.append(_("valid until {until}").format(until=until))
    return said


def _limits(coupon: Any, currency: str) -> list[str]:
    said = [
        _("one for each member")
        if coupon.per_member == 1
        else _("{n} for each member").format(n=number_text(coupon.per_member or 1))
    ]
    if coupon.price_minor:
        said.append(_("bought for {amount}").format(amount=short_money(coupon.price_minor, currency)))
    said.append({
        "exclusive": _("not with any other coupon"), "group": _("one of its kind in an order"), "free": _("together with other coupons"),
    }.get(coupon.stacking, ""))  # fmt: skip
    if coupon.transferable:
        said.append(_("may be passed on"))
    return [one for one in said if one]


def _several(names: list[str]) -> str:
    if len(names) <= NAMED_MAX:
        return _both(names)
    return _("{names} and {n} more").format(
        names=_(", ").join(names[:NAMED_MAX]), n=number_text(len(names) - NAMED_MAX)
    )


def _both(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}").format(names=_(", ").join(names[:-1]), last=names[-1])


def _said(name: str, name_en: str) -> str:
    return name_en if name_en and (get_language() or "").startswith("en") else name


def _plain(value: int, unit: int) -> str:
    """Write value/unit without zeros at its end: 1500/100 is 15, 8500/1000 is 8.5."""
    return f"{(Decimal(value) / unit).normalize():f}"
