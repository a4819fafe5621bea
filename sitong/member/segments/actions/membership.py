"""Who belongs to live segments: looked at member by member when something changed, or told in bulk; applied set-based."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.member.segments.check import Program
from sitong.member.segments.events import MEMBERS_MAX, SegmentEntered, SegmentLeft
from sitong.member.segments.facts import brand_day, facts_of
from sitong.member.segments.models import Segment
from sitong.member.segments.programs import LiveSegments, live_segments
from sitong.member.segments.questions import Facts
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, run, uuids, write

APPLY_MAX = 5_000
"""How many members one call takes: bounded pieces, so that no transaction runs long."""

LOCK = """
INSERT INTO member_segmentcheck AS c (member_id, brand_id, checked_at)
SELECT id, %s, %s FROM unnest(%s::uuid[]) AS w(id) ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET checked_at = greatest(c.checked_at, EXCLUDED.checked_at)
"""
LOCK_FOR_BULK = """
INSERT INTO member_segmentcheck AS c (member_id, brand_id, checked_at)
SELECT id, %s, %s FROM unnest(%s::uuid[]) AS w(id) ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET brand_id = c.brand_id RETURNING member_id, checked_at
"""
WAKE = """
UPDATE member_segmentcheck AS c SET wakes_on = CASE WHEN %s THEN w.wakes_on ELSE least(c.wakes_on, w.wakes_on) END
FROM unnest(%s::uuid[], %s::date[]) AS w(member_id, wakes_on)
WHERE c.member_id = w.member_id
AND c.wakes_on IS DISTINCT FROM CASE WHEN %s THEN w.wakes_on ELSE least(c.wakes_on, w.wakes_on) END
"""
BELONG_ANYWHERE = "SELECT member_id, segment_id FROM member_segmentmember WHERE member_id = ANY(%s::uuid[])"
ENTER = """
INSERT INTO member_segmentmember (segment_id, member_id, brand_id, since)
SELECT segment_id, member_id, %s, %s FROM unnest(%s::uuid[], %s::uuid[]) AS w(segment_id, member_id) ORDER BY 1, 2
ON CONFLICT DO NOTHING RETURNING segment_id, member_id
"""
LEAVE = """
DELETE FROM member_segmentmember AS m USING unnest(%s::uuid[], %s::uuid[]) AS w(segment_id, member_id)
WHERE m.segment_id = w.segment_id AND m.member_id = w.member_id RETURNING m.segment_id, m.member_id
"""
LOCK_SEGMENTS = """
SELECT s.id FROM unnest(%s::uuid[]) AS w(id) CROSS JOIN LATERAL (
  SELECT id FROM member_segment WHERE id = w.id FOR NO KEY UPDATE) AS s
"""
COUNT = """
UPDATE member_segment AS s SET members = s.members + w.entered - w.gone
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS w(id, entered, gone) WHERE s.id = w.id RETURNING s.id, s.members
"""
COUNT_DAY = """
INSERT INTO member_segmentcount AS c (segment_id, "on", brand_id, members, entered, "left")
SELECT id, %s, %s, members, entered, gone FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) AS w(id, members, entered, gone)
ORDER BY id
ON CONFLICT (segment_id, "on") DO UPDATE
SET members = EXCLUDED.members, entered = c.entered + EXCLUDED.entered, "left" = c."left" + EXCLUDED."left"
"""
DAY = timedelta(days=1)
Pair = tuple[UUID, UUID]
"""A segment and a member."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Who really entered and left, as (segment, member)."""

    entered: tuple[Pair, ...] = ()
    left: tuple[Pair, ...] = ()


def recheck_members(
    brand_id: UUID, member_ids: Collection[UUID], *, now: datetime, segment_ids: Collection[UUID] | None = None
) -> Applied:
    """Look at members anew and let them enter and leave the brand's live segments (some, or all) accordingly.

    Each member is locked before its facts are read, so of two looks at once the later one has the last word. Who is absorbed or
    erased leaves all. As many statements for 2 members as for 200; at most APPLY_MAX at once.
    """
    _refuse_many(member_ids)
    ids = sorted(set(member_ids))
    if not ids or not live_segments(brand_id).rules:
        return Applied()
    with transaction.atomic():
        write(LOCK, [brand_id, now, uuids(ids)])
        segments = live_segments(brand_id)
        wanted = set(segments.rules) if segment_ids is None else set(segment_ids) & set(segments.rules)
        on = brand_day(brand_id, now)
        facts = facts_of(brand_id, ids, asked=segments.asked(wanted), at=now)
        rows = run(BELONG_ANYWHERE, [uuids(ids)])
        asked = [
            (segment_id, member_id) for member_id, segment_id in rows if member_id not in facts or segment_id in wanted
        ]
        entered, left = _differences(segments.program, wanted, facts, set(asked), on)
        applied = _apply(brand_id, entered, left, on=on, now=now)
        _wake(segments, wanted, {id: facts.get(id) for id in ids}, on, whole=segment_ids is None)
    return applied


def apply_membership(
    segment_id: UUID, *, version: int, entered: Collection[UUID], left: Collection[UUID], as_of: datetime, now: datetime
) -> Applied:
    """Let members enter and leave a live segment as a bulk answer to this version of its rule says, which knew everything up
    to `as_of`.

    Whoever was looked at since then is left as it is: that look knew more. Who entered already, or left, changes nothing.
    At most APPLY_MAX members at once, in a fixed number of statements. A segment that is not live, or has another rule by now,
    changes nothing.
    """
    ids = sorted({*entered, *left})
    _refuse_many(ids)
    with transaction.atomic():
        there = Segment.objects.filter(id=segment_id, version=version, live_since__isnull=False, archived_at=None)
        segment = there.first()
        if segment is None or not ids:
            return Applied()
        rows = run(LOCK_FOR_BULK, [segment.brand_id, as_of, uuids(ids)])
        open_to_it = {member_id for member_id, checked_at in rows if checked_at <= as_of}
        return _apply(
            segment.brand_id,
            [(segment_id, id) for id in entered if id in open_to_it],
            [(segment_id, id) for id in left if id in open_to_it],
            on=brand_day(segment.brand_id, now),
            now=now,
        )


def leave_all(brand_id: UUID, member_ids: Collection[UUID], *, now: datetime) -> int:
    """Let members leave all segments, as who was erased does, and forget when they were looked at. Gives how many rows went."""
    ids = sorted(set(member_ids))
    with transaction.atomic():
        write(LOCK, [brand_id, now, uuids(ids)])
        pairs = [(segment_id, member_id) for member_id, segment_id in run(BELONG_ANYWHERE, [uuids(ids)])]
        applied = _apply(brand_id, [], pairs, on=brand_day(brand_id, now), now=now)
        write("DELETE FROM member_segmentcheck WHERE member_id = ANY(%s::uuid[])", [uuids(ids)])
    return len(applied.left)


def _differences(
    program: Program[UUID], wanted: Collection[UUID], facts: Mapping[UUID, Facts], belong: set[Pair], on: date
) -> tuple[list[Pair], list[Pair]]:
    """Give who enters and who leaves which of the wanted segments; members without facts leave whatever they belong to."""
    entered: list[Pair] = []
    holding: set[Pair] = set()
    for member_id, known in facts.items():
        for segment_id in program.holding(known, on, wanted):
            holding.add((segment_id, member_id))
            if (segment_id, member_id) not in belong:
                entered.append((segment_id, member_id))
    return entered, [pair for pair in belong if pair not in holding]


def _apply(brand_id: UUID, entered: Sequence[Pair], left: Sequence[Pair], *, on: date, now: datetime) -> Applied:
    """Write who entered and left, count them, and announce it."""
    came = run(ENTER, [brand_id, now, *_columns(entered)]) if entered else []
    went = run(LEAVE, _columns(left)) if left else []
    if not came and not went:
        return Applied()
    counts: dict[UUID, list[int]] = {}
    for place, rows in enumerate((came, went)):
        for segment_id, _ in rows:
            counts.setdefault(segment_id, [0, 0])[place] += 1
    ids = sorted(counts)
    run(LOCK_SEGMENTS, [uuids(ids)])
    moved = [integers(counts[id][place] for id in ids) for place in (0, 1)]
    totals = dict(run(COUNT, [uuids(ids), *moved]))
    write(COUNT_DAY, [on, brand_id, uuids(ids), integers(totals[id] for id in ids), *moved])
    announce([*_told(SegmentEntered, brand_id, came, now), *_told(SegmentLeft, brand_id, went, now)], at=now)
    return Applied(tuple((one, two) for one, two in came), tuple((one, two) for one, two in went))


def _told(
    kind: type[SegmentEntered | SegmentLeft], brand_id: UUID, rows: Iterable[tuple[UUID, UUID]], now: datetime
) -> list[SegmentEntered | SegmentLeft]:
    members: dict[UUID, list[UUID]] = {}
    for segment_id, member_id in rows:
        members.setdefault(segment_id, []).append(member_id)
    return [
        kind(brand_id, segment_id, tuple(ids[first : first + MEMBERS_MAX]), now)
        for segment_id, ids in sorted(members.items())
        for first in range(0, len(ids), MEMBERS_MAX)
    ]


def _wake(
    segments: LiveSegments, wanted: Collection[UUID], facts: Mapping[UUID, Facts | None], on: date, *, whole: bool
) -> None:
    """Keep when each member has to be looked at again, because time alone may change an answer.

    After a look at all segments that day is known. After a look at some it is the next one: finding the true day costs as much
    as the look itself, and is left to that night's look at all.
    """
    places = [
        place
        for place in {place for id in wanted for place in segments.program.asks[id]}
        if segments.program.questions[place].next_day is not None
    ]
    if not places and not whole:
        return
    if whole:
        program = segments.program
        wakes = {
            member_id: program.answers(known, on).next_day(places) if known else None
            for member_id, known in facts.items()
        }
    else:
        wakes = {member_id: on + DAY if known else None for member_id, known in facts.items()}
    ids = sorted(wakes)
    write(WAKE, [whole, uuids(ids), days(wakes[id] for id in ids), whole])


def _columns(pairs: Sequence[Pair]) -> list[str]:
    return [uuids(segment_id for segment_id, _ in pairs), uuids(member_id for _, member_id in pairs)]


def _refuse_many(member_ids: Collection[UUID]) -> None:
    if len(member_ids) > APPLY_MAX:
        raise ValueError(f"at most {APPLY_MAX} members at once")
