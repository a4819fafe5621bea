"""Names of draws, for whoever gives plays of them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.draws.models import Draw, DrawCount


def draws_open(brand_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Give a brand's draws that take plays which campaigns give, published and not closed, with both names."""
    closed = DrawCount.objects.filter(brand_id=brand_id, closed_at__isnull=False).values("draw_id")
    rows = Draw.objects.filter(brand_id=brand_id, published_at__isnull=False, rules__takes_chances=True).exclude(
        id__in=closed
    )
    return {one.id: (one.name, one.name_en or one.name) for one in rows.order_by("ends_at", "id")}


def draws_named(draw_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names of draws, Chinese and English; unknown ones are left out. One statement."""
    rows = Draw.objects.filter(id__in=draw_ids).values_list("id", "name", "name_en")
    return {row[0]: (row[1], row[2] or row[1]) for row in rows}
