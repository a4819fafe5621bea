"""The statement behind every shelf: listings in order, each with a SKU, its price by the rules, its free stock.

The choice of the price is `goods.pricing.rules.choose_price` said in SQL; a test holds the two to the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.catalog.queries.asked import ShelfWanted
from sitong.shared.statements import uuids

RANK_MAX = 2_147_483_647
ID_MAX = UUID(int=2**128 - 1)

ITEM = "l.rank, item.sku_key, item.skus, item.price_code, item.free"

PRICED_SKUS = """
  SELECT uuid_send(s.id) AS sku_key, s.code, count(*) OVER ()::int AS skus, price.price_code, stock.free
  FROM goods_sku AS s
  CROSS JOIN LATERAL (
    SELECT least((max(best.word) FILTER (WHERE best.price_list = 'regular'))[3] * 2,
                 (max(best.word) FILTER (WHERE best.price_list = 'promotion'))[3] * 2 + 1) AS price_code
    FROM (
      SELECT r.price_list, ARRAY[
        ((r.store_id IS NOT NULL)::int * 4 + (r.store_kind <> '')::int * 2 + (r.channel <> '')::int)::bigint,
        (extract(epoch FROM r.starts_at) * 1000000)::bigint, r.amount_minor] AS word
      FROM goods_price AS r
      WHERE r.sku_id = s.id AND r.starts_at <= %(at)s AND (r.ends_at IS NULL OR r.ends_at > %(at)s) AND r.quantity_from = 1 AND r.tier = ''
        AND (r.store_id IS NULL OR r.store_id = asked.store_id)
        AND (r.store_kind = '' OR r.store_kind = asked.store_kind) AND (r.channel = '' OR r.channel = asked.channel)
    ) AS best
  ) AS price
  LEFT JOIN goods_level AS v ON v.location_id = asked.store_id AND v.sku_id = s.id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN asked.takes_stock THEN greatest(coalesce(v.on_hand - v.held - v.safety, 0), 0) ELSE 0 END AS free
  ) AS stock
  WHERE s.product_id = l.product_id AND s.withdrawn_at IS NULL AND price.price_code IS NOT NULL
"""
"""`price_code` is twice the amount in minor units, and one more when it is a promotion's: so the lowest code is the price.

Of each list, the greatest array is the most specific price (arrays compare like words: specificity, then start). An
aggregate needs no sort, which for one or two prices a SKU costs more than the prices themselves.
"""

ASKED = """unnest(%(stores)s::uuid[], %(kinds)s::text[], %(channels)s::text[], %(takes)s::bool[], %(sizes)s::int[],
            %(ranks)s::int[], %(products)s::uuid[], %(categories)s::uuid[], %(found)s::text[])
     WITH ORDINALITY AS asked (store_id, store_kind, channel, takes_stock, size, after_rank, after_product, category_id, found, number)"""

ONE_SKU = f"CROSS JOIN LATERAL ({PRICED_SKUS} ORDER BY stock.free > 0 DESC, price.price_code, s.code LIMIT 1) AS item"

IN_ORDER = f"""
SELECT (asked.number - 1)::int, shelf.* FROM {ASKED} CROSS JOIN LATERAL (
  SELECT {ITEM} FROM goods_listing AS l {ONE_SKU}
  WHERE l.store_id = asked.store_id AND l.shelved_at IS NOT NULL
    AND (l.rank, l.product_id) < (asked.after_rank, asked.after_product) {{condition}}
  ORDER BY l.rank DESC, l.product_id DESC LIMIT asked.size
) AS shelf
"""  # noqa: S608 put together from this file's constants only

FOUND = f"""
SELECT (asked.number - 1)::int, shelf.* FROM {ASKED} CROSS JOIN LATERAL (
  SELECT f.place::int, item.sku_key, item.skus, item.price_code, item.free
  FROM unnest(asked.found::uuid[]) WITH ORDINALITY AS f (product_id, place)
  JOIN goods_listing AS l ON l.store_id = asked.store_id AND l.product_id = f.product_id AND l.shelved_at IS NOT NULL
  {ONE_SKU}
  ORDER BY f.place LIMIT asked.size
) AS shelf
"""  # noqa: S608 put together from this file's constants only

SKUS = f"""
SELECT (asked.number - 1)::int, {ITEM} FROM {ASKED}
JOIN goods_listing AS l ON l.store_id = asked.store_id AND l.product_id = ANY(asked.found::uuid[]) AND l.shelved_at IS NOT NULL
CROSS JOIN LATERAL ({PRICED_SKUS}) AS item
ORDER BY item.code
"""  # noqa: S608 put together from this file's constants only

SHELF = {
    "all": IN_ORDER.format(condition=""),
    "category": IN_ORDER.format(condition="AND l.category_id = asked.category_id"),
    "department": IN_ORDER.format(condition="AND l.department_id = asked.category_id"),
    "found": FOUND,
    "skus": SKUS,
}


def parameters(wanted: Sequence[ShelfWanted], *, at: datetime) -> dict[str, Any]:
    """Give the statement's values: one array a column, one element a page asked for, and one more row than the page has."""
    starts = [_start(one.after) for one in wanted]
    return {
        "at": at,
        "stores": [one.store.id for one in wanted],
        "kinds": [one.store.kind for one in wanted],
        "channels": [one.channel for one in wanted],
        "takes": [one.takes_stock for one in wanted],
        "sizes": [one.size + 1 for one in wanted],
        "ranks": [rank for rank, _ in starts],
        "products": [product_id for _, product_id in starts],
        "categories": [one.category_id for one in wanted],
        "found": [uuids(one.product_ids) if one.product_ids is not None else None for one in wanted],
    }


def _start(after: str | None) -> tuple[int, UUID]:
    """Read where a page begins: behind "<rank>.<product>"; anything else is the beginning."""
    rank, _, product = (after or "").partition(".")
    try:
        return max(-RANK_MAX, min(int(rank), RANK_MAX)), UUID(hex=product)
    except ValueError:
        return RANK_MAX, ID_MAX
