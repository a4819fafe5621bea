"""Give back what an order paid less by: its coupons are ready again, its flash sales' pieces can be bought, its points go into the
expiries they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sitong.marketing.coupons.actions import undo_redemptions
from sitong.marketing.promotions.actions import undo_promotions
from sitong.member.points.actions import PointsGivenBack, give_back_points
from sitong.scene.orders.actions.steps import LockedOrder
from sitong.shared.errors import Refused

POINTS_OF_UNDONE = UUID("7a4a2f0e-52b1-5c2a-9d3f-2d6c0c1b8e55")
"""Name space of the points of orders that are undone: an order's points go back once."""


def undo_discounts(orders: Sequence[LockedOrder], *, reason: str, now: datetime, by: UUID | None = None) -> None:
    """Give the coupons and points of whole orders back: canceled, expired. What was given back before stays so.

    Call it with the orders (and their payments) locked, before stock is: it locks coupons, then flash sales, then points. No
    statement for orders that used none of them.
    """
    if with_coupons := [order.id for order in orders if order.coupon_minor]:
        undo_redemptions(with_coupons, reason=reason, now=now, by=by)
    if promoted := [order.id for order in orders if order.promotion_minor]:
        undo_promotions(promoted, now=now)
    back = [
        PointsGivenBack(uuid5(POINTS_OF_UNDONE, str(order.id)), order.id, order.points_spent, by)
        for order in orders
        if order.points_spent
    ]
    for outcome in give_back_points(back, now=now) if back else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"points of an undone order cannot be given back: {outcome}")
