"""Read the draws that were made with codes."""

from __future__ import annotations

from collections.abc import Iterable

from sitong.marketing.scans.rules import CodeKey, Drawn
from sitong.shared.statements import integers, run, uuids

DRAWN = """
SELECT d.batch_id, d.serial, d.scan_id, d.member_id, d.plan_id, d.prize, d.fault, d.drawn_at
FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial)
JOIN marketing_codedraw AS d ON d.batch_id = w.batch_id AND d.serial = w.serial
"""


def drawn_with(keys: Iterable[CodeKey]) -> dict[CodeKey, Drawn]:
    """Give the draws that were made with these codes; codes that nobody has drawn with are absent. One statement."""
    ordered = sorted(set(keys))
    rows = run(DRAWN, [uuids([key.batch_id for key in ordered]), integers([key.serial for key in ordered])])
    return {CodeKey(row[0], row[1]): Drawn(*row[2:]) for row in rows}
