"""Cards at headquarters: what is owed, what is on offer, what became of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.cards.actions import CardKindWrong, KindWanted, close_kind, offer_kinds, reopen_kind
from sitong.member.cards.queries import kinds_sold, owed_minor
from sitong.member.cards.rules import BEARER_PRICE_MAX_MINOR, NAMED_PRICE_MAX_MINOR
from sitong.member.wallet.forms import a_uuid, minor_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

HOME = "/brand/cards/"


@require_safe
@never_cache
@page_for("brand", permission="member.see")
def cards(request: ViewerRequest) -> HttpResponse:
    """Show what is owed on cards, the offers, and a form for a new one."""
    return _show(request)


@require_POST
@page_for("brand", permission="wallet.change")
def offer(request: ViewerRequest) -> HttpResponse:
    """Put a card on offer."""
    said = request.POST
    stores = {one.id for one in stores_visible_to(request.viewer, "wallet.change").filter(closed_at=None)}
    chosen = tuple(one for one in map(a_uuid, said.getlist("stores")) if one in stores)
    price, kind_id, form = minor_of(said.get("price", "")), a_uuid(said.get("id", "")), said.get("form", "")
    outcome: object = CardKindWrong(field="price")
    if price is not None and kind_id is not None:
        period = form == "period"
        wanted = KindWanted(
            kind_id, _brand(request), said.get("name", ""), said.get("what", ""), form, price, 0 if period else _whole(said.get("visits")) or 0,
            0 if period else _whole(said.get("gift_visits")) or 0, _whole(said.get("months")) or 0 if period else 0, _whole(said.get("per_day")),
            store_ids=tuple(one for one in chosen if one), family_max=_whole(said.get("family_max")) or 0, name_en=said.get("name_en", ""),
            what_en=said.get("what_en", ""),
        )  # fmt: skip
        (outcome,) = offer_kinds([wanted], by=request.viewer.account_id, now=now())
    if isinstance(outcome, Refused):
        return _show(request, sentence(outcome))
    messages.success(request, _("The card is on offer."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="wallet.change")
def close(request: ViewerRequest, card_kind_id: UUID) -> HttpResponse:
    """Take a card off offer."""
    close_kind(card_kind_id, brand_id=_brand(request), by=request.viewer.account_id, now=now())
    messages.success(request, _("The card is off offer. Those that were bought stay as they are."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="wallet.change")
def reopen(request: ViewerRequest, card_kind_id: UUID) -> HttpResponse:
    """Put a closed card on offer again."""
    reopen_kind(card_kind_id, brand_id=_brand(request), by=request.viewer.account_id, now=now())
    messages.success(request, _("The card is on offer."))
    return HttpResponseRedirect(HOME)


def _show(request: ViewerRequest, problem: str = "") -> HttpResponse:
    brand_id = _brand(request)
    kinds = kinds_sold(brand_id)
    stores = stores_visible_to(request.viewer, "member.see").filter(closed_at=None).order_by("code")
    context = {
        "brand": brand_facts([brand_id])[brand_id], "owed": owed_minor(brand_id), "open": [one for one in kinds if one.kind.closed_at is None],
        "closed": [one for one in kinds if one.kind.closed_at], "stores": list(stores[:500]), "kind_id": new_id(), "problem": problem,
        "said": request.POST, "may_change": request.viewer.may("wallet.change"), "named_max": NAMED_PRICE_MAX_MINOR,
        "bearer_max": BEARER_PRICE_MAX_MINOR,
    }  # fmt: skip
    return render(request, "member/cards/desk.html", context, status=409 if problem else 200)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else None


def _brand(request: ViewerRequest) -> UUID:
    if request.viewer.brand_id is None:
        raise NotFound(what="brand")
    return request.viewer.brand_id


urlpatterns = [
    path("brand/cards/", cards, name="brand_cards"),
    path("brand/cards/offer/", offer),
    path("brand/cards/<uuid:card_kind_id>/close/", close),
    path("brand/cards/<uuid:card_kind_id>/reopen/", reopen),
]
