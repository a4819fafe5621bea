"""In which box a code is, or was last."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.goods.codes.ranges import REACHES
from sitong.shared.statements import integers, run, uuids

Code = tuple[UUID, int]

BOXES = """
SELECT w.batch_id, w.serial, p.parent_batch_id, p.parent_first + (p.start + w.serial - p.first) / p.per_parent
FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial) CROSS JOIN LATERAL (
  SELECT q.* FROM unnest(%s::int[], %s::bigint[]) AS k(reach, span) CROSS JOIN LATERAL (
    SELECT * FROM goods_codepacking WHERE batch_id = w.batch_id AND reach = k.reach AND first <= w.serial AND first > w.serial - k.span
      AND last >= w.serial) AS q
  ORDER BY q.packed_at DESC, q.id DESC LIMIT 1) AS p
"""
"""The box in which a code was packed last, be it that it was taken out since."""


def boxes_of(codes: Sequence[Code]) -> dict[Code, Code]:
    """Give the box in which each code is, or was last. One statement."""
    asked = [uuids([code[0] for code in codes]), integers([code[1] for code in codes])]
    rows = run(BOXES, [*asked, integers(range(len(REACHES))), integers(REACHES)])
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
