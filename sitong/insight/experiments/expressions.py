"""What members of an experiment spent before and after they entered, as an expression on the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis

from sitong.insight.asked import rows_of
from sitong.insight.experiments.rules import Sums
from sitong.insight.lake.reading import Lake

BEFORE_DAYS, AFTER_DAYS = 90, 30


def spent_by_group(lake: Lake, entered: Sequence[tuple[int, str, date]], *, until: date) -> dict[str, Sums]:
    """Give for each group the sums of what its members kept paying in 90 days before and 30 days after entering, in minor units.

    `entered`: ordinal, group, day. Who entered too late for 30 days to have passed by `until` is left out, in each group alike.
    """
    columns = {
        "ordinal": [one for one, _, _ in entered],
        "group": [two for _, two, _ in entered],
        "entered_on": [on for _, _, on in entered],
    }
    table = ibis.memtable(columns, schema={"ordinal": "int64", "group": "string", "entered_on": "date"})
    table = table.filter(ibis.literal(until).cast("date").delta(table.entered_on, unit="day") >= AFTER_DAYS)
    lines = lake.table("lines").join(table, "ordinal")
    after = lines.on.delta(lines.entered_on, unit="day")
    lines = lines.mutate(after=after).filter(lambda t: (t.after >= -BEFORE_DAYS) & (t.after < AFTER_DAYS))
    each = lines.group_by("ordinal").agg(
        y=(lines.after >= 0).ifelse(lines.total_minor, 0).sum(), x=(lines.after < 0).ifelse(lines.total_minor, 0).sum()
    )
    whole = table.left_join(each, "ordinal").select(
        "group", x=lambda t: t.x.fill_null(0).cast("float64"), y=lambda t: t.y.fill_null(0).cast("float64")
    )
    sums = whole.group_by("group").agg(
        members=whole.count(),
        y=whole.y.sum(),
        yy=(whole.y * whole.y).sum(),
        x=whole.x.sum(),
        xx=(whole.x * whole.x).sum(),
        xy=(whole.x * whole.y).sum(),
    )
    return {row.pop("group"): Sums(**row) for row in rows_of(sums)}
