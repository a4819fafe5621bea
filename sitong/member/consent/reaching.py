"""Who of thousands may be told something, and by which ways; never the addresses themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sitong.shared.statements import run, uuids

STANDING = """
SELECT w.id, m.joined_into_id, s.brand_id, s.home_store_id, s.phone_index IS NOT NULL, s.erased_at IS NOT NULL, coalesce(newest.yes, false)
FROM unnest(%s::uuid[]) AS w(id) JOIN member_member AS m ON m.id = w.id JOIN member_member AS s ON s.id = coalesce(m.joined_into_id, m.id)
LEFT JOIN LATERAL (
  SELECT c.yes FROM (SELECT s.id UNION ALL SELECT j.id FROM member_member AS j WHERE j.joined_into_id = s.id) AS known(id)
  JOIN member_consentgiven AS c ON c.member_id = known.id AND c.purpose = %s AND c.entity_id IS NULL
  ORDER BY c.at DESC, c.id DESC LIMIT 1) AS newest ON true
"""

HAVING = """
SELECT w.id FROM unnest(%s::uuid[]) AS w(id) WHERE EXISTS (
  SELECT FROM member_memberkey AS k WHERE k.kind = %s AND k.app = %s AND (k.member_id = w.id OR k.member_id IN (
    SELECT j.id FROM member_member AS j WHERE j.joined_into_id = w.id)))
"""


@dataclass(slots=True)
class Reach:
    """A member by the id that was asked: who it is now, where it is at home, whether it has a phone.

    `erased` says that nobody may be reached any more, `yes` that its newest word to the purpose is yes.
    """

    member_id: UUID
    brand_id: UUID
    home_store_id: UUID | None
    phone: bool
    erased: bool
    yes: bool


def reach_of_members(member_ids: Collection[UUID], *, purpose: str) -> dict[UUID, Reach]:
    """Give how members stand, by the ids that were asked; unknown ones are left out. One statement, however many."""
    return {
        asked: Reach(into or asked, brand_id, home, phone, erased, yes)
        for asked, into, brand_id, home, phone, erased, yes in run(STANDING, [uuids(member_ids), purpose])
    }


def having_key(member_ids: Collection[UUID], kind: str, *, app: str = "") -> set[UUID]:
    """Give which of these members have proved a key of this kind, themselves or whoever was joined into them. One statement."""
    return {row[0] for row in run(HAVING, [uuids(member_ids), kind, app])}
