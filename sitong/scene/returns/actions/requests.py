"""Returns by post: a member asks, the store approves, the goods come, the money goes back; each step with who and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions.steps import lock_orders
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.actions.take_back import take_back
from sitong.scene.returns.models import RequestState, ReturnRequest, ReturnRequestStep
from sitong.scene.returns.queries import Returned
from sitong.scene.returns.rules import (
    POST,
    OrderNow,
    ReturnLineWanted,
    ReturnWanted,
    lines_refused,
    not_returnable,
)
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

OPEN = (RequestState.ASKED, RequestState.APPROVED, RequestState.SENT)
AFTER = {
    RequestState.APPROVED: (RequestState.ASKED,),
    RequestState.REFUSED: (RequestState.ASKED, RequestState.APPROVED, RequestState.SENT),
    RequestState.WITHDRAWN: (RequestState.ASKED, RequestState.APPROVED),
    RequestState.SENT: (RequestState.APPROVED,),
    RequestState.RECEIVED: (RequestState.APPROVED, RequestState.SENT),
}
"""From which states a request may come into each."""


class RequestOpen(Refused):
    """The order has a request that is not finished: that one goes on, or is withdrawn first."""

    code = "scene.return_request_open"


class RequestClosed(Refused):
    """The request is not where this step may follow: its state tells."""

    code = "scene.return_request_closed"


@dataclass(frozen=True, slots=True)
class RequestWanted:
    """A member wishes to send goods of its order back: (position, quantity) each. `id` was made by the client."""

    id: UUID
    order_id: UUID
    member_id: UUID
    lines: tuple[tuple[int, int], ...]
    reason: str = "other"
    note: str = ""
    by: UUID | None = None


def ask_to_return(wanted: RequestWanted, *, now: datetime) -> ReturnRequest:
    """Ask to send goods back by post. The window counts from here: what was asked in time is taken back in time.

    Sent again it gets the same answer. Raises scene.return_request_open, what a return of the same goods would be refused
    with, and shared.not_found for an order that is not the member's.
    """
    with transaction.atomic():
        lock_orders([wanted.order_id])
        order = orders_now([wanted.order_id]).get(wanted.order_id)
        if order is None or order.member_id != wanted.member_id:
            raise NotFound(what="order")
        if (before := ReturnRequest.objects.filter(id=wanted.id).first()) is not None:
            if (before.order_id, before.lines) != (order.id, [list(line) for line in wanted.lines]):
                raise RepeatDiffers(id=wanted.id)
            return before
        if ReturnRequest.objects.filter(order_id=order.id, state__in=OPEN).exists():
            raise RequestOpen(number=order.number)
        if refused := _refused(wanted, order, now):
            raise refused
        try:
            with transaction.atomic():
                made = ReturnRequest.objects.create(
                    id=wanted.id, brand_id=order.brand_id, order_id=order.id, store_id=order.store_id, member_id=wanted.member_id,
                    reason=wanted.reason, note=wanted.note.strip()[:200], lines=[list(line) for line in wanted.lines], asked_at=now,
                )  # fmt: skip
        except IntegrityError:  # the id is another order's
            raise RepeatDiffers(id=wanted.id) from None
        _write_step(made, RequestState.ASKED, wanted.by, wanted.note, now)
        return made


def approve_request(request_id: UUID, *, by: UUID | None, note: str = "", now: datetime) -> ReturnRequest:
    """Let the member send the goods. Done before, it is given as it stands."""
    return _step(request_id, RequestState.APPROVED, by=by, note=note, now=now)


def refuse_request(request_id: UUID, *, by: UUID | None, note: str, now: datetime) -> ReturnRequest:
    """Refuse a wish, or goods that came otherwise than was said; `note` says why."""
    return _step(request_id, RequestState.REFUSED, by=by, note=note, now=now)


def withdraw_request(request_id: UUID, *, by: UUID | None, now: datetime) -> ReturnRequest:
    """Let the member keep the goods after all, before they are sent."""
    return _step(request_id, RequestState.WITHDRAWN, by=by, note="", now=now)


def send_request(request_id: UUID, *, carrier: str, waybill: str, by: UUID | None, now: datetime) -> ReturnRequest:
    """Keep with whom and under which number the goods are on their way."""
    with transaction.atomic():
        sent = _step(request_id, RequestState.SENT, by=by, note=f"{carrier} {waybill}".strip(), now=now)
        ReturnRequest.objects.filter(id=request_id).update(carrier=carrier[:40], waybill=waybill[:40])
        sent.carrier, sent.waybill = carrier[:40], waybill[:40]
        return sent


def receive_request(
    request_id: UUID, lines: Sequence[ReturnLineWanted], *, by: UUID | None, note: str = "", now: datetime
) -> Returned:
    """Take back what came by post, counted as it is, and give its money back: a return of the request's own id.

    Sent again it gets the same answer. Raises what `return_goods` would refuse.
    """
    with transaction.atomic():
        request = _found(request_id)
        lock_orders([request.order_id])
        order = orders_now([request.order_id])[request.order_id]
        shop = shops([request.store_id])[request.store_id]
        in_time = order.until is None or business_date(request.asked_at, shop.zone) <= order.until
        wanted = ReturnWanted(
            request.id, request.order_id, request.store_id, tuple(lines), by, POST, request.reason, note,
            late_reason="asked in time" if in_time and order.until and business_date(now, shop.zone) > order.until else "",
        )  # fmt: skip
        _step(request_id, RequestState.RECEIVED, by=by, note=note, now=now)
        (outcome,) = take_back([wanted], {}, now=now)
        if isinstance(outcome, Refused):
            raise outcome
        return outcome


def _refused(wanted: RequestWanted, order: OrderNow, now: datetime) -> Refused | None:
    asked = tuple(ReturnLineWanted(position, quantity) for position, quantity in wanted.lines)
    one = ReturnWanted(wanted.id, order.id, order.store_id, asked, way=POST)
    today = business_date(now, shops([order.store_id])[order.store_id].zone)
    return not_returnable(one, order, today) or lines_refused(one, order, order.lines)


def _found(request_id: UUID) -> ReturnRequest:
    request = ReturnRequest.objects.filter(id=request_id).first()
    if request is None:
        raise NotFound(what="return request")
    return request


def _step(request_id: UUID, step: RequestState, *, by: UUID | None, note: str, now: datetime) -> ReturnRequest:
    with transaction.atomic():
        request = ReturnRequest.objects.select_for_update(no_key=True).filter(id=request_id).first()
        if request is None:
            raise NotFound(what="return request")
        if request.state == step:
            return request
        if request.state not in AFTER[step]:
            raise RequestClosed(state=request.state)
        ReturnRequest.objects.filter(id=request_id).update(state=step)
        request.state = step
        _write_step(request, step, by, note, now)
        return request


def _write_step(request: ReturnRequest, step: RequestState, by: UUID | None, note: str, now: datetime) -> None:
    ReturnRequestStep.objects.create(
        request_id=request.id, step=step, brand_id=request.brand_id, by=by, at=now, note=note.strip()[:200]
    )
