"""Wallets over HTTP: what they hold, paying in, the history, and getting money back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Query, Router, Status

from sitong.member.identity.queries import member_facts, members_visible_to
from sitong.member.wallet.queries import EntryView, caps_of, entries_of, wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.org.stores.queries import stores_visible_to
from sitong.scene.topups import schemas as s
from sitong.scene.topups.actions import (
    CashTopUp,
    PayOutWanted,
    TopUpMalformed,
    TopUpWanted,
    open_topups,
    pay_out,
    pay_topups_in_cash,
)
from sitong.scene.topups.paying import give_up_topup_code, pay_topup_by_code, topup_code_standing, way_to_pay_topup
from sitong.scene.topups.queries import TopUpView, member_shown, topup_of
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["wallet"])


@router.get("/wallet", response=s.WalletOut, auth=API_AUTH, summary="Show a wallet")
def show_wallet(request: ViewerRequest, member_id: UUID | None = None, shows: str = "") -> dict[str, object]:
    """A consumer's own wallet, or a member's at whose till one works."""
    member = _whose(request.viewer, member_id, shows)
    return {
        "member_id": member,
        **asdict(wallets_now([member]).get(member, WalletNow())),
        "cap_minor": caps_of([member])[member],
    }


@router.get("/wallet/entries", response=list[s.EntryOut], auth=API_AUTH, summary="Show a wallet's history")
def show_entries(
    request: ViewerRequest,
    member_id: UUID | None = None,
    shows: str = "",
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[EntryView]:
    """The latest first. Page on with `before` = the last `at`."""
    return entries_of(_whose(request.viewer, member_id, shows), before=before, limit=limit)


@router.post("/top-ups", response={201: s.TopUpOut}, auth=API_AUTH, summary="Open a top-up")
def open_one(request: ViewerRequest, wanted: s.TopUpIn) -> Status[TopUpView]:
    """Open a top-up, to be paid within 15 minutes. The same id again gets the same answer."""
    viewer = request.viewer
    member_id = _whose(viewer, wanted.member_id, wanted.shows)
    if viewer.system != "consumer":
        _at_store(viewer, wanted.store_id)
    brand_id = member_facts([member_id])[member_id].brand_id
    one = TopUpWanted(
        wanted.id, brand_id, member_id, wanted.plan_id, wanted.pay_minor, wanted.store_id, viewer.account_id
    )
    if wanted.plan_id and wanted.pay_minor:
        raise TopUpMalformed()
    (outcome,) = open_topups([one], now=now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, outcome)


@router.get("/top-ups/{topup_id}", response=s.TopUpOut, auth=API_AUTH, summary="Show a top-up")
def show_one(request: ViewerRequest, topup_id: UUID) -> TopUpView:
    """One's own top-up, or one of a store where one works at the till."""
    return _topup(request.viewer, topup_id)


@router.post("/top-ups/{topup_id}/pay", response=s.TopUpPayOut, auth=API_AUTH, summary="Open the payment of a top-up")
def pay_one(request: ViewerRequest, topup_id: UUID) -> dict[str, object]:
    """Open (or give again) the payment of one's own top-up, and say how to pay it."""
    if request.viewer.system != "consumer":
        raise NotAllowed(system=request.viewer.system)
    return way_to_pay_topup(_topup(request.viewer, topup_id), now=now())


@router.post("/top-ups/{topup_id}/cash", response=s.PaidInOut, auth=API_AUTH, summary="Take cash for a top-up")
def pay_in_cash(request: ViewerRequest, topup_id: UUID, wanted: s.CashIn) -> object:
    """Take cash at the till. The same id again gets the same answer."""
    one = _at_till(request.viewer, topup_id)
    tender = CashTopUp(wanted.id, one.id, wanted.given_minor, request.viewer.account_id, wanted.shift_id)
    (outcome,) = pay_topups_in_cash([tender], now=now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.post(
    "/top-ups/{topup_id}/code", response=s.TopUpStandingOut, auth=API_AUTH, summary="Take a top-up by payment code"
)
def pay_by_code(request: ViewerRequest, topup_id: UUID, wanted: s.TopUpCodeIn) -> dict[str, str]:
    """Scan the customer's WeChat payment code at the till."""
    one = _at_till(request.viewer, topup_id)
    return {"standing": pay_topup_by_code(one, wanted.auth_code, by=request.viewer.account_id, now=now())}


@router.get(
    "/top-ups/{topup_id}/code", response=s.TopUpStandingOut, auth=API_AUTH, summary="Ask how a payment code stands"
)
def ask_code(request: ViewerRequest, topup_id: UUID) -> dict[str, str]:
    """Ask the provider whether the customer has confirmed."""
    return {"standing": topup_code_standing(_at_till(request.viewer, topup_id).id, now=now())}


@router.delete("/top-ups/{topup_id}/code", response=s.TopUpStandingOut, auth=API_AUTH, summary="Give a payment code up")
def drop_code(request: ViewerRequest, topup_id: UUID) -> dict[str, str]:
    """Stop waiting for the customer; the provider reverses the payment."""
    return {"standing": give_up_topup_code(_at_till(request.viewer, topup_id).id, now=now())}


@router.post("/wallet/pay-outs", response=s.PaidOutOut, auth=API_AUTH, summary="Get money back out of a wallet")
def get_back(request: ViewerRequest, wanted: s.PayOutIn) -> object:
    """A consumer gets back what was paid in by WeChat; a clerk who may give money back also hands out cash. The gift goes in proportion."""
    viewer = request.viewer
    if viewer.system != "consumer":
        viewer.require("orders.return")
    member_id = _whose(viewer, wanted.member_id, wanted.shows)
    kinds = ("wechat",) if viewer.system == "consumer" else ("wechat", "cash")
    brand_id = member_facts([member_id])[member_id].brand_id
    return pay_out(
        PayOutWanted(wanted.id, brand_id, member_id, wanted.principal_minor, kinds, viewer.account_id, wanted.shift_id),
        now=now(),
    )


def _whose(viewer: Viewer, member_id: UUID | None, shows: str = "") -> UUID:
    """Give the member whose wallet it is: a consumer's own, one whose home is the clerk's store, or who shows itself at the till."""
    if viewer.system == "consumer":
        if viewer.member_id is None or member_id not in (None, viewer.member_id):
            raise NotFound(what="member")
        return viewer.member_id
    viewer.require("till.sell")
    if shows and viewer.brand_id:
        found = member_shown(viewer.brand_id, shows, at=now())
        if found is not None:
            return found.id
    elif member_id and members_visible_to(viewer, "till.sell").filter(id=member_id).exists():
        return member_id
    raise NotFound(what="member")


def _topup(viewer: Viewer, topup_id: UUID) -> TopUpView:
    if viewer.system == "consumer":
        if viewer.member_id is None:
            raise NotFound(what="top-up")
        return topup_of(topup_id, brand_id=viewer.brand_id, member_id=viewer.member_id)
    return _at_till(viewer, topup_id)


def _at_till(viewer: Viewer, topup_id: UUID) -> TopUpView:
    viewer.require("till.sell")
    one = topup_of(topup_id, brand_id=viewer.brand_id)
    _at_store(viewer, one.store_id)
    return one


def _at_store(viewer: Viewer, store_id: UUID | None) -> None:
    viewer.require("till.sell")
    if store_id is None or not stores_visible_to(viewer, "till.sell").filter(id=store_id).exists():
        raise NotFound(what="store")
