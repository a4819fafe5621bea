"""Stock on its way: shipped out of one location, on the road to another, arrived there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from sitong.goods.inventory.actions.counts import NotThere
from sitong.goods.inventory.actions.documents import Answer, record
from sitong.goods.inventory.actions.locations import transit_id
from sitong.goods.inventory.actions.receipts import not_positive
from sitong.goods.inventory.models import DocumentKind, MoveReason
from sitong.goods.inventory.rules import LotKey, Pair, Step, Stock, order_of_losing, take_from
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused

ON_THE_WAY = """
SELECT shipment.id, m.location_id, m.sku_id, lot.code, lot.expires_on, sum(m.quantity)::bigint
FROM goods_stockdocument AS shipment
JOIN goods_stockdocument AS document ON document.id = shipment.id OR (document.of_id = shipment.id AND document.kind = 'arrival')
JOIN goods_move AS m ON m.document_id = document.id
JOIN goods_location AS road ON road.id = m.location_id AND road.kind = 'transit'
JOIN goods_lot AS lot ON lot.id = m.lot_id
WHERE shipment.id = ANY(%s::uuid[]) AND shipment.kind = 'shipment'
GROUP BY 1, 2, 3, 4, 5 HAVING sum(m.quantity) > 0
"""


class SamePlace(Refused):
    """A transfer's goal is its start: fact location_id."""

    code = "goods.same_place"


class NotOnTheWay(Refused):
    """More is to arrive than is still on the way with that shipment: facts sku_id, wanted, on_the_way."""

    code = "goods.not_on_the_way"


@dataclass(frozen=True, slots=True)
class TransferLine:
    """So many base units of a SKU."""

    sku_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class TransferWanted:
    """Goods leave a location for another; `id` is the client's, for repeats."""

    id: UUID
    location_id: UUID
    to_location_id: UUID
    lines: tuple[TransferLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalWanted:
    """Goods of the shipment `of_id` have come to `location_id`, in one or several deliveries; `id` is the client's."""

    id: UUID
    location_id: UUID
    of_id: UUID
    lines: tuple[TransferLine, ...]
    note: str = ""


def transfer_stock(wanted: Sequence[TransferWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Ship goods, each transfer whole or not at all: out of the one location, onto the road to the other, lot by lot.

    Lots leave first-expired-first-out. What is held stays. Refusals: NotFound, RepeatDiffers, SamePlace,
    QuantityNotPositive, NotThere.
    """
    today = business_date(now, settings.TIME_ZONE)

    def decide(one: TransferWanted, stock: Stock) -> list[Step] | Refused:
        if one.location_id == one.to_location_id:
            return SamePlace(location_id=one.location_id)
        if refused := not_positive(one.lines):
            return refused
        road, total = transit_id(one.to_location_id), _totals(one.lines)
        for sku, quantity in total.items():
            if quantity > (there := stock.not_held((one.location_id, sku))):
                return NotThere(sku_id=sku, wanted=quantity, there=there)
        steps: list[Step] = []
        for sku, quantity in total.items():
            out = stock.take(
                (one.location_id, sku), quantity, today=today, reason=MoveReason.TRANSFER_OUT.value, document_id=one.id
            )
            steps += out
            steps += [
                stock.put(
                    (road, sku), step.lot, -step.quantity, reason=MoveReason.TRANSFER_IN.value, document_id=one.id
                )
                for step in out
            ]
        return steps

    return record(DocumentKind.SHIPMENT.value, wanted, pairs_of=_transfer_pairs, decide=decide, by=by, now=now)


def arrive_stock(wanted: Sequence[ArrivalWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Take in what came of shipments, in the lots in which it was shipped; the rest stays on the way.

    Refusals: NotFound (also a shipment that goes elsewhere), RepeatDiffers, QuantityNotPositive, NotOnTheWay.
    """
    shipments = {one.of_id for one in wanted}
    on_the_way: dict[tuple[UUID, Pair], dict[LotKey, int]] | None = None

    def decide(one: ArrivalWanted, stock: Stock) -> list[Step] | Refused:
        nonlocal on_the_way
        if on_the_way is None:  # read once, under the levels' locks
            on_the_way = _on_the_way(shipments)
        if refused := not_positive(one.lines):
            return refused
        road, total = transit_id(one.location_id), _totals(one.lines)
        if not any(shipment == one.of_id and pair[0] == road for shipment, pair in on_the_way):
            return NotFound(what="shipment")
        for sku, quantity in total.items():
            if quantity > (there := sum(on_the_way.get((one.of_id, (road, sku)), {}).values())):
                return NotOnTheWay(sku_id=sku, wanted=quantity, on_the_way=there)
        steps: list[Step] = []
        for sku, quantity in total.items():
            lots = on_the_way[one.of_id, (road, sku)]
            for lot, part in take_from(order_of_losing(lots.items()), quantity):
                lots[lot] -= part
                steps.append(
                    stock.put((road, sku), lot, -part, reason=MoveReason.TRANSFER_OUT.value, document_id=one.id)
                )
                steps.append(
                    stock.put(
                        (one.location_id, sku), lot, part, reason=MoveReason.TRANSFER_IN.value, document_id=one.id
                    )
                )
        return steps

    return record(DocumentKind.ARRIVAL.value, wanted, pairs_of=_arrival_pairs, decide=decide, by=by, now=now)


def _totals(lines: Iterable[TransferLine]) -> dict[UUID, int]:
    total: dict[UUID, int] = {}
    for line in lines:
        total[line.sku_id] = total.get(line.sku_id, 0) + line.quantity
    return total


def _transfer_pairs(one: TransferWanted) -> list[Pair]:
    road = transit_id(one.to_location_id)
    return [(location, line.sku_id) for line in one.lines for location in (one.location_id, road)]


def _arrival_pairs(one: ArrivalWanted) -> list[Pair]:
    road = transit_id(one.location_id)
    return [(location, line.sku_id) for line in one.lines for location in (one.location_id, road)]


def _on_the_way(shipments: Iterable[UUID]) -> dict[tuple[UUID, Pair], dict[LotKey, int]]:
    """Give, by shipment, road and SKU, how many units of each lot have been shipped and have not arrived."""
    found: dict[tuple[UUID, Pair], dict[LotKey, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ON_THE_WAY, [list(shipments)])
        for shipment, road, sku, code, expires_on, quantity in cursor.fetchall():
            found.setdefault((shipment, (road, sku)), {})[code, expires_on] = quantity
    return found
