"""What a coupon may be: pure. Refused at configuration with the reason, so that nobody meets it at a counter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.rules import Terms, terms_widen
from sitong.shared.errors import Refused

WAYS = ("claim", "buy", "join", "segment", "clerk", "campaign")
STORE_KINDS = ("direct", "franchise", "special", "authorized")
AMOUNT_MAX_MINOR = 10**12
COUNT_MAX = 2_000_000_000
DAYS_MAX = 3_660
YEARS = range(2000, 2200)


class CouponNameless(Refused):
    """A coupon needs a name."""

    code = "marketing.coupon_nameless"


class CouponGivesNothing(Refused):
    """The kind needs an amount, a percentage up to 100, or a number of units."""

    code = "marketing.coupon_gives_nothing"


class CouponWithoutGoods(Refused):
    """An exchange coupon names the goods that it is exchanged for."""

    code = "marketing.coupon_without_goods"


class CouponAmounts(Refused):
    """An amount is negative or beyond all bounds."""

    code = "marketing.coupon_amounts"


class CouponHours(Refused):
    """Hours run from 0 to 24, the first before the second; weekdays from 0 (Monday) to 6."""

    code = "marketing.coupon_hours"


class CouponDates(Refused):
    """Something ends before it begins, or the coupon has neither an end nor a number of days."""

    code = "marketing.coupon_dates"


class CouponQuota(Refused):
    """A quota is less than one, the daily one more than that in all, or less than has been given."""

    code = "marketing.coupon_quota"


class CouponWays(Refused):
    """No way, or one that there is not, of giving the coupon."""

    code = "marketing.coupon_ways"


class CouponPrice(Refused):
    """What is bought has a price, and what has a price is given in no other way but by a clerk's gift."""

    code = "marketing.coupon_price"


class CouponGroup(Refused):
    """There is no such rule of stacking, or a name of a group without the rule."""

    code = "marketing.coupon_group"


class CouponFrozen(Refused):
    """Some have been given: this may only change in the members' favor."""

    code = "marketing.coupon_frozen"


@dataclass(frozen=True, slots=True)
class CouponWanted:
    """A coupon as headquarters defines it. `goods`: products, when they are many; few stand in `terms.product_ids`.

    `at_counter` None: exchange coupons may be redeemed at the counter without a sale in the till, others not.
    `number` '': made from the id. Instants are half-open: `claim_until` and `valid_until` are the first at which it is over.
    """

    id: UUID
    brand_id: UUID
    name: str
    kind: str
    name_en: str = ""
    number: str = ""
    campaign_id: UUID | None = None
    value_minor: int = 0
    percent_bp: int = 0
    cap_minor: int | None = None
    quantity_max: int = 1
    threshold_minor: int = 0
    price_minor: int = 0
    terms: Terms = field(default_factory=Terms)
    goods: tuple[UUID, ...] | None = None
    stores_choose: bool = False
    stacking: str = "group"
    stack_group: str = ""
    ways: tuple[str, ...] = ("claim",)
    transferable: bool = False
    at_counter: bool | None = None
    claim_from: datetime | None = None
    claim_until: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    valid_days: int | None = None
    quota_total: int | None = None
    quota_daily: int | None = None
    per_member: int = 1
    clerk_daily: int | None = None


def definition_fault(one: CouponWanted, *, given: int = 0) -> Refused | None:
    """Say what is wrong with a coupon of which `given` have been given, None when it is sound."""
    return (
        (CouponNameless() if not one.name.strip() else None)
        or _amounts_fault(one)
        or _times_fault(one)
        or _quota_fault(one, given)
        or _ways_fault(one)
    )


def frozen_fault(old: CouponWanted, new: CouponWanted) -> Refused | None:
    """Say which change would harm those who have one already; None when none does."""
    free = {"id", "brand_id", "name", "name_en", "campaign_id", "number", "ways", "claim_from", "claim_until", "price_minor",
            "quota_total", "quota_daily", "clerk_daily", "per_member"}  # fmt: skip
    for name in (one.name for one in fields(CouponWanted)):
        before, after = getattr(old, name), getattr(new, name)
        if name in free or before == after or (name in BETTER and BETTER[name](before, after)):
            continue
        return CouponFrozen(field=name)
    return None


def _more(before: Any, after: Any) -> bool:
    return bool(after >= before)


def _more_or_none(before: Any, after: Any) -> bool:
    return after is None or (before is not None and after >= before)


BETTER: Mapping[str, Any] = {
    "value_minor": _more,
    "percent_bp": _more,
    "quantity_max": _more,
    "cap_minor": _more_or_none,
    "threshold_minor": lambda before, after: after <= before,
    "terms": terms_widen,
    "goods": lambda before, after: after is None or (before is not None and set(before) <= set(after)),
    "stores_choose": lambda before, after: before and not after,
    "transferable": lambda before, after: after and not before,
    "at_counter": lambda before, after: after and not before,
    "stacking": lambda before, after: after == "free" or (before == "exclusive" and after == "group"),
    "stack_group": lambda *_either: True,
    "valid_from": lambda before, after: after is None or (before is not None and after <= before),
    "valid_until": _more_or_none,
    "valid_days": _more_or_none,
}
"""Which changes are in favor of members who hold one; what is not named and not free may not change at all."""


def _amounts_fault(one: CouponWanted) -> Refused | None:
    gives = {
        "cash": one.value_minor > 0,
        "percent": 0 < one.percent_bp <= 10_000,
        "exchange": one.quantity_max > 0,
    }
    if not gives.get(one.kind, False):
        return CouponGivesNothing(kind=one.kind)
    amounts = (
        one.value_minor,
        one.percent_bp,
        one.cap_minor or 0,
        one.threshold_minor,
        one.price_minor,
        one.quantity_max,
    )
    if min(amounts) < 0 or max(amounts) > AMOUNT_MAX_MINOR or one.quantity_max > COUNT_MAX or one.cap_minor == 0:
        return CouponAmounts()
    named = one.goods or one.terms.product_ids or one.terms.sku_ids or one.terms.category_ids
    if one.goods == () or (one.kind == "exchange" and not named):
        return CouponWithoutGoods()
    if one.stacking not in {"exclusive", "group", "free"} or (one.stack_group and one.stacking != "group"):
        return CouponGroup(stacking=one.stacking)
    return None


def _times_fault(one: CouponWanted) -> Refused | None:
    terms = one.terms
    if not 0 <= terms.hour_from < terms.hour_until <= 24 or not terms.weekdays <= frozenset(range(7)):
        return CouponHours(hour_from=terms.hour_from, hour_until=terms.hour_until)
    instants = (one.claim_from, one.claim_until, one.valid_from, one.valid_until)
    if any(instant is not None and instant.year not in YEARS for instant in instants):
        return CouponDates(what="year")
    if one.valid_until is None and one.valid_days is None:
        return CouponDates(what="valid_until")
    if one.valid_days is not None and not 0 < one.valid_days <= DAYS_MAX:
        return CouponDates(what="valid_days")
    if one.valid_from and one.valid_until and one.valid_until <= one.valid_from:
        return CouponDates(what="valid_until")
    if one.claim_from and one.claim_until and one.claim_until <= one.claim_from:
        return CouponDates(what="claim_until")
    if one.claim_from and one.valid_until and one.valid_until <= one.claim_from:
        return CouponDates(what="valid_until")
    return None


def _quota_fault(one: CouponWanted, given: int) -> Refused | None:
    limits = [
        limit for limit in (one.quota_total, one.quota_daily, one.clerk_daily, one.per_member) if limit is not None
    ]
    if any(not 0 < limit <= COUNT_MAX for limit in limits):
        return CouponQuota(given=given, quota=min(limits))
    if one.quota_total is not None and one.quota_total < given:
        return CouponQuota(given=given, quota=one.quota_total)
    if one.quota_total is not None and one.quota_daily is not None and one.quota_daily > one.quota_total:
        return CouponQuota(given=given, quota=one.quota_daily)
    return None


def _ways_fault(one: CouponWanted) -> Refused | None:
    if not one.ways or not set(one.ways) <= set(WAYS):
        return CouponWays()
    if ("buy" in one.ways) != (one.price_minor > 0) or ("buy" in one.ways and {"claim", "join"} & set(one.ways)):
        return CouponPrice(price_minor=one.price_minor)
    if not one.terms.store_kinds <= set(STORE_KINDS):
        return CouponWays()
    return None
