"""What follows from the days that count: how members stand, and which once-only rewards they have had."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sitong.marketing.checkin.deciding import Key
from sitong.shared.statements import run, uuids

PLACES = """
SELECT DISTINCT p.place_id, c.member_id, c."on" FROM marketing_checkin AS c CROSS JOIN LATERAL (VALUES (c.brand_id), (c.store_id)) AS p(place_id)
"""

DAYS_OF = f"""
WITH d AS ({PLACES} WHERE c.state = 'counted' AND c.member_id = ANY(%s::uuid[]))
SELECT d.place_id, d.member_id, d."on" FROM d
JOIN unnest(%s::uuid[], %s::uuid[]) AS w(place_id, member_id) ON w.place_id = d.place_id AND w.member_id = d.member_id
"""  # noqa: S608

HAD = """
SELECT plan_id, place_id, member_id, step FROM marketing_checkinreward
WHERE once AND member_id = ANY(%s::uuid[]) AND plan_id = ANY(%s::uuid[])
"""


def days_of(keys: Collection[Key]) -> dict[Key, set[date]]:
    """Give the days that count of members at places (the brand: in any of its stores). One statement, or none."""
    found: dict[Key, set[date]] = {key: set() for key in keys}
    if not keys:
        return found
    asked = sorted(keys)
    parameters = [uuids({key[1] for key in asked}), uuids([key[0] for key in asked]), uuids([key[1] for key in asked])]
    for place_id, member_id, on in run(DAYS_OF, parameters):
        found[place_id, member_id].add(on)
    return found


def rewards_had(member_ids: Collection[UUID], plan_ids: Collection[UUID]) -> set[tuple[UUID, UUID, UUID, int]]:
    """Give which steps for once in a lifetime these members have had: plan, place, member, step. One statement or none."""
    if not plan_ids or not member_ids:
        return set()
    return set(run(HAD, [uuids(member_ids), uuids(plan_ids)]))
