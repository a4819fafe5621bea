"""Read the standings that are due and the days on which they depend, as columns for `bulk`."""

from __future__ import annotations

from datetime import date

import numpy

from sitong.member.tiers.bulk import Entries, Kept
from sitong.member.tiers.rules import Plan, first_day_needed
from sitong.shared.columns import DAYS_BEFORE_2000, Places, pieces

NO_DAY = "date '0001-01-01'"
AMOUNTS = {"points": "points", "spending": "amount_minor"}
KEPT = {
    "member_id": ("uuid", "member_id"), "version": ("int", "version"), "level": ("int", "level"),
    "since": ("date", f"coalesce(since, {NO_DAY})"), "keeps_until": ("date", "keeps_until"), "settled_on": ("date", "settled_on"),
    "floor_level": ("int", "floor_level"), "floor_until": ("date", f"coalesce(floor_until, {NO_DAY})"),
}  # fmt: skip
DUE = "brand_id = %s::uuid AND (version <> %s::int OR keeps_until < %s::date)"
INSIDE = 'brand_id = %s::uuid AND "on" BETWEEN %s::date AND %s::date AND {amount} <> 0'


def read_due(plan: Plan, on: date) -> tuple[numpy.ndarray, Kept]:
    """Give the members (16 bytes each) and the standings of those whose period is over or whose plan is another now."""
    ids: list[numpy.ndarray] = []
    columns: dict[str, list[numpy.ndarray]] = {name: [] for name in list(KEPT)[1:]}
    for piece in pieces("member_standing", KEPT, DUE, [plan.brand_id, plan.version, on]):
        ids.append(numpy.ascontiguousarray(piece["member_id"]))
        for name, read in columns.items():
            read.append(_days(piece[name]) if KEPT[name][0] == "date" else piece[name].astype(numpy.int32))
    if not ids:
        return numpy.empty(0, "V16"), Kept(*(numpy.empty(0, numpy.int32) for _ in columns))
    return numpy.concatenate(ids), Kept(**{name: numpy.concatenate(read) for name, read in columns.items()})


def _days(sent: numpy.ndarray) -> numpy.ndarray:
    days = sent.astype(numpy.int32) + DAYS_BEFORE_2000
    days[days <= 1] = 0
    return days


def read_entries(plan: Plan, on: date, members: Places) -> Entries:
    """Give what counted for these members on the days that decide where they stand on a day."""
    amount = AMOUNTS[plan.measure]
    fields = {"member_id": ("uuid", "member_id"), "on": ("date", '"on"'), "amount": ("bigint", amount)}
    where, read = INSIDE.format(amount=amount), []
    for piece in pieces("member_tierday", fields, where, [plan.brand_id, first_day_needed(on, plan), on]):
        place = members.find(numpy.ascontiguousarray(piece["member_id"]))
        there = place >= 0
        days = piece["on"][there].astype(numpy.int32) + DAYS_BEFORE_2000
        read.append(Entries(place[there].astype(numpy.int32), days, piece["amount"][there].astype(numpy.int64)))
    if not read:
        return Entries(*(numpy.empty(0, kind) for kind in (numpy.int32, numpy.int32, numpy.int64)))
    return Entries(*(numpy.concatenate([getattr(one, name) for one in read]) for name in ("member", "on", "amount")))
