"""What a member's value is reckoned from: how often, how lately, since when and for how much it bought, as expressions on the lake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis

from sitong.insight.asked import Asked, at_stores, of_source, rows_of
from sitong.insight.cohorts.expressions import purchase_days
from sitong.insight.lake.reading import Lake
from sitong.insight.value.rules import DECILES


def histories(lake: Lake, as_of: date, holdout_days: int) -> ibis.Table:
    """Give each member's history twice: up to the hold-out period ("early_…"), and up to `as_of` ("late_…").

    `frequency`: days of purchase after the first. `recency`: days from the first to the last. `age`: days from the first to
    the end. `money`: mean of what was kept of the later purchases, in minor units. `actual_…`: what it did in the hold-out.
    """
    days = purchase_days(lake, Asked(date(1, 1, 1), as_of))
    cut = as_of - timedelta(days=holdout_days)
    early, late = _summed(days.filter(days.on <= cut), cut, "early"), _summed(days, as_of, "late")
    held = days.filter(days.on > cut)
    actual = held.group_by("ordinal").agg(
        actual_purchases=held.on.nunique(), actual_minor=held.kept_minor.sum().cast("int64")
    )
    both = late.left_join(early, "ordinal").drop("ordinal_right").left_join(actual, "ordinal").drop("ordinal_right")
    return both.mutate(actual_purchases=both.actual_purchases.fill_null(0), actual_minor=both.actual_minor.fill_null(0))


def _summed(days: ibis.Table, end: date, prefix: str) -> ibis.Table:
    first = ibis.window(group_by="ordinal")
    days = days.mutate(first_on=days.on.min().over(first))
    later = days.on > days.first_on
    until = ibis.literal(end).cast("date")
    of = days.group_by("ordinal").agg(
        first_on=days.on.min(),
        last_on=days.on.max(),
        frequency=later.cast("int64").sum(),
        later_minor=later.ifelse(days.kept_minor, 0).sum(),
    )
    return of.select("ordinal", **{
        f"{prefix}_frequency": of.frequency.cast("int64"),
        f"{prefix}_recency": of.last_on.delta(of.first_on, unit="day").cast("int64"),
        f"{prefix}_age": until.delta(of.first_on, unit="day").cast("int64"),
        f"{prefix}_money": (of.frequency > 0).ifelse(of.later_minor / of.frequency, 0.0).cast("float64"),
    })  # fmt: skip


def valued(lake: Lake, path: str, asked: Asked) -> ibis.Table:
    """Give the members who were valued, of the stores (home stores) and source asked about, with their tenth: 1 is the highest."""
    members = lake.table("members")
    here = at_stores(of_source(members, members, asked), asked).select("ordinal", "member_id")
    found = lake.connection.read_parquet(path).join(here, "ordinal")
    tenth = ibis.ntile(DECILES).over(ibis.window(order_by=[ibis.desc("worth_minor"), "ordinal"]))
    return found.mutate(decile=(tenth + 1).cast("int64"))


def board(lake: Lake, path: str, asked: Asked) -> dict[str, Any]:
    """Give the tenths of members by what they are expected to bring, and how the hold-out period turned out for them."""
    found = valued(lake, path, asked)
    rows = rows_of(found.group_by("decile").agg(
        members=found.count(), purchases=found.purchases.sum(), worth_minor=found.worth_minor.sum(),
        expected=found.expected_purchases.sum(), actual=found.actual_purchases.sum(), alive=found.alive.mean(),
    ).order_by("decile"))  # fmt: skip
    return {"deciles": [
        {"decile": int(row["decile"]), "members": int(row["members"]), "purchases": round(row["purchases"], 1), "worth_minor": round(row["worth_minor"]),
         "expected": round(row["expected"] or 0, 1), "actual": int(row["actual"] or 0), "alive_bp": round((row["alive"] or 0) * 10_000)}
        for row in rows
    ]}  # fmt: skip


def behind(lake: Lake, path: str, asked: Asked, wanted: Mapping[str, str]) -> ibis.Table:
    """Give the members of a tenth (`decile`) with the last day on which they bought, and what they are expected to bring."""
    found, orders = valued(lake, path, asked), lake.table("orders")
    if wanted.get("decile", "").isdigit():
        found = found.filter(found.decile == int(wanted["decile"]))
    last = orders.group_by("ordinal").agg(on=orders.on.max())
    found = found.left_join(last, "ordinal").drop("ordinal_right")
    return found.select("ordinal", "member_id", "on", kept_minor=found.worth_minor.round().cast("int64"))
