"""Adding up sales, and cutting periods into stretches of the calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sitong.insight.facts import Back, Part, Sale

DAY, WEEK, MONTH, YEAR = "D", "W", "M", "Y"
EVERY_SCENE = ""
PERIOD_DAYS_MAX = 3_660


SalesKey = tuple[str, str, str, date, str, str]
"""Brand, place, grain, start, channel, scene."""

DepartmentKey = tuple[str, str, str, date, str, str]
"""Brand, place, grain, start, department, scene."""

CustomerKey = tuple[str, str, str, date, str, str]
"""Brand, place, grain, start, scene, member."""


@dataclass(slots=True)
class Change:
    """By how much totals change: sales [revenue, discount, orders, items, member orders], departments [revenue, orders, items];

    `returned` [what it had cost, returns, items], `returned_departments` [what it had cost, items].
    """

    sales: dict[SalesKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))
    departments: dict[DepartmentKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 3))
    customers: dict[CustomerKey, int] = field(default_factory=lambda: defaultdict(int))
    returned: dict[SalesKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 3))
    returned_departments: dict[DepartmentKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 2))


def start_of(grain: str, on: date) -> date:
    """Give the first day of the stretch in which a day lies."""
    if grain == WEEK:
        return on - timedelta(days=on.weekday())
    if grain == MONTH:
        return on.replace(day=1)
    return on.replace(month=1, day=1) if grain == YEAR else on


def end_of(grain: str, start: date) -> date:
    """Give the day after the stretch that begins at `start`."""
    if grain == MONTH:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    if grain == YEAR:
        return start.replace(year=start.year + 1)
    return start + timedelta(days=7 if grain == WEEK else 1)


def add_up(sales: Iterable[Sale], parts: Mapping[UUID, Sequence[Part]], signs: Mapping[UUID, int]) -> Change:
    """Add up by how much these orders change the totals. `signs`: +1 for an order that was paid, -1 for one taken back."""
    change = Change()
    for sale in sales:
        sign = signs[sale.order_id]
        own = parts.get(sale.order_id, ())
        items = sum([part.items for part in own])
        brand, scene = sale.brand_id, sale.scene
        for grain in (DAY, MONTH):
            start = start_of(grain, sale.on)
            for place in sale.places:
                total = change.sales[brand, place, grain, start, sale.channel, scene]
                total[0] += sign * sale.revenue_minor
                total[1] += sign * sale.discount_minor
                total[2] += sign
                total[3] += sign * items
                total[4] += sign if sale.member_id else 0
                for part in own:
                    of_department = change.departments[brand, place, grain, start, part.department_id, scene]
                    of_department[0] += sign * part.revenue_minor
                    of_department[1] += sign
                    of_department[2] += sign * part.items
        if sale.member_id:
            _add_customer(change.customers, sale, sale.member_id, sign)
    return change


def add_up_returns(backs: Iterable[Back], parts: Mapping[UUID, Sequence[Part]], *, sign: int = 1) -> Change:
    """Add up by how much these returns change the totals: on the day they came back, at the places that had sold."""
    change = Change()
    for back in backs:
        own = parts.get(back.return_id, ())
        items = sum([part.items for part in own])
        for grain in (DAY, MONTH):
            start = start_of(grain, back.on)
            for place in back.places:
                total = change.returned[back.brand_id, place, grain, start, back.channel, back.scene]
                for at, by in enumerate((back.refund_minor, 1, items)):
                    total[at] += sign * by
                for part in own:
                    key = (back.brand_id, place, grain, start, part.department_id, back.scene)
                    change.returned_departments[key][0] += sign * part.revenue_minor
                    change.returned_departments[key][1] += sign * part.items
    return change


def _add_customer(customers: dict[CustomerKey, int], sale: Sale, member_id: str, sign: int) -> None:
    for grain in (DAY, WEEK, MONTH, YEAR):
        start = start_of(grain, sale.on)
        for place in sale.places:
            customers[sale.brand_id, place, grain, start, sale.scene, member_id] += sign


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` until before `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if not self.start < self.end or (self.end - self.start).days > PERIOD_DAYS_MAX:
            raise ValueError(f"a period has 1 to {PERIOD_DAYS_MAX} days")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    def before(self) -> Period:
        """Give the period of the same length just before; for whole months and years the calendar's own."""
        grain = whole_stretch(self)
        if grain in (MONTH, YEAR):
            return Period(start_of(grain, self.start - timedelta(days=1)), self.start)
        return Period(self.start - timedelta(days=self.days), self.start)


def whole_stretch(period: Period) -> str:
    """Give the grain of which the period is one whole stretch, '' if it is none."""
    for grain in (DAY, WEEK, MONTH, YEAR):
        if start_of(grain, period.start) == period.start and end_of(grain, period.start) == period.end:
            return grain
    return ""


def stretches(period: Period, grains: Sequence[str] = (MONTH, DAY)) -> list[tuple[str, date]]:
    """Cut a period into as few stretches as these grains allow, the largest first, without gap or overlap. DAY is among them."""
    cut, at = [], period.start
    while at < period.end:
        grain = next(one for one in grains if start_of(one, at) == at and end_of(one, at) <= period.end)
        cut.append((grain, at))
        at = end_of(grain, at)
    return cut


class Run(NamedTuple):
    """Stretches of one grain that follow one another: those that begin from `first` until before `end`."""

    grain: str
    first: date
    end: date


def runs(period: Period, grains: Sequence[str] = (MONTH, DAY)) -> list[Run]:
    """Cut a period as `stretches` does, those of one grain that follow one another taken together: a handful."""
    cut: list[Run] = []
    for grain, start in stretches(period, grains):
        if cut and cut[-1].grain == grain:
            cut[-1] = cut[-1]._replace(end=end_of(grain, start))
        else:
            cut.append(Run(grain, start, end_of(grain, start)))
    return cut
