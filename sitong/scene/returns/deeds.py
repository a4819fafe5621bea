"""What members bought and what came back, as rules may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.goods.catalog.queries.facts import places_of_skus
from sitong.member.identity.knowing import deeds_change, knows_of_members
from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.shared.statements import run, uuids

ORDERS = """
SELECT o.member_id, o.placed_at, o.placed_on, replace(o.id::text, '-', ''), replace(o.store_id::text, '-', ''), o.channel, o.scene,
       o.total_minor, o.discount_minor, coalesce(l.items, 0)
FROM scene_order AS o LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN weighed THEN 1 ELSE quantity END)::bigint AS items FROM scene_orderline WHERE order_id = o.id
) AS l ON true
WHERE o.member_id = ANY(%s::uuid[]) AND o.state IN ('paid', 'handed_over')
"""
LINES = """
SELECT o.member_id, o.placed_at, o.placed_on, replace(o.id::text, '-', ''), replace(o.store_id::text, '-', ''), o.channel, o.scene,
       l.sku_id, CASE WHEN l.weighed THEN 1 ELSE l.quantity END, l.total_minor, l.discount_minor, false
FROM scene_order AS o JOIN scene_orderline AS l ON l.order_id = o.id
WHERE o.member_id = ANY(%s::uuid[]) AND o.state IN ('paid', 'handed_over')
UNION ALL
SELECT o.member_id, o.placed_at, o.placed_on, replace(o.id::text, '-', ''), replace(o.store_id::text, '-', ''), o.channel, o.scene,
       l.sku_id, CASE WHEN l.weighed THEN -1 ELSE -r.quantity END, -r.refund_minor, -(l.discount_minor * r.quantity / l.quantity), true
FROM scene_order AS o JOIN scene_returnline AS r ON r.order_id = o.id
JOIN scene_orderline AS l ON l.order_id = r.order_id AND l.position = r.position
WHERE o.member_id = ANY(%s::uuid[]) AND o.state IN ('paid', 'handed_over') AND l.returned > 0
"""
IMPORTED = """
SELECT DISTINCT o.member_id FROM unnest(%s::uuid[], %s::uuid[]) AS piece (first_id, last_id)
JOIN scene_order AS o ON o.id BETWEEN piece.first_id AND piece.last_id WHERE o.member_id IS NOT NULL
"""


@knows_of_members("orders")
def orders_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:  # noqa: ARG001 the store's own dates
    """Paid orders: when, where, through what, for how much, how many pieces."""
    return run(ORDERS, [uuids(member_ids)])


@knows_of_members("lines")
def lines_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:  # noqa: ARG001 the store's own dates
    """Their lines, and what came back of them as lines of their own. Two statements."""
    ids = uuids(member_ids)
    rows = run(LINES, [ids, ids])
    places = places_of_skus({row[7] for row in rows}) if rows else {}
    unknown = ("", "", "")
    return [
        (*row[:7], *_product(places.get(row[7], unknown), row[7]), *row[8:])
        for row in rows
    ]  # fmt: skip


def bought_by(events: Sequence[OrdersImported]) -> Iterable[UUID | None]:
    """Give whose orders were brought in. One statement."""
    first, last = uuids(event.first_id for event in events), uuids(event.last_id for event in events)
    return [row[0] for row in run(IMPORTED, [first, last])]


def _product(place: tuple[str, str, str], sku_id: UUID) -> tuple[str, str, str, str]:
    product, category, department = place
    return product, sku_id.hex, category, department


deeds_change("orders", "lines", after=OrderPaid)
deeds_change("orders", "lines", after=OrderCanceled)
deeds_change("lines", after=GoodsReturned)
deeds_change("orders", "lines", after=OrdersImported, members_of=bought_by)
