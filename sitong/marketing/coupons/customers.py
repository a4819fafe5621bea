"""Which members have ordered before: told by the word above, which knows orders. Registered there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

Reader = Callable[[Collection[UUID]], Collection[UUID]]
_readers: list[Reader] = []


def tells_who_ordered(reader: Reader) -> Reader:
    """Register who tells which of some members have ordered."""
    _readers[:] = [reader]
    return reader


def who_ordered(member_ids: Collection[UUID]) -> frozenset[UUID]:
    """Give those of the members who have ordered; nobody where nobody tells."""
    return frozenset(_readers[0](member_ids)) if _readers and member_ids else frozenset()
