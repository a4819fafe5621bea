"""Check in: thousands at once when a store opens. One statement a table, whatever the number in the batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.marketing.checkin.actions.writing import lock_standings, write_check_ins, write_standings, write_won
from sitong.marketing.checkin.deciding import CheckedIn, CheckInWanted, Counted, Facts, Key, StoreNow, decide, repeated
from sitong.marketing.checkin.events import MemberCheckedIn
from sitong.marketing.checkin.queries.days import days_of, rewards_had
from sitong.marketing.checkin.queries.plans import stores_now
from sitong.marketing.checkin.rules import Plan
from sitong.member.consent.queries import consented
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import bytes_of, days, run, uuids

ATTEMPTS = 3

EARLIER = """
SELECT id, member_id, store_id, "on", at, way, state, streak, total FROM marketing_checkin WHERE id = ANY(%s::uuid[])
"""

THE_DAYS = """
SELECT c.place_id, c.store_id, c.member_id, c."on", c.state
FROM unnest(%s::uuid[], %s::date[]) AS w(member_id, "on")
JOIN marketing_checkin AS c ON c.member_id = w.member_id AND c."on" = w."on"
"""

LAST = """
SELECT w.id, c.cell, c.at FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT cell, at FROM marketing_checkin WHERE member_id = w.id AND cell <> '' ORDER BY at DESC LIMIT 1) AS c
"""

DEVICES = """
SELECT DISTINCT c.device, c."on", c.member_id FROM unnest(%s::bytea[], %s::date[]) AS w(device, "on")
JOIN marketing_checkin AS c ON c.device = w.device AND c."on" = w."on" AND c.device <> ''
"""

CROWDS = """
SELECT w.id, count(*) FROM unnest(%s::uuid[], %s::timestamptz[]) AS w(id, since)
JOIN marketing_checkin AS c ON c.store_id = w.id AND c.at > w.since AND c.at <= %s GROUP BY 1
"""


def check_in(wanted: Sequence[CheckInWanted], *, now: datetime) -> list[CheckedIn | Refused]:
    """Count members' days in stores, in order of arrival, once for each day, and give the rewards that are reached.

    What is doubtful (a jump, a crowd in one instant) is written as waiting: it counts and gives nothing before somebody of
    the brand has accepted it. The same id again gets the first answer, for another member or store `RepeatDiffers`.
    Refused: marketing.check_in_closed, marketing.checked_in_already, marketing.check_in_waits,
    marketing.check_in_proof_missing, marketing.location_not_agreed, marketing.position_unsure, marketing.not_in_store,
    marketing.device_shared, shared.not_found. The number of statements does not depend on the number of check-ins.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _check_in(wanted, now=now)
        except IntegrityError:  # another process has just taken the same id: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _check_in(wanted: Sequence[CheckInWanted], *, now: datetime) -> list[CheckedIn | Refused]:
    known = _earlier(wanted)  # repeats are answered without a lock; who is new looks again under it
    new = [one for one in wanted if one.id not in known]
    decided = iter(_decided(new, now=now) if new else ())
    return [repeated(one, known[one.id]) if one.id in known else next(decided) for one in wanted]


def _decided(new: Sequence[CheckInWanted], *, now: datetime) -> list[CheckedIn | Refused]:
    facts = _facts(new, stores_now({one.store_id for one in new}, now=now), now)
    outcomes = [decide(one, facts) for one in new]
    if fresh := [one for one in outcomes if isinstance(one, Counted)]:
        _write(fresh, facts)
    return [facts.earlier[one.wanted.id] if isinstance(one, Counted) else one for one in outcomes]


def _earlier(wanted: Sequence[CheckInWanted]) -> dict[UUID, CheckedIn]:
    return {row[0]: CheckedIn(*row) for row in run(EARLIER, [uuids({one.id for one in wanted})])}


def _facts(wanted: Sequence[CheckInWanted], stores: Mapping[UUID, StoreNow], now: datetime) -> Facts:
    """Lock the standings and read what the batch is decided from: a statement for each kind of fact."""
    held = [(one, stores[one.store_id]) for one in wanted if one.store_id in stores and stores[one.store_id].plans]
    held = [(one, store) for one, store in held if store.brand_id == one.brand_id]
    keys = {(place, one.member_id): store.brand_id for one, store in held for place in (store.brand_id, store.id)}
    stands = lock_standings(keys)
    earlier = _earlier(wanted)
    members = sorted({(one.member_id, store.on) for one, store in held})
    found = run(THE_DAYS, [uuids([one for one, _ in members]), days([on for _, on in members])])
    own_days = {(place, member, on): state for *places, member, on, state in found for place in places}
    asked = _asked_days(held)
    behind = {key for key, on in asked.items() if len(on) > 1 or ((last := stands[key].last_on) and min(on) < last)}
    by_position = {one.member_id for one, _ in held if not one.at_counter}
    return Facts(
        now, stores, earlier, own_days, stands,
        days_of(behind), frozenset(consented(by_position, "location", None, now)) if by_position else frozenset(),
        _last(by_position), _devices(held), _crowds(held, now),
        rewards_had({one.member_id for one, _ in held}, _once_plans(stores)),
    )  # fmt: skip


def _asked_days(held: Sequence[tuple[CheckInWanted, StoreNow]]) -> dict[Key, set[date]]:
    asked: dict[Key, set[date]] = {}
    for one, store in held:
        for place in (store.brand_id, store.id):
            asked.setdefault((place, one.member_id), set()).add(store.on)
    return asked


def _last(member_ids: Collection[UUID]) -> dict[UUID, tuple[str, datetime]]:
    if not member_ids:
        return {}
    return {row[0]: (row[1], row[2]) for row in run(LAST, [uuids(sorted(member_ids))])}


def _devices(held: Sequence[tuple[CheckInWanted, StoreNow]]) -> dict[tuple[bytes, date], set[UUID]]:
    asked = sorted({(one.device, store.on) for one, store in held if one.device})
    found: dict[tuple[bytes, date], set[UUID]] = {}
    for device, on, member_id in run(DEVICES, [bytes_of([one for one, _ in asked]), days([on for _, on in asked])]):
        found.setdefault((bytes(device), on), set()).add(member_id)
    return found


def _crowds(held: Sequence[tuple[CheckInWanted, StoreNow]], now: datetime) -> dict[UUID, int]:
    since = {store.id: now - timedelta(seconds=store.plans[0].crowd_s) for _, store in held}
    asked = sorted(since)
    rows = run(CROWDS, [uuids(asked), days([since[one] for one in asked]), now])
    return {row[0]: row[1] for row in rows}


def _once_plans(stores: Mapping[UUID, StoreNow]) -> set[UUID]:
    plans: list[Plan] = [plan for store in stores.values() for plan in store.plans]
    return {plan.id for plan in plans if any(not step.again and step.on != "day" for step in plan.steps)}


def _write(fresh: Sequence[Counted], facts: Facts) -> None:
    ordered = sorted(fresh, key=lambda one: one.wanted.id.int)
    counted = [one for one in ordered if not one.waits]
    touched = {(place, one.wanted.member_id) for one in counted for place in (one.wanted.brand_id, one.wanted.store_id)}
    write_check_ins(ordered, now=facts.now)
    if touched:
        write_standings({key: facts.stands[key] for key in touched})
    write_won([(one.wanted.id, one.wanted.brand_id, one.wanted.store_id, one.wanted.member_id, one.won) for one in counted], now=facts.now)  # fmt: skip
    announce(
        [
            MemberCheckedIn(
                one.wanted.brand_id, one.wanted.id, one.wanted.member_id, one.wanted.store_id, one.on, one.way, one.streak, one.total
            )
            for one in counted
        ],
        at=facts.now,
    )  # fmt: skip
