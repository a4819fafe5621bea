"""Which draws there are: told by the topic that runs them, which gives chances itself. Registered there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

DrawNames = dict[UUID, tuple[str, str]]
Reader = Callable[[UUID], DrawNames]
Namer = Callable[[Collection[UUID]], DrawNames]
_readers: list[tuple[Reader, Namer]] = []


def tells_draws(*, open_now: Reader, named: Namer) -> None:
    """Register who knows draws: `open_now(brand_id)` gives those of which chances may be given, `named(ids)` their names."""
    _readers[:] = [(open_now, named)]


def draws_open(brand_id: UUID) -> DrawNames:
    """Give the draws of a brand of which chances may be given, with their names (Chinese, English)."""
    return _readers[0][0](brand_id) if _readers else {}


def draws_named(draw_ids: Collection[UUID]) -> DrawNames:
    """Give the names of draws; unknown ones are left out."""
    return _readers[0][1](draw_ids) if _readers and draw_ids else {}
