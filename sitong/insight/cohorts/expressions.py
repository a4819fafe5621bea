"""Retention, repetition and RFM as expressions on the lake: all of them over days of purchase and what was kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis

from sitong.insight.asked import Asked, at_stores, of_source, reckoned_once, rows_of
from sitong.insight.cohorts.rules import GAPS, GROUPS, RFM_DAYS, SCORES, group_of, months_between
from sitong.insight.lake.reading import Lake


def purchase_days(lake: Lake, asked: Asked) -> ibis.Table:
    """Give ordinal, on and kept_minor (paid, less what came back since) of each day on which a member bought, up to the last day."""
    lines = at_stores(lake.table("lines"), asked)
    lines = of_source(lines.filter(lines.on <= asked.last), lake.table("members"), asked)
    orders = at_stores(lake.table("orders"), asked)
    orders = (
        of_source(orders.filter(orders.on <= asked.last), lake.table("members"), asked)
        .select("ordinal", "on")
        .distinct()
    )
    kept = lines.group_by("ordinal", "on").agg(kept_minor=lines.total_minor.sum().cast("int64"))
    both = orders.left_join(kept, ["ordinal", "on"])
    return both.select("ordinal", "on", kept_minor=both.kept_minor.fill_null(0))


def retention(days: ibis.Table, asked: Asked) -> ibis.Table:
    """Give, for each month of first purchase and each month after it, how many members bought and what was kept."""
    days = days.mutate(month=_month(days.on))
    first = days.group_by("ordinal").agg(cohort=days.month.min())
    both = days.join(first, "ordinal").filter(
        lambda t: (t.cohort >= _month_of(asked.first)) & (t.cohort <= _month_of(asked.last))
    )
    return both.group_by("cohort", "month").agg(members=both.ordinal.nunique(), kept_minor=both.kept_minor.sum())


def rfm(days: ibis.Table, asked: Asked) -> ibis.Table:
    """Give ordinal, recency_days, purchases, kept_minor and the scores recency, frequency, money (1 to 5) of who bought in a year.

    A score says how many fifths of the members are strictly worse; equal members have equal scores.
    """
    days = days.filter(days.on > asked.last - timedelta(days=RFM_DAYS))
    of = days.group_by("ordinal").agg(
        last_on=days.on.max(), purchases=days.on.nunique(), kept_minor=days.kept_minor.sum().cast("int64")
    )
    of = of.mutate(recency_days=ibis.literal(asked.last).cast("date").delta(of.last_on, unit="day"))
    count = ibis.window()
    scored = of.mutate(
        recency=_score(of, ibis.desc("recency_days"), count), frequency=_score(of, ibis.asc("purchases"), count),
        money=_score(of, ibis.asc("kept_minor"), count),
    )  # fmt: skip
    return scored.select(
        "ordinal", "last_on", "recency_days", "purchases", "kept_minor", "recency", "frequency", "money"
    )


def _score(of: ibis.Table, by: Any, whole: Any) -> Any:
    worse = ibis.rank().over(ibis.window(order_by=by))
    return ((worse * SCORES) // of.ordinal.count().over(whole) + 1).cast("int64")


def board(lake: Lake, asked: Asked) -> dict[str, Any]:
    """Give the cohorts, the repeat rate and the gaps of a period, and the RFM map on its last day."""
    days = reckoned_once(lake, purchase_days(lake, asked))
    inside = days.filter(days.on >= asked.first)
    return {
        "cohorts": _cohorts(rows_of(retention(days, asked))),
        "repeat": _repeat(inside),
        "gaps": _gaps(inside),
        "rfm": _grid(rfm(days, asked)),
    }


def behind(lake: Lake, asked: Asked, wanted: Mapping[str, str]) -> ibis.Table:
    """Give the members of a cohort (`cohort`, `month`), of a cell of the map (`r`, `f`), of a group, or who bought again (`again`)."""
    days = purchase_days(lake, asked)
    if wanted.get("cohort"):
        days = days.mutate(month=_month(days.on))
        first = days.group_by("ordinal").agg(cohort=days.month.min())
        days = days.join(first.filter(first.cohort == wanted["cohort"]), "ordinal")
        days = days.filter(days.month == wanted.get("month", wanted["cohort"]))
        of = days.group_by("ordinal").agg(on=days.on.max(), kept_minor=days.kept_minor.sum())
    elif wanted.get("again"):
        days = days.filter(days.on >= asked.first)
        of = days.group_by("ordinal").agg(on=days.on.max(), kept_minor=days.kept_minor.sum(), count=days.on.nunique())
        of = of.filter(of["count"] > 1 if wanted["again"] == "yes" else of["count"] == 1).drop("count")
    else:
        of = rfm(days, asked)
        cells = _cells(wanted)
        of = of.filter((of.recency * 10 + of.frequency).isin(cells)).select("ordinal", "kept_minor", on=of.last_on)
    members = lake.table("members").select("ordinal", "member_id")
    return of.join(members, "ordinal").select("ordinal", "member_id", "on", "kept_minor")


def _cells(wanted: Mapping[str, str]) -> list[int]:
    every = [(r, f) for r in range(1, SCORES + 1) for f in range(1, SCORES + 1)]
    if wanted.get("group"):
        return [r * 10 + f for r, f in every if group_of(r, f) == wanted["group"]] or [0]
    return [
        r * 10 + f for r, f in every if wanted.get("r", str(r)) == str(r) and wanted.get("f", str(f)) == str(f)
    ] or [0]


def _cohorts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for row in rows:
        at = months_between(row["cohort"], row["month"])
        found.setdefault(row["cohort"], {})[at] = (int(row["members"]), int(row["kept_minor"]))
    return [
        {
            "month": cohort, "members": months[0][0],
            "kept": [list(months.get(at, (0, 0))) for at in range(max(months) + 1)],
        }
        for cohort, months in sorted(found.items())
    ]  # fmt: skip


def _repeat(days: ibis.Table) -> dict[str, int]:
    of = days.group_by("ordinal").agg(count=days.on.nunique(), kept_minor=days.kept_minor.sum())
    again = of["count"] > 1
    (row,) = rows_of(of.agg(
        members=of.count(), again=again.cast("int64").sum(), purchases=of["count"].sum(), kept_minor=of.kept_minor.sum(),
        again_minor=again.ifelse(of.kept_minor, 0).sum(),
    ))  # fmt: skip
    return {name: int(value or 0) for name, value in row.items()}


def _gaps(days: ibis.Table) -> dict[str, Any]:
    before = days.on.lag().over(ibis.window(group_by="ordinal", order_by="on"))
    gaps = days.mutate(before=before).filter(lambda t: t.before.notnull())
    gaps = gaps.select(gap=gaps.on.delta(gaps.before, unit="day"))
    counted = {int(row["gap"]): int(row["times"]) for row in rows_of(gaps.group_by("gap").agg(times=gaps.count()))}
    times = sum(counted.values())
    return {
        "times": times,
        "bins": [[low, high, sum(count for gap, count in counted.items() if low <= gap <= high)] for low, high in GAPS],
        "quarters": [quantile(counted, times, part) for part in (1, 2, 3)],
    }


def quantile(counted: Mapping[int, int], times: int, quarter: int) -> int:
    """Give the smallest gap that so many quarters of all gaps do not exceed; 0 of none."""
    seen = 0
    for gap in sorted(counted):
        seen += counted[gap]
        if seen * 4 >= times * quarter:
            return gap
    return 0


def _grid(scored: ibis.Table) -> dict[str, Any]:
    rows = rows_of(
        scored.group_by("recency", "frequency").agg(members=scored.count(), kept_minor=scored.kept_minor.sum())
    )
    cells = {(row["recency"], row["frequency"]): (int(row["members"]), int(row["kept_minor"])) for row in rows}
    groups = {name: [0, 0] for name in GROUPS}
    for (r, f), (members, kept) in cells.items():
        groups[group_of(r, f)][0] += members
        groups[group_of(r, f)][1] += kept
    return {
        "cells": [[list(cells.get((r, f), (0, 0))) for f in range(1, SCORES + 1)] for r in range(SCORES, 0, -1)],
        "groups": [[name, *groups[name]] for name in GROUPS],
        "members": sum(members for members, _ in cells.values()),
        "kept_minor": sum(kept for _, kept in cells.values()),
    }


def _month(on: Any) -> Any:
    return on.cast("string").left(7)


def _month_of(on: date) -> str:
    return on.isoformat()[:7]
