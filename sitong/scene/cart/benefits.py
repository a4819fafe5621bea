"""What a member brings to a quote and to an order: tier, coupons, points, and whether anything was ordered before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.goods.catalog.queries import sku_facts
from sitong.marketing.coupons.stacking import Situation
from sitong.member.tiers.queries import tiers_of
from sitong.scene.cart.discounts import Goods
from sitong.scene.cart.rules import Tier
from sitong.shared.statements import run, uuids

ORDERED = """
SELECT m.id FROM unnest(%s::uuid[]) AS m(id) WHERE EXISTS (
  SELECT 1 FROM scene_order AS o WHERE o.member_id = m.id AND o.state IN ('placed', 'paid', 'handed_over')
)
"""
"""Orders stand above carts; this asks of them no more than whether there are any."""


def tiers_now(member_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Tier]:
    """Give the tiers of members; none for those without one."""
    return tiers_of(member_ids, at=at) if member_ids else {}


def have_ordered(member_ids: Collection[UUID]) -> set[UUID]:
    """Give which of the members have an order that stands. One statement."""
    return {row[0] for row in run(ORDERED, [uuids(sorted(set(member_ids)))])}


def goods_of(sku_ids: Collection[UUID]) -> dict[UUID, Goods]:
    """Give what coupons need to know of SKUs. One statement."""
    return {
        sku_id: Goods(facts.product_id, frozenset({one for one in (facts.category_id, facts.department_id) if one}))
        for sku_id, facts in sku_facts(sku_ids).items()
    }


def situation_of(
    shop: object, channel: str, *, at: datetime, tier: Tier | None = None, first_order: bool = False
) -> Situation:
    """Say where, when and by whom it is bought. `shop`: what `channels.queries.shops` gives."""
    zone = ZoneInfo(shop.zone)  # type: ignore[attr-defined]
    return Situation(
        shop.id, shop.kind, channel, at, at.astimezone(zone), tier.code if tier is not None else "", first_order  # type: ignore[attr-defined]
    )  # fmt: skip
