"""Returns over HTTP: find by receipt, look what goes back, return, exchange; the window; returns by post.

An order of another store opens by the exact number or code on its receipt alone; nothing lists it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.cart.rules import LineWanted
from sitong.scene.orders.actions import OrderWanted
from sitong.scene.returns import schemas
from sitong.scene.returns.actions import (
    ExchangeWanted,
    RequestWanted,
    ReturnLineWanted,
    ReturnWanted,
    TenderGiven,
    approve_request,
    ask_to_return,
    exchange_goods,
    receive_request,
    refuse_request,
    return_goods,
    send_request,
    set_return_window,
    withdraw_request,
)
from sitong.scene.returns.finding import drawer_at, is_late, order_by_receipt, preview_of
from sitong.scene.returns.queries import (
    ReturnView,
    Wish,
    return_detail,
    visible_returns,
    window_days_of,
    wish_detail,
    wishes,
    wishes_visible_to,
)
from sitong.scene.returns.rules import OrderNow
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["returns"])
RETURN, OVERRIDE = "orders.return", "orders.change"


@router.get(
    "/returns", response=list[schemas.ReturnOut], auth=API_AUTH, summary="The returns the caller may see, newest first"
)
def list_returns(
    request: ViewerRequest,
    store_id: UUID | None = None,
    reason: Annotated[str, Query(max_length=20)] = "",
    way: Annotated[str, Query(max_length=8)] = "",
    since: date | None = None,
    until: date | None = None,
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> list[ReturnView]:
    _see(request.viewer)
    return visible_returns(
        request.viewer, store_id=store_id, reason=reason, way=way, since=since, until=until, before=before, limit=limit
    )


@router.get(
    "/returns/order", response=schemas.ReturnableOut, auth=API_AUTH, summary="What of a receipt's order can come back"
)
def find_returnable(
    request: ViewerRequest, store_id: UUID, receipt: Annotated[str, Query(max_length=200)]
) -> dict[str, Any]:
    order = _order(request.viewer, store_id, receipt)
    return {
        "order_id": order.id, "number": order.number, "store_id": order.store_id, "state": order.state, "currency": order.currency,
        "placed_on": order.placed_on, "until": order.until, "late": is_late(order, store_id, now=clock_now()),
        "lines": list(order.lines.values()),
    }  # fmt: skip


@router.post(
    "/returns/preview", response=schemas.PreviewOut, auth=API_AUTH, summary="Say what a return would bring back"
)
def preview(request: ViewerRequest, body: schemas.ReturnPreviewIn) -> dict[str, Any]:
    order = _order(request.viewer, body.store_id, body.receipt)
    lines = tuple(ReturnLineWanted(line.position, line.quantity, line.condition) for line in body.lines)
    found = preview_of(ReturnWanted(order.id, order.id, body.store_id, lines), order, now=clock_now())
    if isinstance(found, Refused):
        raise found
    return {
        "refund_minor": found.refund_minor, "ways": [{"kind": kind, "amount_minor": minor} for kind, minor in found.ways],
        "points": found.points, "points_taken": found.points_taken, "coupons": found.coupons, "late": found.late, "whole": found.whole,
    }  # fmt: skip


@router.post("/returns", response=schemas.ReturnOut, auth=API_AUTH, summary="Take goods back at a store")
def make_return(request: ViewerRequest, body: schemas.ReturnIn) -> ReturnView:
    wanted = _wanted(request.viewer, body)
    (outcome,) = return_goods([wanted], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return return_detail(outcome.id, request.viewer)


@router.post(
    "/returns/exchange", response=schemas.ExchangeOut, auth=API_AUTH, summary="Take goods back and sell others for them"
)
def make_exchange(request: ViewerRequest, body: schemas.ExchangeIn) -> dict[str, Any]:
    viewer = request.viewer
    returned, order = _wanted(viewer, body.returned), body.order
    old = _order(viewer, returned.store_id, body.returned.receipt)
    assert viewer.brand_id is not None
    if body.member_id is not None and body.member_id != old.member_id:
        raise NotFound(what="member")
    wanted = OrderWanted(
        order.id, viewer.brand_id, order.store_id, body.member_id, tuple(LineWanted(line.sku_id, line.quantity) for line in order.lines),
        order.expected_total_minor, "pos", "till", viewer.account_id,
        tuple(order.coupon_claim_ids), order.points, order.promise, order.best_coupons,
    )  # fmt: skip
    tenders = tuple(TenderGiven(one.kind, one.amount_minor, one.given_minor) for one in body.tenders)
    made = exchange_goods(ExchangeWanted(returned, wanted, tenders, body.hand_over), now=clock_now())
    return {
        "returned": return_detail(made.returned.id, viewer), "order_id": made.order.id, "order_number": made.order.number,
        "total_minor": made.order.total_minor, "paid_minor": made.paid_minor, "due_minor": made.due_minor, "handed_over": made.handed_over,
    }  # fmt: skip


@router.get("/returns/window", response=schemas.WindowOut, auth=API_AUTH, summary="For how long goods are taken back")
def show_window(request: ViewerRequest) -> dict[str, int]:
    assert request.viewer.brand_id is not None
    return {"window_days": window_days_of(request.viewer.brand_id)}


@router.put(
    "/returns/window", response=schemas.WindowOut, auth=API_AUTH, summary="Set for how long goods are taken back"
)
def change_window(request: ViewerRequest, body: schemas.WindowIn) -> dict[str, int]:
    viewer = request.viewer
    _rule(viewer)
    assert viewer.brand_id is not None
    return {"window_days": set_return_window(viewer.brand_id, body.window_days, by=viewer.account_id, now=clock_now())}


@router.get("/returns/{return_id}", response=schemas.ReturnOut, auth=API_AUTH, summary="One return")
def show_return(request: ViewerRequest, return_id: UUID) -> ReturnView:
    _see(request.viewer)
    return return_detail(return_id, request.viewer)


@router.get("/return-requests", response=list[schemas.WishOut], auth=API_AUTH, summary="Requests to return by post")
def list_wishes(request: ViewerRequest, store_id: UUID | None = None, open_only: bool = False) -> list[Wish]:
    return wishes(request.viewer, store_id=store_id, open_only=open_only)


@router.post(
    "/return-requests", response=schemas.WishOut, auth=API_AUTH, summary="Ask to send goods of one's own order back"
)
def ask(request: ViewerRequest, body: schemas.WishIn) -> Wish:
    viewer = request.viewer
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    lines = tuple((line.position, line.quantity) for line in body.lines)
    wanted = RequestWanted(body.id, body.order_id, viewer.member_id, lines, body.reason, body.note, viewer.account_id)
    return wish_detail(ask_to_return(wanted, now=clock_now()).id, viewer)


@router.get(
    "/return-requests/{return_request_id}", response=schemas.WishOut, auth=API_AUTH, summary="One request to return"
)
def show_wish(request: ViewerRequest, return_request_id: UUID) -> Wish:
    return wish_detail(return_request_id, request.viewer)


@router.post(
    "/return-requests/{return_request_id}/approve",
    response=schemas.WishOut,
    auth=API_AUTH,
    summary="Let the goods be sent",
)
def approve(request: ViewerRequest, return_request_id: UUID, body: schemas.WishNoteIn) -> Wish:
    viewer = _deciding(request, return_request_id)
    approve_request(return_request_id, by=viewer.account_id, note=body.note, now=clock_now())
    return wish_detail(return_request_id, viewer)


@router.post(
    "/return-requests/{return_request_id}/refuse",
    response=schemas.WishOut,
    auth=API_AUTH,
    summary="Refuse, with the reason",
)
def refuse(request: ViewerRequest, return_request_id: UUID, body: schemas.WishNoteIn) -> Wish:
    viewer = _deciding(request, return_request_id)
    refuse_request(return_request_id, by=viewer.account_id, note=body.note, now=clock_now())
    return wish_detail(return_request_id, viewer)


@router.post(
    "/return-requests/{return_request_id}/send",
    response=schemas.WishOut,
    auth=API_AUTH,
    summary="Say how the goods travel",
)
def send(request: ViewerRequest, return_request_id: UUID, body: schemas.WishSentIn) -> Wish:
    viewer = _own(request, return_request_id)
    send_request(return_request_id, carrier=body.carrier, waybill=body.waybill, by=viewer.account_id, now=clock_now())
    return wish_detail(return_request_id, viewer)


@router.post(
    "/return-requests/{return_request_id}/withdraw",
    response=schemas.WishOut,
    auth=API_AUTH,
    summary="Keep the goods after all",
)
def withdraw(request: ViewerRequest, return_request_id: UUID) -> Wish:
    viewer = _own(request, return_request_id)
    withdraw_request(return_request_id, by=viewer.account_id, now=clock_now())
    return wish_detail(return_request_id, viewer)


@router.post(
    "/return-requests/{return_request_id}/receive",
    response=schemas.ReturnOut,
    auth=API_AUTH,
    summary="Take back what came by post",
)
def receive(request: ViewerRequest, return_request_id: UUID, body: schemas.WishReceivedIn) -> ReturnView:
    viewer = _deciding(request, return_request_id)
    lines = [ReturnLineWanted(line.position, line.quantity, line.condition) for line in body.lines]
    receive_request(return_request_id, lines, by=viewer.account_id, note=body.note, now=clock_now())
    return return_detail(return_request_id, viewer)


def may_at(viewer: Viewer, store_id: UUID, permission: str) -> bool:
    """Tell whether the viewer's role reaches this store with the permission."""
    return viewer.may(permission) and stores_visible_to(viewer, permission).filter(id=store_id).exists()


def _order(viewer: Viewer, store_id: UUID, receipt: str) -> OrderNow:
    viewer.require(RETURN)
    if not may_at(viewer, store_id, RETURN):
        raise NotFound(what="store")
    order = order_by_receipt(viewer, receipt, store_id=store_id)
    if order is None:
        raise NotFound(what="order")
    return order


def _wanted(viewer: Viewer, body: schemas.ReturnIn) -> ReturnWanted:
    order = _order(viewer, body.store_id, body.receipt)
    if body.late_reason.strip() and not may_at(viewer, body.store_id, OVERRIDE):
        raise NotAllowed(permission=OVERRIDE)
    lines = tuple(ReturnLineWanted(line.position, line.quantity, line.condition) for line in body.lines)
    return ReturnWanted(
        body.id, order.id, body.store_id, lines, viewer.account_id, "counter", body.reason, body.note, body.late_reason,
        body.location_id, drawer_at(body.store_id, by=viewer.account_id, shift_id=body.shift_id),
    )  # fmt: skip


def _see(viewer: Viewer) -> None:
    if viewer.system != "consumer":
        viewer.require("orders.see")


def _rule(viewer: Viewer) -> None:
    if viewer.system != "brand" or not viewer.place_ids("brand", "plan.change"):
        raise NotAllowed(permission="plan.change")


def _deciding(request: HttpRequest, return_request_id: UUID) -> Viewer:
    """Give the viewer if it stands on the store's side of this request."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(RETURN)
    if not wishes_visible_to(viewer).filter(id=return_request_id).exists():
        raise NotFound(what="return request")
    return viewer


def _own(request: HttpRequest, return_request_id: UUID) -> Viewer:
    """Give the viewer if the request is its own, or one of its stores'."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not wishes_visible_to(viewer).filter(id=return_request_id).exists():
        raise NotFound(what="return request")
    return viewer
