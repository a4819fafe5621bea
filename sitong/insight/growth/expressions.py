"""The funnel as expressions on the lake: one row a member who became known in the period, with how far it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import ibis

from sitong.insight.asked import Asked, at_stores, of_source, reckoned_once, rows_of
from sitong.insight.growth.rules import ACTIVE_DAYS, KEPT_DAYS, STAGES
from sitong.insight.lake.reading import Lake

ROWS_MAX = 200


def funnel(lake: Lake, asked: Asked, referring: Collection[int] = ()) -> ibis.Table:
    """Give ordinal, member_id, source, store_id, known_on, spent_minor and one boolean for each stage of each new member.

    Stores are home stores. A member is known since it joined or first bought, whichever was earlier. `referring`: ordinals
    of members who brought others.
    """
    known = _known(lake, asked)
    days = _deeds(lake).join(known.select("ordinal", "known_on"), "ordinal")
    days = days.mutate(after=days.on.delta(days.known_on, unit="day")).filter(
        lambda t: (t.after >= 0) & (t.after <= KEPT_DAYS) & (t.on <= asked.last)
    )
    started = days.filter(days.after <= ACTIVE_DAYS).group_by("ordinal").agg(started=lambda t: t.after.min())
    again = days.join(started, "ordinal")
    again = again.filter(again.after > again.started).select("ordinal").distinct()
    lines = lake.table("lines").join(known.select("ordinal", "known_on"), "ordinal")
    lines = lines.filter((lines.on.delta(lines.known_on, unit="day") <= KEPT_DAYS) & (lines.on <= asked.last))
    spent = lines.group_by("ordinal").agg(spent_minor=lines.total_minor.sum())
    told = ibis.memtable({"ordinal": sorted(referring) or [-1]}, schema={"ordinal": "int64"})
    flags = (
        known.left_join(started, "ordinal").drop("ordinal_right")
        .left_join(again.mutate(again=True), "ordinal").drop("ordinal_right")
        .left_join(spent, "ordinal").drop("ordinal_right")
        .left_join(told.mutate(told=True), "ordinal").drop("ordinal_right")
    )  # fmt: skip
    activated = flags.started.notnull()
    retained = activated & flags.again.fill_null(False)
    kept_minor = flags.spent_minor.fill_null(0)
    paying = retained & (kept_minor > 0)
    return flags.select(
        "ordinal", "member_id", "source", "store_id", "known_on", acquired=ibis.literal(True), activated=activated, retained=retained,
        paying=paying, referring=paying & flags.told.fill_null(False), spent_minor=kept_minor.cast("int64"),
    )  # fmt: skip


def board(lake: Lake, asked: Asked, *, referring: Collection[int], campaigns: Mapping[str, str]) -> dict[str, Any]:
    """Give the funnel of a period: whole, by month, by source, by home store, and by campaign (coupon's id → campaign's)."""
    made = reckoned_once(lake, funnel(lake, asked, referring))
    whole = rows_of(made.agg(**_sums(made)))[0]
    return {
        "whole": {name: int(value or 0) for name, value in whole.items()},
        "months": _rows(made.mutate(key=made.known_on.cast("string").left(7)), order="key"),
        "sources": _rows(made.mutate(key=made.source)),
        "stores": _rows(made.mutate(key=made.store_id)),
        "campaigns": _rows(by_campaign(lake, made, campaigns)) if campaigns else [],
    }


def by_campaign(lake: Lake, made: ibis.Table, campaigns: Mapping[str, str]) -> ibis.Table:
    """Give the funnel's members once for each campaign whose coupon they claimed in their first days, as `key`."""
    named = ibis.memtable(
        {"coupon_id": list(campaigns), "key": list(campaigns.values())}, schema={"coupon_id": "string", "key": "string"}
    )
    coupons = lake.table("coupons")
    claimed = coupons.filter(coupons.what == "claimed").join(named, "coupon_id").select("ordinal", "on", "key")
    both = claimed.join(made, "ordinal")
    after = both.on.delta(both.known_on, unit="day")
    return both.filter((after >= 0) & (after <= ACTIVE_DAYS)).drop("on").distinct()


def behind(
    lake: Lake, asked: Asked, wanted: Mapping[str, str], *, referring: Collection[int], campaigns: Mapping[str, str]
) -> ibis.Table:
    """Give the members of a stage (`stage`), or those who stopped there (`stopped`), of one source, store, month or campaign."""
    made = funnel(lake, asked, referring)
    if wanted.get("campaign"):
        made = by_campaign(
            lake, made, {coupon: key for coupon, key in campaigns.items() if key == wanted["campaign"]} or {"-": "-"}
        )
    stage = wanted.get("stage", STAGES[0])
    at = STAGES.index(stage) if stage in STAGES else 0
    made = made.filter(made[STAGES[at]])
    if wanted.get("stopped") and at + 1 < len(STAGES):
        made = made.filter(~made[STAGES[at + 1]])
    for name in ("source", "store_id"):
        if name in wanted:
            made = made.filter(made[name] == wanted[name])
    if wanted.get("month"):
        made = made.filter(made.known_on.cast("string").left(7) == wanted["month"])
    return made.select("ordinal", "member_id", on=made.known_on, kept_minor=made.spent_minor)


def _known(lake: Lake, asked: Asked) -> ibis.Table:
    members, orders = lake.table("members"), lake.table("orders")
    bought = orders.group_by("ordinal").agg(bought_on=orders.on.min())
    members = at_stores(of_source(members, members, asked), asked).left_join(bought, "ordinal").drop("ordinal_right")
    known_on = ibis.least(members.joined_on, members.bought_on.fill_null(members.joined_on))
    known = members.select("ordinal", "member_id", "source", "store_id", known_on=known_on)
    return known.filter((known.known_on >= asked.first) & (known.known_on <= asked.last))


def _deeds(lake: Lake) -> ibis.Table:
    """Give the days on which members did something by themselves: bought, scanned, claimed a coupon, were in a store."""
    orders, scans, coupons, visits = (lake.table(name) for name in ("orders", "scans", "coupons", "visits"))
    return ibis.union(
        orders.select("ordinal", "on"),
        scans.select("ordinal", "on"),
        coupons.filter(coupons.what == "claimed").select("ordinal", "on"),
        visits.select("ordinal", "on"),
        distinct=True,
    )


def _sums(table: ibis.Table) -> dict[str, Any]:
    counts = {stage: table[stage].cast("int64").sum() for stage in STAGES}
    return {**counts, "spent_minor": table.spent_minor.sum()}


def _rows(table: ibis.Table, *, order: str = "") -> list[dict[str, Any]]:
    found = table.group_by("key").agg(**_sums(table))
    found = found.order_by(found.key if order else [ibis.desc("acquired"), found.key]).limit(ROWS_MAX)
    return [
        {name: value if name == "key" else int(value or 0) for name, value in row.items()} for row in rows_of(found)
    ]
