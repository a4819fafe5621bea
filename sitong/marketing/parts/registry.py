"""What may run in a campaign template. Each topic that has something says so in a file of its own, `parts.py` (O3).

A topic registers one `Part`. It names what there is to choose, lets a store in and out, and gives a statement whose rows
say who was reached where and what it came to; the template's results are counted from these rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q

from sitong.shared.statements import uuids

CHOICES_MAX = 200
TOUCHES = ("store_id", "member_id", "redeemed", "order_id", "cost_minor", "at")
"""The columns of a part's statement. A row: at `at`, in `store_id`, `member_id` was reached (`redeemed` false) or used it
(true), in the order `order_id` when there was one; it cost `cost_minor`. Members and stores may be null."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may run in a template. `path` leads a consumer to it: below the shop's home, or from the root with "/"."""

    id: UUID
    name: str
    name_en: str
    path: str = ""


class Part(Protocol):
    """How a topic takes part in campaign templates."""

    kind: str
    label: Any
    icon: str

    def choices(self, brand_id: UUID, *, at: datetime) -> list[Choice]:
        """Give what headquarters may choose now, the newest first."""
        ...

    def named(self, ids: Collection[UUID]) -> Mapping[UUID, Choice]:
        """Name things by id, also those that may not be chosen any more."""
        ...

    def belong(self, ids: Collection[UUID], brand_id: UUID) -> bool:
        """Tell whether all of them are of the brand and may still be given."""
        ...

    def adopt(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        """Let them run in a store. Again: nothing changes. Refusals go through."""
        ...

    def leave(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        """Let them run in a store no more."""
        ...

    def touches(self, ids: Collection[UUID], store_ids: Collection[UUID]) -> tuple[str, list[Any]]:
        """Give the statement (columns: TOUCHES) and its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class StoreSales:
    """What orders came to in one store."""

    orders: int
    total_minor: int


SalesTeller = Callable[[Collection[UUID]], Mapping[UUID, StoreSales]]
_parts: dict[str, Part] = {}
_tellers: list[SalesTeller] = []


def takes_part(part: Part) -> Part:
    """Register what a topic may contribute to templates."""
    _parts[part.kind] = part
    return part


def all_parts() -> list[Part]:
    """Give the kinds of parts in the order of their names."""
    return [_parts[kind] for kind in sorted(_parts)]


def part_of(kind: str) -> Part | None:
    """Give the part of a kind; None when no topic has it."""
    return _parts.get(kind)


def tells_store_sales(teller: SalesTeller) -> SalesTeller:
    """Register who knows orders: it says what paid ones among these came to, store by store."""
    _tellers[:] = [teller]
    return teller


def store_sales(order_ids: Collection[UUID]) -> Mapping[UUID, StoreSales]:
    """Give sales by store; nothing where nobody tells them."""
    return _tellers[0](order_ids) if _tellers and order_ids else {}


class RunsByItself:
    """A part that holds in stores by rules of its own: adopting it shows it there and counts it, no more.

    `statement` has the columns TOUCHES and takes ids and stores, both as arrays, `times` times over.
    """

    def __init__(
        self, kind: str, *, label: Any, icon: str, things: Callable[[], Any], still_open: Callable[[datetime], Q],
        statement: str, times: int = 1, path: Callable[[Any], str] = lambda _: "",
    ) -> None:  # fmt: skip
        self.kind, self.label, self.icon = kind, label, icon
        self._things, self._open, self._path = things, still_open, path
        self._statement, self._times = statement, times

    def choices(self, brand_id: UUID, *, at: datetime) -> list[Choice]:
        found = self._things().filter(self._open(at), brand_id=brand_id).order_by("-created_at")[:CHOICES_MAX]
        return [self._choice(one) for one in found]

    def named(self, ids: Collection[UUID]) -> Mapping[UUID, Choice]:
        return {one.id: self._choice(one) for one in self._things().filter(id__in=ids)}

    def belong(self, ids: Collection[UUID], brand_id: UUID) -> bool:
        return bool(self._things().filter(id__in=ids, brand_id=brand_id).count() == len(set(ids)))

    def adopt(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        pass

    def leave(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        pass

    def touches(self, ids: Collection[UUID], store_ids: Collection[UUID]) -> tuple[str, list[Any]]:
        return self._statement, [uuids(ids), uuids(store_ids)] * self._times

    def _choice(self, one: Any) -> Choice:
        return Choice(one.id, one.name, one.name_en, self._path(one))
