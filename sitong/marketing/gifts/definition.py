"""What a gift may be: pure. Refused at configuration with the reason, so that nobody meets it at a counter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.rules import LEVELS_MAX
from sitong.shared.errors import Refused

STORE_KINDS = ("direct", "franchise", "special", "authorized")
VALUE_MAX_MINOR = 10**9
COUNT_MAX = 2_000_000_000
DAYS_MAX = 3_660
YEARS = range(2000, 2200)
HANDLING_MAX_BP = 10_000


class GiftNameless(Refused):
    """A gift needs a name."""

    code = "marketing.gift_nameless"


class GiftAmounts(Refused):
    """A value is negative or beyond all bounds, or handling is more than the value itself."""

    code = "marketing.gift_amounts"


class GiftLevels(Refused):
    """A dealer would be paid back less than it pays the level below."""

    code = "marketing.gift_levels"


class GiftDates(Refused):
    """Something ends before it begins, or the gift has neither an end nor a number of days."""

    code = "marketing.gift_dates"


class GiftStores(Refused):
    """A kind of store that there is not."""

    code = "marketing.gift_stores"


class GiftQuota(Refused):
    """A quota is less than one, or less than has been given."""

    code = "marketing.gift_quota"


class GiftFrozen(Refused):
    """Some have been given: this may only change in the members' favor."""

    code = "marketing.gift_frozen"


@dataclass(frozen=True, slots=True)
class GiftDefined:
    """A gift as headquarters defines it. `number` '': made from the id. `valid_until` is the first instant at which it is over."""

    id: UUID
    brand_id: UUID
    name: str
    name_en: str = ""
    number: str = ""
    about: str = ""
    about_en: str = ""
    picture: str = ""
    sku_id: UUID | None = None
    quantity: int = 1
    value_minor: int = 0
    handling_bp: int = 0
    levels_minor: tuple[int, ...] = ()
    store_kinds: frozenset[str] = frozenset()
    store_ids: frozenset[UUID] = frozenset()
    clerk_confirms: bool = False
    signed_only: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    valid_days: int | None = None
    quota_total: int | None = None


def gift_fault(one: GiftDefined, *, out: int = 0) -> Refused | None:
    """Say what is wrong with a gift of which `out` are in members' hands or redeemed, None when it is sound."""
    if not one.name.strip():
        return GiftNameless()
    amounts = (one.value_minor, one.handling_bp, *one.levels_minor)
    if min(amounts) < 0 or max(amounts) > VALUE_MAX_MINOR or one.handling_bp > HANDLING_MAX_BP:
        return GiftAmounts()
    if not 1 <= one.quantity <= COUNT_MAX or len(one.levels_minor) > LEVELS_MAX:
        return GiftAmounts()
    if list(one.levels_minor) != sorted(one.levels_minor) or (
        one.levels_minor and one.levels_minor[0] != one.value_minor
    ):
        return GiftLevels()
    if not one.store_kinds <= set(STORE_KINDS):
        return GiftStores()
    return _times_fault(one) or _quota_fault(one, out)


def gift_frozen_fault(old: GiftDefined, new: GiftDefined) -> Refused | None:
    """Say which change would harm those who hold one already; None when none does."""
    for name in (one.name for one in fields(GiftDefined)):
        before, after = getattr(old, name), getattr(new, name)
        if name in FREE or before == after or (name in BETTER and BETTER[name](before, after)):
            continue
        return GiftFrozen(field=name)
    return None


def _later(before: Any, after: Any) -> bool:
    return after is None or (before is not None and after >= before)


FREE = frozenset({
    "id", "brand_id", "name", "name_en", "number", "about", "about_en", "picture", "value_minor", "handling_bp",
    "levels_minor", "clerk_confirms", "quota_total",
})  # fmt: skip
"""What a member who holds one does not feel. What a store is paid back is fixed at the redemption."""

BETTER: Mapping[str, Any] = {
    "store_kinds": lambda before, after: not after or (before and before <= after),
    "store_ids": lambda before, after: not after or (before and before <= after),
    "signed_only": lambda before, after: before and not after,
    "valid_from": lambda before, after: after is None or (before is not None and after <= before),
    "valid_until": _later,
    "valid_days": _later,
}


def _times_fault(one: GiftDefined) -> Refused | None:
    if any(instant is not None and instant.year not in YEARS for instant in (one.valid_from, one.valid_until)):
        return GiftDates(what="year")
    if one.valid_until is None and one.valid_days is None:
        return GiftDates(what="valid_until")
    if one.valid_days is not None and not 0 < one.valid_days <= DAYS_MAX:
        return GiftDates(what="valid_days")
    if one.valid_from and one.valid_until and one.valid_until <= one.valid_from:
        return GiftDates(what="valid_until")
    return None


def _quota_fault(one: GiftDefined, out: int) -> Refused | None:
    if one.quota_total is not None and not (0 < one.quota_total <= COUNT_MAX and one.quota_total >= out):
        return GiftQuota(given=out)
    return None
