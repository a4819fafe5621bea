"""Stock of all sorts, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sitong.goods.catalog.actions import ProductWanted, SkuWanted, add_products
from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
from sitong.goods.inventory.models import Location, LocationKind, StockDocument
from sitong.goods.models import Sku
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id


def some_skus(count: int, *, brand_id: UUID, now: datetime) -> list[Sku]:
    """Add products with one SKU each; give the SKUs in the order of their ids."""
    codes = [f"p{new_id().hex}" for _ in range(count)]
    add_products([ProductWanted(brand_id, code, "货", skus=(SkuWanted(code),)) for code in codes], by=None, now=now)
    return list(Sku.objects.filter(code__in=codes).order_by("id"))


def a_location(*, brand_id: UUID, name: str = "Warehouse", kind: str = LocationKind.BRAND_WAREHOUSE.value) -> Location:
    """Open a location."""
    return open_locations([LocationWanted(new_id(), brand_id, kind, brand_id, name)])[0]


def received(
    location_id: UUID, lines: Sequence[tuple[UUID, int] | tuple[UUID, int, str, date | None]], *, now: datetime
) -> StockDocument:
    """Receive stock: (sku_id, quantity) or (sku_id, quantity, lot, expires_on)."""
    wanted = ReceiptWanted(new_id(), location_id, tuple(ReceiptLine(*line) for line in lines))
    (answer,) = receive_stock([wanted], by=None, now=now)
    assert not isinstance(answer, Refused), answer
    return answer
