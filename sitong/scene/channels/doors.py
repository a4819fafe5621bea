"""Doors from a store's mini shop to what is on there now: wheels, group deals, check-in, gifts, codes to scan.

A topic of scene has a file `doors.py` whose functions are marked `@opens_doors`; each gives the doors that are open in a
store at a moment, in one statement or none, and nothing about who looks: the home page is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `path` follows the shop's address, as in `wheels/`; `label` and `note` are said in both languages by the page."""

    path: str
    label: str
    icon: str
    note: str = ""
    rank: int = 50


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where and when doors are asked for."""

    brand_id: UUID
    store_id: UUID
    at: datetime


Opener = Callable[[Doorway], list[Door]]
_openers: list[Opener] = []


def opens_doors(opener: Opener) -> Opener:
    """Let the function's doors stand on the home pages and under "Me"."""
    _openers.append(opener)
    return opener


def doors_of(doorway: Doorway) -> list[Door]:
    """Give what is open in a store now, sorted by rank, then by path. Labels are in the language that is active."""
    return sorted((door for opener in _openers for door in opener(doorway)), key=lambda door: (door.rank, door.path))
