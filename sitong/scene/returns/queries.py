"""Read returns: what came back, what went back for it, and what of an order can still be brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.orders.models import Order
from sitong.scene.payments.queries import RefundFacts, refunds_of
from sitong.scene.returns.models import RequestState, Return, ReturnLine, ReturnPolicy, ReturnRequest, ReturnRequestStep
from sitong.scene.returns.rules import WINDOW_DAYS
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Returned:
    """A return that was made, as its caller hears of it; the same again for a repeat.

    `refund_minor` is what the goods had cost: `cash_minor` of it comes out of the drawer (an order without payments here),
    `exchange_minor` pays another order, the rest goes back over the order's payments.
    """

    id: UUID
    number: str
    order_id: UUID
    store_id: UUID
    currency: str
    refund_minor: int
    cash_minor: int
    exchange_minor: int
    exchange_order_id: UUID | None
    points: int
    coupons: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnLineView:
    """What came back of one line in one condition."""

    position: int
    condition: str
    sku_id: UUID
    quantity: int
    refund_minor: int
    points: int


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as people see it, with its lines and where its money went."""

    id: UUID
    brand_id: UUID
    number: str
    order_id: UUID
    member_id: UUID | None
    store_id: UUID
    location_id: UUID
    entity_id: UUID | None
    sold_store_id: UUID
    sold_entity_id: UUID | None
    way: str
    reason: str
    note: str
    late_reason: str
    currency: str
    refund_minor: int
    cash_minor: int
    exchange_minor: int
    exchange_order_id: UUID | None
    points: int
    coupons: int
    by: UUID | None
    at: datetime
    returned_on: date
    lines: tuple[ReturnLineView, ...]
    refunds: tuple[RefundFacts, ...]

    @property
    def hand_out_minor(self) -> int:
        """The cash that the clerk hands out."""
        return self.cash_minor + sum(one.amount_minor for one in self.refunds if one.kind == "cash")


RETURNED_FIELDS = tuple(Returned.__dataclass_fields__)
FIELDS = tuple(name for name in ReturnView.__dataclass_fields__ if name not in {"lines", "refunds"})
LINE_FIELDS = tuple(ReturnLineView.__dataclass_fields__)


def returned_of_ids(return_ids: Collection[UUID]) -> dict[UUID, Returned]:
    """Give the returns that were made under these ids."""
    rows = Return.objects.filter(id__in=list(return_ids)).values_list(*RETURNED_FIELDS) if return_ids else ()
    return {row[0]: Returned(*row) for row in rows}


def window_days_of(brand_id: UUID) -> int:
    """Give for how many days after handing over the brand takes goods back."""
    found = ReturnPolicy.objects.filter(brand_id=brand_id).values_list("window_days", flat=True).first()
    return WINDOW_DAYS if found is None else found


def returns_visible_to(viewer: Viewer, permission: str = "orders.see") -> QuerySet[Return]:
    """Give the returns that the viewer may see: a consumer's own; staff's, of what its stores sold or took back."""
    found = Return.objects.filter(Q(brand_id=viewer.brand_id))
    if viewer.system == "consumer":
        return found.filter(order_id__in=_orders_of(viewer)) if viewer.member_id else found.none()
    if viewer.place_ids("brand", permission):
        return found
    stores = stores_visible_to(viewer, permission).values("id")
    return found.filter(Q(store_id__in=stores) | Q(sold_store_id__in=stores))


def _orders_of(viewer: Viewer) -> QuerySet[Order]:
    """Give the ids of a consumer's orders: a return is whose the order is now, also after members were joined."""
    return Order.objects.filter(member_id=viewer.member_id).values("id")  # type: ignore[return-value]


def visible_returns(
    viewer: Viewer,
    *,
    store_id: UUID | None = None,
    reason: str = "",
    way: str = "",
    condition: str = "",
    since: date | None = None,
    until: date | None = None,
    before: datetime | None = None,
    limit: int = 30,
    skip: int = 0,
) -> list[ReturnView]:
    """Give the returns that the viewer may see, newest first, narrowed as asked. Three statements."""
    found = returns_visible_to(viewer)
    if store_id:
        found = found.filter(Q(store_id=store_id) | Q(sold_store_id=store_id))
    if reason:
        found = found.filter(reason=reason)
    if way:
        found = found.filter(way=way)
    if condition:
        found = found.filter(id__in=ReturnLine.objects.filter(condition=condition).values("return_id"))
    if since:
        found = found.filter(returned_on__gte=since)
    if until:
        found = found.filter(returned_on__lte=until)
    if before:
        found = found.filter(at__lt=before)
    return _views(found.order_by("-at", "-id")[skip : skip + min(max(limit, 1), PAGE_MAX)])


def reasons_counted(
    viewer: Viewer, *, since: date | None = None, until: date | None = None
) -> list[tuple[str, int, int]]:
    """Give (reason, returns, what the goods had cost) of what the viewer may see, the dearest reason first. One statement."""
    found = returns_visible_to(viewer)
    if since:
        found = found.filter(returned_on__gte=since)
    if until:
        found = found.filter(returned_on__lte=until)
    rows = found.order_by().values_list("reason").annotate(Count("id"), Sum("refund_minor"))
    return sorted(((reason, count, int(minor)) for reason, count, minor in rows), key=lambda row: (-row[2], row[0]))


def return_detail(return_id: UUID, viewer: Viewer) -> ReturnView:
    """Give one return that the viewer may see. Raises NotFound for one that is not there or not the viewer's to see."""
    found = _views(returns_visible_to(viewer).filter(id=return_id))
    if not found:
        raise NotFound(what="return")
    return found[0]


def returns_of(order_ids: Collection[UUID]) -> dict[UUID, list[ReturnView]]:
    """Give the returns of orders, oldest first. Three statements."""
    found: dict[UUID, list[ReturnView]] = {}
    for one in _views(Return.objects.filter(order_id__in=list(order_ids)).order_by("at", "id")):
        found.setdefault(one.order_id, []).append(one)
    return found


def cash_returned_in(shift_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give what each shift's drawer handed out for orders without payments here; what payments say is not in it. One statement."""
    rows = (
        Return.objects.filter(shift_id__in=list(shift_ids))
        .order_by()
        .values_list("shift_id")
        .annotate(Sum("cash_minor"))
    )
    return {shift_id: int(minor) for shift_id, minor in rows if shift_id is not None}


def _views(returns: QuerySet[Return]) -> list[ReturnView]:
    rows = list(returns.values_list(*FIELDS))
    ids = [row[0] for row in rows]
    if not ids:
        return []
    lines: dict[UUID, list[ReturnLineView]] = {}
    of = ReturnLine.objects.filter(return_id__in=ids).order_by("return_id", "position", "condition")
    for return_id, *line in of.values_list("return_id", *LINE_FIELDS):
        lines.setdefault(return_id, []).append(ReturnLineView(*line))
    refunds = refunds_of(ids)
    return [ReturnView(*(*row, tuple(lines.get(row[0], ())), tuple(refunds.get(row[0], ())))) for row in rows]


@dataclass(frozen=True, slots=True)
class WishStep:
    """One step of a request to return."""

    step: str
    by: UUID | None
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A member's request to send goods back by post, with its steps in their order."""

    id: UUID
    brand_id: UUID
    order_id: UUID
    store_id: UUID
    member_id: UUID
    state: str
    reason: str
    note: str
    lines: list[tuple[int, int]]
    carrier: str
    waybill: str
    asked_at: datetime
    steps: tuple[WishStep, ...]


WISH_FIELDS = tuple(name for name in Wish.__dataclass_fields__ if name != "steps")
STEP_FIELDS = tuple(WishStep.__dataclass_fields__)


def wishes_visible_to(viewer: Viewer, permission: str = "orders.return") -> QuerySet[ReturnRequest]:
    """Give the requests that the viewer may see or act on: a consumer's own; staff's, of its stores."""
    found = ReturnRequest.objects.filter(Q(brand_id=viewer.brand_id))
    if viewer.system == "consumer":
        return found.filter(order_id__in=_orders_of(viewer)) if viewer.member_id else found.none()
    return found.filter(store_id__in=stores_visible_to(viewer, permission).values("id"))


def wishes(viewer: Viewer, *, store_id: UUID | None = None, open_only: bool = False, limit: int = 50) -> list[Wish]:
    """Give requests to return that the viewer may see, newest first. Two statements."""
    found = wishes_visible_to(viewer)
    if store_id:
        found = found.filter(store_id=store_id)
    if open_only:
        found = found.filter(state__in=["asked", "approved", "sent"])
    return _wishes(found.order_by("-asked_at", "-id")[: min(max(limit, 1), PAGE_MAX)])


def wish_detail(request_id: UUID, viewer: Viewer) -> Wish:
    """Give one request that the viewer may see. Raises NotFound otherwise."""
    found = _wishes(wishes_visible_to(viewer).filter(id=request_id))
    if not found:
        raise NotFound(what="return request")
    return found[0]


def wishes_of(order_ids: Collection[UUID]) -> dict[UUID, list[Wish]]:
    """Give the requests to return of orders, oldest first. Two statements."""
    found: dict[UUID, list[Wish]] = {}
    for one in _wishes(ReturnRequest.objects.filter(order_id__in=list(order_ids)).order_by("asked_at", "id")):
        found.setdefault(one.order_id, []).append(one)
    return found


def _wishes(requests: QuerySet[ReturnRequest]) -> list[Wish]:
    rows = list(requests.values_list(*WISH_FIELDS))
    steps: dict[UUID, list[WishStep]] = {}
    of = ReturnRequestStep.objects.filter(request_id__in=[row[0] for row in rows]).order_by("at")
    for request_id, *step in of.values_list("request_id", *STEP_FIELDS):
        steps.setdefault(request_id, []).append(WishStep(*step))
    order = list(RequestState.values)
    return [
        Wish(*(*row, tuple(sorted(steps.get(row[0], ()), key=lambda one: (one.at, order.index(one.step))))))
        for row in rows
    ]
