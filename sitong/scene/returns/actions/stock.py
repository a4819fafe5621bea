"""Where returned goods go: into the stock of the place that took them back; what is damaged is written off there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sitong.goods.inventory.actions import ReturnLine, WriteOffLine, WriteOffWanted, return_stock, write_off
from sitong.goods.inventory.actions import ReturnWanted as StockReturn
from sitong.goods.inventory.queries import lots_moved
from sitong.goods.inventory.rules import LotKey, take_from
from sitong.scene.returns.rules import DAMAGED, Accepted
from sitong.shared.errors import Refused

WRITE_OFF_OF_RETURN = UUID("9a4f5a8e-9c1d-5c58-8a67-55f3a3a1f0c2")
"""Name space of the write-offs of what came back damaged: a return writes off once."""

DAMAGED_NOTE = "returned damaged"


def put_back(accepted: Sequence[Accepted], *, now: datetime) -> None:
    """Put everything that came back on hand, in the lots from which it was sold, and write off what is damaged.

    The books so show both that it came and that it cannot be sold. All levels are locked by the first of the two.
    """
    clerks = {one.wanted.by for one in accepted}
    by = clerks.pop() if len(clerks) == 1 else None  # a move of a batch by several clerks names none; the return does
    wanted = [_stock_return(one) for one in accepted]
    for outcome in return_stock(wanted, by=by, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"returned goods cannot be put back: {outcome}")
    damaged = [one for one in accepted if any(part.condition == DAMAGED for part in one.parts)]
    if damaged:
        lots = lots_moved([one.wanted.id for one in damaged])
        for outcome in write_off([_write_off(one, lots[one.wanted.id]) for one in damaged], by=by, now=now):
            if isinstance(outcome, Refused):
                raise RuntimeError(f"returned goods cannot be written off: {outcome}")


def _stock_return(one: Accepted) -> StockReturn:
    units: dict[UUID, int] = defaultdict(int)
    for part in one.parts:
        units[part.line.sku_id] += part.quantity
    lines = tuple(ReturnLine(sku_id, quantity) for sku_id, quantity in units.items())
    return StockReturn(one.wanted.id, one.wanted.location_id or one.wanted.store_id, one.order.id, lines)


def _write_off(one: Accepted, lots: Mapping[UUID, Sequence[tuple[LotKey, int]]]) -> WriteOffWanted:
    """Write off the damaged units out of the very lots into which they came back."""
    units: dict[UUID, int] = defaultdict(int)
    for part in one.parts:
        if part.condition == DAMAGED:
            units[part.line.sku_id] += part.quantity
    lines = tuple(
        WriteOffLine(sku_id, taken, of_lot=True, lot=lot[0], expires_on=lot[1])
        for sku_id, quantity in units.items()
        for lot, taken in take_from(lots[sku_id], quantity)
    )
    key = uuid5(WRITE_OFF_OF_RETURN, str(one.wanted.id))
    return WriteOffWanted(key, one.wanted.location_id or one.wanted.store_id, lines, DAMAGED_NOTE)
