"""What the books say of segments: each counts as many members as it has."""

from __future__ import annotations

from sitong.shared.ledger.books import books_check
from sitong.shared.statements import run

COUNTED = """
SELECT s.id, s.members, count(m.member_id) FROM member_segment AS s
LEFT JOIN member_segmentmember AS m ON m.segment_id = s.id GROUP BY s.id HAVING s.members <> count(m.member_id)
"""


@books_check("member.segments")
def check_segments() -> list[str]:
    """Compare how many each segment counts with how many belong to it."""
    return [f"segment {id} counts {counted} members and has {there}" for id, counted, there in run(COUNTED)]
