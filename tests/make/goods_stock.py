"""Stock of all sorts, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
from sitong.goods.inventory.models import Location, LocationKind, StockDocument
from sitong.goods.models import Product, Sku
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id


def some_skus(count: int, *, brand_id: UUID, now: datetime) -> list[Sku]:
    """Make products with one SKU each."""
    products = [
        Product(brand_id=brand_id, code=f"P{number}-{new_id().hex[-8:]}", name=f"货{number}", created_at=now)
        for number in range(count)
    ]
    Product.objects.bulk_create(products)
    skus = [Sku(brand_id=brand_id, product=product, code=product.code) for product in products]
    return sorted(Sku.objects.bulk_create(skus), key=lambda sku: sku.id)


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
