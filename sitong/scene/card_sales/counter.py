"""Cards at the counter: the clerk scans the code and uses a visit, sells a card for cash, takes one back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.cards.actions import CardUnknown, UseWanted, use_cards
from sitong.member.cards.queries import card_by_code, kinds_on_offer, shown, used_in
from sitong.member.identity.queries import member_facts
from sitong.member.wallet.forms import a_uuid, minor_of
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.card_sales.actions import (
    CardSaleWanted,
    CashCardSale,
    give_card_back,
    open_card_sales,
    pay_card_sales_in_cash,
)
from sitong.scene.card_sales.models import CardSale
from sitong.scene.card_sales.paying import card_code_standing, give_up_card_code, pay_card_by_code
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.payments.provider import ProviderRefused
from sitong.scene.topups.queries import member_shown
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

HOME = "/store/cards/"
SHOWN = "card_member"
"""The member whom the clerk has found by what it showed, kept in the session: a number in an address is not enough."""


@require_safe
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def counter(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Look a card up by its code; show what was used today."""
    return _show(request, store, request.GET.get("code", ""))


@require_POST
@page_for("store", permission="coupon.redeem")
@store_page
def use(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Use the card once. The page makes the id: the same press sent again is the same use."""
    if not stores_visible_to(request.viewer, "coupon.redeem").filter(id=store.id).exists():
        raise NotFound(what="store")
    said = request.POST
    wanted = UseWanted(
        a_uuid(said.get("id", "")) or new_id(), store.brand_id, said.get("code", ""), store.id, a_uuid(said.get("person", "")), request.viewer.account_id
    )  # fmt: skip
    (outcome,) = use_cards([wanted], now=now())
    if isinstance(outcome, NotFound):
        raise outcome
    if isinstance(outcome, Refused):
        return _show(request, store, said.get("code", ""), problem=sentence(outcome))
    return _show(request, store, said.get("code", ""), done=outcome)


@require_POST
@page_for("store", permission="orders.return")
@store_page
def give_back(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Take the card back: cash is handed out, WeChat's goes back by itself."""
    card = card_by_code(store.brand_id, request.POST.get("code", ""))
    if card is None:
        raise CardUnknown()
    try:
        back = give_card_back(
            a_uuid(request.POST.get("id", "")) or new_id(), card.id, member_id=card.member_id, by=request.viewer.account_id, now=now()
        )  # fmt: skip
    except Refused as refused:
        return _show(request, store, card.code, problem=sentence(refused))
    return _show(request, store, card.code, back=back)


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def sell(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Find a member by phone, card or code, and show the cards on offer here."""
    text = request.GET.get("phone", "").strip()
    found = member_shown(store.brand_id, text, at=now()) if text else None
    if found is not None:
        request.session[SHOWN] = str(found.id)
        return HttpResponseRedirect(f"{HOME}sell/")
    problem = _("No member has this phone number, card or code.") if text else ""
    return _sell(request, store, problem=problem, asked=text)


@require_POST
@page_for("store", permission="till.sell")
@store_page
def begin(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Open a purchase for the member and go on to take the money."""
    member_id, kind_id = a_uuid(request.session.get(SHOWN, "")), a_uuid(request.POST.get("kind", ""))
    sale_id = a_uuid(request.POST.get("id", ""))
    if member_id is None or kind_id is None or sale_id is None or not _sells(request, store):
        return HttpResponseRedirect(f"{HOME}sell/")
    wanted = CardSaleWanted(sale_id, store.brand_id, member_id, kind_id, store.id, request.viewer.account_id)
    (outcome,) = open_card_sales([wanted], now=now())
    if isinstance(outcome, Refused):
        return _sell(request, store, problem=sentence(outcome))
    return HttpResponseRedirect(f"{HOME}sales/{outcome.id}/")


@require_safe
@never_cache
@page_for("store", permission="till.sell")
def sale(request: ViewerRequest, card_sale_id: UUID) -> HttpResponse:
    """Show a purchase that waits for its money, or that is paid; while the member confirms on the phone, ask the provider."""
    one = _sale(request, card_sale_id)
    standing = card_code_standing(one.id, now=now()) if one.state == "open" else ""
    return _take(request, _sale(request, card_sale_id), standing=standing)


@require_POST
@page_for("store", permission="till.sell")
def cash(request: ViewerRequest, card_sale_id: UUID) -> HttpResponse:
    """Take cash; the change is shown."""
    one, given = _sale(request, card_sale_id), request.POST.get("given", "").strip()
    wanted = CashCardSale(
        a_uuid(request.POST.get("id", "")) or new_id(),
        one.id,
        minor_of(given) if given else None,
        request.viewer.account_id,
    )
    (outcome,) = pay_card_sales_in_cash([wanted], now=now())
    if isinstance(outcome, Refused):
        return _take(request, one, problem=sentence(outcome))
    return _take(request, _sale(request, card_sale_id), change_minor=outcome.change_minor)


@require_POST
@page_for("store", permission="till.sell")
def code(request: ViewerRequest, card_sale_id: UUID) -> HttpResponse:
    """Take the payment code that the member shows."""
    one = _sale(request, card_sale_id)
    scanned = request.POST.get("code", "").replace(" ", "")
    try:
        standing = pay_card_by_code(one, scanned, by=request.viewer.account_id, now=now())
    except ProviderRefused as refused:
        problem = f"{sentence(refused)} ({refused.facts['provider_code']})"
        return _take(request, _sale(request, card_sale_id), problem=problem, standing="refused")
    except Refused as refused:
        return _take(request, _sale(request, card_sale_id), problem=sentence(refused))
    return _take(request, _sale(request, card_sale_id), standing=standing)


@require_POST
@page_for("store", permission="till.sell")
def give_up(request: ViewerRequest, card_sale_id: UUID) -> HttpResponse:
    """Stop waiting for the member's phone; the payment is reversed."""
    one = _sale(request, card_sale_id)
    try:
        standing = give_up_card_code(one.id, now=now())
    except Refused as refused:
        return _take(request, one, problem=sentence(refused))
    return _take(request, _sale(request, card_sale_id), standing=standing)


def _show(
    request: ViewerRequest, store: StoreFacts, code: str, *, problem: str = "", done: Any = None, back: Any = None
) -> HttpResponse:
    at = now()
    card = card_by_code(store.brand_id, code) if code.strip() else None
    if code.strip() and card is None and not problem:
        problem = sentence(CardUnknown())
    since, _until = day_bounds(business_date(at, store.zone), store.zone)
    one = shown([card], now=at)[0] if card else None
    context = {
        "store": store, "one": one, "problem": problem, "done": done, "back": back, "code": code, "use_id": new_id(), "return_id": new_id(),
        "member": member_facts([card.member_id]).get(card.member_id) if card else None, "today": used_in(store.id, since=since),
        "may_sell": request.viewer.may("till.sell"), "may_take_back": request.viewer.may("orders.return"),
        "usable": one is not None and not one.card.returned_at and not one.ended and (one.card.form == "period" or one.left > 0),
    }  # fmt: skip
    return render(request, "scene/cards/counter.html", context, status=409 if problem else 200)


def _sell(request: ViewerRequest, store: StoreFacts, *, problem: str = "", asked: str = "") -> HttpResponse:
    member_id = a_uuid(request.session.get(SHOWN, ""))
    member = member_facts([member_id]).get(member_id) if member_id else None
    if member is not None and member.brand_id != store.brand_id:
        member = None
    kinds = [(one, new_id()) for one in kinds_on_offer(store.brand_id, store_id=store.id)]
    context = {"store": store, "member": member, "kinds": kinds, "problem": problem, "asked": asked}
    return render(request, "scene/cards/sell.html", context, status=409 if problem else 200)


def _take(
    request: ViewerRequest, one: CardSale, *, problem: str = "", change_minor: int = 0, standing: str = ""
) -> HttpResponse:
    context = {
        "sale": one, "member": member_facts([one.member_id]).get(one.member_id), "problem": problem, "change_minor": change_minor, "standing": standing,
        "tender_id": new_id(),
    }  # fmt: skip
    return render(request, "scene/cards/take.html", context, status=409 if problem else 200)


def _sells(request: ViewerRequest, store: StoreFacts) -> bool:
    return stores_visible_to(request.viewer, "till.sell").filter(id=store.id).exists()


def _sale(request: ViewerRequest, sale_id: UUID) -> CardSale:
    found = CardSale.objects.filter(id=sale_id).first()
    if (
        found is None
        or not stores_visible_to(request.viewer, "till.sell").filter(id=found.store_id or sale_id).exists()
    ):
        raise NotFound(what="card sale")
    return found


def address_of_code(code: str) -> str:
    """Give the counter's page of a card's code, for whoever scanned it elsewhere."""
    return f"{HOME}?{urlencode({'code': code})}"


urlpatterns = [
    path("store/cards/", counter, name="store-cards"),
    path("store/cards/use/", use),
    path("store/cards/give-back/", give_back),
    path("store/cards/sell/", sell),
    path("store/cards/sell/begin/", begin),
    path("store/cards/sales/<uuid:card_sale_id>/", sale),
    path("store/cards/sales/<uuid:card_sale_id>/cash/", cash),
    path("store/cards/sales/<uuid:card_sale_id>/code/", code),
    path("store/cards/sales/<uuid:card_sale_id>/give-up/", give_up),
]
