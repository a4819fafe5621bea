"""Sweep away files that do not count: replaced ones that nobody reads any more, and those that a dead process left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from sitong.insight.lake.actions.manifest import only_writer
from sitong.insight.lake.files import ENDING, UNFINISHED, lake_root
from sitong.insight.lake.models import LakeFile


def sweep_lake(brand_id: UUID, *, now: datetime) -> int:
    """Delete replaced files after SITONG_LAKE_KEPT_MINUTES, and files of which the manifest knows nothing; give how many.

    Nobody writes meanwhile, so a file without a row is one that will never get one. 0 also when another one is writing.
    """
    with only_writer(brand_id, patient=False) as alone:
        if not alone:
            return 0
        before = now - timedelta(minutes=settings.LAKE_KEPT_MINUTES)
        old = list(LakeFile.objects.filter(brand_id=brand_id, retired_at__lte=before).values_list("id", "path"))
        for _, path in old:
            (lake_root() / path).unlink(missing_ok=True)
        LakeFile.objects.filter(id__in=[file_id for file_id, _ in old]).delete()
        known = set(LakeFile.objects.filter(brand_id=brand_id).values_list("path", flat=True))
        swept = len(old)
        for found in (lake_root() / brand_id.hex).glob("*/*/*"):
            if found.suffix in {ENDING, UNFINISHED} and str(found.relative_to(lake_root())) not in known:
                found.unlink(missing_ok=True)
                swept += 1
        return swept
