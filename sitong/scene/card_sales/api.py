"""Buying cards and giving them back over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.member.cards.queries import card_of
from sitong.org.stores.queries import stores_visible_to
from sitong.scene.card_sales import schemas as s
from sitong.scene.card_sales.actions import (
    CardSaleWanted,
    CashCardSale,
    give_card_back,
    open_card_sales,
    pay_card_sales_in_cash,
)
from sitong.scene.card_sales.models import CardSale
from sitong.scene.card_sales.paying import card_code_standing, give_up_card_code, pay_card_by_code, way_to_pay_for_card
from sitong.scene.topups.queries import member_shown
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["cards"])


@router.post("/card-sales", response={201: s.CardSaleOut}, auth=API_AUTH, summary="Buy a card")
def open_one(request: ViewerRequest, wanted: s.CardSaleIn) -> Status[CardSale]:
    """Open a purchase, to be paid within 15 minutes: a consumer for itself, a clerk for the member who shows phone, card or code."""
    viewer = request.viewer
    if viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    if viewer.system == "consumer":
        member_id = viewer.member_id
    else:
        _at_store(viewer, wanted.store_id)
        found = member_shown(viewer.brand_id, wanted.shows, at=now()) if wanted.shows else None
        member_id = found.id if found else None
    if member_id is None:
        raise NotFound(what="member")
    one = CardSaleWanted(wanted.id, viewer.brand_id, member_id, wanted.kind_id, wanted.store_id, viewer.account_id)
    return Status(201, _only(open_card_sales([one], now=now())))


@router.get("/card-sales/{card_sale_id}", response=s.CardSaleOut, auth=API_AUTH, summary="Show a purchase of a card")
def show_one(request: ViewerRequest, card_sale_id: UUID) -> CardSale:
    """One's own, or one of a store where one works at the till."""
    return _sale(request.viewer, card_sale_id)


@router.post(
    "/card-sales/{card_sale_id}/pay", response=s.CardSalePayOut, auth=API_AUTH, summary="Open the payment of a card"
)
def pay_one(request: ViewerRequest, card_sale_id: UUID) -> dict[str, Any]:
    """Open (or give again) the payment of one's own purchase, and say how to pay it."""
    if request.viewer.system != "consumer":
        raise NotAllowed(system=request.viewer.system)
    return way_to_pay_for_card(_sale(request.viewer, card_sale_id), now=now())


@router.post("/card-sales/{card_sale_id}/cash", response=s.CardPaidOut, auth=API_AUTH, summary="Take cash for a card")
def take_cash(request: ViewerRequest, card_sale_id: UUID, wanted: s.CardCashIn) -> object:
    """Take cash at the till. The same id again gets the same answer."""
    viewer = request.viewer
    viewer.require("till.sell")
    one = _sale(viewer, card_sale_id)
    return _only(pay_card_sales_in_cash(
        [CashCardSale(wanted.id, one.id, wanted.given_minor, viewer.account_id, wanted.shift_id)], now=now()
    ))  # fmt: skip


@router.post(
    "/card-sales/{card_sale_id}/code",
    response=s.CardStandingOut,
    auth=API_AUTH,
    summary="Take a card's price by payment code",
)
def take_code(request: ViewerRequest, card_sale_id: UUID, wanted: s.CardCodeIn) -> dict[str, str]:
    """Scan the customer's WeChat payment code at the till."""
    one = _at_till(request.viewer, card_sale_id)
    return {"standing": pay_card_by_code(one, wanted.auth_code, by=request.viewer.account_id, now=now())}


@router.get(
    "/card-sales/{card_sale_id}/code",
    response=s.CardStandingOut,
    auth=API_AUTH,
    summary="Ask how a card's payment code stands",
)
def ask_code(request: ViewerRequest, card_sale_id: UUID) -> dict[str, str]:
    """Ask the provider whether the customer has confirmed."""
    return {"standing": card_code_standing(_at_till(request.viewer, card_sale_id).id, now=now())}


@router.delete(
    "/card-sales/{card_sale_id}/code",
    response=s.CardStandingOut,
    auth=API_AUTH,
    summary="Give a card's payment code up",
)
def drop_code(request: ViewerRequest, card_sale_id: UUID) -> dict[str, str]:
    """Stop waiting for the customer; the provider reverses the payment."""
    return {"standing": give_up_card_code(_at_till(request.viewer, card_sale_id).id, now=now())}


@router.post("/my-cards/{card_id}/give-back", response=s.CardGivenBackOut, auth=API_AUTH, summary="Give a card back")
def back_one(request: ViewerRequest, card_id: UUID, wanted: s.CardBackIn) -> object:
    """What is left of the price goes back by WeChat; a card that was paid in cash is given back at a counter."""
    viewer = request.viewer
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    card = card_of(card_id, brand_id=viewer.brand_id, member_id=viewer.member_id)
    return give_card_back(
        wanted.id, card.id, member_id=viewer.member_id, by=viewer.account_id, now=now(), kinds=("wechat",)
    )


def _sale(viewer: Viewer, sale_id: UUID) -> CardSale:
    found = CardSale.objects.filter(id=sale_id).first()
    if found is None or found.brand_id != viewer.brand_id:
        raise NotFound(what="card sale")
    if viewer.system == "consumer":
        if found.member_id != viewer.member_id:
            raise NotFound(what="card sale")
    else:
        _at_store(viewer, found.store_id)
    return found


def _at_till(viewer: Viewer, sale_id: UUID) -> CardSale:
    viewer.require("till.sell")
    return _sale(viewer, sale_id)


def _at_store(viewer: Viewer, store_id: UUID | None) -> None:
    viewer.require("till.sell")
    if store_id is None or not stores_visible_to(viewer, "till.sell").filter(id=store_id).exists():
        raise NotFound(what="store")


def _only(outcomes: Any) -> Any:
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
