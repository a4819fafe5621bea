"""Find what a customer brings back, and say beforehand what goes back for it.

The wall: staff lists the orders of its own stores only. An order of another store of the brand opens by the exact number or
code on the receipt that the customer shows, and by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from sitong.member.points.queries import earnings_of
from sitong.member.points.rules import points_at
from sitong.scene.channels.queries import shops
from sitong.scene.orders.models import Order
from sitong.scene.orders.queries import orders_visible_to
from sitong.scene.payments.queries import payments_of
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.rules import Accepted, OrderNow, ReturnTooLate, ReturnWanted, decide
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused
from sitong.shared.money import split_minor
from sitong.shared.statements import run

RECENT = 20
NUMBER = re.compile(r"^(\d{6})-?([0-9A-Z]{5})-?([0-9A-Z]{5})$")
PICKUP = re.compile(r"^\d{8}$")
OPEN_SHIFTS = (
    "SELECT id, opened_by FROM scene_shift WHERE store_id = %s::uuid AND closed_at IS NULL ORDER BY opened_at DESC, id"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a return would bring back: money by the kind of payment, points spent, points earned that go, coupons.

    `late`: the window is over; only with a reason. `whole`: nothing of the order would be left.
    """

    refund_minor: int
    ways: tuple[tuple[str, int], ...]
    points: int
    points_taken: int
    coupons: int
    late: bool
    whole: bool


def order_by_receipt(viewer: Viewer, receipt: str, *, store_id: UUID | None = None) -> OrderNow | None:
    """Give the order of the receipt that was scanned or typed: its number, its QR code, or the pickup code of a store's own order."""
    text = receipt.strip().rstrip("/").rsplit("/", 1)[-1].strip().upper()[:64]
    if not text or viewer.brand_id is None:
        return None
    found = Order.objects.filter(brand_id=viewer.brand_id)
    if (key := _uuid(text)) is not None:
        found = found.filter(id=key)
    elif written := NUMBER.match(text):
        found = found.filter(number="-".join(written.groups()))
    else:
        by_number = Q(number=text) | Q(number=receipt.strip())
        own = Q(store_id=store_id, pickup_code=text) if store_id and PICKUP.match(text) else Q(pk__in=[])
        found = found.filter(by_number | own)
    newest = found.order_by("-placed_at", "-id").values_list("id", flat=True).first()
    return orders_now([newest]).get(newest) if newest else None


def recent_orders(viewer: Viewer, member_ids: Collection[UUID], *, limit: int = RECENT) -> list[OrderNow]:
    """Give what a member fetched of late in the viewer's own stores, newest first."""
    found = orders_visible_to(viewer, "orders.return").filter(member_id__in=list(member_ids), state="handed_over")
    ids = list(found.order_by("-placed_at", "-id").values_list("id", flat=True)[:limit])
    orders = orders_now(ids)
    return [orders[order_id] for order_id in ids]


def preview_of(wanted: ReturnWanted, order: OrderNow, *, now: datetime) -> Preview | Refused:
    """Say what a return would bring back, or why it would be refused; a window that is over is said, not refused."""
    shop = shops([wanted.store_id]).get(wanted.store_id)
    today = {wanted.store_id: business_date(now, shop.zone)} if shop else {}
    (decision,) = decide([wanted], {order.id: order}, {}, today)
    late = isinstance(decision, ReturnTooLate)
    if late:
        (decision,) = decide([_forced(wanted)], {order.id: order}, {}, today)
    if isinstance(decision, Refused):
        return decision
    assert isinstance(decision, Accepted)
    return Preview(
        decision.refund_minor, _ways(order, decision.refund_minor), decision.points, _points_taken(decision),
        len(decision.claim_ids), late, decision.whole,
    )  # fmt: skip


def is_late(order: OrderNow, store_id: UUID, *, now: datetime) -> bool:
    """Tell whether the window of the order is over at this store's date."""
    shop = shops([store_id]).get(store_id)
    on: date | None = business_date(now, shop.zone) if shop else None
    return order.until is not None and on is not None and on > order.until


def drawer_at(store_id: UUID, *, by: UUID | None, shift_id: UUID | None = None) -> UUID | None:
    """Give the till's shift out of whose drawer cash goes: the one named if it is open here, else the clerk's own, else the only one."""
    shifts = dict(run(OPEN_SHIFTS, [store_id]))
    if shift_id is not None:
        return shift_id if shift_id in shifts else None
    own = [key for key, opened_by in shifts.items() if by is not None and opened_by == by]
    return own[0] if own else next(iter(shifts)) if len(shifts) == 1 else None


def _forced(wanted: ReturnWanted) -> ReturnWanted:
    return ReturnWanted(
        wanted.id, wanted.order_id, wanted.store_id, wanted.lines, wanted.by, wanted.way, wanted.reason, wanted.note, "preview",
        wanted.location_id, wanted.shift_id,
    )  # fmt: skip


def _ways(order: OrderNow, refund_minor: int) -> tuple[tuple[str, int], ...]:
    """Say on which payments the money would go back, as `give_back` will share it; an imported order's comes out of the drawer."""
    if not refund_minor:
        return ()
    if order.source:
        return (("cash", refund_minor),)
    paid = [one for one in payments_of([order.id]).get(order.id, ()) if one.state == "paid"]
    paid.sort(key=lambda one: one.number)
    left = [one.amount_minor - one.refunded_minor for one in paid]
    if not sum(left):
        return ()
    return tuple((one.kind, part) for one, part in zip(paid, split_minor(refund_minor, left), strict=True) if part)


def _points_taken(decision: Accepted) -> int:
    after = {line.position: line.total_minor - line.returned_minor for line in decision.after}
    taken = 0
    for earned in earnings_of([decision.order.id]):
        if earned.position in after:
            kept = points_at(after[earned.position], earned.rate, earned.factor_bp)
            taken += max(0, earned.points - earned.taken_back - kept)
    return taken


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def lines_asked(order: OrderNow, quantities: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Keep of (position, quantity, condition) those of the order's own lines that come back at all."""
    return [one for one in quantities if one[0] in order.lines and one[1] > 0]
