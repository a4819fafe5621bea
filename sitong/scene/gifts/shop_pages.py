"""Gifts on the consumer's phone: its own, one of them with a code that changes, and asking at the counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sitong.marketing.coupons.counter import CounterCodeOld
from sitong.marketing.gifts.actions import AskWanted, HandedOver, ask_for_gifts
from sitong.marketing.gifts.queries.held import ask_of, ask_state, counted_gifts, my_gift, my_gifts
from sitong.marketing.gifts.queries.terms import gift_terms
from sitong.marketing.gifts.redeeming import GiftElsewhere
from sitong.marketing.gifts.rules import honors
from sitong.org.brands.queries import BrandFacts
from sitong.org.stores.queries import StoreFacts, store_by_code, store_facts
from sitong.scene.channels.answers import by_htmx
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.gifts.looks import codes_beforehand
from sitong.scene.vouchers.claim_pages import as_id, of_brand, signed_here, stood_there
from sitong.scene.vouchers.looks import sign_in_for
from sitong.shared.access.gates import viewer_in
from sitong.shared.clock import now
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

WHICH = ("ready", "used", "expired")


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The member's gifts: to be fetched, fetched, expired."""
    assert shop.member_id is not None
    which = request.GET.get("state", "ready")
    which = which if which in WHICH else "ready"
    tabs = [
        ("ready", _("To be fetched"), counted_gifts(shop.member_id, at=shop.at)), ("used", _("Fetched"), 0), ("expired", _("Expired"), 0),
    ]  # fmt: skip
    context = {
        "shop": shop,
        "gifts": my_gifts(shop.member_id, at=shop.at, which=which),
        "state": which,
        "tabs": tabs,
        "tab": "me",
    }
    return render(request, "scene/gifts/mine.html", context)


@require_safe
@never_cache
@shop_page
@for_members
def one(request: HttpRequest, shop: Visit, gift_claim_id: UUID) -> HttpResponse:
    """One gift with its code, large. Codes for the next hour are in the page, so it needs no network at the counter."""
    assert shop.member_id is not None
    held = my_gift(shop.member_id, gift_claim_id)
    if held is None:
        raise Http404
    ready = held.state == "ready" and held.valid_from <= shop.at < held.valid_until
    here = gift_terms([held.gift.id])[held.gift.id]
    context: dict[str, Any] = {
        "shop": shop, "held": held, "ready": ready, "codes": codes_beforehand(held.code, at=shop.at) if ready else [], "tab": "me",
        "redeemed_in": store_facts([held.redeemed.store_id]).get(held.redeemed.store_id) if held.redeemed else None,
        "elsewhere": "" if honors(here, shop.store.id, shop.store.kind) else sentence(GiftElsewhere(store=shop.store.name)),
    }  # fmt: skip
    return render(request, "scene/gifts/one.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_brand
def at_counter(request: HttpRequest, brand: BrandFacts, store_code: str) -> HttpResponse:
    """The counter's code was scanned: choose the gift; the clerk's phone rings, or the store lets its counter confirm itself."""
    store, viewer = _store(brand, store_code), viewer_in(request, brand.id)
    member_id = viewer.member_id if viewer else None
    here = signed_here(store)
    if stood_there(request, store) and member_id is None:
        return HttpResponseRedirect(sign_in_for(brand, f"{request.path}?here={here}", source="counter"))
    context: dict[str, Any] = {"brand": brand, "store": store, "gifts": [], "here": here}
    if member_id is None or not stood_there(request, store):
        context |= {"why": sentence(CounterCodeOld(minutes=3))}
        return render(request, "scene/gifts/at_counter.html", context, status=409)
    status = 200
    if request.method == "POST":
        claim_id = as_id(request.POST.get("claim", ""))
        wanted = AskWanted(
            as_id(request.POST.get("id", "")) or new_id(), brand.id, store.id, claim_id or new_id(), member_id
        )
        (outcome,) = ask_for_gifts([wanted], now=now())
        if isinstance(outcome, HandedOver):
            return HttpResponseRedirect(f"/c/{brand.code}/at/{store.code}/gifts/{outcome.claim_id}/done/")
        if not isinstance(outcome, Refused):
            return HttpResponseRedirect(f"/c/{brand.code}/at/{store.code}/gifts/asked/{outcome.id}/")
        context, status = context | {"why": sentence(outcome)}, 409
    context["gifts"] = [{"held": held, "id": new_id()} for held in my_gifts(member_id, at=now())]
    return render(request, "scene/gifts/at_counter.html", context, status=status)


@require_safe
@never_cache
@of_brand
def asked(request: HttpRequest, brand: BrandFacts, store_code: str, ask_id: UUID) -> HttpResponse:
    """How the ask stands; the page looks again every two seconds while it waits."""
    store, viewer = _store(brand, store_code), viewer_in(request, brand.id)
    ask = ask_of(viewer.member_id, ask_id) if viewer and viewer.member_id else None
    if ask is None or viewer is None or viewer.member_id is None:
        raise Http404
    held = my_gift(viewer.member_id, ask.claim_id)
    context = {
        "brand": brand,
        "store": store,
        "held": held,
        "state": ask_state(ask, at=now()),
        "ask": ask,
        "here": signed_here(store),
    }
    return render(request, "scene/gifts/asked_part.html" if by_htmx(request) else "scene/gifts/asked.html", context)


@require_safe
@never_cache
@of_brand
def done(request: HttpRequest, brand: BrandFacts, store_code: str, gift_claim_id: UUID) -> HttpResponse:
    """What was handed over just now, large, to be shown to the clerk."""
    store, viewer = _store(brand, store_code), viewer_in(request, brand.id)
    held = my_gift(viewer.member_id, gift_claim_id) if viewer and viewer.member_id else None
    if held is None or held.redeemed is None:
        raise Http404
    return render(
        request, "scene/gifts/asked.html", {"brand": brand, "store": store, "held": held, "state": "done", "ask": None}
    )


def _store(brand: BrandFacts, code: str) -> StoreFacts:
    store = store_by_code(brand.code, code)
    if store is None:
        raise Http404
    return store


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/me/gifts/", mine, name="shop-my-gifts"),
    path("s/<slug:brand_code>/<str:store_code>/me/gifts/<uuid:gift_claim_id>/", one, name="shop-my-gift"),
    path("c/<slug:brand_code>/at/<str:store_code>/gifts/", at_counter, name="gifts-at-counter"),
    path("c/<slug:brand_code>/at/<str:store_code>/gifts/asked/<uuid:ask_id>/", asked),
    path("c/<slug:brand_code>/at/<str:store_code>/gifts/<uuid:gift_claim_id>/done/", done),
]
