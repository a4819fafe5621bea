"""A member's rewards in cash in the mini shop: what comes, what has come, receiving it, and making the own WeChat known."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.identity.actions import KeyProven, prove_keys
from sitong.org.staff.queries import wechat_app_of
from sitong.org.staff.wechat import authorize_address, user_of_code
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.payments.queries import merchant_of
from sitong.scene.payouts.looks import state_said
from sitong.scene.payouts.models import PayoutState
from sitong.scene.payouts.queries import payout_of, payouts_of
from sitong.scene.payouts.sending import is_open, ready_waiting, send_payouts, way_to_receive
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

STATE_KEY = "payouts_wechat"


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The member's rewards in cash, the latest first."""
    assert shop.member_id is not None
    rows = payouts_of([shop.member_id])
    shown = [{"payout": one, "said": state_said(one.state), "open": is_open(one)} for one in rows]
    context = {
        "shop": shop, "payouts": shown, "tab": "me", "waiting": any(one.state == PayoutState.WAITING for one in rows),
        "can_connect": _app(shop) is not None,
    }  # fmt: skip
    return render(request, "scene/payouts/mine.html", context)


@require_POST
@shop_page
@for_members
def receive(request: HttpRequest, shop: Visit, payout_id: UUID) -> HttpResponse:
    """Lead to WeChat's question whether to receive one reward; outside of WeChat to the provider's own page where it has one."""
    payout = payout_of(shop.member_id, payout_id) if shop.member_id else None
    if payout is None:
        raise Http404
    home = f"{shop.home}me/payouts/"
    if not is_open(payout):
        messages.warning(request, state_said(payout.state))
        return HttpResponseRedirect(home)
    way = way_to_receive(payout)
    page = f"{way['page']}?{urlencode({'back': request.build_absolute_uri(home)})}" if way["page"] else ""
    context = {
        "shop": shop, "payout": payout, "jsapi": way["jsapi"], "page": page, "tab": "me",
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
    }  # fmt: skip
    return render(request, "scene/payouts/receive.html", context)


@require_POST
@shop_page
@for_members
def connect(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Lead the member to WeChat, which says who it is in the app that pays."""
    app = _app(shop)
    if app is None:
        raise Http404
    state = secrets.token_urlsafe(16)
    request.session[STATE_KEY] = state
    return HttpResponseRedirect(
        authorize_address(app, back=f"{settings.PUBLIC_URL}{shop.home}me/payouts/wechat/", state=state)
    )


@require_safe
@never_cache
@shop_page
@for_members
def connected(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Come back from WeChat: the member's WeChat is known, and what was waiting is sent."""
    app, code, state = _app(shop), request.GET.get("code", ""), request.session.pop(STATE_KEY, "")
    home = f"{shop.home}me/payouts/"
    assert shop.member_id is not None and shop.viewer is not None
    if app is None or not code or not state or not secrets.compare_digest(state, request.GET.get("state", "")):
        messages.error(request, _("That did not work. Please try again."))
        return HttpResponseRedirect(home)
    try:
        user = user_of_code(app, code)
        proven = KeyProven(
            new_id(),
            shop.brand.id,
            shop.member_id,
            "wechat_open",
            user.openid,
            "signed_in",
            user.app_id,
            shop.viewer.account_id,
        )
        (outcome,) = prove_keys([proven], now=shop.at)
        if isinstance(outcome, Refused):
            raise outcome
        ready_waiting([outcome.member_id])
        send_payouts(now=shop.at)
        messages.success(request, _("Your WeChat is known now. Your money is on its way."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(home)


def _app(shop: Visit) -> Any:
    """Give the brand's app in which members are known to the account that pays; None where there is none."""
    try:
        merchant = merchant_of(brand_id=shop.brand.id, entity_id=None)
    except NotFound:
        return None
    app = wechat_app_of(shop.brand.id, "account")
    return app if app is not None and app.app_id == merchant.app_id else None


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/me/payouts/", mine, name="shop-payouts"),
    path("s/<slug:brand_code>/<str:store_code>/me/payouts/connect/", connect),
    path("s/<slug:brand_code>/<str:store_code>/me/payouts/wechat/", connected),
    path("s/<slug:brand_code>/<str:store_code>/me/payouts/<uuid:payout_id>/receive/", receive),
]
