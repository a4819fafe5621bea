"""By which sources members came, and how the pool grows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from sitong.member.sources.models import Source, SourceDay
from sitong.member.sources.rules import BUILT_IN
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

NO_STORE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as people see it. Without an id: one that the platform writes itself, or a code that nobody named."""

    id: UUID | None
    code: str
    name: str
    name_en: str
    kind: str
    store_id: UUID | None
    named_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grown:
    """How many members joined: on a day, by a source, through a store (None: no store)."""

    joined_on: date
    source: str
    store_id: UUID | None
    joined: int


def sources_visible_to(viewer: Viewer) -> QuerySet[Source]:
    """Give the brand's sources to its staff, its dealers' and its stores'."""
    if viewer.system == "consumer" or not viewer.may("member.see"):
        return Source.objects.none()
    return Source.objects.filter(Q(brand_id=viewer.brand_id))


def sources_of_brand(brand_id: UUID) -> dict[str, SourceFacts]:
    """Give a brand's sources by code: those it named, and those that the platform writes."""
    rows = Source.objects.filter(brand_id=brand_id).order_by("code")
    named = {
        one.code: SourceFacts(
            one.id, one.code, one.name, one.name_en, one.kind, one.store_id, one.named_at, one.retired_at
        )
        for one in rows
    }
    built_in = {code: SourceFacts(None, code, "", "", kind, None, None, None) for code, kind in BUILT_IN.items()}
    return {**built_in, **named}


def growth(viewer: Viewer, *, first: date, last: date, source: str = "", store_id: UUID | None = None) -> list[Grown]:
    """Give how many joined each day from `first` to `last`, by source and store, as far as the viewer may see it."""
    days = _days(viewer).filter(joined_on__gte=first, joined_on__lte=last)
    if source:
        days = days.filter(source=source)
    if store_id:
        days = days.filter(store_id=store_id)
    rows = days.order_by("joined_on", "source", "store_id").values_list("joined_on", "source", "store_id", "joined")
    return [Grown(on, code, None if store == NO_STORE else store, joined) for on, code, store, joined in rows]


def joined_by_source(viewer: Viewer) -> dict[str, int]:
    """Give how many members each source has brought, ever."""
    rows = _days(viewer).order_by().values_list("source").annotate(joined=Sum("joined"))
    return dict(rows)


def _days(viewer: Viewer) -> QuerySet[SourceDay]:
    brands: Collection[UUID] = viewer.place_ids("brand", "member.see")
    days = SourceDay.objects.filter(Q(brand_id=viewer.brand_id))
    if brands:
        return days
    stores = stores_visible_to(viewer, "member.see")
    return days.filter(store_id__in=stores.values("id"))
