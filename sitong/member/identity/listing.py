"""A page of members, the newest first: as quick among tens of millions as among a hundred.

Nothing is counted and no page skips rows: each begins behind the last member of the one before. Which order is walked
depends on what narrows the list, since only an order that an index has is walked in a few steps:

- headquarters: by the instant of joining, over the brand;
- a dealer or a store: the newest of each of its stores, and those shared with it, merged;
- a tag, a level, a segment: by id, which is how their tables are kept. Ids rise with the instant at which they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.member.identity.models import Member
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.statements import run, uuids

LAST_ID = UUID(int=2**128 - 1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

NEWEST_OF_STORES = """
SELECT m.joined_at, m.id FROM unnest(%s::uuid[]) AS store (id) CROSS JOIN LATERAL (
    SELECT joined_at, id FROM member_member
    WHERE home_store_id = store.id AND joined_into_id IS NULL AND erased_at IS NULL AND (%s = '' OR source = %s)
      AND joined_at >= %s AND joined_at < %s AND (joined_at, id) < (%s, %s::uuid)
    ORDER BY joined_at DESC, id DESC LIMIT %s
) AS m ORDER BY 1 DESC, 2 DESC LIMIT %s
"""

GUESTS = """
SELECT member_id FROM member_membershare WHERE entity_id = ANY(%s::uuid[])
UNION SELECT joined_into_id FROM member_member WHERE joined_into_id IS NOT NULL AND home_store_id = ANY(%s::uuid[])
"""

FEW = 20_000
"""Up to so many members of a viewer's stores are named in the statement when a tag, a level or a segment narrows the list."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows a list. `among`: querysets of member ids, all of which must hold. Empty: everybody."""

    store_id: UUID | None = None
    source: str = ""
    joined_from: datetime | None = None
    joined_until: datetime | None = None
    among: tuple[QuerySet[Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a page begins: behind this member of the page before."""

    joined_at: datetime = LATEST
    id: UUID = LAST_ID


def newest_members(
    viewer: Viewer, narrowing: Narrowing, *, behind: Behind | None = None, limit: int, permission: str = "member.see"
) -> list[UUID]:
    """Give the newest members whom the viewer may see, behind those of the page before. Who was erased is left out."""
    behind = behind or Behind()
    if brand_ids := viewer.place_ids("brand", permission):
        found = _narrowed(Member.objects.filter(brand_id=brand_ids[0]), narrowing)
        return [id for _, id in (_by_id if narrowing.among else _by_joining)(found, behind, limit)]
    stores = list(stores_visible_to(viewer, permission).values_list("id", "entity_id"))
    guests = _guests([id for id, _ in stores], [entity for _, entity in stores])
    store_ids = [id for id, _ in stores if narrowing.store_id in (None, id)]
    if narrowing.among:
        return [id for _, id in _by_id(_narrowed(_theirs(store_ids, guests), narrowing), behind, limit)]
    visiting = _by_joining(_narrowed(_these(guests), narrowing), behind, limit)
    merged = sorted({*visiting, *_of_stores(store_ids, narrowing, behind, limit)}, reverse=True)
    return [id for _, id in merged[:limit]]


def _guests(store_ids: Sequence[UUID], entity_ids: Sequence[UUID]) -> list[UUID]:
    """Give who is seen without being at home here: shared by its consent, or one with somebody who was at home here."""
    return [id for (id,) in run(GUESTS, [uuids(set(entity_ids)), uuids(store_ids)])]


def _theirs(store_ids: Sequence[UUID], guests: Sequence[UUID]) -> QuerySet[Member]:
    """Give the members of these stores and the guests in the way that is quick: few are named, many are asked one by one."""
    few = list(Member.objects.filter(home_store_id__in=store_ids).values_list("id", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return _these([*few, *guests])
    return Member.objects.filter(Q(home_store_id__in=store_ids) | Q(id__in=guests))


def _these(ids: Sequence[UUID]) -> QuerySet[Member]:
    return Member.objects.extra(where=["member_member.id = ANY(%s::uuid[])"], params=[uuids(ids)])


def _narrowed(found: QuerySet[Member], narrowing: Narrowing) -> QuerySet[Member]:
    found = found.filter(joined_into_id=None, erased_at=None)
    if narrowing.store_id:
        found = found.filter(home_store_id=narrowing.store_id)
    if narrowing.source:
        found = found.filter(source=narrowing.source)
    if narrowing.joined_from:
        found = found.filter(joined_at__gte=narrowing.joined_from)
    if narrowing.joined_until:
        found = found.filter(joined_at__lt=narrowing.joined_until)
    for ids in narrowing.among:
        found = found.filter(id__in=ids)
    return found


def _by_joining(found: QuerySet[Member], behind: Behind, limit: int) -> list[tuple[datetime, UUID]]:
    if behind.id != LAST_ID:
        found = found.filter(Q(joined_at__lt=behind.joined_at) | Q(joined_at=behind.joined_at, id__lt=behind.id))
        found = found.filter(joined_at__lte=behind.joined_at)  # said once more, so that the index is entered there
    return list(found.order_by("-joined_at", "-id").values_list("joined_at", "id")[:limit])


def _by_id(found: QuerySet[Member], behind: Behind, limit: int) -> list[tuple[datetime, UUID]]:
    if behind.id != LAST_ID:
        found = found.filter(id__lt=behind.id)
    return list(found.order_by("-id").values_list("joined_at", "id")[:limit])


def _of_stores(
    store_ids: Sequence[UUID], narrowing: Narrowing, behind: Behind, limit: int
) -> list[tuple[datetime, UUID]]:
    return [
        (row[0], row[1])
        for row in run(NEWEST_OF_STORES, [
            uuids(store_ids), narrowing.source, narrowing.source, narrowing.joined_from or EARLIEST,
            narrowing.joined_until or LATEST, behind.joined_at, behind.id, limit, limit,
        ])
    ]  # fmt: skip
