"""Paying into a wallet at the counter: the clerk finds the member, chooses a plan, takes cash or scans the payment code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.identity.queries import MemberFacts, member_facts, members_visible_to
from sitong.member.wallet.forms import a_uuid, minor_of
from sitong.member.wallet.queries import caps_of, entries_of, plans_open, wallets_now
from sitong.member.wallet.rules import WalletNow, gift_forfeited
from sitong.org.stores.queries import stores_visible_to
from sitong.scene.payments.provider import ProviderRefused
from sitong.scene.topups.actions import (
    CashTopUp,
    PayOutWanted,
    TopUpMalformed,
    TopUpWanted,
    open_topups,
    pay_out,
    pay_topups_in_cash,
)
from sitong.scene.topups.paying import give_up_topup_code, pay_topup_by_code, topup_code_standing
from sitong.scene.topups.queries import TopUpView, member_shown, payable_out, topup_of
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

HOME = "/store/wallet/"
SHOWN, SHOWN_MAX = "wallet_members", 20
"""The members whom a clerk has found by what they showed, kept in the session: a number in an address is not enough."""
BOTH = ("wechat", "cash")


@require_safe
@never_cache
@page_for("store", permission="till.sell")
def counter(request: ViewerRequest) -> HttpResponse:
    """Find a member by phone or card code; show the wallet and the plans."""
    text = request.GET.get("phone", "").strip()
    found = member_shown(_brand(request.viewer), text, at=now()) if text else None
    if found is not None:
        shown = [one for one in request.session.get(SHOWN, []) if one != str(found.id)]
        request.session[SHOWN] = [*shown, str(found.id)][-SHOWN_MAX:]
        return HttpResponseRedirect(f"{HOME}{found.id}/")
    problem = _("No member has this phone number, card or code.") if text else ""
    return render(
        request, "scene/topups/find.html", {"problem": problem, "phone": text}, status=404 if problem else 200
    )


@require_safe
@never_cache
@page_for("store", permission="till.sell")
def member(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Show one member's wallet with what can be paid in and out here."""
    return _member(request, member_id)


@require_POST
@page_for("store", permission="till.sell")
def begin(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Open a top-up for the member and go on to take the money."""
    one = _known(request, member_id)
    plan_id, topup_id = a_uuid(request.POST.get("plan", "")), a_uuid(request.POST.get("id", ""))
    store = stores_visible_to(request.viewer, "till.sell").filter(closed_at=None).order_by("code").first()
    if topup_id is None or store is None:
        return _member(request, member_id, sentence(TopUpMalformed()))
    own = None if plan_id else minor_of(request.POST.get("amount", ""))
    wanted = TopUpWanted(topup_id, one.brand_id, one.id, plan_id, own, store.id, request.viewer.account_id)
    (outcome,) = open_topups([wanted], now=now())
    if isinstance(outcome, Refused):
        return _member(request, member_id, sentence(outcome))
    return HttpResponseRedirect(f"{HOME}top-ups/{outcome.id}/")


@require_safe
@never_cache
@page_for("store", permission="till.sell")
def topup(request: ViewerRequest, topup_id: UUID) -> HttpResponse:
    """Show a top-up that waits for its money, or that is paid; while the member confirms on the phone, ask the provider."""
    one = _topup(request.viewer, topup_id)
    standing = ""
    if one.state == "open":
        standing = topup_code_standing(one.id, now=now())
        one = _topup(request.viewer, topup_id)
    return _take(request, one, standing)


@require_POST
@page_for("store", permission="till.sell")
def cash(request: ViewerRequest, topup_id: UUID) -> HttpResponse:
    """Take cash; the change is shown."""
    one = _topup(request.viewer, topup_id)
    tender_id = a_uuid(request.POST.get("id", "")) or new_id()
    given = request.POST.get("given", "").strip()
    wanted = CashTopUp(tender_id, one.id, minor_of(given) if given else None, request.viewer.account_id)
    (outcome,) = pay_topups_in_cash([wanted], now=now())
    if isinstance(outcome, Refused):
        return _take(request, _topup(request.viewer, topup_id), "", sentence(outcome))
    return _take(request, _topup(request.viewer, topup_id), "", change_minor=outcome.change_minor)


@require_POST
@page_for("store", permission="till.sell")
def code(request: ViewerRequest, topup_id: UUID) -> HttpResponse:
    """Take the payment code that the member shows."""
    one = _topup(request.viewer, topup_id)
    try:
        standing = pay_topup_by_code(
            one, request.POST.get("code", "").replace(" ", ""), by=request.viewer.account_id, now=now()
        )
    except ProviderRefused as refused:
        problem = f"{sentence(refused)} ({refused.facts['provider_code']})"
        return _take(request, _topup(request.viewer, topup_id), "refused", problem)
    except Refused as refused:
        return _take(request, _topup(request.viewer, topup_id), "", sentence(refused))
    return _take(request, _topup(request.viewer, topup_id), standing)


@require_POST
@page_for("store", permission="till.sell")
def give_up(request: ViewerRequest, topup_id: UUID) -> HttpResponse:
    """Stop waiting for the member's phone; the payment is reversed."""
    one = _topup(request.viewer, topup_id)
    try:
        standing = give_up_topup_code(one.id, now=now())
    except Refused as refused:
        return _take(request, one, "", sentence(refused))
    return _take(request, _topup(request.viewer, topup_id), standing)


@require_POST
@page_for("store", permission="orders.return")
def get_back(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Pay money out of the wallet: cash is handed out, WeChat's goes back by itself."""
    one = _known(request, member_id)
    minor = minor_of(request.POST.get("amount", ""))
    request_id = a_uuid(request.POST.get("id", ""))
    if minor is None or request_id is None:
        return _member(request, member_id, sentence(TopUpMalformed()))
    wanted = PayOutWanted(request_id, one.brand_id, one.id, minor, BOTH, request.viewer.account_id)
    try:
        paid = pay_out(wanted, now=now())
    except Refused as refused:
        return _member(request, member_id, sentence(refused))
    return _member(request, member_id, paid=paid)


def _take(
    request: ViewerRequest, one: TopUpView, standing: str, problem: str = "", change_minor: int | None = None
) -> HttpResponse:
    holds = wallets_now([one.member_id]).get(one.member_id, WalletNow())
    context = {
        "topup": one, "member": member_facts([one.member_id])[one.member_id], "standing": standing, "problem": problem, "holds": holds,
        "change_minor": change_minor, "tender_id": new_id(),
    }  # fmt: skip
    return render(request, "scene/topups/take.html", context, status=409 if problem else 200)


def _member(request: ViewerRequest, member_id: UUID, problem: str = "", paid: Any = None) -> HttpResponse:
    one = _known(request, member_id)
    holds = wallets_now([one.id]).get(one.id, WalletNow())
    most = min(holds.principal_minor, payable_out(one.id, BOTH))
    context = {
        "member": one, "holds": holds, "cap_minor": caps_of([one.id]).get(one.id, 0), "plans": [(plan, new_id()) for plan in plans_open(one.brand_id)],
        "own_id": new_id(), "request_id": new_id(), "most_minor": most, "forfeited_minor": gift_forfeited(most, holds), "paid": paid,
        "entries": entries_of(one.id, limit=10), "problem": problem, "may_pay_out": request.viewer.may("orders.return"),
    }  # fmt: skip
    return render(request, "scene/topups/member.html", context, status=409 if problem else 200)


def _known(request: ViewerRequest, member_id: UUID) -> MemberFacts:
    """Give a member who has shown itself at this clerk's counter, or whose home is the clerk's store."""
    viewer = request.viewer
    found = member_facts([member_id]).get(member_id)
    if found is None or found.brand_id != viewer.brand_id:
        raise NotFound(what="member")
    shown = str(member_id) in request.session.get(SHOWN, [])
    if not shown and not members_visible_to(viewer, "till.sell").filter(id=member_id).exists():
        raise NotFound(what="member")
    return found


def _topup(viewer: Viewer, topup_id: UUID) -> TopUpView:
    """Give a top-up that was opened at a store where the clerk works."""
    one = topup_of(topup_id, brand_id=viewer.brand_id)
    if not stores_visible_to(viewer, "till.sell").filter(id=one.store_id).exists():  # type: ignore[misc]
        raise NotFound(what="top-up")
    return one


def _brand(viewer: Viewer) -> UUID:
    if viewer.brand_id is None:
        raise NotFound(what="brand")
    return viewer.brand_id


urlpatterns = [
    path("store/wallet/", counter, name="store-wallet"),
    path("store/wallet/<uuid:member_id>/", member, name="store-wallet-member"),
    path("store/wallet/<uuid:member_id>/top-up/", begin, name="store-wallet-begin"),
    path("store/wallet/<uuid:member_id>/pay-out/", get_back, name="store-wallet-pay-out"),
    path("store/wallet/top-ups/<uuid:topup_id>/", topup, name="store-top-up"),
    path("store/wallet/top-ups/<uuid:topup_id>/cash/", cash, name="store-top-up-cash"),
    path("store/wallet/top-ups/<uuid:topup_id>/code/", code, name="store-top-up-code"),
    path("store/wallet/top-ups/<uuid:topup_id>/give-up/", give_up, name="store-top-up-give-up"),
]
