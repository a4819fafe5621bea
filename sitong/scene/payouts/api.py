"""Rewards in cash over HTTP: a member's own and how to receive one; headquarters' list, and trying again."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Router
from pydantic import BaseModel, ConfigDict

from sitong.scene.payouts.actions import try_again
from sitong.scene.payouts.models import Payout
from sitong.scene.payouts.queries import payout_of, payouts_of, payouts_of_brand
from sitong.scene.payouts.sending import is_open, way_to_receive
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

SHOWN = 500

router = Router(tags=["payouts"])


class PayoutNotOffered(Refused):
    """The money cannot be received now: it is not there yet, has come already, or did not come through."""

    code = "scene.payout_not_offered"


class PayoutOut(BaseModel):
    """A reward in cash: waiting (the member's WeChat is not known), ready, offered (to be received), done or failed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    member_id: UUID
    amount_minor: int
    currency: str
    source: str
    state: str
    number: str
    fault: str
    due_at: datetime
    done_at: datetime | None


class ReceiveOut(BaseModel):
    """How to receive it: parameters of `wx.requestMerchantTransfer`, and a page where the provider has one."""

    jsapi: dict[str, str]
    page: str | None


@router.get("/my-payouts", response=list[PayoutOut], auth=API_AUTH, summary="List one's own cash rewards")
def list_mine(request: ViewerRequest) -> list[Payout]:
    """A consumer's own rewards in cash, the latest first."""
    return payouts_of([_member_of(request.viewer)])


@router.post("/my-payouts/{payout_id}/receive", response=ReceiveOut, auth=API_AUTH, summary="Receive a cash reward")
def receive_one(request: ViewerRequest, payout_id: UUID) -> dict[str, object]:
    """Say how a consumer receives one of its own rewards. Refused: scene.payout_not_offered."""
    payout = payout_of(_member_of(request.viewer), payout_id)
    if payout is None:
        raise NotFound(what="payout")
    if not is_open(payout):
        raise PayoutNotOffered(state=payout.state)
    return way_to_receive(payout)


@router.get("/payouts", response=list[PayoutOut], auth=API_AUTH, summary="List cash rewards")
def list_all(
    request: ViewerRequest, state: Literal["", "waiting", "ready", "offered", "done", "failed"] = ""
) -> list[Payout]:
    """Headquarters' rewards in cash, the latest first."""
    return list(payouts_of_brand(_brand_of(request.viewer, "orders.see"), state=state)[:SHOWN])


@router.post(
    "/payouts/{payout_id}/try-again", response=PayoutOut, auth=API_AUTH, summary="Send a failed cash reward again"
)
def try_one(request: ViewerRequest, payout_id: UUID) -> Payout:
    """Send a failed reward again, under another number at the provider. Refused: scene.payout_not_failed."""
    brand_id = _brand_of(request.viewer, "wallet.change")
    return try_again(payout_id, brand_id=brand_id, by=request.viewer.account_id, now=clock_now())


def _member_of(viewer: Viewer) -> UUID:
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer.member_id


def _brand_of(viewer: Viewer, permission: str) -> UUID:
    viewer.require(permission)
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer.brand_id
