"""What every change of standings shares: lock the rows, read the days, write what came of it. One statement each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.member.tiers.events import TierFell, TierRose
from sitong.member.tiers.models import Standing
from sitong.member.tiers.queries import days_of_brands, days_that_decide, floor_of, held_level, plans_before, plans_of
from sitong.member.tiers.rules import FOR_EVER, Plan, Stands, Sums, period_end, stands_on
from sitong.shared.events.actions import announce
from sitong.shared.events.registry import Happening
from sitong.shared.statements import days, integers, run, uuids, write

LOCK = """
INSERT INTO member_standing (member_id, brand_id, version, level, keeps_until, settled_on, floor_level)
SELECT id, brand_id, 0, 0, %s::date, %s::date, 0 FROM unnest(%s::uuid[], %s::uuid[]) AS m(id, brand_id) ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET brand_id = EXCLUDED.brand_id
RETURNING member_id, brand_id, version, level, since, keeps_until, settled_on, floor_level, floor_until
"""
"""Opens what is missing and locks the others, in one pass in the order of the members."""

ADD_DAYS = """
INSERT INTO member_tierday AS t (member_id, "on", brand_id, amount_minor, points)
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::bigint[], %s::bigint[])
ON CONFLICT (member_id, "on") DO UPDATE SET amount_minor = EXCLUDED.amount_minor, points = EXCLUDED.points
"""
SETTLE = """
UPDATE member_standing AS s SET version = c.version, level = c.level, since = c.since, keeps_until = c.keeps_until,
  settled_on = c.settled_on, floor_level = c.floor_level, floor_until = c.floor_until
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::date[], %s::date[], %s::date[], %s::int[], %s::date[])
  AS c(id, version, level, since, keeps_until, settled_on, floor_level, floor_until)
WHERE s.member_id = c.id
"""
ALL_DAYS = 'SELECT member_id, "on", amount_minor, points FROM member_tierday WHERE member_id = ANY(%s::uuid[]) AND "on" = ANY(%s::date[])'


Olds = Mapping[tuple[UUID, int], Plan]


@dataclass
class Standings:
    """The locked standings of some members with the days that they depend on; changed while a batch is decided."""

    rows: dict[UUID, Standing]
    plans: dict[UUID, Plan]
    today: dict[UUID, date]
    measured: dict[UUID, dict[date, int]]

    def level_of(self, member_id: UUID) -> tuple[Plan | None, int]:
        """Give the plan and the level that a member has today as things stand; 0: none."""
        row = self.rows[member_id]
        plan = self.plans.get(row.brand_id)
        if plan is None:
            return None, 0
        on = self.today[row.brand_id]
        return plan, max(self.reckon(member_id, plan).level, floor_of(row, plan, on))

    def reckon(self, member_id: UUID, plan: Plan) -> Stands:
        """Reckon a standing from its days."""
        on = self.today[self.rows[member_id].brand_id]
        return stands_on(Sums(self.measured.get(member_id, {})), on, plan)

    def add(self, member_id: UUID, on: date, amount_minor: int, points: int) -> None:
        """Let a day's change count at once for what is decided next."""
        plan = self.plans.get(self.rows[member_id].brand_id)
        if plan is not None:
            of = self.measured.setdefault(member_id, {})
            of[on] = max(0, of.get(on, 0) + (points if plan.measure == "points" else amount_minor))


def lock_standings(brands: Mapping[UUID, UUID], *, now: datetime) -> Standings:
    """Open and lock the standings of these members (member → brand) and read the days they depend on. Six statements."""
    ids = sorted(brands, key=lambda key: key.int)
    today = days_of_brands(set(brands.values()), now)
    first = min(today.values(), default=FOR_EVER)
    fields = (
        "member_id",
        "brand_id",
        "version",
        "level",
        "since",
        "keeps_until",
        "settled_on",
        "floor_level",
        "floor_until",
    )
    found = run(LOCK, [first, first, uuids(ids), uuids([brands[key] for key in ids])])
    rows = {row[0]: Standing(**dict(zip(fields, row, strict=True))) for row in found}
    plans = plans_of(set(brands.values()))
    planned = {key: brand_id for key, brand_id in brands.items() if brand_id in plans}
    return Standings(rows, plans, today, days_that_decide(planned, plans, today) if planned else {})


def settle(standings: Standings, *, because: str, now: datetime) -> None:
    """Write where the locked members stand now, and announce who rose and who fell. One statement and the announcement."""
    told: list[Happening] = []
    settled: list[Standing] = []
    olds = plans_before([row for row in standings.rows.values() if row.brand_id in standings.plans], standings.plans)
    for key, row in standings.rows.items():
        plan = standings.plans.get(row.brand_id)
        if plan is None:
            continue
        before = _code_before(row, plan, olds)
        _settle_one(row, plan, standings.reckon(key, plan), standings.today[row.brand_id], olds)
        after = _code(plan, max(row.level, floor_of(row, plan, row.settled_on)))
        settled.append(row)
        if before != after:
            rose = plan.level_of(after) > plan.level_of(before)
            kind = TierRose(row.brand_id, key, before, after)
            told.append(kind if rose else TierFell(row.brand_id, key, before, after, because))
    if settled:
        write(SETTLE, [
            uuids([row.member_id for row in settled]), integers([row.version for row in settled]),
            integers([row.level for row in settled]), days([row.since for row in settled]),
            days([row.keeps_until for row in settled]), days([row.settled_on for row in settled]),
            integers([row.floor_level for row in settled]), days([row.floor_until for row in settled]),
        ])  # fmt: skip
    announce(told, at=now)


def write_days(changes: Mapping[tuple[UUID, date], tuple[int, int]], brands: Mapping[UUID, UUID]) -> None:
    """Add to the days of locked members (amount, points); less than nothing is nothing. Two statements."""
    keys = sorted(changes, key=lambda key: (key[0].int, key[1]))
    if not keys:
        return
    rows = run(ALL_DAYS, [uuids({key for key, _ in keys}), days({on for _, on in keys})])
    there = {(key, on): (amount, points) for key, on, amount, points in rows}
    sums = [
        tuple(max(0, old + by) for old, by in zip(there.get(key, (0, 0)), changes[key], strict=True)) for key in keys
    ]
    write(ADD_DAYS, [
        uuids([key for key, _ in keys]), days([on for _, on in keys]), uuids([brands[key] for key, _ in keys]),
        integers([amount for amount, _ in sums]), integers([points for _, points in sums]),
    ])  # fmt: skip


def _settle_one(row: Standing, plan: Plan, stands: Stands, on: date, olds: Olds) -> None:
    """Bring a row to where its member stands. A new plan leaves a level that it would take until the period's end."""
    if row.version != plan.version:
        held = held_level(row, plan, olds)
        row.floor_level, row.floor_until = (held, period_end(on, plan)) if held > stands.level else (0, None)
        row.version = plan.version
    if row.level != stands.level or row.since is None:
        row.since = on
    row.level, row.keeps_until, row.settled_on = stands.level, stands.keeps_until, on
    if row.floor_until is not None and (on > row.floor_until or stands.level >= row.floor_level):
        row.floor_level, row.floor_until = 0, None
    if row.floor_until is not None:
        row.keeps_until = min(row.keeps_until, row.floor_until)


def _code_before(row: Standing, plan: Plan, olds: Olds) -> str:
    if row.version == plan.version:
        return _code(plan, max(row.level, row.floor_level))
    old = olds.get((row.brand_id, row.version))
    return _code(old, row.level) if old else _code(plan, plan.level_for(0))


def _code(plan: Plan, level: int) -> str:
    return plan.levels[level - 1].code if level else ""
