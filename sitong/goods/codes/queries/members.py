"""The scans of a member: for its own copy of its data, and for joining members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.models import Scan


def scans_kept(member_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give every scan that is kept of a member: which code, when, in which cell."""
    rows = Scan.objects.filter(member_id__in=member_ids).order_by("at", "id")
    return [dict(row) for row in rows.values("id", "batch_id", "serial", "side", "cell", "before", "at")]


def scans_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give a member's scans since an instant, but for some: id, which code, when."""
    rows = Scan.objects.filter(member_id=member_id, at__gte=since).exclude(id__in=besides).order_by("at", "id")
    return [(row.id, f"{row.batch_id}/{row.serial}", row.at) for row in rows]
