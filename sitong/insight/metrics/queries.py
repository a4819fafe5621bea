"""Read the totals: one place, one period, a statement or two for each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sitong.insight import sources
from sitong.insight.metrics.rules import DAY, EVERY_SCENE, MONTH, WEEK, YEAR, Period, Run, runs, whole_stretch
from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.shared.events.queries import unread_events
from sitong.shared.events.registry import Happening
from sitong.shared.statements import days, run, texts, uuids

SUBSCRIBER = "insight.totals"
IMPORTED_SUBSCRIBER = "insight.totals_imported"
RETURNS_SUBSCRIBER = "insight.totals_returns"
JOINS_SUBSCRIBER = "insight.totals_joins"

RUNS = "FROM unnest(%s::text[], %s::date[], %s::date[]) AS run (grain, first, until) CROSS JOIN LATERAL (SELECT * FROM"
AT_PLACE = (
    "WHERE place_id = %s AND t.grain = run.grain AND t.start_on >= run.first AND t.start_on < run.until OFFSET 0) AS t"
)
AT_PLACES = "WHERE place_id = ANY (%s::uuid[]) AND t.grain = run.grain AND t.start_on >= run.first AND t.start_on < run.until OFFSET 0) AS t"
"""A handful of ranges of the primary key, one after the other: the planner, who may know little of the table yet, has no other choice."""

SUMMARY = f"""
SELECT coalesce(sum(revenue_minor), 0)::bigint, coalesce(sum(discount_minor), 0)::bigint, coalesce(sum(orders), 0)::bigint,
       coalesce(sum(items), 0)::bigint, coalesce(sum(member_orders), 0)::bigint, coalesce(sum(returned_minor), 0)::bigint,
       coalesce(sum(returns), 0)::bigint, coalesce(sum(returned_items), 0)::bigint
{RUNS} insight_salestotal AS t {AT_PLACE} WHERE (%s::text IS NULL OR scene = %s)
"""

OF_DEPARTMENT = f"""
SELECT coalesce(sum(revenue_minor), 0)::bigint, 0::bigint, coalesce(sum(orders), 0)::bigint, coalesce(sum(items), 0)::bigint, 0::bigint,
       coalesce(sum(returned_minor), 0)::bigint, 0::bigint, coalesce(sum(returned_items), 0)::bigint
{RUNS} insight_departmenttotal AS t {AT_PLACE} WHERE (%s::text IS NULL OR scene = %s) AND department_id = %s
"""

BY_DAY = """
SELECT start_on, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint FROM insight_salestotal
WHERE place_id = %s AND grain = 'D' AND start_on >= %s AND start_on < %s AND (%s::text IS NULL OR scene = %s)
GROUP BY 1 ORDER BY 1
"""

BY_DAY_OF_DEPARTMENT = """
SELECT start_on, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint FROM insight_departmenttotal
WHERE place_id = %s AND grain = 'D' AND start_on >= %s AND start_on < %s AND (%s::text IS NULL OR scene = %s) AND department_id = %s
GROUP BY 1 ORDER BY 1
"""

CUSTOMERS_BY_DAY = """
SELECT start_on, customers FROM insight_customertotal
WHERE place_id = %s AND grain = 'D' AND start_on >= %s AND start_on < %s AND scene = %s
"""

BY_PLACE = f"""
SELECT place_id, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint
{RUNS} insight_salestotal AS t {AT_PLACES} WHERE (%s::text IS NULL OR scene = %s)
GROUP BY 1 HAVING sum(orders) <> 0 OR sum(returned_minor) <> 0
"""

BY_PLACE_OF_DEPARTMENT = f"""
SELECT place_id, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint
{RUNS} insight_departmenttotal AS t {AT_PLACES} WHERE (%s::text IS NULL OR scene = %s) AND department_id = %s
GROUP BY 1 HAVING sum(orders) <> 0 OR sum(returned_minor) <> 0
"""

BY_DEPARTMENT = f"""
SELECT department_id, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint
{RUNS} insight_departmenttotal AS t {AT_PLACE} WHERE (%s::text IS NULL OR scene = %s)
GROUP BY 1 HAVING sum(orders) <> 0 OR sum(returned_minor) <> 0 ORDER BY 2 DESC, 1
"""

BY_SCENE = f"""
SELECT channel, scene, sum(revenue_minor)::bigint, sum(orders)::bigint, sum(items)::bigint, sum(returned_minor)::bigint
{RUNS} insight_salestotal AS t {AT_PLACE} GROUP BY 1, 2 HAVING sum(orders) <> 0 OR sum(returned_minor) <> 0 ORDER BY 3 DESC, 1, 2
"""

CUSTOMERS_WHOLE = (
    "SELECT customers FROM insight_customertotal WHERE place_id = %s AND grain = %s AND start_on = %s AND scene = %s"
)

CUSTOMERS_UNITED = f"""
SELECT count(DISTINCT member_id) {RUNS} insight_customerseen AS t {AT_PLACE} WHERE (%s = '' OR scene = %s) AND orders > 0
"""

CUSTOMERS_BY_PLACE = "SELECT place_id, customers FROM insight_customertotal WHERE place_id = ANY (%s::uuid[]) AND grain = %s AND start_on = %s AND scene = %s"

CUSTOMERS_UNITED_BY_PLACE = f"""
SELECT place_id, count(DISTINCT member_id) {RUNS} insight_customerseen AS t {AT_PLACES} WHERE (%s = '' OR scene = %s) AND orders > 0 GROUP BY 1
"""

SPAN = "SELECT min(start_on), max(start_on) FROM insight_salestotal WHERE place_id = %s AND grain = 'D'"

SCENES = "SELECT DISTINCT scene FROM insight_salestotal WHERE place_id = %s AND grain = 'M' ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What figures are about: a place, a period, and perhaps one scene and one department."""

    place_id: UUID
    period: Period
    scene: str | None = None
    department_id: UUID | None = None

    @property
    def cut(self) -> list[str]:
        """The period's runs of months and days, as the arrays of a statement."""
        return _arrays(runs(self.period))

    @property
    def _tail(self) -> list[object]:
        department = [] if self.department_id is None else [self.department_id]
        return [self.scene, self.scene, *department]


@dataclass(frozen=True, slots=True)
class Figures:
    """A place's figures of a period. `customers` None: not known by department.

    Revenue, orders, items and customers are of what was sold in the period; `returned…` of what came back in it, whenever
    it had been sold. `returns` is 0 by department.
    """

    revenue_minor: int
    discount_minor: int
    orders: int
    items: int
    member_orders: int
    customers: int | None
    returned_minor: int = 0
    returns: int = 0
    returned_items: int = 0

    @property
    def net_minor(self) -> int:
        """What was sold less what came back: may be below zero on a day on which more comes back than is sold."""
        return self.revenue_minor - self.returned_minor

    @property
    def basket_minor(self) -> int:
        """Revenue an order, rounded down."""
        return self.revenue_minor // self.orders if self.orders else 0

    @property
    def items_per_order(self) -> float:
        return self.items / self.orders if self.orders else 0.0


class Row(NamedTuple):
    """One line of a table of figures: of a day, a place, a department, or a scene (then `channel` is set)."""

    key: Any
    revenue_minor: int
    orders: int
    items: int
    customers: int | None = None
    channel: str = ""
    returned_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.revenue_minor - self.returned_minor


def figures(asked: Asked) -> Figures:
    """Give the sums of a period. Two statements."""
    statement = SUMMARY if asked.department_id is None else OF_DEPARTMENT
    (sums,) = run(statement, [*asked.cut, asked.place_id, *asked._tail])
    revenue, discount, orders, items, member_orders, *returned = sums
    return Figures(revenue, discount, orders, items, member_orders, customers(asked), *returned)


def customers(asked: Asked) -> int | None:
    """Count the different members who bought in the period: read for a whole day, week, month or year, united otherwise."""
    if asked.department_id is not None:
        return None
    scene = EVERY_SCENE if asked.scene is None else asked.scene
    grain = whole_stretch(asked.period)
    if grain:
        found = run(CUSTOMERS_WHOLE, [asked.place_id, grain, asked.period.start, scene])
        return found[0][0] if found else 0
    return int(run(CUSTOMERS_UNITED, [*_united(asked.period), asked.place_id, scene, scene])[0][0])


def by_day(asked: Asked) -> list[Row]:
    """Give a row for each day on which something was sold. Two statements."""
    statement = BY_DAY if asked.department_id is None else BY_DAY_OF_DEPARTMENT
    between = [asked.place_id, asked.period.start, asked.period.end]
    counted: dict[date, int] = {}
    if asked.department_id is None:
        counted = dict(run(CUSTOMERS_BY_DAY, [*between, EVERY_SCENE if asked.scene is None else asked.scene]))
    rows = run(statement, [*between, *asked._tail])
    return [Row(on, revenue, orders, items, counted.get(on), "", back) for on, revenue, orders, items, back in rows]


def by_place(asked: Asked, places: Sequence[UUID]) -> list[Row]:
    """Give a row for each of these places (say, the stores below) that sold something, the highest revenue first."""
    statement = BY_PLACE if asked.department_id is None else BY_PLACE_OF_DEPARTMENT
    rows = run(statement, [*asked.cut, uuids(places), *asked._tail])
    counted = _customers_by_place(asked, places) if asked.department_id is None else {}
    made = [
        Row(place, revenue, orders, items, counted.get(place, 0), "", back)
        for place, revenue, orders, items, back in rows
    ]
    return sorted(made, key=lambda row: (-row.revenue_minor, str(row.key)))


def by_department(asked: Asked) -> list[Row]:
    """Give a row for each department, the highest revenue first. An order counts in each of its departments."""
    rows = run(BY_DEPARTMENT, [*asked.cut, asked.place_id, asked.scene, asked.scene])
    return [Row(key, revenue, orders, items, None, "", back) for key, revenue, orders, items, back in rows]


def by_scene(asked: Asked) -> list[Row]:
    """Give a row for each channel and scene, the highest revenue first."""
    rows = run(BY_SCENE, [*asked.cut, asked.place_id])
    return [
        Row(scene, revenue, orders, items, None, channel, back) for channel, scene, revenue, orders, items, back in rows
    ]


def span_of(place_id: UUID) -> Period | None:
    """Give the period from the first to the last day on which the place sold something."""
    first, last = run(SPAN, [place_id])[0]
    return Period(first, date.fromordinal(last.toordinal() + 1)) if first else None


def scenes_of(place_id: UUID) -> list[str]:
    """Name the scenes in which the place has sold."""
    return [scene for (scene,) in run(SCENES, [place_id])]


def _customers_by_place(asked: Asked, places: Sequence[UUID]) -> dict[UUID, int]:
    scene = EVERY_SCENE if asked.scene is None else asked.scene
    grain = whole_stretch(asked.period)
    if grain:
        return dict(run(CUSTOMERS_BY_PLACE, [uuids(places), grain, asked.period.start, scene]))
    return dict(run(CUSTOMERS_UNITED_BY_PLACE, [*_united(asked.period), uuids(places), scene, scene]))


def _united(period: Period) -> list[str]:
    return _arrays(runs(period, (YEAR, MONTH, WEEK, DAY)))


def _arrays(cut: Sequence[Run]) -> list[str]:
    return [texts(run.grain for run in cut), days(run.first for run in cut), days(run.end for run in cut)]


def sign_of(event: Happening) -> int:
    """Say what an event of an order means for the totals: +1 counts, -1 takes back, 0 nothing."""
    if isinstance(event, OrderPaid):
        return 1
    return -1 if isinstance(event, OrderCanceled) and event.was_paid else 0


def unread_returns(brand_id: UUID) -> set[UUID]:
    """Give the returns that the handler has yet to count, as far as they are visible now."""
    events = unread_events(RETURNS_SUBSCRIBER, brand_id=brand_id)
    return {event.return_id for event in events if isinstance(event, GoodsReturned)}


def unread_signs(brand_id: UUID) -> dict[UUID, int]:
    """Give by order what the handlers have yet to do, as far as it is visible now."""
    signs: dict[UUID, int] = defaultdict(int)
    for event in unread_events(SUBSCRIBER, brand_id=brand_id):
        if isinstance(event, OrderPaid | OrderCanceled):
            signs[event.order_id] += sign_of(event)
    for event in unread_events(IMPORTED_SUBSCRIBER, brand_id=brand_id):
        if isinstance(event, OrdersImported):
            for order_id in sources.imported_orders(brand_id, event.source, event.first_id, event.last_id):
                signs[order_id] += 1
    return signs
