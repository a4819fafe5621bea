"""What happens to stock while a batch is decided: pure arithmetic over the locked levels and their lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

Pair = tuple[UUID, UUID]
"""(location_id, sku_id); levels are locked in this order."""

LotKey = tuple[str, date | None]
"""(code, expires_on); ("", None) is the undated lot."""

UNDATED: LotKey = ("", None)


@dataclass(frozen=True, slots=True)
class LevelNow:
    """A locked level, in base units."""

    on_hand: int = 0
    held: int = 0
    safety: int = 0

    @property
    def free(self) -> int:
        """What a channel may still promise: on hand, less what is held, less the safety stock; never below zero."""
        return max(0, self.on_hand - self.held - self.safety)


@dataclass(frozen=True, slots=True)
class Step:
    """One lot at one location gains (or loses, when negative) some units of a SKU for one document."""

    pair: Pair
    lot: LotKey
    quantity: int
    reason: str
    document_id: UUID


def order_of_taking(lots: Iterable[tuple[LotKey, int]], *, today: date) -> list[tuple[LotKey, int]]:
    """Sort lots first-expired-first-out: dated ones by date, then undated ones, expired ones (before `today`) last.

    Expired lots stand last instead of nowhere: what was handed over was handed over, and the books follow. That they are not
    promised in the first place is the work of `withdraw_expired`.
    """
    return sorted(lots, key=lambda lot: (_expired(lot[0], today), lot[0][1] is None, lot[0][1] or date.max, lot[0][0]))


def order_of_losing(lots: Iterable[tuple[LotKey, int]]) -> list[tuple[LotKey, int]]:
    """Sort lots in the order in which a count that finds too little supposes them gone: by date, undated ones last."""
    return sorted(lots, key=lambda lot: (lot[0][1] is None, lot[0][1] or date.max, lot[0][0]))


def take_from(lots: Iterable[tuple[LotKey, int]], quantity: int) -> list[tuple[LotKey, int]]:
    """Take `quantity` from lots in the given order. The lots must suffice: they add up to what is on hand."""
    taken: list[tuple[LotKey, int]] = []
    for key, there in lots:
        if quantity <= 0:
            break
        part = min(there, quantity)
        if part > 0:
            taken.append((key, part))
            quantity -= part
    if quantity > 0:
        raise AssertionError(f"lots fall short of the level by {quantity}")
    return taken


def _expired(lot: LotKey, today: date) -> bool:
    return lot[1] is not None and lot[1] < today


@dataclass
class Stock:
    """The locked levels with their lots, as they change while a batch is decided in order of arrival.

    Holds what the tables hold; the steps that its methods give, written together, bring the tables to the same state.
    """

    levels: Mapping[Pair, LevelNow]
    lots: dict[Pair, dict[LotKey, int]]
    _moved: dict[Pair, int] = field(default_factory=dict)

    def on_hand(self, pair: Pair) -> int:
        """Give how many units lie there now."""
        return self.levels[pair].on_hand + self._moved.get(pair, 0)

    def not_held(self, pair: Pair) -> int:
        """Give how many units may leave without breaking a promise."""
        return self.on_hand(pair) - self.levels[pair].held

    def put(self, pair: Pair, lot: LotKey, quantity: int, *, reason: str, document_id: UUID) -> Step:
        """Add (or, when negative, take) units of one lot."""
        shelf = self.lots.setdefault(pair, {})
        shelf[lot] = shelf.get(lot, 0) + quantity
        self._moved[pair] = self._moved.get(pair, 0) + quantity
        return Step(pair, lot, quantity, reason, document_id)

    def take(self, pair: Pair, quantity: int, *, today: date, reason: str, document_id: UUID) -> list[Step]:
        """Take units first-expired-first-out."""
        lots = order_of_taking(self.lots.get(pair, {}).items(), today=today)
        return [
            self.put(pair, lot, -part, reason=reason, document_id=document_id)
            for lot, part in take_from(lots, quantity)
        ]

    def lose(self, pair: Pair, quantity: int, *, reason: str, document_id: UUID) -> list[Step]:
        """Take units that a count did not find, from the lots that expire first."""
        lots = order_of_losing(self.lots.get(pair, {}).items())
        return [
            self.put(pair, lot, -part, reason=reason, document_id=document_id)
            for lot, part in take_from(lots, quantity)
        ]


def give_back_to(sold: Mapping[LotKey, int], quantity: int) -> list[tuple[LotKey, int]]:
    """Share what came back over the lots that it was sold from, the last to expire first; what exceeds them is undated."""
    order = sorted(
        sold.items(), key=lambda lot: (lot[0][1] is not None, -(lot[0][1] or date.min).toordinal(), lot[0][0])
    )
    parts: list[tuple[LotKey, int]] = []
    for key, there in order:
        part = min(there, quantity)
        if part > 0:
            parts.append((key, part))
            quantity -= part
    return [*parts, (UNDATED, quantity)] if quantity > 0 else parts
