"""What is given to a member who asks for all that is kept of it (PIPL art. 45), and what erasing takes away (art. 47).

Each topic that keeps something for a member registers one giver, in its file `givers.py`:

    @gives_of_member("orders")
    def orders_of(member_ids): return [{"number": …, "placed_at": …}, …]

    @erases_of_member("addresses")
    def erase_addresses(member_ids, *, now): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

Rows = Sequence[Mapping[str, Any]]
Giver = Callable[[Sequence[UUID]], Rows]


class Eraser(Protocol):
    def __call__(self, member_ids: Sequence[UUID], *, now: datetime) -> int: ...


GIVERS: dict[str, Giver] = {}
ERASERS: dict[str, Eraser] = {}


def gives_of_member(subject: str) -> Callable[[Giver], Giver]:
    """Register what gives a member's rows of one subject: plain values (text, numbers, dates, ids), the oldest first.

    The ids are the member's own and those of the members joined into it. The subject names a file in the export.
    """

    def register(giver: Giver) -> Giver:
        if subject in GIVERS:
            raise ValueError(f"two givers are named {subject}")
        GIVERS[subject] = giver
        return giver

    return register


def erases_of_member(subject: str) -> Callable[[Eraser], Eraser]:
    """Register what takes away personal data of one subject for good, in the erasing's transaction; gives how many rows.

    Books stay: an order or a transfer keeps the member's id, which then says nothing about a person.
    """

    def register(eraser: Eraser) -> Eraser:
        if subject in ERASERS:
            raise ValueError(f"two erasers are named {subject}")
        ERASERS[subject] = eraser
        return eraser

    return register
