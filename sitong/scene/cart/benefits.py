"""What a member brings to a quote and to an order: tier, coupons, points, and whether anything was ordered before."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.catalog.queries.sale import kinds_of
from sitong.member.points.queries import plan_of
from sitong.member.points.rules import PointsPlan
from sitong.member.tiers.queries import plans_of as tier_plans_of
from sitong.member.tiers.queries import tiers_of
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

LONG_AGO = (float("-inf"), False)

_planned: dict[UUID, tuple[float, bool]] = {}
_points_plans: dict[UUID, tuple[float, PointsPlan | None]] = {}


def tiers_now(members: Collection[tuple[UUID, UUID]], *, at: datetime) -> Mapping[UUID, Tier]:
    """Give the tiers of members, named by (brand_id, member_id); those without one stay out.

    A process remembers for a second which brands have a plan for tiers: orders of one without ask nothing more.
    """
    moment = time.monotonic()
    unknown = {brand_id for brand_id, _ in members if moment - _planned.get(brand_id, LONG_AGO)[0] >= KEPT_S}
    if unknown:
        _make_room(_planned)
        found = tier_plans_of(unknown)
        _planned.update({brand_id: (moment, brand_id in found) for brand_id in unknown})
    asked = {member_id for brand_id, member_id in members if _planned[brand_id][1]}
    return tiers_of(asked, at=at) if asked else {}


def points_plan(brand_id: UUID) -> PointsPlan | None:
    """Give the brand's plan for points, for quotes: a process remembers it for a second. Orders read it under lock."""
    moment = time.monotonic()
    kept = _points_plans.get(brand_id)
    if kept is None or moment - kept[0] >= KEPT_S:
        _make_room(_points_plans)
        kept = _points_plans[brand_id] = (moment, plan_of(brand_id))
    return kept[1]


def forget_plans() -> None:
    """Let the next quote ask anew which plans brands have."""
    _planned.clear()
    _points_plans.clear()


def have_ordered(member_ids: Collection[UUID]) -> set[UUID]:
    """Give which of the members have an order that stands. One statement."""
    return {row[0] for row in run(ORDERED, [uuids(sorted(set(member_ids)))])}


def goods_of(sku_ids: Collection[UUID]) -> dict[UUID, Goods]:
    """Give what coupons need to know of SKUs. One statement."""
    return {sku_id: Goods(product_id, categories) for sku_id, (product_id, categories) in kinds_of(sku_ids).items()}


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) > KEPT_MAX:
        kept.clear()
