"""What each topic knows of members, for rules that ask for it: the facts, and the events after which they are others.

Each topic that knows deeds of members registers them in its file `deeds.py`, under the names of member/segments/subjects.py:

    @knows_of_members("visits")
    def visits_of(member_ids, *, zone): return [(member_id, at, on, store_id, kind, cell), …]

    deeds_change("visits", after=OrderPaid)
    deeds_change("orders", after=OrdersImported, members_of=…)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sitong.shared.events.registry import Happening


class Knows(Protocol):
    """Give the facts of these members, who are one brand's: tuples of the member's id and the subject's columns in order.

    The ids are those under which they are known, also those of members joined into them; each row names the one under which
    it stands. `zone` is the brand's, for business dates. As many statements for 2 members as for 200.
    """

    def __call__(self, member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]: ...


MembersOf = Callable[[Sequence[Any]], Iterable[UUID | None]]


@dataclass(frozen=True, slots=True)
class DeedChange:
    """After such an event, what is known under `subjects` may be another for the members whom `members_of` gives."""

    kind: type[Happening]
    subjects: frozenset[str]
    members_of: MembersOf


KNOWERS: dict[str, Knows] = {}
CHANGES: dict[str, DeedChange] = {}
"""By the event's name."""


def knows_of_members(subject: str) -> Callable[[Knows], Knows]:
    """Register what reads the facts of one subject."""

    def register(knows: Knows) -> Knows:
        if subject in KNOWERS:
            raise ValueError(f"two readers know {subject}")
        KNOWERS[subject] = knows
        return knows

    return register


def the_member(events: Sequence[Any]) -> Iterable[UUID | None]:
    """Give the one member of each event."""
    return [event.member_id for event in events]


def deeds_change(*subjects: str, after: type[Happening], members_of: MembersOf = the_member) -> None:
    """Register that an event changes what is known under these subjects, of its member. Several topics may name one event."""
    there = CHANGES.get(after.name)
    both = frozenset(subjects) | (there.subjects if there else frozenset())
    CHANGES[after.name] = DeedChange(after, both, there.members_of if there else members_of)
