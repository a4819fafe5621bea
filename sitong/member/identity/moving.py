"""What moves along when two members turn out to be one, and goes back when the join is undone.

Each topic that keeps something for a member registers one mover, in its file `movers.py`:

    @moves_with_member("scene.orders", rank=2)
    class OrdersMove(Moves):
        def move(self, absorbed_id, survivor_id, *, join_id, now): ...
        def move_back(self, row_ids, absorbed_id, survivor_id, *, join_id, now): ...

A mover is called inside of the join's transaction, which holds both members' rows. `rank` is the row of the topic's table
in docs/locking.md; movers are called in that order, and each locks its own rows sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

from sitong.shared.statements import run, uuids

HAVING = "SELECT DISTINCT member_id FROM {table} WHERE member_id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Later:
    """One row that came to the survivor after the join. Which of the two it belongs to, a person decides at the undoing."""

    id: UUID
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Going:
    """One of many joins at once. `row_ids` are those that go back when it is undone."""

    join_id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    row_ids: tuple[UUID, ...] = ()


class Moves:
    """Moves the rows of one subject between the absorbed member and the survivor. Subclasses write the first two.

    In each method `absorbed_id` is the member that goes under and `survivor_id` the one that stays, as in `join_two`.
    `tables` name where the subject's rows stand, each with a column member_id: of many members, those who have no row
    there need no moving. Without tables everybody is asked. Where moving one by one is too slow for thousands, a subject
    writes the last two as well.
    """

    tables: ClassVar[tuple[str, ...]] = ()

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        """Give the survivor all that the absorbed one has; give the ids of the rows that moved.

        It may be called again for the same join, for what came late in the absorbed member's name: it moves what stands
        there, and with nothing there it changes nothing. Where the survivor has the like already and only one may be
        (a unique constraint), the row stays with the absorbed member; what is asked of the survivor finds its own.
        On the ledger it moves by transfers with references made of `join_id`, never by changing rows.
        """
        raise NotImplementedError

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        """Give these rows back to the absorbed member: those that `move` named, and later ones that a person chose.

        A row that is gone since, or is not the survivor's any more, is left out.
        """
        raise NotImplementedError

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:  # noqa: ARG002
        """Give what the survivor has that was made after `since` and is none of `row_ids`: offered to the person who undoes."""
        return []

    def having(self, member_ids: Sequence[UUID]) -> set[UUID]:
        """Give which of these members have anything to move."""
        if not self.tables:
            return set(member_ids)
        found: set[UUID] = set()
        for table in self.tables:
            found.update(row[0] for row in run(HAVING.format(table=table), [uuids(member_ids)]))
        return found

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        """Move for many joins at once, no two of which share a member; give the ids of what moved, by join."""
        having = self.having([one.absorbed_id for one in joins])
        return {
            one.join_id: self.move(one.absorbed_id, one.survivor_id, join_id=one.join_id, now=now)
            for one in joins
            if one.absorbed_id in having
        }

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        """Give back for many joins at once, no two of which share a member."""
        for one in joins:
            self.move_back(one.row_ids, one.absorbed_id, one.survivor_id, join_id=one.join_id, now=now)


M = TypeVar("M", bound=type[Moves])


@dataclass(frozen=True, slots=True)
class Mover:
    """A registered mover: the name of what it moves, and where it stands in the order of locks."""

    subject: str
    rank: int
    moves: Moves


MOVERS: dict[str, Mover] = {}


def moves_with_member(subject: str, *, rank: int = 4) -> Callable[[M], M]:
    """Register a mover under the name of what it moves ("scene.orders"), which stays: joins keep it in their rows."""

    def register(kind: M) -> M:
        if subject in MOVERS:
            raise ValueError(f"two movers are named {subject}")
        MOVERS[subject] = Mover(subject, rank, kind())
        return kind

    return register


def movers_in_order() -> list[Mover]:
    """Give the movers in the order in which rows are locked."""
    return sorted(MOVERS.values(), key=lambda mover: (mover.rank, mover.subject))
