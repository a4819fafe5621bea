"""Buying coupons over HTTP: open a purchase, pay it, give an unused coupon back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, StringConstraints

from sitong.scene.coupon_sales.actions import CouponSaleWanted, open_coupon_sales, return_bought_coupon
from sitong.scene.coupon_sales.models import CouponSale
from sitong.scene.coupon_sales.paying import way_to_pay_for_coupon
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["coupons"])


class CouponSaleIn(BaseModel):
    """A coupon that a consumer buys. `id` is made by the caller; sending it again is safe. The coupon has the same id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    coupon_id: UUID
    store_id: UUID | None = None
    source: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = ""


class CouponSaleOut(BaseModel):
    """A purchase: open, paid, expired, returned (the money went back), refunded (the coupon was given back)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    coupon_id: UUID
    price_minor: int
    currency: str
    state: str
    opened_at: datetime
    pay_by: datetime
    paid_at: datetime | None


class CouponPayOut(BaseModel):
    """How to pay: parameters for the consumer's app, and a page where the provider has one."""

    sale_id: UUID
    number: str
    amount_minor: int
    currency: str
    jsapi: dict[str, str]
    cashier: str | None


class CouponReturnedOut(BaseModel):
    claim_id: UUID
    amount_minor: int


@router.post("/coupon-purchases", response={201: CouponSaleOut}, auth=API_AUTH, summary="Buy a coupon")
def open_one(request: ViewerRequest, wanted: CouponSaleIn) -> Status[CouponSale]:
    """Open a purchase, to be paid within 15 minutes. The coupon is given when it is paid; should all be gone then, the money
    goes back."""
    viewer = request.viewer
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    one = CouponSaleWanted(
        wanted.id, viewer.brand_id, viewer.member_id, wanted.coupon_id, wanted.store_id, wanted.source
    )
    (outcome,) = open_coupon_sales([one], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, outcome)


@router.get("/coupon-purchases/{coupon_sale_id}", response=CouponSaleOut, auth=API_AUTH, summary="Show a purchase")
def show_one(request: ViewerRequest, coupon_sale_id: UUID) -> CouponSale:
    """One's own purchase of a coupon."""
    return _own(request.viewer, coupon_sale_id)


@router.post(
    "/coupon-purchases/{coupon_sale_id}/pay",
    response=CouponPayOut,
    auth=API_AUTH,
    summary="Open the payment of a purchase",
)
def pay_one(request: ViewerRequest, coupon_sale_id: UUID) -> dict[str, object]:
    """Open (or give again) the payment of one's own purchase, and say how to pay it."""
    return way_to_pay_for_coupon(_own(request.viewer, coupon_sale_id), now=clock_now())


@router.post(
    "/coupon-claims/{claim_id}/return", response=CouponReturnedOut, auth=API_AUTH, summary="Give a bought coupon back"
)
def return_one(request: ViewerRequest, claim_id: UUID) -> dict[str, object]:
    """Give back a coupon of one's own that was bought and not used; all that was paid goes back the way it came."""
    viewer = request.viewer
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    done = return_bought_coupon(claim_id, member_id=viewer.member_id, by=viewer.account_id, now=clock_now())
    return {"claim_id": done.claim_id, "amount_minor": done.amount_minor}


def _own(viewer: Viewer, sale_id: UUID) -> CouponSale:
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    sale = CouponSale.objects.filter(id=sale_id, member_id=viewer.member_id, brand_id=viewer.brand_id).first()  # type: ignore[misc]
    if sale is None:
        raise NotFound(what="purchase")
    return sale
