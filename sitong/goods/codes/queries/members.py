"""The scans of a member: for its own copy of its data, and for joining members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.models import Scan
from sitong.shared.statements import run, uuids


def scans_kept(member_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give every scan that is kept of a member: which code, when, in which cell."""
    rows = Scan.objects.filter(member_id__in=member_ids).order_by("at", "id")
    return [dict(row) for row in rows.values("id", "batch_id", "serial", "side", "cell", "before", "at")]


def scans_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give a member's scans since an instant, but for some: id, which code, when."""
    rows = Scan.objects.filter(member_id=member_id, at__gte=since).exclude(id__in=besides).order_by("at", "id")
    return [(row.id, f"{row.batch_id}/{row.serial}", row.at) for row in rows]


SCANS_OF = """
SELECT s.member_id, s.at, (s.at AT TIME ZONE %s)::date,
       coalesce(replace(coalesce(p.product_id, b.product_id)::text, '-', ''), ''), s.before = 0
FROM goods_scan AS s JOIN goods_codebatch AS b ON b.id = s.batch_id
LEFT JOIN LATERAL (
    SELECT product_id FROM goods_codeproduction AS p WHERE p.batch_id = s.batch_id AND s.serial BETWEEN p.first AND p.last LIMIT 1
) AS p ON true
WHERE s.member_id = ANY(%s::uuid[]) AND s.role = 'consumer'
"""


def scans_of_members(member_ids: Sequence[UUID], *, zone: str) -> list[tuple[Any, ...]]:
    """Give what consumers scanned: member, instant, business date, product as 32 hexadecimal digits ('': unknown), whether it
    was the code's first scan. One statement."""
    return run(SCANS_OF, [zone, uuids(member_ids)])
