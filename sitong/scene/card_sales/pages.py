"""Cards on the member's phone: what is on offer, buying, one's own with the code to show, the family, giving back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.cards.actions import name_person, take_off_person
from sitong.member.cards.queries import card_of, cards_of, kinds_on_offer, shown, uses_of
from sitong.member.wallet.forms import a_uuid
from sitong.org.stores.queries import store_facts
from sitong.scene.card_sales import counter
from sitong.scene.card_sales.actions import CardSaleNotPayable, CardSaleWanted, give_card_back, open_card_sales
from sitong.scene.card_sales.models import CardSale
from sitong.scene.card_sales.paying import way_to_pay_for_card
from sitong.scene.channels.answers import say_no
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id


@require_safe
@never_cache
@shop_page
def on_offer(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the cards that can be bought in this store."""
    kinds = [(one, new_id()) for one in kinds_on_offer(shop.brand.id, store_id=shop.store.id)]
    return render(request, "scene/cards/offer.html", {"shop": shop, "kinds": kinds})


@require_POST
@shop_page
@for_members
def buy(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Open a purchase and go on to pay it. The form holds the id, so a repeat is the same."""
    assert shop.viewer is not None and shop.member_id is not None
    kind_id, sale_id = a_uuid(request.POST.get("kind", "")), a_uuid(request.POST.get("id", ""))
    if kind_id is None or sale_id is None:
        return say_no(request, NotFound(what="card"), back=f"{shop.home}cards/")
    wanted = CardSaleWanted(sale_id, shop.brand.id, shop.member_id, kind_id, shop.store.id, shop.viewer.account_id)
    (outcome,) = open_card_sales([wanted], now=shop.at)
    if isinstance(outcome, Refused):
        return say_no(request, outcome, back=f"{shop.home}cards/")
    return HttpResponseRedirect(f"{shop.home}cards/sales/{outcome.id}/")


@require_safe
@never_cache
@shop_page
@for_members
def pay(request: HttpRequest, shop: Visit, card_sale_id: UUID) -> HttpResponse:
    """Show how to pay for a card, or that it is paid."""
    sale = _sale(shop, card_sale_id)
    back = f"{shop.home}cards/sales/{sale.id}/"
    context: dict[str, Any] = {
        "shop": shop,
        "sale": sale,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "back": back,
    }
    try:
        way = way_to_pay_for_card(sale, now=shop.at)
    except CardSaleNotPayable:
        return render(request, "scene/cards/pay.html", {**context, "state": _sale(shop, card_sale_id).state})
    except Refused as refused:
        return render(request, "scene/cards/pay.html", {**context, "problem": sentence(refused)}, status=503)
    if way["cashier"]:
        context["cashier"] = f"{way['cashier']}?{urlencode({'back': request.build_absolute_uri(back)})}"
    return render(request, "scene/cards/pay.html", {**context, "jsapi": way["jsapi"], "state": "open"})


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show one's own cards: those that can be used first."""
    assert shop.member_id is not None
    cards = sorted(
        shown(cards_of([shop.member_id]), now=shop.at),
        key=lambda one: (not _usable(one), -one.card.bought_at.timestamp()),
    )
    context = {
        "shop": shop,
        "tab": "me",
        "cards": [(one, _usable(one)) for one in cards],
        "offers": bool(kinds_on_offer(shop.brand.id)),
    }
    return render(request, "scene/cards/mine.html", context)


@require_safe
@never_cache
@shop_page
@for_members
def one_card(request: HttpRequest, shop: Visit, card_id: UUID) -> HttpResponse:
    """Show a card: the code for the counter, what is left, who may use it, when it was used."""
    return _card(request, shop, card_id)


@require_POST
@shop_page
@for_members
def add_person(request: HttpRequest, shop: Visit, card_id: UUID) -> HttpResponse:
    """Let somebody of the family use the card."""
    assert shop.viewer is not None
    card = _own(shop, card_id)
    try:
        name_person(
            a_uuid(request.POST.get("id", "")) or new_id(),
            card.id,
            name=request.POST.get("name", ""),
            by=shop.viewer.account_id,
            now=shop.at,
        )
    except NotFound:
        raise
    except Refused as refused:
        return _card(request, shop, card_id, sentence(refused))
    return HttpResponseRedirect(f"{shop.home}me/cards/{card.id}/")


@require_POST
@shop_page
@for_members
def remove_person(_request: HttpRequest, shop: Visit, card_id: UUID, person_id: UUID) -> HttpResponse:
    """Let somebody use the card no more."""
    take_off_person(person_id, _own(shop, card_id).id, now=shop.at)
    return HttpResponseRedirect(f"{shop.home}me/cards/{card_id}/")


@require_POST
@shop_page
@for_members
def give_back(request: HttpRequest, shop: Visit, card_id: UUID) -> HttpResponse:
    """Give the card back: what is left of its price goes back by WeChat. What was paid in cash is handed out in a store."""
    assert shop.viewer is not None and shop.member_id is not None
    _own(shop, card_id)
    try:
        give_card_back(
            a_uuid(request.POST.get("id", "")) or new_id(), card_id, member_id=shop.member_id, by=shop.viewer.account_id, now=shop.at, kinds=("wechat",)
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as refused:
        return _card(request, shop, card_id, sentence(refused))
    messages.success(request, _("The card is given back. The money is on its way."))
    return HttpResponseRedirect(f"{shop.home}me/cards/{card_id}/")


def _card(request: HttpRequest, shop: Visit, card_id: UUID, problem: str = "") -> HttpResponse:
    card = _own(shop, card_id)
    (one,) = shown([card], now=shop.at)
    uses = uses_of(card.id)
    code = " ".join(card.code[at : at + 4] for at in range(0, len(card.code), 4))
    context = {
        "shop": shop, "tab": "me", "one": one, "usable": _usable(one), "code": code, "problem": problem, "person_id": new_id(), "return_id": new_id(),
        "qr": segno.make(card.code, error="m", micro=False).svg_inline(scale=6, border=2, omitsize=True),
        "uses": [(use, store) for use in uses for store in [store_facts([use.store_id]).get(use.store_id)]],
        "may_add": len(one.people) < one.kind.family_max and not card.returned_at,
    }  # fmt: skip
    return render(request, "scene/cards/one.html", context, status=409 if problem else 200)


def _usable(one: Any) -> bool:
    return not one.card.returned_at and not one.ended and (one.card.form == "period" or one.left > 0)


def _own(shop: Visit, card_id: UUID) -> Any:
    if shop.member_id is None:
        raise NotFound(what="card")
    return card_of(card_id, brand_id=shop.brand.id, member_id=shop.member_id)


def _sale(shop: Visit, sale_id: UUID) -> CardSale:
    sale = CardSale.objects.filter(id=sale_id, brand_id=shop.brand.id).first()
    if sale is None or sale.member_id != shop.member_id:
        raise NotFound(what="card sale")
    return sale


_SHOP = "s/<slug:brand_code>/<str:store_code>/"
urlpatterns = [
    path(f"{_SHOP}cards/", on_offer, name="shop-cards"),
    path(f"{_SHOP}cards/buy/", buy),
    path(f"{_SHOP}cards/sales/<uuid:card_sale_id>/", pay),
    path(f"{_SHOP}me/cards/", mine, name="shop-my-cards"),
    path(f"{_SHOP}me/cards/<uuid:card_id>/", one_card),
    path(f"{_SHOP}me/cards/<uuid:card_id>/people/", add_person),
    path(f"{_SHOP}me/cards/<uuid:card_id>/people/<uuid:person_id>/remove/", remove_person),
    path(f"{_SHOP}me/cards/<uuid:card_id>/give-back/", give_back),
    *counter.urlpatterns,
]
