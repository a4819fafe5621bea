"""The lock of a brand's codes: whatever makes, binds, packs, moves or voids them takes it first; scans of consumers do not."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.shared.statements import run, uuids

LOCK = """
INSERT INTO goods_codespace AS s (brand_id, taken) SELECT id, 0 FROM unnest(%s::uuid[]) AS w(id) ORDER BY id
ON CONFLICT (brand_id) DO UPDATE SET taken = s.taken RETURNING s.brand_id, s.taken
"""


def lock_spaces(brand_ids: Collection[UUID]) -> dict[UUID, int]:
    """Lock the number spaces of brands in the order of their ids; gives how many numbers are taken."""
    return {row[0]: row[1] for row in run(LOCK, [uuids(sorted(set(brand_ids)))])}
