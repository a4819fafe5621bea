"""Stock that comes in: deliveries, and goods that customers bring back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.db import connection

from sitong.goods.inventory.actions.documents import Answer, record
from sitong.goods.inventory.models import DocumentKind, MoveReason
from sitong.goods.inventory.rules import LotKey, Pair, Step, Stock, give_back_to
from sitong.shared.errors import Refused

SOLD_LOTS = """
SELECT d.id, m.location_id, m.sku_id, lot.code, lot.expires_on, -sum(m.quantity)::bigint
FROM unnest(%s::uuid[]) AS d(id)
JOIN goods_move m ON m.document_id = d.id OR m.document_id IN (SELECT id FROM goods_stockdocument WHERE of_id = d.id AND kind = 'return')
JOIN goods_lot lot ON lot.id = m.lot_id
GROUP BY 1, 2, 3, 4, 5 HAVING sum(m.quantity) < 0
"""


class Line(Protocol):
    """A line of a stock document."""

    @property
    def sku_id(self) -> UUID: ...
    @property
    def quantity(self) -> int: ...


class QuantityNotPositive(Refused):
    """A quantity below one was given where units are to come or go: facts sku_id, quantity."""

    code = "goods.quantity_not_positive"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """So many base units of a SKU came, of one lot. No code and no date: the undated lot."""

    sku_id: UUID
    quantity: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReceiptWanted:
    """A delivery has come to a location; `id` is the client's, for repeats."""

    id: UUID
    location_id: UUID
    lines: tuple[ReceiptLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """So many base units of a SKU came back, fit to be sold again."""

    sku_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ReturnWanted:
    """A customer brought goods of the sale `of_id` back to a location (of any store); `id` is the client's, for repeats."""

    id: UUID
    location_id: UUID
    of_id: UUID
    lines: tuple[ReturnLine, ...]
    note: str = ""


def receive_stock(wanted: Sequence[ReceiptWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Receive deliveries, each whole or not at all. Opens the levels and lots that are missing.

    Refusals: NotFound (location, SKU), RepeatDiffers, QuantityNotPositive.
    """

    def decide(one: ReceiptWanted, stock: Stock) -> list[Step] | Refused:
        if refused := not_positive(one.lines):
            return refused
        return [
            stock.put((one.location_id, line.sku_id), (line.lot, line.expires_on), line.quantity, reason=MoveReason.RECEIPT.value, document_id=one.id)
            for line in one.lines
        ]  # fmt: skip

    return record(DocumentKind.RECEIPT.value, wanted, pairs_of=_pairs, decide=decide, by=by, now=now)


def return_stock(wanted: Sequence[ReturnWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Put what customers brought back on hand again, in the lots it was sold from: the last to expire first.

    What exceeds the sale's own moves goes to the undated lot: whether a return is within its order is the order's to judge.
    Refusals: NotFound (location, SKU), RepeatDiffers, QuantityNotPositive.
    """
    sold: dict[UUID, dict[UUID, dict[LotKey, int]]] = {}

    def decide(one: ReturnWanted, stock: Stock) -> list[Step] | Refused:
        if refused := not_positive(one.lines):
            return refused
        if not sold:  # read once, under the levels' locks
            sold.update(_sold_lots({one.of_id for one in wanted}))
        steps = []
        for line in one.lines:
            left = sold.get(one.of_id, {}).get(line.sku_id, {})
            for lot, part in give_back_to(left, line.quantity):
                left[lot] = left.get(lot, 0) - part
                steps.append(
                    stock.put(
                        (one.location_id, line.sku_id), lot, part, reason=MoveReason.RETURN.value, document_id=one.id
                    )
                )
        return steps

    return record(DocumentKind.RETURN.value, wanted, pairs_of=_pairs, decide=decide, by=by, now=now)


def not_positive(lines: Iterable[Line]) -> QuantityNotPositive | None:
    """Give the refusal of the first line whose quantity is below one."""
    return next(
        (QuantityNotPositive(sku_id=line.sku_id, quantity=line.quantity) for line in lines if line.quantity < 1), None
    )


def _pairs(one: ReceiptWanted | ReturnWanted) -> list[Pair]:
    return [(one.location_id, line.sku_id) for line in one.lines]


def _sold_lots(sales: set[UUID]) -> dict[UUID, dict[UUID, dict[LotKey, int]]]:
    """Give, by sale and SKU, how many units of each lot were sold and have not come back."""
    found: dict[UUID, dict[UUID, dict[LotKey, int]]] = {sale: defaultdict(dict) for sale in sales}
    with connection.cursor() as cursor:
        cursor.execute(SOLD_LOTS, [list(sales)])
        for sale, _, sku, code, expires_on, quantity in cursor.fetchall():
            lots = found[sale][sku]
            lots[code, expires_on] = lots.get((code, expires_on), 0) + quantity
    return dict(found)
