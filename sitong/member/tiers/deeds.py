"""Since when members have their tier, as rules may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.member.identity.knowing import deeds_change, knows_of_members
from sitong.member.tiers.events import TierFell, TierRose
from sitong.shared.statements import run, uuids

TIERS = """
SELECT s.member_id, s.since::timestamp AT TIME ZONE %s, s.since, coalesce(l.code, ''), coalesce(l.level, 0)
FROM member_standing AS s JOIN member_member AS m ON m.id = s.member_id AND m.joined_into_id IS NULL
LEFT JOIN member_tierplan AS p ON p.brand_id = s.brand_id AND p.version = s.version
LEFT JOIN member_tierlevel AS l ON l.plan_id = p.id AND l.level = s.level
WHERE s.member_id = ANY(%s::uuid[]) AND s.since IS NOT NULL
"""


@knows_of_members("tiers")
def tiers_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """The day of the newest change, and the level since then."""
    return run(TIERS, [zone, uuids(member_ids)])


deeds_change("tiers", "members", after=TierRose)
deeds_change("tiers", "members", after=TierFell)
