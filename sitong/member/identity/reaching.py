"""How many members at once can be reached: who they are now and which ways to them there are, never the addresses themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sitong.shared.statements import run, uuids

REACH = """
SELECT w.id, s.id, s.brand_id, s.home_store_id, s.phone_index IS NOT NULL, s.erased_at IS NOT NULL
FROM unnest(%s::uuid[]) AS w(id) JOIN member_member AS m ON m.id = w.id JOIN member_member AS s ON s.id = coalesce(m.joined_into_id, m.id)
"""

HAVING = """
SELECT w.id FROM unnest(%s::uuid[]) AS w(id) WHERE EXISTS (
  SELECT FROM member_memberkey AS k WHERE k.kind = %s AND k.app = %s AND (k.member_id = w.id OR k.member_id IN (
    SELECT j.id FROM member_member AS j WHERE j.joined_into_id = w.id)))
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who a member is now, where it is at home, and whether it has a phone. `erased` says that nobody may be reached."""

    member_id: UUID
    brand_id: UUID
    home_store_id: UUID | None
    phone: bool
    erased: bool


def reach_of_members(member_ids: Collection[UUID]) -> dict[UUID, Reach]:
    """Give for each member, by the id that was asked, how it stands. Unknown ones are left out. One statement."""
    return {row[0]: Reach(*row[1:]) for row in run(REACH, [uuids(member_ids)])}


def having_key(member_ids: Collection[UUID], kind: str, *, app: str = "") -> set[UUID]:
    """Give which of these members have proved a key of this kind, themselves or whoever was joined into them. One statement."""
    return {row[0] for row in run(HAVING, [uuids(member_ids), kind, app])}
