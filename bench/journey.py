"""Members led one step along a journey, with a message planned for each: up to the adapter. SIZE=1000000 for the million.

Beside the plain INSERT of the same rows (entries, steps, messages) by the same driver into the same tables, which decides nothing.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from bench import Figure, compared, server
from bench import messages as sending

MEMBERS = int(os.environ.get("SIZE", "200000"))
PIECE = 10_000
TARGET = 20_000

PLAIN_ENTRIES = """
INSERT INTO marketing_journeyentry
  (id, brand_id, journey_id, version_id, member_id, turn, "group", state, node, due_at, heard, steps, entered_at, why)
SELECT e.id, %s, %s, %s, e.member_id, 1, 'treated', 'inside', 'x', %s, false, 0, %s, ''
FROM unnest(%s::uuid[], %s::uuid[]) AS e(id, member_id)
"""
PLAIN_STEPS = """
INSERT INTO marketing_journeystep (id, brand_id, entry_id, number, node, way, what, at)
SELECT s.id, %s, s.entry_id, %s, 's', 'next', 'done', %s FROM unnest(%s::uuid[], %s::uuid[]) AS s(id, entry_id)
"""


def run() -> list[Figure]:
    """Measure entering, moving to the wait, and moving the step with a message; the reference writes the same rows plainly."""
    sending.MEMBERS = MEMBERS
    with server.database():
        brand_id, template_id, members = sending._prepare()
        plain = _plain(brand_id, template_id, members)
        journey_id = _journey(brand_id, template_id)
        entering = _enter(journey_id, members)
        sending._analyze()
        waiting = _move(journey_id, timedelta())
        sending._analyze()
        moving = _move(journey_id, timedelta(days=2))
        _check(journey_id)
        return [
            compared("journey-enter", entering, "members/s", None, members=MEMBERS),
            compared("journey-to-wait", waiting, "members/s", None, members=MEMBERS),
            compared("journey", moving, "members/s", plain, members=MEMBERS, target=TARGET),
        ]


def _journey(brand_id: UUID, template_id: UUID) -> UUID:
    from sitong.marketing.journeys.actions import JourneyWanted, change_graph, define_journey, start_journey
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    wanted = JourneyWanted(new_id(), brand_id, "bench", control_bp=0, control_reason="bench")
    define_journey(wanted, by=None, now=clock_now())
    nodes: list[dict[str, Any]] = [
        {"id": "t", "kind": "trigger", "on": "hand"}, {"id": "w", "kind": "wait", "amount": 1, "unit": "days"},
        {"id": "s", "kind": "send", "template": str(template_id)}, {"id": "v", "kind": "wait", "amount": 9, "unit": "days"},
        {"id": "x", "kind": "exit"},
    ]  # fmt: skip
    edges = [{"from": one, "to": two} for one, two in ("tw", "ws", "sv", "vx")]
    change_graph(wanted.id, {"nodes": nodes, "edges": edges}, by=None, now=clock_now())
    start_journey(wanted.id, by=None, now=clock_now())
    return wanted.id


def _enter(journey_id: UUID, members: list[UUID]) -> float:
    from sitong.marketing.journeys.actions import EntryWanted, enter_members
    from sitong.shared.clock import now as clock_now

    began, now = time.perf_counter(), clock_now()
    for start in range(0, MEMBERS, PIECE):
        enter_members(journey_id, [EntryWanted(one) for one in members[start : start + PIECE]], now=now)
    return MEMBERS / (time.perf_counter() - began)


def _move(journey_id: UUID, later: timedelta) -> float:
    from sitong.marketing.journeys.actions import move_due
    from sitong.shared.clock import now as clock_now

    began, now, moved = time.perf_counter(), clock_now() + later, 0
    while piece := move_due(journey_id, now=now):
        moved += piece
    if moved != MEMBERS:
        raise AssertionError(f"{moved} of {MEMBERS} were moved")
    return MEMBERS / (time.perf_counter() - began)


def _check(journey_id: UUID) -> None:
    """Raise unless everybody has one message, planned at its own step, and stands at the next wait."""
    from sitong.shared.statements import run as ask

    ((planned, steps),) = ask(
        "SELECT count(m.id), count(*) FROM marketing_journeystep AS s LEFT JOIN marketing_message AS m ON m.id = s.id WHERE s.node = 's' AND s.what = 'done'"
        " AND s.way = 'next' AND s.entry_id IN (SELECT id FROM marketing_journeyentry WHERE journey_id = %s AND node = 'v')",
        [journey_id],
    )
    if (planned, steps) != (MEMBERS, MEMBERS):
        raise AssertionError(f"{steps} steps with {planned} messages for {MEMBERS} members")


def _plain(brand_id: UUID, template_id: UUID, members: list[UUID]) -> float:
    """Write as plainly as can be what the measured step leaves behind: an entry's new row, two steps, a message."""
    from django.db import transaction

    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id, new_ids
    from sitong.shared.statements import uuids, write

    now, journey_id, version_id = clock_now(), new_id(), new_id()
    began = time.perf_counter()
    for start in range(0, MEMBERS, PIECE):
        piece = uuids(members[start : start + PIECE])
        entries, one, two = (uuids(new_ids(PIECE)) for _ in range(3))
        with transaction.atomic():
            write(PLAIN_ENTRIES, [brand_id, journey_id, version_id, now, now, entries, piece])
            write(PLAIN_STEPS, [brand_id, 1, now, one, entries])
            write(PLAIN_STEPS, [brand_id, 2, now, two, entries])
            write(sending.PLAIN, [brand_id, template_id, now, now, now.date(), two, piece])
    return MEMBERS / (time.perf_counter() - began)
