"""What a deal needs to be one: pure checks of a definition, with the law's limits among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.shared.errors import Refused

PRIZE_MAX_MINOR = 5_000_000
"""50,000 yuan: the highest prize of a draw (反不正当竞争法 art. 11, in force 2025-10-15)."""

PEOPLE_MAX = 10_000
HOURS_MAX = 24 * 90
AMOUNT_MAX_MINOR = 100_000_000_00
DAYS_MAX = 366
RESOLUTION_MAX = 7


class DealNameless(Refused):
    """A deal needs a name."""

    code = "marketing.deal_nameless"


class DealGivesNothing(Refused):
    """A deal gives a coupon or goods, one of both."""

    code = "marketing.deal_gives_nothing"


class DealNumbers(Refused):
    """People (2 to 10,000), hours, price or limits are out of bounds."""

    code = "marketing.deal_numbers"


class DealDates(Refused):
    """A deal ends after it begins; its draw begins on the day on which it begins, or later."""

    code = "marketing.deal_dates"


class DealCells(Refused):
    """An area is drawn in H3 cells of resolution 7 or coarser."""

    code = "marketing.deal_cells"


class DrawPrizeTooHigh(Refused):
    """A prize is worth more than the law allows: facts value_minor, most_minor."""

    code = "marketing.deal_prize_too_high"


class DrawTermsMissing(Refused):
    """A draw publishes its prize, numbers, conditions, way to claim and organizer: fact what."""

    code = "marketing.deal_draw_terms"


@dataclass(frozen=True, slots=True)
class DrawWanted:
    """The draw after a deal: `winners_daily` prizes on each of `days` days, the list closing at `closes_minute` of the day.

    `prize` is a reward as `giving` writes it: {"kind": "coupon", "amount": 1, "ref_id": …}.
    """

    days: int
    first_on: date
    prize: dict[str, object]
    prize_name: str
    prize_value_minor: int
    organizer: str
    conditions: str
    closes_minute: int = 20 * 60
    winners_daily: int = 1
    prize_name_en: str = ""
    conditions_en: str = ""


@dataclass(frozen=True, slots=True)
class DealWanted:
    """A group deal as headquarters defines it. `id` is the caller's. Empty `store_ids` and `cells`: all stores of the brand."""

    id: UUID
    brand_id: UUID
    name: str
    price_minor: int
    people: int
    starts_at: datetime
    ends_at: datetime
    coupon_id: UUID | None = None
    sku_id: UUID | None = None
    quantity: int = 1
    name_en: str = ""
    number: str = ""
    worth_minor: int = 0
    group_hours: int = 24
    area: str = ""
    area_en: str = ""
    cells: tuple[str, ...] = ()
    store_ids: tuple[UUID, ...] = ()
    per_member: int = 1
    groups_max: int | None = None
    draw: DrawWanted | None = None


def definition_fault(one: DealWanted) -> Refused | None:
    """Say what is wrong with a definition; None when it is sound."""
    if not one.name.strip():
        return DealNameless()
    if (one.coupon_id is None) == (one.sku_id is None):
        return DealGivesNothing()
    counts = (
        2 <= one.people <= PEOPLE_MAX and 1 <= one.group_hours <= HOURS_MAX and 1 <= one.per_member <= 1_000
        and 1 <= one.quantity <= 1_000_000 and (one.groups_max is None or 1 <= one.groups_max <= 1_000_000)
    )  # fmt: skip
    if not counts or not 0 < one.price_minor <= AMOUNT_MAX_MINOR or not 0 <= one.worth_minor <= AMOUNT_MAX_MINOR:
        return DealNumbers()
    if one.ends_at <= one.starts_at:
        return DealDates()
    return _draw_fault(one, one.draw) if one.draw is not None else None


def _draw_fault(one: DealWanted, draw: DrawWanted) -> Refused | None:
    for what, said in (("prize", draw.prize_name), ("organizer", draw.organizer), ("conditions", draw.conditions)):
        if not said.strip():
            return DrawTermsMissing(what=what)
    if not draw.prize or draw.prize_value_minor < 0:
        return DrawTermsMissing(what="prize")
    if draw.prize_value_minor > PRIZE_MAX_MINOR:
        return DrawPrizeTooHigh(value_minor=draw.prize_value_minor, most_minor=PRIZE_MAX_MINOR)
    if not (1 <= draw.days <= DAYS_MAX and 1 <= draw.winners_daily <= 10_000 and 0 <= draw.closes_minute < 1_440):
        return DealNumbers()
    if draw.first_on < one.starts_at.date():
        return DealDates()
    return None
