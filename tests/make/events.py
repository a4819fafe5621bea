"""Events of the tests' own, and subscribers that live for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction

from sitong.shared.events.actions import announce
from sitong.shared.events.registry import SUBSCRIPTIONS, Happening, happening, on

BRAND = UUID("01900000-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


@happening
@dataclass(frozen=True, slots=True)
class BellRung(Happening):
    name: ClassVar[str] = "tests.bell_rung"
    count: int
    visitor_id: UUID | None = None
    rung_at: datetime | None = None


@happening
@dataclass(frozen=True, slots=True)
class DoorOpened(Happening):
    name: ClassVar[str] = "tests.door_opened"
    count: int


def ring_bells(*counts: int, brand_id: UUID = BRAND) -> None:
    """Announce one BellRung for each count, in one transaction."""
    with transaction.atomic():
        announce([BellRung(brand_id, count) for count in counts], at=AT)


@contextmanager
def subscriber(
    name: str, handle: Callable[[Sequence[Any]], None], *kinds: type[Happening], **options: Any
) -> Iterator[None]:
    """Subscribe for the time of the block."""
    on(*(kinds or (BellRung,)), subscriber=name, **options)(handle)
    try:
        yield
    finally:
        del SUBSCRIPTIONS[name]
