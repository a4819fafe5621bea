"""Several lanes for one action: while the database works for one batch, the next is prepared.

Items with the same key go the same way, one batch after another; so the lanes of one process never wait for each other's
rows when the key names what is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sitong.shared.batch.lane import Lane
from sitong.shared.errors import Refused

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Lanes(Generic[Item, Outcome]):
    """Stands where a Lane stands, and hands each item to one of `count` lanes by its key."""

    def __init__(
        self,
        name: str,
        action: Callable[[Sequence[Item]], Sequence[Outcome | Refused]],
        *,
        key: Callable[[Item], int],
        count: int = 2,
        **limits: Any,
    ) -> None:
        """`limits` are those of each lane."""
        self.name = name
        self.key = key
        self.lanes: tuple[Lane[Item, Outcome], ...] = tuple(
            Lane(f"{name}_{number}", action, **limits) for number in range(1, count + 1)
        )

    async def submit(self, item: Item) -> Outcome | Refused:
        """Hand in an item and give its outcome, from an event loop."""
        return await self._lane_of(item).submit(item)

    def submit_sync(self, item: Item) -> Outcome | Refused:
        """Hand in an item and give its outcome, from a thread."""
        return self._lane_of(item).submit_sync(item)

    @property
    def waiting(self) -> int:
        """How many items are waiting for a batch."""
        return sum(lane.waiting for lane in self.lanes)

    def start(self) -> None:
        """Start the lanes' threads; the first items do it too."""
        for lane in self.lanes:
            lane.start()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Take no more items, finish those that were accepted. Gives False when time ran out for one of them."""
        return all([lane.stop(timeout_s) for lane in self.lanes])  # noqa: C419 - every lane is stopped, also after one that was slow

    def reopen(self) -> None:
        """Take items again after `stop`."""
        for lane in self.lanes:
            lane.reopen()

    def _lane_of(self, item: Item) -> Lane[Item, Outcome]:
        return self.lanes[self.key(item) % len(self.lanes)]
