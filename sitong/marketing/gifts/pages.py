"""Headquarters' gift library; the stores' and consumers' pages stand in scene.gifts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import sku_facts
from sitong.goods.catalog.queries.numbers import sku_by_code
from sitong.marketing.gifts.actions import GiftDefined, change_gift, define_gifts, end_gift, publish_gift
from sitong.marketing.gifts.forms import GiftForm, initial_of
from sitong.marketing.gifts.models import Gift
from sitong.marketing.gifts.queries.held import counts_of, gifts_visible_to
from sitong.marketing.gifts.queries.redeemed import handed_over_by_store
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

VERBS: dict[str, Any] = {"publish": publish_gift, "end": end_gift}


@page_for("brand", permission="coupon.see")
@require_safe
def gift_list(request: ViewerRequest) -> HttpResponse:
    """The gift library, the newest first, with what was given and handed over."""
    brand = _brand(request)
    rows = list(gifts_visible_to(request.viewer).order_by("-created_at", "-id")[:300])
    counts = counts_of([one.id for one in rows])
    shown = [{"gift": one, "count": counts.get(one.id), "state": _state(one)} for one in rows]
    context = {"gifts": shown, "currency": brand.currency, "may_change": request.viewer.may("coupon.change")}
    return render(request, "marketing/gifts/list.html", context)


@page_for("brand", permission="coupon.see")
@require_safe
def gift(request: ViewerRequest, gift_id: UUID) -> HttpResponse:
    """One gift: what it is, what is paid back for it, and which stores have handed it over."""
    one, brand = _seen(request, gift_id), _brand(request)
    by_store = handed_over_by_store(one.id)
    stores = store_facts(by_store)
    context = {
        "gift": one, "count": counts_of([one.id]).get(one.id), "state": _state(one), "currency": brand.currency, "zone": brand.zone,
        "may_change": request.viewer.may("coupon.change"), "handling": one.handling_bp,
        "stores": sorted(((stores[key], *by_store[key]) for key in by_store if key in stores), key=lambda row: (-row[1], row[0].code)),
    }  # fmt: skip
    return render(request, "marketing/gifts/detail.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_gift(request: ViewerRequest) -> HttpResponse:
    """Put a gift into the library. The form carries the gift's id, so that sending it again makes no second one."""
    brand, gift_id = _brand(request), id_in(request.POST.get("id", "")) or new_id()
    form = GiftForm(request.POST or None, initial={"valid_days": 30, "handling": 0})
    if request.method == "POST" and _sound(form, brand):
        sku_id = _sku(form, brand)
        if not form.errors:
            wanted = GiftDefined(id=gift_id, brand_id=brand.id, **form.fields_of_gift(sku_id))
            (outcome,) = define_gifts([wanted], by=request.viewer.account_id, now=clock.now())
            if not isinstance(outcome, Refused):
                messages.success(request, _("Saved as a draft. Publish it, and campaigns can give it."))
                return HttpResponseRedirect(f"/brand/gifts/{outcome.id}/")
            form.add_error(None, sentence(outcome))
    return _form_page(request, form, gift_id, None)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_gift(request: ViewerRequest, gift_id: UUID) -> HttpResponse:
    """Change a gift. Once one was given, only in its holders' favor: the action says what may not be."""
    one, brand = _seen(request, gift_id), _brand(request)
    sku = sku_facts([one.sku_id]).get(one.sku_id) if one.sku_id else None
    form = GiftForm(request.POST or None, initial=initial_of(one, sku.code if sku else ""))
    if request.method == "POST" and _sound(form, brand):
        sku_id = _sku(form, brand)
        if not form.errors:
            try:
                change_gift(one.id, changes=form.fields_of_gift(sku_id), by=request.viewer.account_id, now=clock.now())
            except Refused as refused:
                form.add_error(None, sentence(refused))
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(f"/brand/gifts/{one.id}/")
    return _form_page(request, form, one.id, one)


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, gift_id: UUID, gift_verb: str) -> HttpResponse:
    """Publish or end a gift. Ending is for good; what was given still holds."""
    one = _seen(request, gift_id)
    if gift_verb not in VERBS:
        raise NotFound(what="page")
    try:
        VERBS[gift_verb](one.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        done = {"publish": _("Published: campaigns can give it."), "end": _("Ended. Those that were given still hold.")}
        messages.success(request, done[gift_verb])
    return HttpResponseRedirect(f"/brand/gifts/{one.id}/")


def _form_page(request: ViewerRequest, form: GiftForm, gift_id: UUID, one: Gift | None) -> HttpResponse:
    context = {"form": form, "gift_id": gift_id, "gift": one}
    return render(request, "marketing/gifts/form.html", context, status=422 if form.errors else 200)


def _sound(form: GiftForm, brand: BrandFacts) -> bool:
    with timezone.override(brand.zone):
        return form.is_valid()


def _sku(form: GiftForm, brand: BrandFacts) -> UUID | None:
    code = form.cleaned_data["sku"].strip()
    found = sku_by_code(brand.id, code) if code else None
    if code and found is None:
        form.add_error("sku", _("There is no SKU with this code."))
    return found


def _state(one: Gift) -> tuple[str, str]:
    if one.ended_at:
        return _("Ended"), "bg-secondary-lt"
    return (_("Running"), "bg-green-lt") if one.published_at else (_("Draft"), "bg-yellow-lt")


def _seen(request: ViewerRequest, gift_id: UUID) -> Gift:
    one = gifts_visible_to(request.viewer).filter(id=gift_id).first()
    if one is None:
        raise NotFound(what="gift")
    return one


def _brand(request: ViewerRequest) -> BrandFacts:
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


urlpatterns = [
    path("brand/gifts/", gift_list, name="gifts"),
    path("brand/gifts/new/", new_gift),
    path("brand/gifts/<uuid:gift_id>/", gift),
    path("brand/gifts/<uuid:gift_id>/edit/", edit_gift),
    path("brand/gifts/<uuid:gift_id>/state/<slug:gift_verb>/", change_state),
]
