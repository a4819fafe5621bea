"""Write what has become of the ground: packings that ended or shrank, and where codes are now. One statement for each table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import Ground, Packed
from sitong.goods.codes.ranges import reach_of
from sitong.shared.ids import new_id
from sitong.shared.statements import days, integers, run, texts, uuids, write

END_PACKINGS = "UPDATE goods_codepacking SET unpacked_at = %s::timestamptz WHERE id = ANY(%s::uuid[])"

WRITE_PACKINGS = """
INSERT INTO goods_codepacking (id, brand_id, batch_id, first, last, reach, parent_batch_id, parent_first, parent_last, parent_reach,
                               per_parent, start, request_id, by, packed_at)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::smallint[], %s::uuid[], %s::bigint[],
                     %s::bigint[], %s::smallint[], %s::int[], %s::int[], %s::uuid[], %s::uuid[], %s::timestamptz[])
"""

CLEAR_PLACES = """
DELETE FROM goods_codeplace AS p USING unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, first)
WHERE p.batch_id = w.batch_id AND p.first = w.first
"""

WRITE_PLACES = """
INSERT INTO goods_codeplace (batch_id, first, last, brand_id, state, place_kind, place_id, from_kind, from_id, document_id, since)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::uuid[],
                     %s::uuid[], %s::timestamptz[])
"""


def starts_of(ground: Ground) -> dict[UUID, frozenset[int]]:
    """Give where the ranges of each batch began when they were read: what is cleared before the new ones are written."""
    return {key: frozenset(held[0] for held, _ in spans.rows) for key, spans in ground.spans.items()}


def write_ground(
    ground: Ground, batches: Mapping[UUID, CodeBatch], *, starts: Mapping[UUID, frozenset[int]], now: datetime
) -> None:
    """Write packings that ended, what is left of them, and the places of codes in batches where something moved."""
    if ground.taken_out:
        write(END_PACKINGS, [now, uuids(sorted(row.id for row in ground.taken_out))])
        write_packings(ground.left_over)
    changed = sorted(key for key, spans in ground.spans.items() if spans.changed)
    if not changed:
        return
    old = [(key, first) for key in changed for first in sorted(starts[key])]
    write(CLEAR_PLACES, [uuids([key for key, _ in old]), integers([first for _, first in old])])
    rows = [(key, held, standing) for key in changed for held, standing in sorted(ground.spans[key].rows, key=lambda row: row[0])
            if standing.since is not None]  # fmt: skip
    write(WRITE_PLACES, [
        uuids([key for key, _, _ in rows]), integers([held[0] for _, held, _ in rows]), integers([held[1] for _, held, _ in rows]),
        uuids([batches[key].brand_id for key, _, _ in rows]), texts([one.state for _, _, one in rows]),
        texts([one.place.kind for _, _, one in rows]), uuids([one.place.id for _, _, one in rows]),
        texts([one.start.kind if one.start else "" for _, _, one in rows]), uuids([one.start.id if one.start else None for _, _, one in rows]),
        uuids([one.document_id for _, _, one in rows]), days([one.since for _, _, one in rows]),
    ])  # fmt: skip


def write_packings(rows: Sequence[Packed]) -> None:
    """Write packings; those that are left of others get ids of their own."""
    if not rows:
        return
    write(WRITE_PACKINGS, [
        uuids([new_id() for _ in rows]), uuids(_of(rows, "brand_id")), uuids(_of(rows, "batch_id")), integers(_of(rows, "first")),
        integers(_of(rows, "last")), integers([reach_of((row.first, row.last)) for row in rows]), uuids(_of(rows, "parent_batch_id")),
        integers(_of(rows, "parent_first")), integers(_of(rows, "parent_last")),
        integers([reach_of((row.parent_first, row.parent_last)) for row in rows]), integers(_of(rows, "per_parent")),
        integers(_of(rows, "start")), uuids(_of(rows, "request_id")), uuids(_of(rows, "by")), days(_of(rows, "packed_at")),
    ])  # fmt: skip


def codes_moved_before(
    request_ids: Iterable[UUID],
) -> list[tuple[UUID, str, UUID, int, int, UUID | None, UUID | None, datetime]]:
    """Give the moves that these requests made, in order."""
    return run(MOVED, [uuids(set(request_ids))])


MOVED = """
SELECT request_id, kind, batch_id, first, last, to_id, document_id, at FROM goods_codemove WHERE request_id = ANY(%s::uuid[])
ORDER BY batch_id, first
"""


def _of(rows: Sequence[Packed], name: str) -> list:  # type: ignore[type-arg]
    return [getattr(row, name) for row in rows]
