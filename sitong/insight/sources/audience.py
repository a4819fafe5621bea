"""What the bulk answer of a segment is compared with: who belongs to live segments now, by the members' short keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import numpy
from django.db import connection

from sitong.shared.statements import integers, run

LIVE = """
SELECT id, version, filled_at IS NULL FROM member_segment
WHERE brand_id = %s AND live_since IS NOT NULL AND archived_at IS NULL ORDER BY filled_at NULLS FIRST, id
"""
BELONGING = """
COPY (SELECT m.ordinal FROM member_segmentmember AS s JOIN member_member AS m ON m.id = s.member_id WHERE s.segment_id = %s) TO STDOUT
"""
IDS = "SELECT id FROM member_member WHERE brand_id = %s AND ordinal = ANY(%s::bigint[])"


class LiveSegment(NamedTuple):
    """A live segment, the version of its rule, and whether nobody has looked at everybody under this version yet."""

    id: UUID
    version: int
    unfilled: bool


def live_segments_of(brand_id: UUID) -> list[LiveSegment]:
    """Give a brand's live segments, those first that are not filled yet."""
    return [LiveSegment(*row) for row in run(LIVE, [brand_id])]


def belonging_to(segment_id: UUID) -> Any:
    """Give the ordinals of who belongs to a live segment now, as a numpy array: 8 bytes a member."""
    with connection.cursor() as cursor, cursor.cursor.copy(BELONGING, [segment_id]) as rows:
        text = b"".join(rows)
    return numpy.array(text.split(), dtype=numpy.int64)


def member_ids_of(brand_id: UUID, ordinals: Sequence[int]) -> list[UUID]:
    """Give the ids of members by their short keys."""
    return [id for (id,) in run(IDS, [brand_id, integers(ordinals)])]
