"""Orders of other systems, for figures over long times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.orders.actions import record_imported_orders
from sitong.scene.orders.actions.imported import ImportedLine, ImportedOrder
from sitong.shared.events.reader import drain
from tests.make.org import NOW

SUBSCRIBERS = ("insight.totals", "insight.totals_imported", "insight.totals_returns", "insight.totals_joins")


def an_imported_order(
    store: Any, number: str, placed_at: datetime, *lines: tuple[UUID, int, int], member_id: UUID | None = None
) -> ImportedOrder:
    """An order of lines (SKU, quantity, amount), paid and handed over elsewhere."""
    made = [ImportedLine(sku_id, "Milk", quantity, amount) for sku_id, quantity, amount in lines]
    return ImportedOrder(number, store.id, member_id, placed_at, made)


def imported(orders: Sequence[ImportedOrder], *, brand_id: UUID, source: str = "elsewhere", now: datetime = NOW) -> int:
    return record_imported_orders(orders, brand_id=brand_id, source=source, now=now)


def counted() -> None:
    """Let the figures read everything that was announced."""
    drain(*SUBSCRIBERS)
