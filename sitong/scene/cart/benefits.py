"""What a member brings to a quote and to an order: tier, coupons, points, and whether anything was ordered before."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sitong.goods.catalog.queries import sku_facts
from sitong.member.tiers.queries import plans_of, tiers_of
from sitong.scene.cart.discounts import Goods
from sitong.scene.cart.rules import Tier
from sitong.shared.statements import run, uuids

KEPT_S = 1.0
KEPT_MAX = 20_000

ORDERED = """
SELECT m.id FROM unnest(%s::uuid[]) AS m(id) WHERE EXISTS (
  SELECT 1 FROM scene_order AS o WHERE o.member_id = m.id AND o.state IN ('placed', 'paid', 'handed_over')
)
"""
"""Orders stand above carts; this asks of them no more than whether there are any."""

_without_plan: dict[UUID, float] = {}


def tiers_now(members: Collection[tuple[UUID, UUID]], *, at: datetime) -> Mapping[UUID, Tier]:
    """Give the tiers of members, named by (brand_id, member_id); those without one stay out.

    A process remembers for a second which brands have no plan for tiers: their orders ask nothing more.
    """
    brand_ids = {brand_id for brand_id, _ in members}
    moment = time.monotonic()
    unknown = [one for one in brand_ids if moment - _without_plan.get(one, -KEPT_S) >= KEPT_S]
    if not unknown:
        return {}
    planned = set(plans_of(unknown))
    if len(_without_plan) > KEPT_MAX:
        _without_plan.clear()
    _without_plan.update({one: moment for one in unknown if one not in planned})
    asked = {member_id for brand_id, member_id in members if brand_id in planned}
    return tiers_of(asked, at=at) if asked else {}


def forget_plans() -> None:
    """Let the next quote ask anew which brands have a plan for tiers."""
    _without_plan.clear()


def have_ordered(member_ids: Collection[UUID]) -> set[UUID]:
    """Give which of the members have an order that stands. One statement."""
    return {row[0] for row in run(ORDERED, [uuids(sorted(set(member_ids)))])}


def goods_of(sku_ids: Collection[UUID]) -> dict[UUID, Goods]:
    """Give what coupons need to know of SKUs. One statement."""
    return {
        sku_id: Goods(facts.product_id, frozenset({one for one in (facts.category_id, facts.department_id) if one}))
        for sku_id, facts in sku_facts(sku_ids).items()
    }
