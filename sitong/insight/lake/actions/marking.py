"""Mark what the lake has yet to read anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sitong.shared.statements import run, texts, uuids

EVERYTHING = "everything"

MARK = """
INSERT INTO insight_lakemark (at, brand_id, member_id, what, part)
SELECT %s::timestamptz, * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
"""


class Mark(NamedTuple):
    """Something of a member changed in one table (or in `EVERYTHING`), in one partition where it is known."""

    brand_id: UUID
    member_id: UUID
    what: str
    part: str = ""


def mark_changed(marks: Iterable[Mark], *, now: datetime) -> int:
    """Mark what changed, in the caller's transaction; give how many marks that were. One statement, the same ones once."""
    listed = sorted(set(marks))
    if listed:
        brands, members, whats, parts = zip(*listed, strict=True)
        run(MARK, [now, uuids(brands), uuids(members), texts(whats), texts(parts)])
    return len(listed)
