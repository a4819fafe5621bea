"""The gift library as campaigns and desks read it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.gifts.models import Gift


def gifts_open(brand_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Give the gifts that a brand's campaigns may give, by id, with their names (Chinese, English)."""
    rows = Gift.objects.filter(brand_id=brand_id, published_at__isnull=False, ended_at=None).order_by("name", "id")
    return {row[0]: (row[1], row[2] or row[1]) for row in rows.values_list("id", "name", "name_en")}


def names_of_gifts(gift_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names of gifts; unknown ones are left out."""
    rows = Gift.objects.filter(id__in=gift_ids).values_list("id", "name", "name_en")
    return {row[0]: (row[1], row[2] or row[1]) for row in rows}
