"""Settle all standings of a brand at once, after its days were brought in from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.member.tiers.actions.standings import LOCK
from sitong.member.tiers.models import Standing
from sitong.member.tiers.queries import days_of_brands, plan_of
from sitong.member.tiers.rules import keeps_until
from sitong.member.tiers.spread import levels_of_all
from sitong.shared.statements import days, integers, run, uuids, write

WITH_DAYS = "SELECT DISTINCT member_id FROM member_tierday WHERE brand_id = %s::uuid"
SETTLE_ALL = """
UPDATE member_standing AS s SET version = %s::int, level = c.level, keeps_until = c.keeps_until, settled_on = %s::date,
  since = CASE WHEN s.level = c.level THEN coalesce(s.since, %s::date) ELSE %s::date END, floor_level = 0, floor_until = NULL
FROM unnest(%s::uuid[], %s::int[], %s::date[]) AS c(id, level, keeps_until) WHERE s.member_id = c.id
"""


DAYS = """
INSERT INTO member_tierday AS t (brand_id, member_id, "on", amount_minor, points)
SELECT brand_id, member_id, "on", sum(amount), sum(points)
FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::bigint[], %s::bigint[]) AS d(brand_id, member_id, "on", amount, points)
GROUP BY 1, 2, 3 ORDER BY 2, 3
ON CONFLICT (member_id, "on") DO UPDATE SET amount_minor = t.amount_minor + EXCLUDED.amount_minor, points = t.points + EXCLUDED.points
"""


def add_days(rows: Sequence[tuple[UUID, UUID, date, int, int]]) -> None:
    """Add to days (brand, member, day, amount, points) in bulk; the caller rebuilds the standings afterwards."""
    if rows:
        brands, members, ons, amounts, points = zip(*rows, strict=True)
        write(DAYS, [uuids(brands), uuids(members), days(ons), integers(amounts), integers(points)])


def rebuild_standings(brand_id: UUID, *, now: datetime) -> int:
    """Reckon the standings of all members of a brand anew from their days; give how many. In one transaction, for imports.

    Nobody is told: what was brought in was known to its members before.
    """
    plan = plan_of(brand_id)
    if plan is None:
        return 0
    on = days_of_brands([brand_id], now)[brand_id]
    with transaction.atomic():
        ids = {key for (key,) in run(WITH_DAYS, [brand_id])}
        ids |= set(Standing.objects.filter(brand_id=brand_id).values_list("member_id", flat=True))
        members = sorted(ids, key=lambda key: key.int)
        run(LOCK, [on, on, uuids(members), uuids([brand_id] * len(members))])
        levels, base = levels_of_all(plan, on), plan.level_for(0)
        found = [levels.get(key, base) for key in members]
        until = {level: keeps_until(level, on, plan) for level in set(found)}
        write(SETTLE_ALL, [
            plan.version, on, on, on, uuids(members), integers(found), days([until[level] for level in found]),
        ])  # fmt: skip
    return len(members)
