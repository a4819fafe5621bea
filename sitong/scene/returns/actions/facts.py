"""What a batch of returns is decided from: read under the orders' locks, a statement for each kind of fact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sitong.goods.inventory.queries import locations_of
from sitong.scene.channels.queries import Shop, shops
from sitong.scene.returns.rules import WINDOW_DAYS, Before, LineNow, OrderNow, ReturnWanted
from sitong.shared.clock import business_date
from sitong.shared.statements import run, uuids

ORDERS = """
SELECT o.id, o.brand_id, o.store_id, o.entity_id, o.member_id, o.number, o.channel, o.scene, o.source, o.state, o.currency,
       o.placed_on, o.points_spent, s.at, coalesce(p.window_days, %s)
FROM scene_order AS o
LEFT JOIN scene_orderstep AS s ON s.order_id = o.id AND s.step = 'handed_over'
LEFT JOIN scene_returnpolicy AS p ON p.brand_id = o.brand_id
WHERE o.id = ANY(%s::uuid[])
"""

LINES = """
SELECT order_id, position, sku_id, name, weighed, quantity, total_minor, points_minor, returned, returned_minor,
       ARRAY(SELECT (why->>'claim_id')::uuid FROM jsonb_array_elements(reasons) AS why WHERE why->>'code' = 'coupon' AND why ? 'claim_id')
FROM scene_orderline WHERE order_id = ANY(%s::uuid[]) ORDER BY order_id, position
"""

LAST = """
SELECT DISTINCT ON (l.order_id, l.position) l.order_id, l.position, r.number, r.store_id, r.at
FROM scene_returnline AS l JOIN scene_return AS r ON r.id = l.return_id
WHERE l.order_id = ANY(%s::uuid[]) ORDER BY l.order_id, l.position, r.at DESC, r.id DESC
"""

EARLIER = "SELECT id, content_hash FROM scene_return WHERE id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Facts:
    """Orders with their lines, earlier returns by id, the shops that take back, and where what they take back lies."""

    orders: Mapping[UUID, OrderNow]
    earlier: Mapping[UUID, bytes]
    shops: Mapping[UUID, Shop]
    today: Mapping[UUID, date]
    locations: Mapping[UUID, frozenset[UUID]]


def read_facts(wanted: Sequence[ReturnWanted], *, now: datetime) -> Facts:
    """Read what these returns are decided from. The caller has locked their orders."""
    earlier = {row[0]: bytes(row[1]) for row in run(EARLIER, [uuids({one.id for one in wanted})])}
    orders = orders_now({one.order_id for one in wanted})
    there = shops({one.store_id for one in wanted})
    brands = {one.brand_id for one in orders.values()}
    here = {shop.id: shop for shop in there.values() if not shop.closed and shop.brand_id in brands}
    return Facts(
        orders, earlier, here, {shop.id: business_date(now, shop.zone) for shop in here.values()}, _locations(here)
    )


def orders_now(order_ids: Collection[UUID]) -> dict[UUID, OrderNow]:
    """Give orders as deciding a return needs them; to show, or under their locks to decide."""
    rows = run(ORDERS, [WINDOW_DAYS, uuids(order_ids)])
    lines: dict[UUID, dict[int, LineNow]] = {}
    for order_id, *line, claims in run(LINES, [uuids(order_ids)]):
        lines.setdefault(order_id, {})[line[0]] = replace(LineNow(*line), claim_ids=tuple(claims))
    before: dict[UUID, dict[int, Before]] = {}
    for order_id, position, *last in run(LAST, [uuids(order_ids)]):
        before.setdefault(order_id, {})[position] = Before(*last)
    zones = {shop.id: shop.zone for shop in shops({row[2] for row in rows}).values()}
    found: dict[UUID, OrderNow] = {}
    for *facts, handed_at, window_days in rows:
        handed_on = business_date(handed_at, zones[facts[2]]) if handed_at else None
        kept = lines.get(facts[0], {}), before.get(facts[0], {})
        found[facts[0]] = OrderNow(*(*facts, handed_on, window_days, *kept))
    return found


def _locations(there: Mapping[UUID, Shop]) -> dict[UUID, frozenset[UUID]]:
    """Give, by store, the places where what it takes back may lie: its own, and the brand's warehouses."""
    places = {shop.id for shop in there.values()} | {shop.brand_id for shop in there.values()}
    by_place: dict[UUID, set[UUID]] = {}
    for key, place_id in locations_of(places).values_list("id", "place_id"):
        by_place.setdefault(place_id, set()).add(key)
    return {
        shop.id: frozenset(by_place.get(shop.id, set()) | by_place.get(shop.brand_id, set())) for shop in there.values()
    }
