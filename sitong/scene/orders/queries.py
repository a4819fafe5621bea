"""Read orders: for their consumers, for the stores that hand them over, for whoever stands above."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.orders.models import Order, OrderLine, OrderState, OrderStep
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

PAGE = 20
PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as people see it. `reasons` are codes with integers; `cart.queries.reason_sentence` writes them out."""

    position: int
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    unit_minor: int
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points_minor: int
    total_minor: int
    reasons: list[dict[str, int | str]]
    returned: int = 0
    returned_minor: int = 0


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the order's history."""

    step: str
    by: UUID | None
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with its lines and its history, the steps in the order in which they were taken."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    member_id: UUID | None
    number: str
    channel: str
    scene: str
    source: str
    state: str
    currency: str
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points_minor: int
    points_spent: int
    total_minor: int
    pickup_code: str
    placed_at: datetime
    pay_by: datetime | None
    lines: tuple[LineView, ...]
    steps: tuple[StepView, ...]


ORDER_FIELDS = tuple(name for name in OrderView.__dataclass_fields__ if name not in {"lines", "steps"})
LINE_FIELDS = tuple(LineView.__dataclass_fields__)
STEP_FIELDS = tuple(StepView.__dataclass_fields__)


def orders_visible_to(viewer: Viewer, permission: str = "orders.see") -> QuerySet[Order]:
    """Give the orders that the viewer may see (or do with what `permission` names): a consumer's own, a store's, its branch's, all."""
    mine = Order.objects.filter(Q(brand_id=viewer.brand_id))
    if viewer.system == "consumer":
        return mine.filter(member_id=viewer.member_id) if viewer.member_id else mine.none()
    if viewer.place_ids("brand", permission):
        return mine
    return mine.filter(store_id__in=stores_visible_to(viewer, permission).values("id"))


def my_orders(
    member_id: UUID, *, store_id: UUID | None = None, before: datetime | None = None, limit: int = PAGE
) -> list[OrderView]:
    """Give a member's orders, newest first; `before` pages on by `placed_at`. Three statements."""
    found = Order.objects.filter(member_id=member_id)
    return _page(found.filter(store_id=store_id) if store_id else found, before, limit)


def store_orders(
    store_id: UUID, *, states: Sequence[str] = (OrderState.PAID,), before: datetime | None = None, limit: int = PAGE
) -> list[OrderView]:
    """Give a store's orders in these states, newest first. Three statements."""
    return _page(Order.objects.filter(store_id=store_id, state__in=list(states)), before, limit)


def waiting_count(store_id: UUID) -> int:
    """Give how many paid orders wait in a store to be fetched."""
    return Order.objects.filter(store_id=store_id, state=OrderState.PAID).count()


def visible_orders(
    viewer: Viewer, *, store_id: UUID | None = None, state: str = "", before: datetime | None = None, limit: int = PAGE
) -> list[OrderView]:
    """Give the orders that the viewer may see, newest first. Three statements."""
    found = orders_visible_to(viewer)
    if store_id:
        found = found.filter(store_id=store_id)
    if state:
        found = found.filter(state=state)
    return _page(found, before, limit)


def order_detail(order_id: UUID, viewer: Viewer) -> OrderView:
    """Give one order that the viewer may see. Raises NotFound for one that is not there or not the viewer's to see."""
    found = _views(orders_visible_to(viewer).filter(id=order_id))
    if not found:
        raise NotFound(what="order")
    return found[0]


def order_by_code(store_id: UUID, pickup_code: str) -> OrderView | None:
    """Give the paid order that waits in the store under this code."""
    found = (
        _views(Order.objects.filter(store_id=store_id, pickup_code=pickup_code, state=OrderState.PAID))
        if pickup_code
        else []
    )
    return found[0] if found else None


def quantities_of(order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
    """Give (sku_id, quantity) of each order's lines. One statement."""
    return _by_order(
        OrderLine.objects.filter(order_id__in=list(order_ids)).values_list("order_id", "sku_id", "quantity")
    )


def steps_at(order_ids: Iterable[UUID]) -> dict[tuple[UUID, str], datetime]:
    """Give when each step of these orders was taken, by (order, step). One statement."""
    steps = OrderStep.objects.filter(order_id__in=list(order_ids)).values_list("order_id", "step", "at")
    return {(order_id, step): at for order_id, step, at in steps}


def numbers_of(order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the numbers of orders by id. One statement."""
    return dict(Order.objects.filter(id__in=list(order_ids)).values_list("id", "number")) if order_ids else {}


def returned_of(order_ids: Collection[UUID]) -> dict[UUID, dict[int, tuple[int, int]]]:
    """Give what came back of each order: by position, base units and what they had cost. One statement."""
    found: dict[UUID, dict[int, tuple[int, int]]] = {}
    rows = OrderLine.objects.filter(order_id__in=list(order_ids), returned__gt=0)
    for order_id, position, units, minor in rows.values_list("order_id", "position", "returned", "returned_minor"):
        found.setdefault(order_id, {})[position] = (units, minor)
    return found


def _page(orders: QuerySet[Order], before: datetime | None, limit: int) -> list[OrderView]:
    found = orders.filter(placed_at__lt=before) if before else orders
    return _views(found.order_by("-placed_at", "-id")[: min(max(limit, 1), PAGE_MAX)])


def _views(orders: QuerySet[Order]) -> list[OrderView]:
    rows = list(orders.values_list(*ORDER_FIELDS))
    ids = [row[0] for row in rows]
    if not ids:
        return []
    lines = _by_order(
        OrderLine.objects.filter(order_id__in=ids)
        .order_by("order_id", "position")
        .values_list("order_id", *LINE_FIELDS)
    )
    steps = _by_order(
        OrderStep.objects.filter(order_id__in=ids).order_by("order_id", "at").values_list("order_id", *STEP_FIELDS)
    )
    taken = list(OrderState.values)
    return [
        OrderView(*(
            *row,
            tuple(LineView(*line) for line in lines.get(row[0], ())),
            tuple(sorted((StepView(*step) for step in steps.get(row[0], ())), key=lambda one: (one.at, taken.index(one.step)))),
        ))
        for row in rows
    ]  # fmt: skip


def _by_order(rows: Iterable[tuple]) -> dict[UUID, list[tuple]]:  # type: ignore[type-arg]
    found: dict[UUID, list[tuple]] = {}  # type: ignore[type-arg]
    for order_id, *rest in rows:
        found.setdefault(order_id, []).append(tuple(rest))
    return found
