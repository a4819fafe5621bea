"""Let stock move along with goods that are shipped and received by their codes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.moving import RECEIVE, SHIP, CodeRange, Place
from sitong.goods.codes.queries.places import ContentLine, contents_of
from sitong.goods.inventory.actions import (
    ArrivalWanted,
    ReceiptLine,
    ReceiptWanted,
    TransferLine,
    TransferWanted,
    arrive_stock,
    receive_stock,
    transfer_stock,
)
from sitong.goods.inventory.queries import locations_of
from sitong.shared.errors import NotFound, Refused

Booking = tuple[UUID, str, Place, Place | None, Sequence[CodeRange], UUID | None, UUID | None]
"""A move's id and kind, where it happens and where it goes, what goes, the shipment that it ends, and who did it."""


class ContentsUnknown(Refused):
    """Nobody has said which goods `unknown` of these codes are on, so that no stock can be booked."""

    code = "goods.contents_unknown"


def book_moves(moves: Sequence[Booking], *, now: datetime) -> dict[UUID, Refused]:
    """Book shipments and receipts in the caller's transaction; gives what is refused, by move. The document has the move's id."""
    booked = [one for one in moves if one[1] in {SHIP, RECEIVE}]
    if not booked:
        return {}
    places = _locations({place.id for one in booked for place in (one[2], one[3]) if place})
    refused: dict[UUID, Refused] = {}
    for move_id, kind, at, to, units, shipment_id, by in booked:
        contents = contents_of(units)
        here, there = places.get(at.id), places.get(to.id) if to else None
        if contents.unknown:
            refused[move_id] = ContentsUnknown(unknown=contents.unknown)
        elif here is None or (kind == SHIP and there is None):
            refused[move_id] = NotFound(what="location")
        else:
            outcome = _book(move_id, here, there, contents.lines, shipment_id, by, now)
            if isinstance(outcome, Refused):
                refused[move_id] = outcome
    return refused


def _book(
    move_id: UUID,
    here: UUID,
    there: UUID | None,
    lines: Sequence[ContentLine],
    shipment_id: UUID | None,
    by: UUID | None,
    now: datetime,
) -> object:
    totals: dict[UUID, int] = {}
    for line in lines:
        totals[line.sku_id] = totals.get(line.sku_id, 0) + line.units
    moved = tuple(TransferLine(sku_id, units) for sku_id, units in sorted(totals.items()))
    if there is not None:
        (outcome,) = transfer_stock([TransferWanted(move_id, here, there, moved)], by=by, now=now)
    elif shipment_id is not None:
        (outcome,) = arrive_stock([ArrivalWanted(move_id, here, shipment_id, moved)], by=by, now=now)
    else:
        came = tuple(ReceiptLine(line.sku_id, line.units, line.lot, line.expires_on) for line in lines)
        (outcome,) = receive_stock([ReceiptWanted(move_id, here, came)], by=by, now=now)
    return outcome


def _locations(place_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Give the first location of each place: a store's own comes before others."""
    found: dict[UUID, UUID] = {}
    for location in locations_of(place_ids):
        if location.id == location.place_id or location.place_id not in found:
            found[location.place_id] = location.id
    return found
