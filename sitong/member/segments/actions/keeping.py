"""What keeps live segments true by themselves: filling new ones, waking members on the day time changes something, sweeping."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from sitong.member.identity.queries import member_ids_after
from sitong.member.segments.actions.membership import recheck_members
from sitong.member.segments.facts import brand_day
from sitong.member.segments.models import Segment, SegmentCheck
from sitong.org.brands.queries import all_brands
from sitong.shared.statements import run

PIECE = 1_000
SWEEP_PIECE = 5_000
SWEEP = """
DELETE FROM member_segmentmember WHERE (segment_id, member_id) IN (
  SELECT segment_id, member_id FROM member_segmentmember WHERE segment_id = %s ORDER BY member_id LIMIT %s) RETURNING 1
"""


def fill_segments(*, now: datetime, pieces: int = 20) -> int:
    """Look at the next members of brands whose live segments are not filled yet; gives at how many. Each piece is a transaction,
    and is looked at again if the process dies before it is noted.

    For tens of millions the bulk answer is faster: it applies its own and says `note_filled`.
    """
    looked = 0
    for _ in range(pieces):
        first = _to_fill().order_by("changed_at", "id").first()
        if first is None:
            return looked
        same = _to_fill().filter(brand_id=first.brand_id, filled_after=first.filled_after)
        ids = member_ids_after(first.brand_id, first.filled_after, limit=PIECE)
        together = list(same.order_by("id"))
        recheck_members(first.brand_id, ids, now=now, segment_ids=[one.id for one in together])
        over = len(ids) < PIECE
        for one in together:
            here = _to_fill().filter(id=one.id, changed_at=one.changed_at, filled_after=one.filled_after)
            here.update(filled_after=None if over else ids[-1], filled_at=now if over else None)
        looked += len(ids)
    return looked


def note_filled(segment_id: UUID, *, version: int, now: datetime) -> bool:
    """Note that everybody was looked at under this version of a segment's rule; tells whether it still has that version."""
    return bool(
        Segment.objects.filter(id=segment_id, version=version, live_since__isnull=False).update(
            filled_at=now, filled_after=None
        )
    )


def wake_members(*, now: datetime, pieces: int = 100) -> int:
    """Look anew at members for whom time alone may have changed an answer by today; gives at how many."""
    woken = 0
    for brand in all_brands():
        on = brand_day(brand.id, now)
        for _ in range(pieces):
            ids = _due(brand.id, on)
            if not ids:
                break
            recheck_members(brand.id, ids, now=now)
            _rest_without_segments(ids, on)
            woken += len(ids)
    return woken


def sweep_segments(*, pieces: int = 20) -> int:
    """Forget who belonged to segments that are not live any more, in bounded pieces; gives how many rows went."""
    gone = 0
    over = Segment.objects.filter(Q(live_since=None) | Q(archived_at__isnull=False), members__gt=0).order_by("id")
    for segment_id in over.values_list("id", flat=True)[:pieces]:
        with transaction.atomic():
            segment = Segment.objects.select_for_update(no_key=True).get(id=segment_id)
            if segment.live_since is not None and segment.archived_at is None:
                continue
            swept = len(run(SWEEP, [segment_id, SWEEP_PIECE]))
            segment.members = segment.members - swept if swept else 0
            segment.save(update_fields=["members"])
            gone += swept
    return gone


def _to_fill() -> QuerySet[Segment]:
    return Segment.objects.filter(Q(live_since__isnull=False, archived_at=None), filled_at=None)


def _due(brand_id: UUID, on: date) -> list[UUID]:
    due = SegmentCheck.objects.filter(brand_id=brand_id, wakes_on__lte=on).order_by("wakes_on", "member_id")
    return list(due.values_list("member_id", flat=True)[:PIECE])


def _rest_without_segments(member_ids: list[UUID], on: date) -> None:
    """Let members sleep who woke while their brand has no live segment any more."""
    SegmentCheck.objects.filter(member_id__in=member_ids, wakes_on__lte=on).update(wakes_on=None)
