"""The dealers' territories, kept ready in the process: made again when a dealer's cells have changed."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.goods.diversion.reach import Territory
from sitong.org.dealers.queries import territories, territory_marks

KEPT_MAX = 2_000

_kept: dict[UUID, tuple[str, Territory]] = {}


def territories_ready(dealer_ids: Collection[UUID]) -> dict[UUID, Territory]:
    """Give the territories of dealers. One query, a second one for those that are new or were redrawn."""
    marks = territory_marks(dealer_ids)
    stale = [key for key, mark in marks.items() if key not in _kept or _kept[key][0] != mark]
    if len(_kept) + len(stale) > KEPT_MAX:
        _kept.clear()
        stale = list(marks)
    for key, cells in territories(stale).items() if stale else ():
        _kept[key] = marks[key], Territory([int(cell, 16) for cell in cells])
    return {key: _kept[key][1] for key in marks}
