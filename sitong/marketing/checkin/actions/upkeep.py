"""Check-ins follow a member who turns out to be another one, and go when a member is erased. Standings are reckoned anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from sitong.marketing.checkin.actions.writing import lock_standings, write_standings
from sitong.marketing.checkin.models import CheckIn, CheckInReward, CheckInStanding
from sitong.marketing.checkin.queries.days import days_of
from sitong.marketing.checkin.rules import reckoned
from sitong.shared.statements import run, uuids

MOVE = """
UPDATE marketing_checkin AS c SET member_id = %(to)s
WHERE c.id IN (SELECT id FROM marketing_checkin WHERE member_id = %(of)s AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s::uuid[]))
               ORDER BY id FOR NO KEY UPDATE)
  AND NOT EXISTS (SELECT FROM marketing_checkin AS o WHERE o.member_id = %(to)s AND o.place_id = c.place_id AND o."on" = c."on")
RETURNING c.id
"""

MOVE_REWARDS = """
UPDATE marketing_checkinreward AS r SET member_id = %(to)s
WHERE r.member_id = %(of)s AND r.check_in_id = ANY(%(ids)s::uuid[])
  AND NOT (r.once AND EXISTS (SELECT FROM marketing_checkinreward AS o WHERE o.once AND o.member_id = %(to)s AND o.plan_id = r.plan_id
                              AND o.place_id = r.place_id AND o.step = r.step))
RETURNING r.id
"""


def move_check_ins(member_id: UUID, *, to: UUID) -> list[UUID]:
    """Give another member all check-ins; a day that it has there already stays. Both standings follow. Gives what moved."""
    return _move(None, of=member_id, to=to)


def move_check_ins_back(check_in_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these check-ins of a member to another, as far as it still has them. Both standings follow."""
    _move(check_in_ids, of=of, to=to)


def reckon_standings(member_ids: Collection[UUID]) -> int:
    """Reckon the standings of members anew from the days that count. Gives how many standings there are."""
    with transaction.atomic():
        places = CheckIn.objects.filter(member_id__in=member_ids).values_list("brand_id", "store_id", "member_id")
        brands = {(place, member): brand for brand, store, member in places.distinct() for place in (brand, store)}
        known = CheckInStanding.objects.filter(member_id__in=member_ids).values_list(
            "place_id", "member_id", "brand_id"
        )
        brands |= {(place, member): brand for place, member, brand in known}
        lock_standings(brands)
        found = days_of(brands)
        if found:
            write_standings({key: reckoned(days) for key, days in found.items()})
    return len(brands)


def erase_check_ins(member_ids: Collection[UUID]) -> int:
    """Delete check-ins, standings and what was won by them for good; what was given stays in its own books. Gives how many rows."""
    return sum(
        kind._default_manager.filter(member_id__in=member_ids).delete()[0]
        for kind in (CheckIn, CheckInStanding, CheckInReward)
    )


def _move(check_in_ids: Sequence[UUID] | None, *, of: UUID, to: UUID) -> list[UUID]:
    with transaction.atomic():
        ids = None if check_in_ids is None else uuids(check_in_ids)
        moved = [row[0] for row in run(MOVE, {"of": of, "to": to, "ids": ids})]
        if moved:
            run(MOVE_REWARDS, {"of": of, "to": to, "ids": uuids(moved)})
            reckon_standings([of, to])
    return moved
