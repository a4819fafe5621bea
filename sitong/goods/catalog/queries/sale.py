"""What is on sale where: the one question that each order and each quote asks of the catalog."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sitong.shared.statements import run, uuids

ON_SALE = """
SELECT wanted.at, p.name, s.variant, s.weighed
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS wanted(store_id, sku_id, at)
JOIN goods_sku AS s ON s.id = wanted.sku_id AND s.withdrawn_at IS NULL
CROSS JOIN LATERAL (
  SELECT l.product_id FROM goods_listing AS l
  WHERE l.store_id = wanted.store_id AND l.product_id = s.product_id AND l.shelved_at IS NOT NULL OFFSET 0
) AS l
JOIN goods_product AS p ON p.id = l.product_id AND p.withdrawn_at IS NULL
"""
"""OFFSET 0 keeps the planner from walking over every store's listing of a product; the ordinal spares reading ids back."""

ADOPTED = """
SELECT wanted.at, p.name, s.variant, s.weighed, l.shelved
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS wanted(store_id, sku_id, at)
JOIN goods_sku AS s ON s.id = wanted.sku_id AND s.withdrawn_at IS NULL
CROSS JOIN LATERAL (
  SELECT l.product_id, l.shelved_at IS NOT NULL AS shelved FROM goods_listing AS l
  WHERE l.store_id = wanted.store_id AND l.product_id = s.product_id OFFSET 0
) AS l
JOIN goods_product AS p ON p.id = l.product_id AND p.withdrawn_at IS NULL
"""
"""The same, of all that a store has adopted."""

KINDS = """
SELECT s.id, p.id, p.category_id, c.parent_id FROM goods_sku AS s JOIN goods_product AS p ON p.id = s.product_id
LEFT JOIN goods_category AS c ON c.id = p.category_id WHERE s.id = ANY(%s::uuid[])
"""


class OnSale(NamedTuple):
    """A SKU that a store sells now, as a line of an order calls it."""

    name: str
    variant: str
    weighed: bool
    shelved: bool = True


def on_sale(pairs: Collection[tuple[UUID, UUID]], *, with_unshelved: bool = False) -> dict[tuple[UUID, UUID], OnSale]:
    """Give what of these (store_id, sku_id) is on sale: on the store's shelf and not withdrawn. One statement, any number of stores.

    `with_unshelved`: also what a store has adopted and not put on its shelf (`shelved` tells); a till sells that, too.
    """
    wanted = list(pairs)
    rows = (
        run(
            ADOPTED if with_unshelved else ON_SALE,
            [uuids([store_id for store_id, _ in wanted]), uuids([sku_id for _, sku_id in wanted])],
        )
        if wanted
        else []
    )
    return {wanted[at - 1]: OnSale(*rest) for at, *rest in rows}


def kinds_of(sku_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, frozenset[UUID]]]:
    """Give each SKU's product and its categories (the product's own and the department above). One statement."""
    rows = run(KINDS, [uuids(sku_ids)]) if sku_ids else []
    return {
        sku_id: (product_id, frozenset({one for one in (category_id, parent_id) if one}))
        for sku_id, product_id, category_id, parent_id in rows
    }
