"""Gifts on the clerk's phone: what is asked for rings, a code is scanned, today's handovers, who confirms."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.gifts.actions import (
    RedeemGift,
    TakeBackWanted,
    confirm_asks,
    decline_asks,
    let_clerks_confirm,
    let_counter_confirm_itself,
    redeem_gifts,
    take_back_redemptions,
)
from sitong.marketing.gifts.queries.claims import gift_by_code
from sitong.marketing.gifts.queries.held import confirms_itself, gifts_by_id, open_asks
from sitong.marketing.gifts.queries.redeemed import handed_over_in, handovers
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.vouchers.claim_pages import as_id
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def counter(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Scan a gift's code, once only; above it what consumers at the counter ask for. The page makes the nonce."""
    at = now()
    shown: dict[str, Any] = {}
    if request.method == "POST":
        _require(request, store, "coupon.redeem")
        shown = _redeem(request, store, at)
        if request.POST.get("kept"):
            return JsonResponse({"outcome": shown["outcome"], "why": shown.get("why", "")})
    since, until = day_bounds(business_date(at, store.zone), store.zone)
    today = handed_over_in(store.id, since=since, until=until)
    names = account_names({one.evidence.by for one in today if one.evidence.by})
    context = {
        "store": store, "nonce": new_id(), "today": [(one, names.get(one.evidence.by, "") if one.evidence.by else "") for one in today],
        "itself": confirms_itself(store.id), "may_set": request.viewer.may("store.change"), **_asks(store, at), **shown,
    }  # fmt: skip
    return render(request, "scene/gifts/counter.html", context, status=409 if shown.get("outcome") == "no" else 200)


@require_safe
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def asks(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """The part of the page that changes: what is asked for now."""
    return render(request, "scene/gifts/asks.html", {"store": store, **_asks(store, now())})


@require_POST
@page_for("store", permission="coupon.redeem")
@store_page
def answer(request: ViewerRequest, store: StoreFacts, ask_id: UUID, ask_answer: str) -> HttpResponse:
    """Confirm or decline what a consumer asks for."""
    _require(request, store, "coupon.redeem")
    if ask_answer not in {"confirm", "decline"}:
        raise NotFound(what="page")
    act = confirm_asks if ask_answer == "confirm" else decline_asks
    (outcome,) = act([ask_id], store_id=store.id, by=request.viewer.account_id, now=now())
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, _("Hand it over.") if ask_answer == "confirm" else _("Declined."))
    return HttpResponseRedirect("/store/gifts/")


@require_POST
@page_for("store", permission="coupon.redeem")
@store_page
def take_back(request: ViewerRequest, store: StoreFacts, redemption_id: UUID) -> HttpResponse:
    """Say that a gift of today was not handed over after all, or came back."""
    _require(request, store, "coupon.redeem")
    at = now()
    since, _until = day_bounds(business_date(at, store.zone), store.zone)
    one = handovers([redemption_id]).get(redemption_id)
    if one is None or one.evidence.store_id != store.id or one.evidence.at < since:
        raise NotFound(what="redemption")
    wanted = TakeBackWanted(redemption_id, request.POST.get("reason", "") or _("Not handed over"))
    (outcome,) = take_back_redemptions([wanted], by=request.viewer.account_id, now=at)
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, _("Taken back. The member has it again."))
    return HttpResponseRedirect("/store/gifts/")


@require_POST
@page_for("store", permission="store.change")
@store_page
def confirm_how(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Say who confirms what consumers at the counter ask for: a clerk, or nobody."""
    _require(request, store, "store.change")
    act = let_counter_confirm_itself if request.POST.get("itself") == "1" else let_clerks_confirm
    act(store.id, brand_id=store.brand_id, by=request.viewer.account_id, now=now())
    messages.success(request, _("Saved."))
    return HttpResponseRedirect("/store/gifts/")


def _redeem(request: ViewerRequest, store: StoreFacts, at: datetime) -> dict[str, Any]:
    code = request.POST.get("code", "").strip()[:120]
    wanted = RedeemGift(
        as_id(request.POST.get("nonce", "")) or new_id(), store.brand_id, store.id, code, by=request.viewer.account_id,
        scanned_at=_instant(request.POST.get("scanned_at", "")),
    )  # fmt: skip
    (outcome,) = redeem_gifts([wanted], now=at)
    if isinstance(outcome, Refused):
        claim = gift_by_code(store.brand_id, code)
        gift = gifts_by_id([claim.terms.id]).get(claim.terms.id) if claim else None
        return {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome), "gift": gift}
    return {
        "outcome": "done", "gift": gifts_by_id([outcome.gift_id])[outcome.gift_id], "at": outcome.at, "again": outcome.at < at,
        "member": member_facts([outcome.member_id]).get(outcome.member_id),
    }  # fmt: skip


def _asks(store: StoreFacts, at: datetime) -> dict[str, Any]:
    found = open_asks(store.id, at=at)
    return {"asks": found, "members": member_facts({one.member_id for one in found})}


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _require(request: ViewerRequest, store: StoreFacts, permission: str) -> None:
    if not stores_visible_to(request.viewer, permission).filter(id=store.id).exists():
        raise NotFound(what="store")


urlpatterns = [
    path("store/gifts/", counter, name="store-gifts"),
    path("store/gifts/asks/", asks),
    path("store/gifts/asks/<uuid:ask_id>/<slug:ask_answer>/", answer),
    path("store/gifts/confirms/", confirm_how),
    path("store/gifts/<uuid:redemption_id>/back/", take_back),
]
