"""What journeys do when something has happened: let members in, let waits end, count what they are for, let members out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.journeys.actions.enter import EntryWanted, enter_members
from sitong.marketing.journeys.listening import AMOUNT, BACK, DOCUMENT, Heard, Listener, goal_window
from sitong.shared.ids import new_ids
from sitong.shared.statements import days, integers, run, texts, uuids

Pairs = Sequence[tuple[UUID, datetime]]

STOP_WAITING = """
WITH w AS (
  SELECT e.id FROM marketing_journeyentry AS e JOIN unnest(%s::uuid[], %s::timestamptz[]) AS m(member_id, at) ON m.member_id = e.member_id
  WHERE e.journey_id = %s AND e.version_id = %s AND e.node = %s AND e.state = 'inside' AND NOT e.heard AND e.entered_at < m.at
  ORDER BY e.id FOR NO KEY UPDATE OF e
)
UPDATE marketing_journeyentry AS e SET heard = true, due_at = %s FROM w WHERE e.id = w.id AND e.node = %s AND e.state = 'inside'
"""
COUNT = """
INSERT INTO marketing_journeyoutcome (id, brand_id, journey_id, entry_id, document, amount_minor, returned_minor, at)
SELECT o.id, %s, %s, e.id, o.document, o.amount, 0, o.at
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::timestamptz[]) AS o(id, member_id, document, amount, at)
CROSS JOIN LATERAL (
  SELECT id, version_id, entered_at FROM marketing_journeyentry
  WHERE journey_id = %s AND member_id = o.member_id AND entered_at < o.at ORDER BY entered_at DESC LIMIT 1
) AS e
WHERE e.version_id = %s AND o.at < e.entered_at + %s
ON CONFLICT DO NOTHING RETURNING entry_id
"""
REACH_GOAL = """
WITH w AS (
  SELECT id FROM marketing_journeyentry WHERE id = ANY(%s::uuid[]) AND state = 'inside' AND node <> %s ORDER BY id FOR NO KEY UPDATE
)
UPDATE marketing_journeyentry AS e SET node = %s, heard = false, due_at = %s FROM w WHERE e.id = w.id AND e.state = 'inside'
"""
LEAVE = """
WITH w AS (
  SELECT e.id FROM marketing_journeyentry AS e JOIN unnest(%s::uuid[], %s::timestamptz[]) AS m(member_id, at) ON m.member_id = e.member_id
  WHERE e.journey_id = %s AND e.state = 'inside' AND e.entered_at < m.at ORDER BY e.id FOR NO KEY UPDATE OF e
)
UPDATE marketing_journeyentry AS e SET state = 'over', why = 'left', ended_at = %s FROM w WHERE e.id = w.id AND e.state = 'inside'
"""
GIVE_BACK = """
UPDATE marketing_journeyoutcome AS o SET returned_minor = least(o.amount_minor, o.returned_minor + b.amount)
FROM unnest(%s::text[], %s::bigint[]) AS b(document, amount) WHERE o.document = b.document
"""


def hear(events: Sequence[Heard], listeners: Mapping[str, Sequence[Listener]], *, now: datetime) -> None:
    """Let journeys hear what has happened, in commit order, in the caller's transaction.

    `listeners` are by the event's name. First all who are brought in enter, then waits end, what the journeys are for is
    counted, and who is to leave leaves: each only for what happened after a member entered. One statement for each listener
    that heard something, whatever the number of events.
    """
    found: dict[Listener, list[Heard]] = {}
    for event in events:
        for listener in listeners.get(event.name, ()):
            if listener.hears(event):
                found.setdefault(listener, []).append(event)
    with transaction.atomic():
        for why, act in ACTS.items():
            for listener, heard in found.items():
                if listener.why == why:
                    act(listener, heard, now)
        _give_back([event for event in events if event.name in BACK])


def _enter(listener: Listener, heard: Sequence[Heard], now: datetime) -> None:
    wanted = [
        EntryWanted(member_id, min(event.at, now), event.facts if len(event.member_ids) == 1 else None)
        for event in heard for member_id in event.member_ids
    ]  # fmt: skip
    enter_members(listener.journey_id, wanted, now=now)


def _stop_waiting(listener: Listener, heard: Sequence[Heard], now: datetime) -> None:
    members, instants = _columns(heard)
    where = [listener.journey_id, listener.version_id, listener.node]
    run(STOP_WAITING, [members, instants, *where, now, listener.node])


def _count(listener: Listener, heard: Sequence[Heard], now: datetime) -> None:
    rows = [
        (member_id, str(event.facts.get(DOCUMENT) or event.id), _amount(event.facts.get(AMOUNT)), event.at)
        for event in heard for member_id in event.member_ids
    ]  # fmt: skip
    reached = run(COUNT, [
        listener.brand_id, listener.journey_id, uuids(new_ids(len(rows))), uuids([row[0] for row in rows]),
        texts([row[1] for row in rows]), integers([row[2] for row in rows]), days([row[3] for row in rows]), listener.journey_id,
        listener.version_id, goal_window(listener.wanted),
    ])  # fmt: skip
    if reached and listener.wanted.get("leave", True):
        run(REACH_GOAL, [uuids({row[0] for row in reached}), listener.node, listener.node, now])


def _leave(listener: Listener, heard: Sequence[Heard], now: datetime) -> None:
    members, instants = _columns(heard)
    run(LEAVE, [members, instants, listener.journey_id, now])


ACTS = {"enter": _enter, "wait": _stop_waiting, "goal": _count, "leave": _leave}
"""By why one listens, in the order in which it is done."""


def _give_back(events: Sequence[Heard]) -> None:
    back: dict[str, int] = {}
    for event in events:
        document, amount = BACK[event.name]
        if event.name == "scene.order_canceled" and not event.facts.get("was_paid"):
            continue
        if key := event.facts.get(document):
            back[str(key)] = back.get(str(key), 0) + _amount(event.facts.get(amount))
    if back:
        run(GIVE_BACK, [texts(sorted(back)), integers([back[key] for key in sorted(back)])])


def _columns(heard: Sequence[Heard]) -> tuple[str, str]:
    """Give the members and the newest instant at which each did it, as columns."""
    newest: dict[UUID, datetime] = {}
    for event in heard:
        for member_id in event.member_ids:
            newest[member_id] = max(event.at, newest.get(member_id, event.at))
    return uuids(newest), days(newest.values())


def _amount(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
