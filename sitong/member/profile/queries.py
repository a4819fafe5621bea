"""Tags, notes and visits, for those who may see the member."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from sitong.member.profile.models import MemberNote, MemberTag, Tag, Visit
from sitong.shared.access.viewer import Viewer
from sitong.shared.statements import days, run, uuids

PAGE = 50


@dataclass(frozen=True, slots=True)
class TagFacts:
    """A tag of a brand."""

    id: UUID
    name: str
    color: str
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag on a member: who put it, and when."""

    id: UUID
    member_id: UUID
    tag_id: UUID
    name: str
    color: str
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A note about a member, in clear."""

    id: UUID
    text: str
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A member was in a store: bought, fetched, scanned, checked_in."""

    id: UUID
    store_id: UUID
    kind: str
    document_id: UUID
    at: datetime


def tags_visible_to(viewer: Viewer) -> QuerySet[Tag]:
    """Give the brand's tags to its staff, its dealers' and its stores'; consumers see none."""
    if viewer.system == "consumer" or not viewer.may("member.see"):
        return Tag.objects.none()
    return Tag.objects.filter(Q(brand_id=viewer.brand_id))


def tags_of_brand(brand_id: UUID, *, also_retired: bool) -> list[TagFacts]:
    """Give a brand's tags by name."""
    tags = Tag.objects.filter(Q(brand_id=brand_id), Q() if also_retired else Q(retired_at=None)).order_by("name", "id")
    return [TagFacts(one.id, one.name, one.color, one.retired_at) for one in tags]


def tags_of(member_ids: Collection[UUID]) -> list[Tagged]:
    """Give the tags on members, the oldest first."""
    rows = MemberTag.objects.filter(member_id__in=member_ids).select_related("tag").order_by("at", "id")
    return [Tagged(one.id, one.member_id, one.tag_id, one.tag.name, one.tag.color, one.by, one.at) for one in rows]


def members_tagged(tag_id: UUID) -> QuerySet[MemberTag, UUID]:
    """Give the ids of the members who have a tag."""
    return MemberTag.objects.filter(tag_id=tag_id).values_list("member_id", flat=True)


def notes_of(
    member_id: UUID, *, since: datetime | None = None, before: datetime | None = None, limit: int = PAGE
) -> list[NoteFacts]:
    """Give the notes about a member, the newest first."""
    rows = _between(MemberNote.objects.filter(member_id=member_id), since, before).order_by("-at", "-id")[:limit]
    return [NoteFacts(one.id, one.text, one.by, one.at) for one in rows]


def note_of(note_id: UUID) -> tuple[UUID, NoteFacts] | None:
    """Give one note and about whom it is."""
    one = MemberNote.objects.filter(id=note_id).first()
    return (one.member_id, NoteFacts(one.id, one.text, one.by, one.at)) if one else None


def visits_of(
    member_id: UUID, *, since: datetime | None = None, before: datetime | None = None, limit: int = PAGE,
    store_ids: Collection[UUID] | None = None,
) -> list[VisitFacts]:  # fmt: skip
    """Give when a member was in which store (of these), the newest first."""
    rows = Visit.objects.filter(member_id=member_id)
    if store_ids is not None:
        rows = rows.filter(store_id__in=store_ids)
    found = _between(rows, since, before).order_by("-at", "-id")[:limit]
    return [VisitFacts(one.id, one.store_id, one.kind, one.document_id, one.at) for one in found]


def last_visits(member_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Give when members were last in a store."""
    rows = Visit.objects.filter(member_id__in=member_ids).order_by().values_list("member_id").annotate(last=Max("at"))
    return dict(rows)


VISITS = """
SELECT w.store_id, count(*) FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS w(store_id, member_id, since, until)
JOIN member_visit AS v ON v.member_id = w.member_id AND v.store_id = w.store_id AND v.at >= w.since AND v.at < w.until GROUP BY 1
"""


def visits_counted(wanted: Sequence[tuple[UUID, UUID, datetime, datetime]]) -> dict[UUID, int]:
    """Count visits by store: of (store, member, since, until) each. One statement."""
    if not wanted:
        return {}
    stores, members, since, until = zip(*wanted, strict=True)
    return {row[0]: row[1] for row in run(VISITS, [uuids(stores), uuids(members), days(since), days(until)])}


def _between(rows: QuerySet, since: datetime | None, before: datetime | None) -> QuerySet:  # type: ignore[type-arg]
    if since:
        rows = rows.filter(at__gt=since)
    return rows.filter(at__lt=before) if before else rows
