"""Who belongs to a segment now, and how many: read anew each time it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.member.identity.models import Member
from sitong.member.profile.models import MemberTag
from sitong.member.segments.rules import Segment
from sitong.member.tiers.queries import tiers_of

PIECE = 5_000


def members_in(
    brand_id: UUID, segment: Segment, *, at: datetime, after: UUID | None = None, limit: int = 500
) -> tuple[list[UUID], UUID | None]:
    """Give members of a segment in the order of their ids, from behind `after` on, and the last one that was looked at.

    At most `limit` members are looked at, so a list may be short, even empty; it is over when the second value is None.
    """
    candidates = _candidates(brand_id, segment)
    if after is not None:
        candidates = candidates.filter(id__gt=after)
    ids = list(candidates.order_by("id").values_list("id", flat=True)[:limit])
    return _of_tiers(ids, segment, at), ids[-1] if len(ids) == limit else None


def reach_of(brand_id: UUID, segment: Segment, *, at: datetime) -> int:
    """Count the members of a segment."""
    if not segment.tiers:
        return _candidates(brand_id, segment).count()
    return sum(len(members) for members in _pieces(brand_id, segment, at))


def _pieces(brand_id: UUID, segment: Segment, at: datetime) -> Iterator[list[UUID]]:
    after: UUID | None = None
    while True:
        members, after = members_in(brand_id, segment, at=at, after=after, limit=PIECE)
        yield members
        if after is None:
            return


def _candidates(brand_id: UUID, segment: Segment) -> QuerySet[Member]:
    """Give the members for whom all but the tier holds: who stands for itself and is not erased."""
    found = Member.objects.filter(brand_id=brand_id, joined_into_id=None, erased_at=None)
    if segment.sources:
        found = found.filter(source__in=segment.sources)
    if segment.store_ids:
        found = found.filter(home_store_id__in=segment.store_ids)
    if segment.joined_from:
        found = found.filter(joined_at__gte=segment.joined_from)
    if segment.joined_until:
        found = found.filter(joined_at__lt=segment.joined_until)
    if segment.tag_ids:
        tagged = MemberTag.objects.filter(Q(tag_id__in=segment.tag_ids), brand_id=brand_id)
        found = found.filter(id__in=tagged.values("member_id"))
    return found


def _of_tiers(ids: list[UUID], segment: Segment, at: datetime) -> list[UUID]:
    if not segment.tiers:
        return ids
    tiers = tiers_of(ids, at=at)
    return [one for one in ids if one in tiers and tiers[one].code in segment.tiers]
