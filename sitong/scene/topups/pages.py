"""The member's wallet on its phone: what it holds, paying in, the history, and getting money back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.wallet.forms import a_uuid, minor_of
from sitong.member.wallet.queries import entries_of, plans_open, wallets_now
from sitong.member.wallet.rules import WalletNow, gift_forfeited
from sitong.scene.channels.answers import say_no
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.topups import counter
from sitong.scene.topups.actions import PayOutWanted, TopUpMalformed, TopUpNotPayable, TopUpWanted, open_topups, pay_out
from sitong.scene.topups.paying import way_to_pay_topup
from sitong.scene.topups.queries import payable_out, topup_of
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

PAGE = 30


@require_safe
@never_cache
@shop_page
@for_members
def wallet(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show what the wallet holds, the offers to pay in, and its history, the latest first."""
    return _show(request, shop, "")


@require_POST
@shop_page
@for_members
def top_up(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Open a top-up by a plan or an amount of one's own, and go on to pay it. The form holds the id, so a repeat is the same."""
    assert shop.viewer is not None and shop.member_id is not None
    plan_id, own = a_uuid(request.POST.get("plan", "")), request.POST.get("amount", "").strip()
    topup_id = a_uuid(request.POST.get("id", ""))
    if topup_id is None:
        return say_no(request, TopUpMalformed(), back=_home(shop))
    wanted = TopUpWanted(
        topup_id,
        shop.brand.id,
        shop.member_id,
        plan_id,
        None if plan_id else minor_of(own),
        shop.store.id,
        shop.viewer.account_id,
    )
    (outcome,) = open_topups([wanted], now=shop.at)
    if isinstance(outcome, Refused):
        return _show(request, shop, sentence(outcome))
    return HttpResponseRedirect(f"{_home(shop)}top-ups/{outcome.id}/")


@require_safe
@never_cache
@shop_page
@for_members
def pay(request: HttpRequest, shop: Visit, topup_id: UUID) -> HttpResponse:
    """Show how to pay a top-up, or that it is paid."""
    one = topup_of(topup_id, brand_id=shop.brand.id, member_id=shop.member_id)
    context: dict[str, Any] = {
        "shop": shop,
        "topup": one,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "back": f"{_home(shop)}top-ups/{one.id}/",
    }
    try:
        way = way_to_pay_topup(one, now=shop.at)
    except TopUpNotPayable:
        return render(
            request, "scene/topups/topup.html", {**context, "state": topup_of(topup_id, brand_id=shop.brand.id).state}
        )
    except Refused as refused:
        return render(request, "scene/topups/topup.html", {**context, "problem": sentence(refused)}, status=503)
    if way["cashier"]:
        context["cashier"] = f"{way['cashier']}?{urlencode({'back': request.build_absolute_uri(context['back'])})}"
    return render(request, "scene/topups/topup.html", {**context, "jsapi": way["jsapi"], "state": "open"})


@require_POST
@shop_page
@for_members
def get_back(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Pay out what is left of the money that was paid in online, the way it came."""
    assert shop.viewer is not None and shop.member_id is not None
    request_id = a_uuid(request.POST.get("id", ""))
    if request_id is None:
        return say_no(request, TopUpMalformed(), back=_home(shop))
    try:
        paid = pay_out(PayOutWanted(request_id, shop.brand.id, shop.member_id, by=shop.viewer.account_id), now=shop.at)
    except Refused as refused:
        return say_no(request, refused, back=_home(shop))
    return HttpResponseRedirect(f"{_home(shop)}?{urlencode({'back': paid.principal_minor})}")


def _show(request: HttpRequest, shop: Visit, problem: str) -> HttpResponse:
    assert shop.member_id is not None
    before = parse_datetime(request.GET.get("before", "")) if request.GET.get("before") else None
    holds = wallets_now([shop.member_id]).get(shop.member_id, WalletNow())
    entries = entries_of(shop.member_id, before=before, limit=PAGE)
    online = min(holds.principal_minor, payable_out(shop.member_id, ("wechat",)))
    context = {
        "shop": shop, "tab": "me", "holds": holds, "plans": [(one, new_id()) for one in plans_open(shop.brand.id)], "own_id": new_id(),
        "entries": entries, "more": len(entries) == PAGE, "problem": problem, "request_id": new_id(), "online_minor": online,
        "forfeited_minor": gift_forfeited(online, holds), "given_back": minor_of(request.GET.get("back", ""), of_yuan=False),
    }  # fmt: skip
    return render(request, "scene/topups/wallet.html", context, status=409 if problem else 200)


def _home(shop: Visit) -> str:
    return f"{shop.home}me/wallet/"


_SHOP = "s/<slug:brand_code>/<str:store_code>/me/wallet/"
urlpatterns = [
    path(_SHOP, wallet, name="shop-wallet"),
    path(f"{_SHOP}top-up/", top_up, name="shop-top-up"),
    path(f"{_SHOP}top-ups/<uuid:topup_id>/", pay, name="shop-top-up-pay"),
    path(f"{_SHOP}pay-out/", get_back, name="shop-pay-out"),
    *counter.urlpatterns,
]
