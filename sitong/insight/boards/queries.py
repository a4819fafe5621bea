"""Read what boards need of the lake's manifest."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from sitong.insight.lake.models import LakeState
from sitong.insight.lake.queries import files_that_count

READ = ("orders", "lines")


def lake_version(brand_id: UUID) -> int:
    """Give the version of a brand's lake; 0: nothing was written yet."""
    return LakeState.objects.filter(brand_id=brand_id).values_list("version", flat=True).first() or 0


def rows_to_read(brand_id: UUID) -> int:
    """Give how many rows of purchases stand in a brand's lake."""
    found = files_that_count(brand_id).filter(table__in=READ).aggregate(rows=Sum("rows"))["rows"]
    return int(found or 0)
