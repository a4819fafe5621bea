"""Journeys as staff see them: the brand's own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from sitong.marketing.journeys.models import EntryState, Journey, JourneyEntry, JourneyTask, JourneyVersion
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer


def journeys_visible_to(viewer: Viewer) -> QuerySet[Journey]:
    """Give the journeys of the viewer's brand; only the brand's own staff see them."""
    return Journey.objects.filter(brand_id__in=viewer.place_ids("brand", "coupon.see"))


def versions_of(journey_id: UUID) -> QuerySet[JourneyVersion]:
    """Give the versions of a journey, the newest first."""
    return JourneyVersion.objects.filter(journey_id=journey_id).order_by("-number")


def newest_version(journey_id: UUID) -> JourneyVersion:
    """Give the newest version: the draft, where there is one."""
    return versions_of(journey_id)[0]


def counted_entries(journey_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """Give for journeys how many members entered and how many are inside. One statement."""
    rows = JourneyEntry.objects.filter(journey_id__in=journey_ids).order_by().values_list("journey_id")
    found = rows.annotate(Count("id"), inside=Count("id", filter=Q(state=EntryState.INSIDE)))
    return {journey_id: (entered, inside) for journey_id, entered, inside in found}


def inside_by_version(journey_id: UUID) -> dict[UUID, int]:
    """Give how many members stand in each version of a journey."""
    rows = JourneyEntry.objects.filter(journey_id=journey_id, state=EntryState.INSIDE).order_by()
    return dict(rows.values_list("version_id").annotate(Count("id")))


def tasks_visible_to(viewer: Viewer) -> QuerySet[JourneyTask]:
    """Give the tasks for members of the stores that the viewer may see; the brand's own staff see all, also those of no store."""
    stores = stores_visible_to(viewer, "member.join" if viewer.system == "store" else "member.see")
    seen = Q(store_id__in=stores.values("id")) | Q(store_id=None, brand_id__in=viewer.place_ids("brand", "member.see"))
    return JourneyTask.objects.filter(seen)
