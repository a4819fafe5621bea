"""Pages with a link of their own: claim a coupon, take one that a friend passes on, redeem by the counter's code."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.marketing.coupons.actions import Claimed, ClaimWanted, RedeemWanted, claim_coupons, redeem_coupons
from sitong.marketing.coupons.actions.passing import PassTaken, take_passed_coupon
from sitong.marketing.coupons.claiming import (
    ClaimNotYet,
    ClaimOver,
    CouponGone,
    CouponGoneToday,
    CouponPaused,
    HaveYours,
)
from sitong.marketing.coupons.counter import CounterCodeOld, counter_code_holds
from sitong.marketing.coupons.queries.held import (
    HeldClaim,
    coupon_by_number,
    held_claim,
    held_claims,
    latest_claim,
    offered_pass,
    open_coupons,
)
from sitong.marketing.deals.actions import TicketClaimWanted, claim_tickets
from sitong.marketing.deals.queries import tickets_to_claim
from sitong.marketing.gifts.queries.held import counted_gifts
from sitong.member.wallet.queries import wallets_now
from sitong.org.brands.queries import BrandFacts, brand_by_code
from sitong.org.stores.queries import StoreFacts, store_by_code
from sitong.scene.coupon_sales.actions import CouponSaleWanted, open_coupon_sales
from sitong.scene.coupon_sales.paying import way_to_pay_for_coupon
from sitong.scene.vouchers.actions import PurchaseWanted, buy_coupon
from sitong.scene.vouchers.looks import code_image, is_new_customer, sentences, sign_in_for, to_hand_out
from sitong.shared.access.gates import viewer_in
from sitong.shared.access.scope import brands_shown
from sitong.shared.clock import now
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
AT_COUNTER_S = 600
View = Callable[..., HttpResponse]


def of_brand(view: View) -> View:
    """Give the view the brand behind the address, and show it the rows of that brand alone."""

    @wraps(view)
    def found(request: HttpRequest, brand_code: str, **rest: Any) -> HttpResponse:
        brand = brand_by_code(brand_code)
        if brand is None:
            raise Http404
        with brands_shown([brand.id]):
            return view(request, brand, **rest)

    return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_brand
def claim(request: HttpRequest, brand: BrandFacts, number: str) -> HttpResponse:
    """Show a coupon and claim it. Whoever is not signed in does so by phone, and then it is claimed without another tap."""
    coupon = coupon_by_number(brand.id, number)
    if coupon is None:
        raise Http404
    said = request.POST if request.method == "POST" else request.GET
    viewer = viewer_in(request, brand.id)
    member_id = viewer.member_id if viewer else None
    store = _store(brand, said.get("store", ""))
    source = said.get("from", "") if SOURCE.fullmatch(said.get("from", "")) else "coupon"
    claim_id = as_id(said.get("id", "") or said.get("claim", "")) or new_id()
    if request.method == "POST":
        if member_id is None:
            back = {"claim": str(claim_id), **({"store": store.code} if store else {}), "from": source}
            return HttpResponseRedirect(sign_in_for(brand, f"{request.path}?{urlencode(back)}", source=source))
        if coupon.price_minor and request.POST.get("pay") == "wechat":
            return _pay_page(request, brand, coupon, member_id, claim_id, store, source)
        outcome = _claim(brand, coupon, member_id, claim_id, store, source)
        return _claim_page(request, brand, coupon, member_id, claim_id, store, source, outcome)
    return _claim_page(request, brand, coupon, member_id, claim_id, store, source, None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_brand
def take(request: HttpRequest, brand: BrandFacts, pass_id: UUID) -> HttpResponse:
    """Show what a friend passes on, and take it: the first who does has it."""
    offer = offered_pass(brand.id, pass_id)
    if offer is None:
        raise Http404
    viewer = viewer_in(request, brand.id)
    member_id = viewer.member_id if viewer else None
    problem, taken = "", member_id is not None and offer.to_member_id == member_id
    if request.method == "POST":
        if member_id is None:
            return HttpResponseRedirect(sign_in_for(brand, f"{request.path}?take=1", source="friend"))
        try:
            take_passed_coupon(offer.id, member_id=member_id, brand_id=brand.id, now=now())
            taken = True
        except Refused as refused:
            problem = sentence(refused)
    elif not taken and not offer.open:
        problem = sentence(PassTaken())
    context = {
        "brand": brand, "coupon": offer.coupon, "sentence": sentences([offer.coupon], brand)[offer.coupon.id], "problem": problem,
        "taken": taken, "signed_in": member_id is not None, "pending": member_id is not None and "take" in request.GET and not problem,
    }  # fmt: skip
    return render(
        request, "scene/vouchers/pass.html", context, status=409 if problem and request.method == "POST" else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_brand
def at_counter(request: HttpRequest, brand: BrandFacts, store_code: str) -> HttpResponse:
    """The counter's code was scanned: show the member's coupons that are handed out here, and redeem one, once only.

    The code is good for three minutes; once read, the page may be used for ten, so that there is time to sign in.
    """
    store = _store(brand, store_code)
    if store is None:
        raise Http404
    stood = stood_there(request, store)
    viewer = viewer_in(request, brand.id)
    member_id = viewer.member_id if viewer else None
    if stood and member_id is None:
        mark = urlencode({"here": _signer().sign(store.code)})
        return HttpResponseRedirect(sign_in_for(brand, f"{request.path}?{mark}", source="counter"))
    context: dict[str, Any] = {"brand": brand, "store": store, "claims": [], "tickets": []}
    if not stood or member_id is None:
        context |= {"outcome": "no", "reason_code": CounterCodeOld.code, "why": sentence(CounterCodeOld(minutes=3))}
        return render(request, "scene/vouchers/at_counter.html", context, status=409)
    status = 200
    if request.method == "POST":
        own = _claim_own_ticket if request.POST.get("ticket") else _redeem_own
        shown = own(request, brand, store, member_id)
        status = 200 if shown["outcome"] == "done" else 409
        context |= shown
    claims = [one for one in held_claims(member_id, at=now(), which="ready") if one.coupon.at_counter]
    context["claims"] = [
        {"id": one.id, "coupon": one.coupon, "valid_until": one.valid_until, "nonce": new_id()} for one in claims
    ]
    context["tickets"] = tickets_to_claim(member_id, at=now())
    context |= {"here": signed_here(store), "gifts": counted_gifts(member_id, at=now())}
    return render(request, "scene/vouchers/at_counter.html", context, status=status)


def _redeem_own(request: HttpRequest, brand: BrandFacts, store: StoreFacts, member_id: UUID) -> dict[str, Any]:
    claim_id = as_id(request.POST.get("claim", ""))
    held = held_claim(member_id, claim_id) if claim_id else None
    if held is None:
        raise Http404
    wanted = RedeemWanted(
        as_id(request.POST.get("nonce", "")) or new_id(), brand.id, store.id, claim_id=held.id, member_id=member_id
    )
    (outcome,) = redeem_coupons([wanted], now=now())
    if isinstance(outcome, Refused):
        return {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome)}
    return {"outcome": "done", "coupon": held.coupon, "hand_out": to_hand_out(held.coupon, brand.id), "at": outcome.at}


def _claim_own_ticket(request: HttpRequest, brand: BrandFacts, store: StoreFacts, member_id: UUID) -> dict[str, Any]:
    """Let one's own ticket of a draw take part: whoever scanned the counter's code stands in the store."""
    wanted = TicketClaimWanted(brand.id, store.id, request.POST.get("ticket", ""), member_id=member_id)
    (outcome,) = claim_tickets([wanted], now=now())
    if isinstance(outcome, Refused):
        return {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome)}
    return {"outcome": "done", "ticket": outcome, "at": outcome.claimed_at}


def _claim(
    brand: BrandFacts, coupon: Any, member_id: UUID, claim_id: UUID, store: StoreFacts | None, source: str
) -> Claimed | Refused:
    wanted = ClaimWanted(
        claim_id, brand.id, member_id, coupon.id, "claim", store.id if store else None, source,
        first_order=is_new_customer(member_id) if coupon.terms.get("first_order") else None,
    )  # fmt: skip
    if coupon.price_minor:
        purchase = PurchaseWanted(wanted, coupon.price_minor, brand.currency, store.entity_id if store else None)
        return buy_coupon(purchase, now=now())
    (outcome,) = claim_coupons([wanted], now=now())
    return outcome


def _pay_page(request: HttpRequest, brand: BrandFacts, coupon: Any, member_id: UUID, sale_id: UUID, store: StoreFacts | None,
              source: str) -> HttpResponse:  # fmt: skip
    """Open the purchase and say how to pay it; the coupon is given when the provider says that it is paid."""
    wanted = CouponSaleWanted(sale_id, brand.id, member_id, coupon.id, store.id if store else None, source)
    (sale,) = open_coupon_sales([wanted], now=now())
    try:
        if isinstance(sale, Refused):
            raise sale
        way = way_to_pay_for_coupon(sale, now=now())
    except Refused as refused:
        return _claim_page(request, brand, coupon, member_id, new_id(), store, source, refused)
    back = f"{request.path}?{urlencode({'store': store.code})}" if store else request.path
    context = {"brand": brand, "coupon": coupon, "back": back, "jsapi": way["jsapi"], "cashier": "",
               "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", "")}  # fmt: skip
    if way["cashier"]:
        context["cashier"] = f"{way['cashier']}?{urlencode({'back': request.build_absolute_uri(back)})}"
    return render(request, "scene/vouchers/pay.html", context)


def _claim_page(request: HttpRequest, brand: BrandFacts, coupon: Any, member_id: UUID | None, claim_id: UUID, store: StoreFacts | None,
                source: str, outcome: Claimed | Refused | None) -> HttpResponse:  # fmt: skip
    at = now()
    held = _held_now(member_id, coupon)
    problem = (
        sentence(outcome) if isinstance(outcome, Refused) and not (held and isinstance(outcome, HaveYours)) else ""
    )
    found = open_coupons(brand.id, at=at, member_id=member_id, coupon_id=coupon.id)
    left = min([n for n in (found[0].left, found[0].left_today) if n is not None], default=None) if found else None
    if not problem and not held:
        problem = _closed(coupon, found[0].left if found else 0, found[0].left_today if found else 0, bool(found))
    pending = member_id is not None and request.method == "GET" and "claim" in request.GET and not coupon.price_minor
    holds = wallets_now([member_id]).get(member_id) if member_id and coupon.price_minor else None
    context = {
        "wallet_minor": holds.total_minor if holds else 0,
        "brand": brand, "zone": brand.zone, "coupon": coupon, "sentence": sentences([coupon], brand)[coupon.id], "problem": problem,
        "claim": held if not problem else None, "fresh": isinstance(outcome, Claimed), "code_image": code_image(held.code) if held else "",
        "claim_id": claim_id, "store_code": store.code if store else "", "source": source, "signed_in": member_id is not None,
        "pending": pending and not held, "left": left, "home": f"/s/{brand.code}/{store.code}/" if store else "",
    }  # fmt: skip
    return render(
        request, "scene/vouchers/claim.html", context, status=409 if isinstance(outcome, Refused) and problem else 200
    )


def _held_now(member_id: UUID | None, coupon: Any) -> HeldClaim | None:
    held = latest_claim(member_id, coupon.id) if member_id else None
    return held if held and held.state == "ready" and held.valid_until > now() else None


def _closed(coupon: Any, left: int | None, left_today: int | None, is_open: bool) -> str:
    """Say why nobody can have it now, before anybody tries; '' while it can be had."""
    at = now()
    if coupon.paused_at and not coupon.ended_at:
        return sentence(CouponPaused())
    if coupon.claim_from and coupon.claim_from > at:
        return sentence(ClaimNotYet(at=f"{coupon.claim_from:%Y-%m-%d %H:%M}"))
    if not is_open:
        return sentence(ClaimOver())
    if left == 0:
        return sentence(CouponGone())
    return sentence(CouponGoneToday()) if left_today == 0 else ""


def stood_there(request: HttpRequest, store: StoreFacts) -> bool:
    """Tell whether whoever asks has scanned the counter's code just now, or goes on from a page to which it led."""
    said = request.GET.get("here", "")
    if said:
        try:
            return _signer().unsign(said, max_age=AT_COUNTER_S) == store.code
        except BadSignature:
            return False
    return counter_code_holds(store.id, request.GET.get("k", ""), at=now())


def signed_here(store: StoreFacts) -> str:
    """Give the mark by which a page at the counter leads to the next one, good for ten minutes."""
    return _signer().sign(store.code)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="sitong counter")


def _store(brand: BrandFacts, code: str) -> StoreFacts | None:
    return store_by_code(brand.code, code) if code else None


def as_id(text: str) -> UUID | None:
    """Read an id; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


urlpatterns = [
    path("c/<slug:brand_code>/pass/<uuid:pass_id>/", take, name="coupon-pass"),
    path("c/<slug:brand_code>/at/<str:store_code>/", at_counter, name="coupon-at-counter"),
    path("c/<slug:brand_code>/<str:number>/", claim, name="coupon-claim"),
]
