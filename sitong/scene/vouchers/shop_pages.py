"""Coupons in the mini shop: the coupon center, the member's own, and one of them large enough to be scanned."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.coupons.actions.passing import PassWanted, pass_on_coupon, recall_pass
from sitong.marketing.coupons.looks import named_for, where_it_holds
from sitong.marketing.coupons.queries.held import (
    HeldClaim,
    OpenCoupon,
    counted_claims,
    held_claim,
    held_claims,
    open_coupons,
    open_pass,
)
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.vouchers.claim_pages import as_id
from sitong.scene.vouchers.looks import code_image, sentences
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

WHICH = ("ready", "used", "expired")


@require_safe
@never_cache
@shop_page
def center(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The coupons that can be had now and hold in this store."""
    found = open_coupons(shop.brand.id, at=shop.at, store=shop.store, member_id=shop.member_id)
    said = sentences([one.coupon for one in found], shop.brand)
    shown = [
        {"coupon": one.coupon, "sentence": said[one.coupon.id], "left": one.left, **_standing(one)} for one in found
    ]
    return render(request, "scene/vouchers/center.html", {"shop": shop, "coupons": shown, "tab": "me"})


@require_safe
@never_cache
@shop_page
@for_members
def mine(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The member's coupons: ready, used, expired."""
    assert shop.member_id is not None
    which = request.GET.get("state", "ready")
    which = which if which in WHICH else "ready"
    claims = held_claims(shop.member_id, at=shop.at, which=which)
    named = named_for([one.coupon for one in claims], brand_id=shop.brand.id)
    shown = [{"id": one.id, "coupon": one.coupon, "state": one.state, "valid_until": one.valid_until, "where": where_it_holds(one.coupon, named),
              "redeemed_at": one.redeemed.at if one.redeemed else None} for one in claims]  # fmt: skip
    ready = counted_claims(shop.member_id, at=shop.at)
    tabs = [("ready", _("Ready"), ready), ("used", _("Used"), 0), ("expired", _("Expired"), 0)]
    return render(
        request,
        "scene/vouchers/mine.html",
        {"shop": shop, "claims": shown, "state": which, "tabs": tabs, "tab": "me"},
    )


@require_safe
@never_cache
@shop_page
@for_members
def one(request: HttpRequest, shop: Visit, claim_id: UUID) -> HttpResponse:
    """One coupon with its code, large, its rules, and passing it on."""
    claim = _own(shop, claim_id)
    named = named_for([claim.coupon], brand_id=shop.brand.id)
    redeemed = claim.redeemed
    there = store_facts([redeemed.store_id]) if redeemed and redeemed.store_id else {}
    offered = open_pass(claim.id)
    ready = claim.state == "ready" and claim.valid_until > shop.at and claim.coupon.voided_at is None
    context: dict[str, Any] = {
        "shop": shop, "claim": claim, "state": "ready" if ready else "used" if claim.state == "redeemed" else "expired",
        "code_image": code_image(claim.code), "sentence": sentences([claim.coupon], shop.brand)[claim.coupon.id],
        "where": where_it_holds(claim.coupon, named), "redeemed": redeemed, "redeemed_in": next(iter(there.values()), None), "pass_id": new_id(),
        "pass_link": f"{settings.PUBLIC_URL}/c/{shop.brand.code}/pass/{offered}/" if offered else "", "tab": "me",
    }  # fmt: skip
    return render(request, "scene/vouchers/one.html", context)


@require_POST
@shop_page
@for_members
def pass_on(request: HttpRequest, shop: Visit, claim_id: UUID) -> HttpResponse:
    """Offer the coupon to a friend by a link. Until somebody takes it, it stays the member's."""
    claim = _own(shop, claim_id)
    assert shop.member_id is not None
    try:
        wanted = PassWanted(as_id(request.POST.get("id", "")) or new_id(), shop.brand.id, claim.id, shop.member_id)
        pass_on_coupon(wanted, now=shop.at)
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{shop.home}me/coupons/{claim.id}/")


@require_POST
@shop_page
@for_members
def keep(request: HttpRequest, shop: Visit, claim_id: UUID) -> HttpResponse:
    """Take the offer back, if nobody has taken it."""
    claim = _own(shop, claim_id)
    offered = open_pass(claim.id)
    assert shop.member_id is not None
    try:
        if offered:
            recall_pass(offered, member_id=shop.member_id, now=shop.at)
        messages.success(request, _("You keep it."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{shop.home}me/coupons/{claim.id}/")


def _own(shop: Visit, claim_id: UUID) -> HeldClaim:
    claim = held_claim(shop.member_id, claim_id) if shop.member_id else None
    if claim is None:
        raise Http404
    return claim


def _standing(found: OpenCoupon) -> dict[str, str]:
    """Say how a coupon of the center stands for this visitor: open, yours already, or gone and why."""
    if found.had >= found.coupon.per_member:
        return {"state": "yours"}
    if found.left == 0:
        return {"state": "gone", "why": _("All gone")}
    if found.left_today == 0:
        return {"state": "gone", "why": _("Gone for today, more tomorrow")}
    return {"state": "open"}


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/coupons/", center, name="shop-coupons"),
    path("s/<slug:brand_code>/<str:store_code>/me/coupons/", mine, name="shop-my-coupons"),
    path("s/<slug:brand_code>/<str:store_code>/me/coupons/<uuid:claim_id>/", one, name="shop-my-coupon"),
    path("s/<slug:brand_code>/<str:store_code>/me/coupons/<uuid:claim_id>/pass/", pass_on),
    path("s/<slug:brand_code>/<str:store_code>/me/coupons/<uuid:claim_id>/keep/", keep),
]
