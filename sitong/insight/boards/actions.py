"""Keep what boards show: reckoned at once where that is quick, by the worker where it is not."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime, timedelta
from uuid import UUID

from sitong.insight.asked import Asked
from sitong.insight.boards.models import BoardResult
from sitong.insight.boards.queries import lake_version, rows_to_read
from sitong.insight.boards.reckoning import as_json, from_json, reckon
from sitong.shared.ids import new_id

FRESH = timedelta(minutes=5)
KEPT = timedelta(days=1)
ROWS_AT_ONCE_MAX = 5_000_000
"""A lake with more lines is reckoned by the worker, while the page waits and asks again."""


def show_board(brand_id: UUID, board: str, *, asked: Asked, now: datetime) -> BoardResult:
    """Give what a board shows: as kept, if the lake is unchanged or it is less than five minutes old; else reckoned anew.

    For a large lake the worker reckons: the row's last result is given with it, or none yet (`made_at` is None).
    """
    said = as_json(asked)
    key = hashlib.sha256(json.dumps([board, said], sort_keys=True).encode()).hexdigest()
    row = BoardResult.objects.filter(brand_id=brand_id, key=key).first()
    version = lake_version(brand_id)
    if row is not None and row.made_at is not None and (row.lake_version == version or now - row.made_at < FRESH):
        return row
    if row is None:
        wanted = {"id": new_id(), "board": board, "asked": said, "asked_at": now}
        row, _ = BoardResult.objects.get_or_create(brand_id=brand_id, key=key, defaults=wanted)
    if rows_to_read(brand_id) > ROWS_AT_ONCE_MAX:
        BoardResult.objects.filter(id=row.id).exclude(made_at=None).update(made_at=None, asked_at=now)
        return row
    return make_board(row, now=now)


def make_board(row: BoardResult, *, now: datetime) -> BoardResult:
    """Reckon one board and keep it with the version of the lake that was read."""
    version, began = lake_version(row.brand_id), time.perf_counter()
    row.result = reckon(row.brand_id, row.board, from_json(row.asked))
    row.took_ms = int((time.perf_counter() - began) * 1000)
    row.lake_version, row.made_at, row.trouble = version, now, ""
    row.save(update_fields=["result", "took_ms", "lake_version", "made_at", "trouble"])
    return row


def make_waiting_boards(*, now: datetime, limit: int = 20) -> int:
    """Reckon the boards that somebody waits for, the oldest first; give how many. What fails is noted and not tried again."""
    rows = list(BoardResult.objects.filter(made_at=None).order_by("asked_at")[:limit])
    for row in rows:
        try:
            make_board(row, now=now)
        except Exception as failed:  # a board that cannot be reckoned must not stop the others
            BoardResult.objects.filter(id=row.id).update(
                made_at=now, trouble=f"{type(failed).__name__}: {failed}"[:200]
            )
    return len(rows)


def sweep_boards(*, now: datetime) -> int:
    """Forget results that nobody has asked for since a day; give how many."""
    return BoardResult.objects.filter(made_at__lt=now - KEPT).delete()[0]
