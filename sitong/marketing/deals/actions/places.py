"""What becomes of places: paid, given, lapsed, left, expired. Money is the caller's: scene locks nothing of it before the groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.coupons.actions import ClaimWanted, claim_coupons
from sitong.marketing.deals.actions.join import lock_deal_groups
from sitong.marketing.deals.actions.tickets import move_tickets
from sitong.marketing.deals.events import DealGroupCompleted, DealGroupExpired
from sitong.marketing.deals.models import DealGroup, DealPlace, GroupDeal
from sitong.marketing.deals.rules import GroupNow
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import integers, run, texts, uuids

PIECE = 500
GROUPS_AT_ONCE = 20

GROUPS_OF = "SELECT id, group_id FROM marketing_dealplace WHERE id = ANY(%s::uuid[])"

PLACES = """
SELECT id, brand_id, deal_id, group_id, member_id, store_id, state, price_minor, pay_by FROM marketing_dealplace
WHERE id = ANY(%s::uuid[]) ORDER BY joined_at, id
"""

PAID_IN = """
SELECT id, brand_id, deal_id, group_id, member_id, store_id, state, price_minor, pay_by FROM marketing_dealplace
WHERE group_id = ANY(%s::uuid[]) AND state = ANY(%s::text[]) ORDER BY joined_at, id
"""

SET_PAID = "UPDATE marketing_dealplace SET state = 'paid', paid_at = %s::timestamptz WHERE id = ANY(%s::uuid[])"

END_PLACES = """
UPDATE marketing_dealplace AS p SET state = n.state, ended_at = %s::timestamptz
FROM unnest(%s::uuid[], %s::text[]) AS n(id, state) WHERE p.id = n.id
"""

COUNT_GROUPS = """
UPDATE marketing_dealgroup AS g
SET taken = g.taken + n.taken, paid = g.paid + n.paid, state = n.state,
    ended_at = CASE WHEN n.state = 'open' THEN NULL ELSE %s::timestamptz END
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::text[]) AS n(id, taken, paid, state) WHERE g.id = n.id
"""

HELD_TOO_LONG = "SELECT id FROM marketing_dealplace WHERE state = 'held' AND pay_by <= %s ORDER BY pay_by LIMIT %s"

DUE_GROUPS = """
SELECT id FROM marketing_dealgroup WHERE state = 'open' AND ends_at <= %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""


class DealPlaceNotPayable(Refused):
    """The place is paid already, or its time or its group's is over: fact state."""

    code = "marketing.deal_place_not_payable"


class DealCannotLeave(Refused):
    """The group is complete, or the member is not in it any more."""

    code = "marketing.deal_cannot_leave"


@dataclass(slots=True)
class PlaceNow:
    """A place under its group's lock."""

    id: UUID
    brand_id: UUID
    deal_id: UUID
    group_id: UUID
    member_id: UUID
    store_id: UUID | None
    state: str
    price_minor: int
    pay_by: datetime


@dataclass(slots=True)
class PlacesPaid:
    """What paying did: an outcome for each place; places whose group is complete and got theirs; paid ones that could not."""

    outcomes: dict[UUID, PlaceNow | Refused] = field(default_factory=dict)
    given: list[PlaceNow] = field(default_factory=list)
    unserved: list[PlaceNow] = field(default_factory=list)


@dataclass(slots=True)
class PlacesEnded:
    """Places that ended: `unpaid` had a payment open perhaps, the money of `paid` goes back. `groups`: how many expired."""

    unpaid: list[PlaceNow] = field(default_factory=list)
    paid: list[PlaceNow] = field(default_factory=list)
    groups: int = 0


def lock_places(place_ids: Collection[UUID]) -> dict[UUID, PlaceNow]:
    """Lock the groups of places, in the order of their ids, and give the places as they are then."""
    groups = {row[1] for row in run(GROUPS_OF, [uuids(set(place_ids))])}
    lock_deal_groups(groups)
    return {row[0]: PlaceNow(*row) for row in run(PLACES, [uuids(set(place_ids))])}


def pay_places(place_ids: Sequence[UUID], *, now: datetime) -> PlacesPaid:
    """Mark places paid in order of arrival; a group all of whose places are paid is complete, and everybody gets what it paid for.

    Coupons are given here; goods are given to the caller, who holds their stock. Refused, so that the money goes back:
    marketing.deal_place_not_payable (not held any more, or too late), shared.not_found. A group ends in one way: whoever
    has its lock first decides. Locks groups, then the coupons' counts.
    """
    with transaction.atomic():
        places = lock_places(place_ids)
        groups = lock_deal_groups({one.group_id for one in places.values()})
        paid = {one.id: one.paid for one in groups.values()}
        done = PlacesPaid()
        fresh: list[PlaceNow] = []
        for place_id in place_ids:
            place = places.get(place_id)
            if place is None:
                done.outcomes[place_id] = NotFound(what="place")
                continue
            group = groups[place.group_id]
            if place.state != "held" or group.state != "open" or now >= group.ends_at:
                done.outcomes.setdefault(place_id, DealPlaceNotPayable(state=place.state))
                continue
            place.state = "paid"
            paid[group.id] += 1
            fresh.append(place)
            done.outcomes[place_id] = place
        if fresh:
            run(SET_PAID, [now, uuids([one.id for one in fresh])])
            complete = {one.group_id for one in fresh if paid[one.group_id] == groups[one.group_id].people}
            _count(fresh, groups, dict.fromkeys(complete, "complete"), taken=0, paid=1, now=now)
            if complete:
                _complete(complete, groups, done, now=now)
        return done


def lapse_places(*, now: datetime) -> PlacesEnded:
    """Give free up to 500 places that were not paid in time. Call it until it gives none; payments are the caller's to close."""
    with transaction.atomic():
        due = lock_places([row[0] for row in run(HELD_TOO_LONG, [now, PIECE])])
        lapsed = [one for one in due.values() if one.state == "held" and one.pay_by <= now]
        _end(lapsed, "lapsed", now=now)
        return PlacesEnded(unpaid=lapsed)


def expire_groups(*, now: datetime) -> PlacesEnded:
    """Let up to 20 groups expire whose time is over, with all their places. Call it until it gives none."""
    with transaction.atomic():
        ids = sorted(row[0] for row in run(DUE_GROUPS, [now, GROUPS_AT_ONCE]))
        if not ids:
            return PlacesEnded()
        groups = lock_deal_groups(ids)
        places = [PlaceNow(*row) for row in run(PAID_IN, [uuids(ids), texts(["held", "paid"])])]
        ended = PlacesEnded(
            [one for one in places if one.state == "held"], [one for one in places if one.state == "paid"], len(ids)
        )
        run(END_PLACES, [now, uuids([one.id for one in places]), texts(["expired"] * len(places))])
        run(
            COUNT_GROUPS,
            [now, uuids(ids), integers([0] * len(ids)), integers([0] * len(ids)), texts(["expired"] * len(ids))],
        )
        brands = dict(DealGroup.objects.filter(id__in=ids).values_list("id", "brand_id"))
        paid = _by_group(ended.paid)
        announce([
            DealGroupExpired(brands[one.id], one.id, one.deal_id, len(paid.get(one.id, ()))) for one in groups.values()
        ], at=now)  # fmt: skip
        return ended


def leave_groups(place_ids: Sequence[UUID], *, member_id: UUID, now: datetime) -> list[PlaceNow | Refused]:
    """Leave groups that are not complete yet; what was paid is the caller's to give back. Again gives the same answer.

    Refused: marketing.deal_cannot_leave, shared.not_found (another's place). The state that it was in stands in the answer
    as `state`: held or paid; left when it had been left before.
    """
    with transaction.atomic():
        places = lock_places(place_ids)
        groups = lock_deal_groups({one.group_id for one in places.values()})
        outcomes: list[PlaceNow | Refused] = []
        leaving: dict[UUID, PlaceNow] = {}
        for place_id in place_ids:
            place = places.get(place_id)
            if place is None or place.member_id != member_id:
                outcomes.append(NotFound(what="place"))
            elif place.state == "left" or place.id in leaving:
                outcomes.append(place)
            elif place.state not in ("held", "paid") or groups[place.group_id].state != "open":
                outcomes.append(DealCannotLeave(state=place.state))
            else:
                leaving[place.id] = place
                outcomes.append(place)
        _end(list(leaving.values()), "left", now=now)
        return outcomes


def move_places(from_id: UUID, *, to: UUID, place_ids: Sequence[UUID] | None) -> list[UUID]:
    """Put places and tickets into another member's name: all (None) or these. Gives which.

    A place in a group in which the other has one too stays where it is: nobody is in a group twice.
    """
    with transaction.atomic():
        rows = DealPlace.objects.filter(member_id=from_id)
        rows = rows if place_ids is None else rows.filter(id__in=list(place_ids))
        lock_deal_groups(rows.values_list("group_id", flat=True))
        there = DealPlace.objects.filter(member_id=to, state__in=["held", "paid", "given"]).values("group_id")
        ids = list(rows.exclude(group_id__in=there, state__in=["held", "paid", "given"]).values_list("id", flat=True))
        DealPlace.objects.filter(id__in=ids).update(member_id=to)
        move_tickets(ids, to=to)
        return ids


def _complete(complete: Collection[UUID], groups: dict[UUID, GroupNow], done: PlacesPaid, *, now: datetime) -> None:
    """Give everybody in complete groups what it paid for. What cannot be given is unserved: its money goes back."""
    places = [PlaceNow(*row) for row in run(PAID_IN, [uuids(sorted(complete)), texts(["paid"])])]
    deals = GroupDeal.objects.in_bulk({one.deal_id for one in places})
    of_coupons = [one for one in places if deals[one.deal_id].coupon_id is not None]
    claims = [
        ClaimWanted(one.id, one.brand_id, one.member_id, deals[one.deal_id].coupon_id, "campaign", one.store_id, deals[one.deal_id].number)  # type: ignore[arg-type]
        for one in of_coupons
    ]  # fmt: skip
    refused: set[UUID] = set()
    if claims:
        outcomes = claim_coupons(claims, now=now)
        refused = {one.id for one, told in zip(of_coupons, outcomes, strict=True) if isinstance(told, Refused)}
    for one in places:
        one.state = "unserved" if one.id in refused else "given"
        if one.id in done.outcomes:
            done.outcomes[one.id] = one
        (done.unserved if one.id in refused else done.given).append(one)
    run(END_PLACES, [now, uuids([one.id for one in places]), texts([one.state for one in places])])
    brands = {one.group_id: one.brand_id for one in places}
    announce([
        DealGroupCompleted(brands[key], key, groups[key].deal_id, groups[key].people) for key in sorted(complete)
    ], at=now)  # fmt: skip


def _end(places: Sequence[PlaceNow], state: str, *, now: datetime) -> None:
    """End places of open groups, so that others can have them."""
    if not places:
        return
    groups = lock_deal_groups({one.group_id for one in places})
    run(END_PLACES, [now, uuids([one.id for one in places]), texts([state] * len(places))])
    paid = [one for one in places if one.state == "paid"]
    _count(paid, groups, {}, taken=0, paid=-1, now=now)  # first: never more are paid than taken
    _count(places, groups, {}, taken=-1, paid=0, now=now)


def _count(
    places: Sequence[PlaceNow], groups: dict[UUID, GroupNow], states: dict[UUID, str], *, taken: int, paid: int, now: datetime
) -> None:  # fmt: skip
    by_group = _by_group(places)
    if by_group:
        ids = sorted(by_group)
        run(COUNT_GROUPS, [
            now, uuids(ids),
            integers([taken * len(by_group[key]) for key in ids]),
            integers([paid * len(by_group[key]) for key in ids]),
            texts([states.get(key, groups[key].state) for key in ids]),
        ])  # fmt: skip


def _by_group(places: Iterable[PlaceNow]) -> dict[UUID, list[PlaceNow]]:
    found: dict[UUID, list[PlaceNow]] = {}
    for one in places:
        found.setdefault(one.group_id, []).append(one)
    return found


__all__ = [
    "DealCannotLeave", "DealPlaceNotPayable", "PlaceNow", "PlacesEnded", "PlacesPaid", "expire_groups", "lapse_places",
    "leave_groups", "lock_places", "move_places", "pay_places",
]  # fmt: skip
