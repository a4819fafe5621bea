"""Orders over HTTP: pay from the wallet, and by the code that the customer shows."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sitong.scene.orders.actions import WalletTender, pay_orders_from_wallets
from sitong.scene.orders.paying import CodeStanding, code_standing, give_up_code, pay_order_by_code
from sitong.scene.orders.queries import OrderView, order_detail
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotAllowed, Refused

router = Router(tags=["orders"])


class WalletPayIn(BaseModel):
    """Pay from the own wallet. `id` is the payment's, made by the caller. Without an amount: as much as the wallet holds."""

    id: UUID
    amount_minor: int | None = Field(default=None, ge=1, le=10**9, strict=True)


class WalletPayOut(BaseModel):
    """What the wallet paid, and what is left to pay by `POST …/pay`."""

    model_config = ConfigDict(from_attributes=True)

    order_id: UUID
    paid_minor: int
    left_minor: int


class PayCodeIn(BaseModel):
    """The WeChat payment code on the customer's phone: 18 digits."""

    auth_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{18}$")]


class PayCodeOut(BaseModel):
    """How it stands: "paid", "paying" (the customer confirms on the phone: ask again), "refused" (scan another code), or "none"."""

    model_config = ConfigDict(from_attributes=True)

    order_id: UUID
    standing: str
    amount_minor: int


@router.post("/orders/{order_id}/pay/wallet", response=WalletPayOut, auth=API_AUTH, summary="Pay from the wallet")
def pay_from_wallet(request: ViewerRequest, order_id: UUID, wanted: WalletPayIn) -> object:
    """Pay one's own order from one's own wallet, wholly or in part."""
    viewer = request.viewer
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    one = order_detail(order_id, viewer)
    (outcome,) = pay_orders_from_wallets(
        [WalletTender(wanted.id, one.id, wanted.amount_minor, viewer.account_id)], now=now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.post("/orders/{order_id}/pay/code", response=PayCodeOut, auth=API_AUTH, summary="Take a payment code")
def pay_by_code(request: ViewerRequest, order_id: UUID, wanted: PayCodeIn) -> CodeStanding:
    """Take what is still to pay of an order by the code that the customer shows at the counter."""
    one = _at_till(request, order_id)
    return pay_order_by_code(one, wanted.auth_code, by=request.viewer.account_id, now=now())


@router.get("/orders/{order_id}/pay/code", response=PayCodeOut, auth=API_AUTH, summary="Ask how a payment code stands")
def ask_code(request: ViewerRequest, order_id: UUID) -> CodeStanding:
    """Ask the provider whether the customer has confirmed."""
    return code_standing(_at_till(request, order_id).id, now=now())


@router.delete("/orders/{order_id}/pay/code", response=PayCodeOut, auth=API_AUTH, summary="Give a payment code up")
def drop_code(request: ViewerRequest, order_id: UUID) -> CodeStanding:
    """Stop waiting for the customer; the provider reverses the payment."""
    return give_up_code(_at_till(request, order_id).id, now=now())


def _at_till(request: ViewerRequest, order_id: UUID) -> OrderView:
    request.viewer.require("till.sell")
    return order_detail(order_id, request.viewer)
