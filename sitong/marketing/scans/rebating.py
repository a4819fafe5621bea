"""What the brand owes for codes that were scanned in: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.shared.errors import Refused

CODES_MAX = 100_000
"""The most codes of one receipt that earn: more than a truck holds."""


class RebatePlanFault(Refused):
    """A rebate needs a name, an amount above zero, an end after its beginning, and a budget that pays for one at least."""

    code = "marketing.rebate_plan"


@dataclass(frozen=True, slots=True)
class RebatePlanWanted:
    """A rebate as headquarters defines it: so much for each code of a level (item, box, pallet), of a product or of any."""

    id: UUID
    brand_id: UUID
    name: str
    amount_minor: int
    starts_at: datetime
    ends_at: datetime
    name_en: str = ""
    product_id: UUID | None = None
    level: str = "box"
    budget_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RebateTerms:
    """A rebate plan as it stands under its lock."""

    id: UUID
    brand_id: UUID
    product_id: UUID | None
    level: str
    amount_minor: int
    budget_minor: int | None
    spent_minor: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """A store or a dealer has scanned in codes `first` to `last` of a batch."""

    id: UUID
    brand_id: UUID
    batch_id: UUID
    first: int
    last: int
    holder_kind: str
    holder_id: UUID
    level: str = "box"
    product_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Earned:
    """What one receipt earns under one plan: these serials."""

    plan: RebateTerms
    received: Received
    serials: tuple[int, ...]

    @property
    def amount_minor(self) -> int:
        """Give what is owed for all of them."""
        return self.plan.amount_minor * len(self.serials)


def rebate_fault(one: RebatePlanWanted) -> Refused | None:
    """Say that a rebate cannot be, None when it is sound."""
    sound = (
        bool(one.name.strip())
        and 0 < one.amount_minor <= 10**9
        and one.ends_at > one.starts_at
        and one.level in {"item", "box", "pallet"}
        and (one.budget_minor is None or one.budget_minor >= one.amount_minor)
    )
    return None if sound else RebatePlanFault()


def earned(
    received: Sequence[Received],
    plans: Sequence[RebateTerms],
    before: Collection[tuple[UUID, UUID, int]],
    *,
    now: datetime,
) -> list[Earned]:
    """Decide receipts in order of arrival: each code earns once in each plan, as far as the budget goes.

    `before` are the (plan, batch, serial) that have earned already.
    """
    spent: dict[UUID, int] = {one.id: one.spent_minor for one in plans}
    had = set(before)
    found: list[Earned] = []
    for one in received:
        for plan in plans:
            if not applies(plan, one, now):
                continue
            left = None if plan.budget_minor is None else (plan.budget_minor - spent[plan.id]) // plan.amount_minor
            serials = [serial for serial in serials_of(one) if (plan.id, one.batch_id, serial) not in had][:left]
            if serials:
                had.update((plan.id, one.batch_id, serial) for serial in serials)
                spent[plan.id] += plan.amount_minor * len(serials)
                found.append(Earned(plan, one, tuple(serials)))
    return found


def applies(plan: RebateTerms, one: Received, now: datetime) -> bool:
    """Tell whether a plan is for what was received, now."""
    return (
        plan.brand_id == one.brand_id
        and plan.level == one.level
        and plan.product_id in {None, one.product_id}
        and plan.starts_at <= now < plan.ends_at
    )


def serials_of(one: Received) -> range:
    """Give the serials of a receipt that can earn."""
    return range(one.first, min(one.last, one.first + CODES_MAX - 1) + 1)


def totals(found: Sequence[Earned]) -> Mapping[UUID, int]:
    """Give what each plan spends on these."""
    sums: dict[UUID, int] = {}
    for one in found:
        sums[one.plan.id] = sums.get(one.plan.id, 0) + one.amount_minor
    return sums
