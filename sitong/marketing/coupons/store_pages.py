"""A dealer's coupons: what headquarters has pushed to its stores, and choosing for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.coupons import looks
from sitong.marketing.coupons.actions import choose_coupons, unchoose_coupons
from sitong.marketing.coupons.desk_pages import as_id, brand_of
from sitong.marketing.coupons.queries.workshop import pushed_below
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused


@page_for("dealer", permission="coupon.see")
@require_safe
def dealer_coupons(request: ViewerRequest) -> HttpResponse:
    """The coupons pushed to the dealer's stores, and which of the stores take part."""
    brand, at = brand_of(request), clock.now()
    stores = {
        one.id: one for one in stores_visible_to(request.viewer, "coupon.see").filter(closed_at=None).order_by("code")
    }
    found = pushed_below(list(stores), at=at)
    named = looks.named_for([one for one, _rows in found], brand_id=brand.id)
    shown: list[dict[str, Any]] = [
        {
            "coupon": coupon, "sentence": looks.sentence(coupon, named, currency=brand.currency, zone=brand.zone),
            "stores": [(stores[store_id], chosen) for store_id, chosen in rows], "chosen": sum(1 for _store, chosen in rows if chosen),
        }
        for coupon, rows in found
    ]  # fmt: skip
    context = {
        "coupons": shown,
        "currency": brand.currency,
        "zone": brand.zone,
        "may_choose": request.viewer.may("coupon.choose"),
    }
    return render(request, "marketing/coupons/dealer.html", context)


@page_for("dealer", permission="coupon.choose")
@require_POST
def choose(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """Let the ticked stores take part, and the others not; ticking them again undoes it."""
    wanted = {one for one in map(as_id, request.POST.getlist("store")) if one}
    reach = stores_visible_to(request.viewer, "coupon.choose").filter(closed_at=None).values_list("id", flat=True)
    rows = next((rows for coupon, rows in pushed_below(list(reach), at=clock.now()) if coupon.id == coupon_id), None)
    if rows is None:
        raise NotFound(what="coupon")
    by, at, count = request.viewer.account_id, clock.now(), 0
    for store_id, chosen in rows:
        if (store_id in wanted) == chosen:
            continue
        act = choose_coupons if store_id in wanted else unchoose_coupons
        count += sum(1 for one in act(store_id, [coupon_id], by=by, now=at) if not isinstance(one, Refused))
    text = (
        ngettext("Changed for %(n)s store.", "Changed for %(n)s stores.", count) if count else _("Nothing was changed.")
    )
    messages.success(request, text % {"n": count} if count else text)
    return HttpResponseRedirect("/dealer/coupons/")


urlpatterns = [
    path("dealer/coupons/", dealer_coupons, name="dealer-coupons"),
    path("dealer/coupons/<uuid:coupon_id>/choose/", choose),
]
