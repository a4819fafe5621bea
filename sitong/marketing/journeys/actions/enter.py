"""Let members into a journey, as often as it allows, and never twice at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.journeys.models import Reentry
from sitong.marketing.journeys.queries.versions import frozen_graph
from sitong.marketing.journeys.rules import group_of
from sitong.member.identity.queries import members_standing
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_ids
from sitong.shared.statements import days, integers, run, texts, uuids

FACTS_MAX = 12

LOCK_JOURNEY = """
SELECT brand_id, version_id, control_bp, reentry, reentry_days FROM marketing_journey WHERE id = %s AND state = 'running' FOR SHARE
"""
EARLIER = """
SELECT DISTINCT ON (member_id) member_id, turn, state, entered_at FROM marketing_journeyentry
WHERE journey_id = %s AND member_id = ANY(%s::uuid[]) ORDER BY member_id, turn DESC
"""
WRITE = """
INSERT INTO marketing_journeyentry
  (id, brand_id, journey_id, version_id, member_id, turn, "group", state, node, due_at, heard, steps, facts, entered_at, why)
SELECT e.id, %s, %s, %s, e.member_id, e.turn, e.grp, 'inside', %s, %s, false, 0, e.facts, e.entered_at, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::jsonb[], %s::timestamptz[]) AS e(id, member_id, turn, grp, facts, entered_at)
ON CONFLICT DO NOTHING RETURNING id
"""


class JourneyClosed(Refused):
    """The journey lets nobody in now."""

    code = "marketing.journey_closed"


class JourneyInside(Refused):
    """The member is in this journey already."""

    code = "marketing.journey_inside"


class JourneyHad(Refused):
    """The member was in this journey, and may not enter again yet."""

    code = "marketing.journey_had"


@dataclass(frozen=True, slots=True)
class EntryWanted:
    """A member is to enter. `at`: when what brought it here happened (None: now); `facts`: what is to be known of that."""

    member_id: UUID
    at: datetime | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A member has entered: which entry, and in which group it is."""

    id: UUID
    member_id: UUID
    group: str


def enter_members(journey_id: UUID, wanted: Sequence[EntryWanted], *, now: datetime) -> list[Entered | Refused]:
    """Let members into a journey in order of arrival, the newest version of it; they move when they are next due.

    Its control group is drawn here, by the member and the journey, so that a member is always in the same. Refused:
    marketing.journey_closed, marketing.journey_inside, marketing.journey_had, shared.not_found (another brand's member, or an
    erased one). A member that was joined into another enters as that one. Five statements, however many.
    """
    with transaction.atomic():
        journey = run(LOCK_JOURNEY, [journey_id])
        if not journey or not wanted:
            return [JourneyClosed()] * len(wanted)
        brand_id, version_id, control_bp, reentry, reentry_days = journey[0]
        trigger = frozen_graph(version_id).trigger
        assert trigger is not None
        standing = members_standing(brand_id, {one.member_id for one in wanted})
        earlier = {row[0]: row[1:] for row in run(EARLIER, [journey_id, uuids(set(standing.values()))])}
        outcomes: list[Entered | Refused] = []
        fresh: list[tuple[Entered, int, EntryWanted]] = []
        ids = iter(new_ids(len(wanted)))
        for one in wanted:
            member_id = standing.get(one.member_id)
            if member_id is None:
                outcomes.append(NotFound(what="member"))
                continue
            before = earlier.get(member_id)
            refused = _kept_out(before, reentry, reentry_days, one.at or now)
            if refused is not None:
                outcomes.append(refused)
                continue
            turn = before[0] + 1 if before else 1
            entered = Entered(next(ids), member_id, group_of(journey_id, member_id, control_bp))
            earlier[member_id] = (turn, "inside", one.at or now)
            fresh.append((entered, turn, one))
            outcomes.append(entered)
        if not fresh:
            return outcomes
        written = {row[0] for row in run(WRITE, [
            brand_id, journey_id, version_id, trigger.id, now,
            uuids([one.id for one, _, _ in fresh]), uuids([one.member_id for one, _, _ in fresh]), integers([turn for _, turn, _ in fresh]),
            texts([one.group for one, _, _ in fresh]), texts([_facts(asked.facts) for _, _, asked in fresh]),
            days([asked.at or now for _, _, asked in fresh]),
        ])}  # fmt: skip
    return [
        JourneyInside() if isinstance(one, Entered) and one.id not in written else one for one in outcomes
    ]  # fmt: skip


def _kept_out(before: tuple[Any, ...] | None, reentry: str, reentry_days: int, at: datetime) -> Refused | None:
    if before is None:
        return None
    _turn, state, entered_at = before
    if state == "inside":
        return JourneyInside()
    if reentry == Reentry.ONCE or (reentry == Reentry.AFTER_DAYS and at < entered_at + timedelta(days=reentry_days)):
        return JourneyHad()
    return None


def _facts(facts: Mapping[str, Any] | None) -> str | None:
    """Keep of an event's facts what is short: ids, integers, codes."""
    if not facts:
        return None
    kept = {
        key: value for key, value in list(facts.items())[:FACTS_MAX] if isinstance(value, int | str) and len(str(value)) <= 60
    }  # fmt: skip
    return json.dumps(kept)
