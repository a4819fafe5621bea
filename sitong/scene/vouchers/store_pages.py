"""Coupons at the counter: what headquarters offers, redeeming, the counter's code, giving one to a member, what was redeemed today."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.coupons.actions import (
    ClaimWanted,
    RedeemWanted,
    choose_coupons,
    claim_coupons,
    redeem_coupons,
    unchoose_coupons,
)
from sitong.marketing.coupons.claiming import read_code
from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.coupons.queries import claim_by_code
from sitong.marketing.coupons.queries.held import coupons_shown, open_coupons, pushed_to, redeemed_in
from sitong.marketing.draws.codes import is_prize_code, read_prize_code
from sitong.member.cards.queries import card_by_code
from sitong.member.identity.queries import member_by_code, member_by_phone, member_facts
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.card_sales.counter import address_of_code
from sitong.scene.channels.answers import by_htmx
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.vouchers.claim_pages import as_id
from sitong.scene.vouchers.looks import code_image, is_new_customer, sentences, to_hand_out
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id


@require_safe
@never_cache
@page_for("store", permission="coupon.see")
@store_page
def store_coupons(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """What the store can do with coupons, and those that headquarters offers it to choose."""
    at, brand, viewer = now(), _brand(store), request.viewer
    pushed = pushed_to(store.id, at=at)
    said = sentences([one.coupon for one in pushed], brand)
    context = {
        "store": store, "currency": brand.currency, "redeemed_today": len(_today(store, at)),
        "pushed": [{"coupon": one.coupon, "sentence": said[one.coupon.id], "pushed_at": one.pushed_at, "chosen_at": one.chosen_at} for one in pushed],
        "may_choose": viewer.may("coupon.choose"), "may_redeem": viewer.may("coupon.redeem"), "may_give": viewer.may("coupon.give"),
    }  # fmt: skip
    return render(request, "scene/vouchers/store.html", context)


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def choose(request: ViewerRequest, store: StoreFacts, coupon_id: UUID) -> HttpResponse:
    """Take part in a coupon, or leave it again: the button says which, and the other one undoes it."""
    _require(request, store, "coupon.choose")
    act = choose_coupons if request.POST.get("chosen") == "1" else unchoose_coupons
    (outcome,) = act(store.id, [coupon_id], by=request.viewer.account_id, now=now())
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(
            request, _("It holds in your store now.") if act is choose_coupons else _("It holds in your store no more.")
        )
    return HttpResponseRedirect("/store/coupons/")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def redeem(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Redeem a coupon by its code, once only. The page makes the nonce: the same scan sent again gets the same answer."""
    at, brand = now(), _brand(store)
    shown: dict[str, Any] = {}
    if request.method == "POST":
        _require(request, store, "coupon.redeem")
        if is_prize_code(scanned := request.POST.get("code", "")):
            return HttpResponseRedirect(f"/store/prizes/?{urlencode({'code': read_prize_code(scanned)})}")
        if card_by_code(store.brand_id, scanned) is not None:
            return HttpResponseRedirect(address_of_code(scanned))
        shown = _redeem(request, store, brand, at)
    today = _today(store, at)
    names = account_names({one.by for one in today if one.by})
    context = {
        "store": store, "currency": brand.currency, "nonce": new_id(), **shown,
        "today": [{"coupon": one.coupon, "at": one.at, "by_name": names.get(one.by, "") if one.by else ""} for one in today],
    }  # fmt: skip
    return render(request, "scene/vouchers/redeem.html", context, status=409 if shown.get("outcome") == "no" else 200)


@require_safe
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def counter(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show the counter's code to the customer; the page asks for a new one by itself."""
    _require(request, store, "coupon.redeem")
    brand = _brand(store)
    asked = urlencode({"k": counter_code(store.id, at=now())})
    link = f"{settings.PUBLIC_URL}/c/{brand.code}/at/{store.code}/?{asked}"
    context = {"store": store, "link": link, "code_image": code_image(link)}
    return render(
        request, "scene/vouchers/counter_code.html" if by_htmx(request) else "scene/vouchers/counter.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="coupon.give")
@store_page
def give(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Give a coupon to a member, found by mobile number or by the code that the member shows."""
    at, brand = now(), _brand(store)
    coupons = [one.coupon for one in open_coupons(store.brand_id, at=at, store=store, ways=("clerk",)) if one.left != 0]
    problem, said = "", request.POST.get("member", "").strip()
    if request.method == "POST":
        _require(request, store, "coupon.give")
        chosen = as_id(request.POST.get("coupon", ""))
        member = member_by_code(store.brand_id, said, at=at) or member_by_phone(store.brand_id, said)
        if chosen not in {one.id for one in coupons}:
            problem = _("Choose one of the coupons.")
        elif member is None:
            problem = _("No member has this number or code. Ask for the mobile number, or let the customer join first.")
        else:
            wanted = ClaimWanted(
                as_id(request.POST.get("id", "")) or new_id(), store.brand_id, member.id, chosen, "clerk", store.id, "clerk",
                request.viewer.account_id, is_new_customer(member.id),
            )  # fmt: skip
            (outcome,) = claim_coupons([wanted], now=at)
            if not isinstance(outcome, Refused):
                messages.success(
                    request, _("Given to {name} {phone}.").format(name=member.masked_name, phone=member.masked_phone)
                )
                return HttpResponseRedirect("/store/coupons/give/")
            problem = sentence(outcome)
    context = {
        "store": store, "coupons": coupons, "currency": brand.currency, "problem": problem, "said_member": said,
        "claim_id": request.POST.get("id") if problem else new_id(), "chosen": request.POST.get("coupon", ""),
    }  # fmt: skip
    return render(request, "scene/vouchers/give.html", context, status=409 if problem else 200)


def _redeem(request: ViewerRequest, store: StoreFacts, brand: BrandFacts, at: datetime) -> dict[str, Any]:
    code = request.POST.get("code", "").strip()[:120]
    nonce = as_id(request.POST.get("nonce", "")) or new_id()
    wanted = RedeemWanted(nonce, store.brand_id, store.id, code=code, by=request.viewer.account_id)
    (outcome,) = redeem_coupons([wanted], now=at)
    if isinstance(outcome, Refused):
        claim = claim_by_code(store.brand_id, code)
        coupon = coupons_shown([claim.coupon.id]).get(claim.coupon.id) if claim else None
        return {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome), "coupon": coupon}
    coupon = coupons_shown([outcome.coupon_id])[outcome.coupon_id]
    return {
        "outcome": "done", "coupon": coupon, "hand_out": to_hand_out(coupon, brand.id), "at": outcome.at, "again": outcome.at < at,
        "member": member_facts([outcome.member_id]).get(outcome.member_id), "code": read_code(code),
    }  # fmt: skip


def _today(store: StoreFacts, at: datetime) -> list[Any]:
    since, until = day_bounds(business_date(at, store.zone), store.zone)
    return redeemed_in(store.id, since=since, until=until)


def _require(request: ViewerRequest, store: StoreFacts, permission: str) -> None:
    if not stores_visible_to(request.viewer, permission).filter(id=store.id).exists():
        raise NotFound(what="store")


def _brand(store: StoreFacts) -> BrandFacts:
    return brand_facts([store.brand_id])[store.brand_id]


urlpatterns = [
    path("store/coupons/", store_coupons, name="store-coupons"),
    path("store/coupons/<uuid:coupon_id>/choose/", choose),
    path("store/coupons/give/", give, name="store-coupons-give"),
    path("store/redeem/", redeem, name="store-redeem"),
    path("store/counter-code/", counter, name="store-counter-code"),
]
