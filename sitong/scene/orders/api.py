"""Orders over HTTP: place (hot), pay, cancel, hand over, look; and where the payment provider brings its news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router, Status

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.cart.rules import LineWanted
from sitong.scene.orders.actions import CancelWanted, HandoverWanted, OrderWanted, hand_over_orders, place_orders
from sitong.scene.orders.paying import cancel_order, hear_provider, way_to_pay_for
from sitong.scene.orders.paying_api import router as paying_router
from sitong.scene.orders.queries import OrderView, order_detail, orders_visible_to, visible_orders
from sitong.scene.orders.rules import OrderPlacement
from sitong.scene.orders.schemas import (
    CanceledOut,
    CancelIn,
    HandoverIn,
    HandoverOut,
    OrderIn,
    OrderOut,
    PayOut,
    PlacedOut,
)
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.scope import every_brand
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["orders"])
router.add_router("", paying_router)


def _place_batch(wanted: Sequence[OrderWanted]) -> list[OrderPlacement | Refused]:
    return place_orders(wanted, now=clock_now())


PLACING: Lanes[OrderWanted, OrderPlacement] = Lanes(
    "place_orders", _place_batch, key=lambda wanted: wanted.store_id.int
)


def _wanted(order: OrderIn, viewer: Viewer) -> OrderWanted:
    """Give what a consumer wants. Only consumers place orders for themselves."""
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    lines = tuple([LineWanted(line.sku_id, line.quantity) for line in order.lines])
    return OrderWanted(
        order.id, viewer.brand_id, order.store_id, viewer.member_id, lines, order.expected_total_minor, order.channel, order.scene,
        viewer.account_id, tuple(order.coupon_claim_ids), order.points, order.promise, order.best_coupons,
    )  # fmt: skip


def _read_order(call: HotCall) -> OrderWanted:
    assert call.viewer is not None
    return _wanted(OrderIn.model_validate_json(call.body), call.viewer)


def _placed(one: OrderPlacement) -> dict[str, object]:
    return {
        "id": one.id, "number": one.number, "store_id": one.store_id, "total_minor": one.total_minor, "currency": one.currency,
        "state": one.state, "placed_at": one.placed_at, "pay_by": one.pay_by,
    }  # fmt: skip


def _show_order(one: OrderPlacement) -> bytes:
    return orjson.dumps(_placed(one))


HOT = [HotRoute("POST", "/api/v1/orders", lane=PLACING, parse=_read_order, render=_show_order, status=201)]


@router.post("/orders", response={201: PlacedOut}, auth=API_AUTH, summary="Place an order")
def place_one(request: ViewerRequest, order: OrderIn) -> Status[dict[str, object]]:
    """Place an order in a store. Its stock is held until it is paid or expires. The same id again gets the same answer."""
    return Status(201, _placed(_only(place_orders([_wanted(order, request.viewer)], now=clock_now()))))


@router.get("/orders", response=list[OrderOut], auth=API_AUTH, summary="List orders")
def list_orders(
    request: ViewerRequest, store_id: UUID | None = None, state: str = "", before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[dict[str, object]]:  # fmt: skip
    """Newest first: a consumer's own, a store's, a branch's, or all of the brand. Page on with `before` = the last `placed_at`."""
    viewer = _looker(request.viewer)
    return [
        _order(one, viewer)
        for one in visible_orders(viewer, store_id=store_id, state=state, before=before, limit=limit)
    ]


@router.get("/orders/{order_id}", response=OrderOut, auth=API_AUTH, summary="Show an order")
def show_one(request: ViewerRequest, order_id: UUID) -> dict[str, object]:
    """One order with its lines, its history, and why each line costs what it costs."""
    viewer = _looker(request.viewer)
    return _order(order_detail(order_id, viewer), viewer)


@router.post("/orders/{order_id}/pay", response=PayOut, auth=API_AUTH, summary="Open the payment of an order")
def pay_one(request: ViewerRequest, order_id: UUID) -> dict[str, object]:
    """Open (or give again) the payment of one's own order, and say how to pay it."""
    return way_to_pay_for(_own(request.viewer, order_id), now=clock_now())


@router.post("/orders/{order_id}/cancel", response=CanceledOut, auth=API_AUTH, summary="Cancel an order")
def cancel_one(request: ViewerRequest, order_id: UUID, wanted: CancelIn) -> object:
    """Cancel one's own order, or one of a store where one may change orders. What was paid goes back whole."""
    viewer: Viewer = request.viewer
    if viewer.system != "consumer":
        viewer.require("orders.change")
    if not orders_visible_to(viewer, "orders.change").filter(id=order_id).exists():
        raise NotFound(what="order")
    return asdict(
        cancel_order(CancelWanted(order_id, wanted.request_id, viewer.account_id, wanted.reason), now=clock_now())
    )


@router.post("/hand-overs", response=HandoverOut, auth=API_AUTH, summary="Hand an order over")
def hand_over_one(request: ViewerRequest, wanted: HandoverIn) -> object:
    """Hand a paid order over in the store, once only; by id or by pickup code."""
    viewer: Viewer = request.viewer
    viewer.require("orders.hand_over")
    if not stores_visible_to(viewer, "orders.hand_over").filter(id=wanted.store_id).exists():
        raise NotFound(what="store")
    one = HandoverWanted(wanted.request_id, wanted.store_id, wanted.order_id, wanted.pickup_code, viewer.account_id)
    return asdict(_only(hand_over_orders([one], now=clock_now())))


@router.post("/payments/wechat/{merchant_id}/notify", auth=None, summary="The payment provider's news")
def hear_wechat(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """A signed, sealed notification of WeChat Pay API v3. The same one again changes nothing."""
    try:
        with every_brand():  # the provider is no viewer: its signature says for whom it speaks
            hear_provider(merchant_id, request.headers, request.body, now=clock_now())
    except Refused as refused:
        status = 404 if isinstance(refused, NotFound) else 401
        return JsonResponse({"code": "FAIL", "message": refused.code}, status=status)
    return HttpResponse(status=204)


def _only(outcomes: Sequence[object]):  # type: ignore[no-untyped-def]
    """Give the outcome of a batch of one; raise its refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _own(viewer: Viewer, order_id: UUID) -> OrderView:
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    return order_detail(order_id, viewer)


def _looker(viewer: Viewer) -> Viewer:
    if viewer.system != "consumer":
        viewer.require("orders.see")
    return viewer


def _order(one: OrderView, viewer: Viewer) -> dict[str, object]:
    shown = {name: getattr(one, name) for name in OrderOut.model_fields}
    if viewer.system != "consumer":
        shown["pickup_code"] = ""  # the consumer shows it; whoever reads it off a list could fetch the goods
    return shown
