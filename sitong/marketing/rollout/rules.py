"""What a template consists of, what a store may change of it, and how results add up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

FREEDOMS = ("notice", "dates", "parts")
"""What headquarters may leave to the stores: their own words, days inside of the campaign's, leaving parts out."""

NOTICE_MAX = 120
PARTS_MAX = 20
STATES = ("draft", "trial", "coming", "running", "over", "ended")


@dataclass(frozen=True, slots=True)
class PartRef:
    """One thing that runs in a template: its kind and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Changes:
    """What a store wants to be its own; None: as the template has it."""

    notice: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    parts: tuple[PartRef, ...] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Of a template, what changes are held against."""

    starts_on: date
    ends_on: date
    parts: tuple[PartRef, ...]
    freedoms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a template at one place: people reached, visits they made, redemptions, sales and what it cost.

    Sums of stores, except that somebody reached in two stores counts in both.
    """

    reached: int = 0
    visits: int = 0
    redemptions: int = 0
    orders: int = 0
    sales_minor: int = 0
    cost_minor: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.reached + other.reached, self.visits + other.visits, self.redemptions + other.redemptions,
            self.orders + other.orders, self.sales_minor + other.sales_minor, self.cost_minor + other.cost_minor,
        )  # fmt: skip


def parts_written(parts: Iterable[PartRef]) -> list[list[str]]:
    """Give parts as they are kept in a JSON column."""
    return [[one.kind, str(one.id)] for one in parts]


def parts_read(kept: Iterable[Sequence[str]]) -> tuple[PartRef, ...]:
    """Read parts from a JSON column."""
    return tuple(PartRef(kind, UUID(one)) for kind, one in kept)


def changes_fault(frame: Frame, changes: Changes) -> str:
    """Say which freedom a store's changes go beyond: notice, dates or parts; empty when it may have them.

    Days lie inside of the template's; at least one part stays; nothing is added.
    """
    if changes.notice and ("notice" not in frame.freedoms or len(changes.notice) > NOTICE_MAX):
        return "notice"
    starts_on, ends_on = changes.starts_on or frame.starts_on, changes.ends_on or frame.ends_on
    if (starts_on, ends_on) != (frame.starts_on, frame.ends_on) and (
        "dates" not in frame.freedoms or not frame.starts_on <= starts_on <= ends_on <= frame.ends_on
    ):
        return "dates"
    if changes.parts is not None and set(changes.parts) != set(frame.parts):
        kept = set(changes.parts)
        if "parts" not in frame.freedoms or not kept or not kept < set(frame.parts):
            return "parts"
    return ""


def added(outcomes: Iterable[Outcome]) -> Outcome:
    """Add up what came of a template at several places."""
    total = Outcome()
    for one in outcomes:
        total += one
    return total


def compared(outcomes: Mapping[UUID, Outcome]) -> list[tuple[UUID, Outcome, int]]:
    """Give places with their outcome and sales against the average place in basis points, the best seller first.

    10,000 is the average; 0 where nobody sold anything.
    """
    total = sum(one.sales_minor for one in outcomes.values())
    ranked = sorted(outcomes.items(), key=lambda item: (-item[1].sales_minor, -item[1].redemptions, item[0].int))
    return [(place, one, one.sales_minor * len(outcomes) * 10_000 // total if total else 0) for place, one in ranked]
