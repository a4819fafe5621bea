"""A member's prizes: all of them, and one with its code for the store or the address to which it is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.draws import looks
from sitong.marketing.draws.actions import Address, claim_by_address
from sitong.marketing.draws.queries.member import WonPrize, address_of, prizes_won
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.vouchers.looks import code_image
from sitong.shared.errors import Refused, sentence

LINKS = {"coupon": "me/coupons/", "points": "me/points/", "gift": "me/gifts/", "chance": "draws/"}


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """What the member has won: what is to be claimed first."""
    assert shop.member_id is not None
    found = prizes_won(shop.member_id)
    gives = looks.gives([one.prize for one in found], currency=shop.currency)
    shown = [{"won": one, "state": one.state_at(shop.at), "gives": gives[one.prize.id]} for one in found]
    shown.sort(key=lambda one: one["state"] != "open")
    return render(request, "scene/wheels/prizes.html", {"shop": shop, "prizes": shown, "tab": "me"})


@require_safe
@never_cache
@shop_page
@for_members
def one(request: HttpRequest, shop: Visit, win_id: UUID) -> HttpResponse:
    """One prize: its code, large, or where it is to be sent, and until when."""
    won = _own(shop, win_id)
    return _show(request, shop, won, said={})


@require_POST
@shop_page
@for_members
def send_to(request: HttpRequest, shop: Visit, win_id: UUID) -> HttpResponse:
    """Say where the prize is to be sent."""
    won = _own(shop, win_id)
    assert shop.member_id is not None
    said = {name: request.POST.get(name, "") for name in ("name", "phone", "address")}
    try:
        claim_by_address(won.win.id, member_id=shop.member_id, address=Address(**said), now=shop.at)
    except Refused as refused:
        messages.error(request, sentence(refused))
        return _show(request, shop, won, said=said, status=409)
    messages.success(request, _("Thank you. The prize will be sent there."))
    return HttpResponseRedirect(f"{shop.home}me/prizes/{won.win.id}/")


def _show(request: HttpRequest, shop: Visit, won: WonPrize, *, said: dict[str, str], status: int = 200) -> HttpResponse:
    state, win = won.state_at(shop.at), won.win
    address = address_of(win.id)
    if address is not None and not said:
        said = {"name": address.name, "phone": address.phone, "address": address.address}
    there = store_facts([win.done_in]) if win.done_in else {}
    kind = won.prize.reward.kind if won.prize.reward else "goods"
    context: dict[str, Any] = {
        "shop": shop, "won": won, "win": win, "state": state, "gives": looks.gives([won.prize], currency=shop.currency)[won.prize.id],
        "code_image": code_image(win.code) if win.code and state in ("open", "claimed") and "store" in won.prize.ways else "",
        "may_send": "address" in won.prize.ways and state in ("open", "claimed"), "address": address, "said": said,
        "store": next(iter(there.values()), None), "link": f"{shop.home}{LINKS[kind]}" if kind in LINKS else "", "kind": kind, "tab": "me",
    }  # fmt: skip
    return render(request, "scene/wheels/prize.html", context, status=status)


def _own(shop: Visit, win_id: UUID) -> WonPrize:
    found = prizes_won(shop.member_id, win_id=win_id) if shop.member_id else []
    if not found:
        raise Http404
    return found[0]


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/me/prizes/", mine, name="shop-my-prizes"),
    path("s/<slug:brand_code>/<str:store_code>/me/prizes/<uuid:win_id>/", one, name="shop-my-prize"),
    path("s/<slug:brand_code>/<str:store_code>/me/prizes/<uuid:win_id>/address/", send_to),
]
