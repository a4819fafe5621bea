"""What a leaver hands over: each word says here how its things pass from one member of staff to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

HandsOver = Callable[[UUID, UUID | None, datetime], int]
"""(leaver, successor or None, now) → how many things passed on. Runs in the leaving's own transaction; may refuse."""

_registered: dict[str, HandsOver] = {}


def hands_over(kind: str) -> Callable[[HandsOver], HandsOver]:
    """Register what happens to things of one kind ("till.parked_sales") when somebody leaves. For handlers.py of any word."""

    def register(function: HandsOver) -> HandsOver:
        if kind in _registered:
            raise ValueError(f"{kind} is handed over twice")
        _registered[kind] = function
        return function

    return register


def registered() -> dict[str, HandsOver]:
    """Give what is handed over, by kind, in a steady order."""
    return dict(sorted(_registered.items()))
