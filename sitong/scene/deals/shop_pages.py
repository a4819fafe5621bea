"""Group deals in the mini shop: what runs, one deal with its open groups, a group with who is in, one's own."""

from __future__ import annotations

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.deals.actions import JoinWanted, join_groups
from sitong.marketing.deals.queries import (
    days_of,
    deals_by_id,
    draw_of,
    group_of,
    groups_by_id,
    groups_open,
    open_deals,
    own_place,
    own_places,
    own_tickets,
    places_in,
    published_deal,
)
from sitong.member.wallet.queries import wallets_now
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.deal_sales.actions import leave_deal_group, pay_deal_place_from_wallet
from sitong.scene.deal_sales.paying import way_to_pay_for_place
from sitong.scene.deals.looks import draw_said, group_seen, place_said, saved_bp
from sitong.scene.vouchers.claim_pages import as_id
from sitong.scene.vouchers.looks import code_image
from sitong.shared.access.gates import sign_in_address
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id


@require_safe
@never_cache
@shop_page
def deal_list(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The group deals that run in this store."""
    found = open_deals(shop.brand.id, at=shop.at, store_id=shop.store.id)
    shown = [{"deal": one, "saved_bp": saved_bp(one), "running": one.ends_at > shop.at} for one in found]
    return render(request, "scene/deals/list.html", {"shop": shop, "deals": shown, "tab": "me"})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
def deal_page(request: HttpRequest, shop: Visit, deal_id: UUID) -> HttpResponse:
    """One deal: what it gives, groups to join, and one big button. Joining leads to the group, where it is paid."""
    deal = _deal(shop, deal_id)
    problem = ""
    if request.method == "POST":
        if shop.member_id is None:
            return HttpResponseRedirect(sign_in_address(request, "consumer"))
        group_id = as_id(request.POST.get("group", ""))
        way = "join" if group_id else "open" if "open" in request.POST else "any"
        wanted = JoinWanted(
            as_id(request.POST.get("id", "")) or new_id(), shop.brand.id, shop.member_id, deal.id, way, group_id, shop.store.id, "shop"
        )  # fmt: skip
        (outcome,) = join_groups([wanted], now=shop.at)
        if not isinstance(outcome, Refused):
            return HttpResponseRedirect(f"{shop.home}deals/groups/{outcome.group_id}/")
        problem = sentence(outcome)
    mine = [one for one in own_places(shop.member_id) if one.deal_id == deal.id] if shop.member_id else []
    inside = {one.group_id for one in mine if one.state in ("held", "paid")}
    groups = [one for one in groups_open(deal.id, at=shop.at, limit=6) if one.taken < one.people]
    context: dict[str, Any] = {
        "shop": shop, "deal": deal, "saved_bp": saved_bp(deal), "problem": problem, "tab": "me", "join_id": new_id(),
        "groups": [{"group": one, "missing": one.people - one.taken, "own": one.id in inside} for one in groups],
        "inside": next(iter(inside), None), "running": deal.ends_at > shop.at and deal.ended_at is None,
        "given": next((one for one in mine if one.state == "given"), None), **_draw(deal),
    }  # fmt: skip
    return render(request, "scene/deals/deal.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@shop_page
def group_page(request: HttpRequest, shop: Visit, deal_group_id: UUID) -> HttpResponse:
    """A group: who is in, how many are missing, until when; join it, pay one's place, ask others in by link or QR code."""
    group = group_of(shop.brand.id, deal_group_id)
    deal = published_deal(shop.brand.id, group.deal_id) if group else None
    if group is None or deal is None:
        raise Http404
    seen = group_seen(group, places_in(group.id), member_id=shop.member_id, at=shop.at)
    own = seen.own
    wallet = wallets_now([shop.member_id]).get(shop.member_id) if shop.member_id and own else None
    link = f"{settings.PUBLIC_URL}{shop.home}deals/groups/{group.id}/"
    context = {
        "shop": shop, "deal": deal, "seen": seen, "group": group, "own": own, "tab": "me", "join_id": new_id(), "link": link,
        "code_image": code_image(link), "own_said": place_said(own, at=shop.at) if own else None,
        "to_pay": own is not None and own.state == "held" and own.pay_by > shop.at and seen.open,
        "wallet_minor": wallet.total_minor if wallet else 0, **_draw(deal),
    }  # fmt: skip
    return render(request, "scene/deals/group.html", context)


@require_POST
@shop_page
@for_members
def pay(request: HttpRequest, shop: Visit, deal_place_id: UUID) -> HttpResponse:
    """Pay one's own place: from the wallet at once, or with WeChat on the page that follows."""
    place = _place(shop, deal_place_id)
    assert shop.member_id is not None
    back = f"{shop.home}deals/groups/{place.group_id}/"
    try:
        if request.POST.get("pay") == "wallet":
            outcome = pay_deal_place_from_wallet(
                place.id, member_id=shop.member_id, by=shop.viewer.account_id if shop.viewer else None, now=shop.at
            )
            if isinstance(outcome, Refused):
                raise outcome
            return HttpResponseRedirect(back)
        way = way_to_pay_for_place(place.id, member_id=shop.member_id, now=shop.at)
    except Refused as refused:
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(back)
    deal = _deal(shop, place.deal_id)
    context = {
        "shop": shop, "deal": deal, "place": place, "back": back, "jsapi": way["jsapi"], "cashier": "",
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
    }  # fmt: skip
    if way["cashier"]:
        context["cashier"] = f"{way['cashier']}?{urlencode({'back': request.build_absolute_uri(back)})}"
    return render(request, "scene/deals/pay.html", context)


@require_POST
@shop_page
@for_members
def leave(request: HttpRequest, shop: Visit, deal_place_id: UUID) -> HttpResponse:
    """Leave a group before it is complete; what was paid goes back."""
    place = _place(shop, deal_place_id)
    assert shop.member_id is not None
    by = shop.viewer.account_id if shop.viewer else None
    outcome = leave_deal_group(place.id, member_id=shop.member_id, by=by, now=shop.at)
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, _("You left the group. What you paid goes back."))
    return HttpResponseRedirect(f"{shop.home}deals/groups/{place.group_id}/")


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The member's own places in groups, with their tickets."""
    assert shop.member_id is not None
    places = own_places(shop.member_id)
    groups, deals = groups_by_id({one.group_id for one in places}), deals_by_id({one.deal_id for one in places})
    tickets = own_tickets(shop.member_id)
    shown = [
        {
            "place": one, "deal": deals[one.deal_id], "group": groups[one.group_id], "said": place_said(one, at=shop.at),
            "ticket": tickets.get(one.id), "draws": one.state == "given" and draw_of(one.deal_id) is not None,
        }
        for one in places
    ]  # fmt: skip
    return render(request, "scene/deals/mine.html", {"shop": shop, "places": shown, "tab": "me"})


def _draw(deal: Any) -> dict[str, Any]:
    draw = draw_of(deal.id)
    return {"drawing": draw_said(draw, days_of(deal.id)) if draw else None}


def _deal(shop: Visit, deal_id: UUID) -> Any:
    deal = published_deal(shop.brand.id, deal_id)
    if deal is None:
        raise Http404
    return deal


def _place(shop: Visit, place_id: UUID) -> Any:
    place = own_place(place_id, member_id=shop.member_id) if shop.member_id else None
    if place is None:
        raise Http404
    return place


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/deals/", deal_list, name="shop-deals"),
    path("s/<slug:brand_code>/<str:store_code>/deals/<uuid:deal_id>/", deal_page, name="shop-deal"),
    path("s/<slug:brand_code>/<str:store_code>/deals/groups/<uuid:deal_group_id>/", group_page, name="shop-deal-group"),
    path("s/<slug:brand_code>/<str:store_code>/deals/places/<uuid:deal_place_id>/pay/", pay),
    path("s/<slug:brand_code>/<str:store_code>/deals/places/<uuid:deal_place_id>/leave/", leave),
    path("s/<slug:brand_code>/<str:store_code>/me/deals/", mine, name="shop-my-deals"),
]
