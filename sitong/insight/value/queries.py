"""Read when values were reckoned, and where they stand."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from sitong.insight.value.models import ValueRun


def folder() -> Path:
    """Give the folder of values, beside the lake's."""
    return Path(settings.LAKE_FOLDER).parent / "value"


def newest_run(brand_id: UUID) -> ValueRun | None:
    """Give the run that is under way, or else the last one."""
    return ValueRun.objects.filter(brand_id=brand_id).order_by("-asked_at", "-id").first()


def newest_values(brand_id: UUID) -> ValueRun | None:
    """Give the last run that ended well and whose file is there."""
    rows = ValueRun.objects.filter(brand_id=brand_id).exclude(ended_at=None).exclude(path="").order_by("-ended_at")[:3]
    return next((row for row in rows if (folder() / row.path).exists()), None)
