"""The money of group deals over HTTP: pay one's place, or leave the group and have the money back."""

from __future__ import annotations

from uuid import UUID

from ninja import Router
from pydantic import BaseModel

from sitong.scene.deal_sales.actions import leave_deal_group, pay_deal_place_from_wallet
from sitong.scene.deal_sales.paying import way_to_pay_for_place
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, Refused

router = Router(tags=["group deals"])


class DealPayOut(BaseModel):
    """How to pay: parameters for the consumer's app, and a page where the provider has one."""

    place_id: UUID
    number: str
    amount_minor: int
    currency: str
    jsapi: dict[str, str]
    cashier: str | None


class DealPlaceState(BaseModel):
    """What became of a place: paid or given (its group is complete by it); left."""

    id: UUID
    group_id: UUID
    state: str
    price_minor: int


@router.post("/my-deals/{deal_place_id}/pay", response=DealPayOut, auth=API_AUTH, summary="Open the payment of a place")
def pay_one(request: ViewerRequest, deal_place_id: UUID) -> dict[str, object]:
    """Open (or give again) the payment of one's own place, and say how to pay it."""
    return way_to_pay_for_place(deal_place_id, member_id=_member_of(request.viewer), now=clock_now())


@router.post(
    "/my-deals/{deal_place_id}/pay-from-wallet", response=DealPlaceState, auth=API_AUTH, summary="Pay from the wallet"
)
def pay_from_wallet(request: ViewerRequest, deal_place_id: UUID) -> dict[str, object]:
    """Pay one's own place from the wallet, whole. Again gives the same answer."""
    outcome = pay_deal_place_from_wallet(
        deal_place_id, member_id=_member_of(request.viewer), by=request.viewer.account_id, now=clock_now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return {"id": outcome.id, "group_id": outcome.group_id, "state": outcome.state, "price_minor": outcome.price_minor}


@router.post("/my-deals/{deal_place_id}/leave", response=DealPlaceState, auth=API_AUTH, summary="Leave a group")
def leave_one(request: ViewerRequest, deal_place_id: UUID) -> dict[str, object]:
    """Leave a group that is not complete; what was paid goes back. Again gives the same answer."""
    outcome = leave_deal_group(
        deal_place_id, member_id=_member_of(request.viewer), by=request.viewer.account_id, now=clock_now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return {"id": outcome.id, "group_id": outcome.group_id, "state": "left", "price_minor": outcome.price_minor}


def _member_of(viewer: Viewer) -> UUID:
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer.member_id
