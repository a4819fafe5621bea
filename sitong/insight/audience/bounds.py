"""Find in bulk what divides a brand's buyers: quintiles of recency, frequency and amount, and of what they spend where."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy

from sitong.insight.audience.fields import days_before
from sitong.insight.audience.ready import YEAR_DAYS, Bounds
from sitong.insight.audience.sets import KEY
from sitong.insight.lake.reading import Lake

DEPARTMENTS_MAX = 6
CHANNELS_MAX = 6


def bounds_of(lake: Lake, *, on: date) -> Bounds:
    """Find the bounds of a brand's buyers of the year until a day."""
    orders = _year(lake.table("orders"), on)
    each = orders.group_by(KEY).aggregate(
        last=lambda t: t["on"].max(),
        orders=lambda t: t.count(),
        spent=lambda t: t["total_minor"].sum().cast("int64"),
        saved=lambda t: t["discount_minor"].sum().cast("int64"),
    )
    found = each.to_pyarrow()
    last = found["last"].to_numpy().astype("datetime64[D]")
    recency = (numpy.datetime64(on) - last).astype("int64")
    counts, spent, saved = (found[name].to_numpy() for name in ("orders", "spent", "saved"))
    twice = counts >= 2
    nearest, near, far, farthest = (_part(recency, share) for share in (0.2, 0.4, 0.6, 0.8))
    return Bounds(
        recency=(nearest, near, far, farthest),
        orders=max(2, _part(counts, 0.6) + 1),
        spent_minor=max(1, _part(spent, 0.6)),
        discount_minor=_part(saved[twice] // counts[twice], 0.8),
        departments=_departments(lake, on),
        channels=_channels(orders),
    )


def _year(facts: Any, on: date) -> Any:
    return facts.filter((facts["on"] <= on) & (facts["on"] > days_before(on, YEAR_DAYS)))


def _part(values: Any, share: float) -> int:
    """Give the least value that such a share of the values does not exceed; 0 of nothing."""
    return int(numpy.quantile(values, share, method="inverted_cdf")) if len(values) else 0


def _departments(lake: Lake, on: date) -> tuple[tuple[str, str, str, int], ...]:
    """Give the departments in which most is spent, with their names and what the upper fifth of their buyers spends."""
    lines = _year(lake.table("lines"), on)
    largest = lines.group_by("department_id").aggregate(spent=lines["total_minor"].sum().cast("int64"))
    names = lake.table("categories").select(department_id="category_id", name="name", name_en="name_en")
    top = (
        largest.inner_join(names, "department_id")
        .order_by([ibis.desc("spent"), "department_id"])
        .limit(DEPARTMENTS_MAX)
    )
    found = []
    for row in top.to_pyarrow().to_pylist():
        of = lines.filter(lines["department_id"] == row["department_id"])
        each = of.group_by(KEY).aggregate(spent=of["total_minor"].sum().cast("int64")).to_pyarrow()["spent"].to_numpy()
        found.append((row["department_id"], row["name"], row["name_en"], _part(each[each > 0], 0.8)))
    return tuple(found)


def _channels(orders: Any) -> tuple[str, ...]:
    counted = orders.group_by("channel").aggregate(orders=orders.count())
    top = counted.order_by([ibis.desc("orders"), "channel"]).limit(CHANNELS_MAX)
    return tuple(row["channel"] for row in top.to_pyarrow().to_pylist())
