"""The demo brand's coded goods: a year's coffee on pallets, shipped to two dealers, and boxes of it on to their stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.goods.codes.actions import (
    BatchWanted,
    CodeRange,
    MoveWanted,
    PackWanted,
    Place,
    ProductionWanted,
    bind_production,
    make_batches,
    move_codes,
    pack_codes,
)
from sitong.shared.errors import Refused

ITEMS, PER_BOX, PER_PALLET = 4_800, 12, 40
"""400 boxes on ten pallets."""
SENT = ((1, 4), (5, 8))
"""Pallets that went to the first dealer, and to the second; two are still at the brand."""


def ship_coded_goods(
    brand_id: UUID, sku_id: UUID, dealers: Sequence[UUID], stores: Sequence[UUID], *, now: datetime
) -> None:
    """Make, produce and pack; two dealers have received pallets, each has shipped boxes to its store, where one box is on its way.

    Loaded again, everything is a repeat and changes nothing.
    """
    items, boxes, pallets = (made_id("code batch", level) for level in ("item", "box", "pallet"))
    made = make_batches([
        BatchWanted(items, brand_id, ITEMS, inner=True, name="咖啡 2026 春", sku_id=sku_id),
        BatchWanted(boxes, brand_id, ITEMS // PER_BOX, "box", name="咖啡箱码"),
        BatchWanted(pallets, brand_id, ITEMS // PER_BOX // PER_PALLET, "pallet", name="咖啡托盘码"),
    ], by=None, now=now)  # fmt: skip
    _done(made)
    if made[0].made_at != now:  # type: ignore[union-attr]
        return
    today: date = now.date()
    produced = ProductionWanted(made_id("code production", 1), brand_id, items, 1, ITEMS, sku_id, today - timedelta(days=20), f"L{today:%y%m}A", "A",
                                today + timedelta(days=500))  # fmt: skip
    _done(bind_production([produced], by=None, now=now - timedelta(days=20)))
    packed = [
        PackWanted(made_id("code packing", 1), brand_id, boxes, 1, (CodeRange(items, 1, ITEMS),), PER_BOX),
        PackWanted(
            made_id("code packing", 2), brand_id, pallets, 1, (CodeRange(boxes, 1, ITEMS // PER_BOX),), PER_PALLET
        ),
    ]
    for one in packed:
        _done(pack_codes([one], by=None, now=now - timedelta(days=19)))
    brand = Place("brand", brand_id)
    for at, (dealer_id, store_id) in enumerate(zip(dealers, stores, strict=True)):
        dealer, store = Place("dealer", dealer_id), Place("store", store_id)
        first = (SENT[at][0] - 1) * PER_PALLET + 1
        steps: list[tuple[str, Place, Place | None, CodeRange, int]] = [
            ("ship", brand, dealer, CodeRange(pallets, *SENT[at]), 15),
            ("receive", dealer, None, CodeRange(pallets, *SENT[at]), 12),
            *(("ship", dealer, store, CodeRange(boxes, box, box), 6) for box in range(first, first + 6)),
            *(("receive", store, None, CodeRange(boxes, box, box), 4) for box in range(first, first + 5)),
        ]
        for number, (kind, place, to, unit, days) in enumerate(steps):
            wanted = MoveWanted(made_id("code move", (at, number)), brand_id, kind, place, (), (unit,), to)
            _done(move_codes([wanted], now=now - timedelta(days=days)))


def _done(outcomes: Sequence[Any]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused codes: {outcome}")
