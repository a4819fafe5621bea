"""What is on sale where: the one question that each order and each quote asks of the catalog."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sitong.shared.statements import run, uuids

ON_SALE = """
SELECT wanted.store_id, wanted.sku_id, p.name, s.variant, s.weighed
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted(store_id, sku_id)
JOIN goods_sku AS s ON s.id = wanted.sku_id AND s.withdrawn_at IS NULL
JOIN goods_product AS p ON p.id = s.product_id AND p.withdrawn_at IS NULL
JOIN goods_listing AS l ON l.store_id = wanted.store_id AND l.product_id = p.id AND l.shelved_at IS NOT NULL
"""


class OnSale(NamedTuple):
    """A SKU that a store sells now, as a line of an order calls it."""

    name: str
    variant: str
    weighed: bool


def on_sale(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], OnSale]:
    """Give what of these (store_id, sku_id) is on sale: on the store's shelf and not withdrawn. One statement, any number of stores."""
    rows = run(ON_SALE, [uuids([store_id for store_id, _ in pairs]), uuids([sku_id for _, sku_id in pairs])]) if pairs else []
    return {(store_id, sku_id): OnSale(name, variant, weighed) for store_id, sku_id, name, variant, weighed in rows}
