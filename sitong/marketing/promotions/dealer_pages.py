"""A dealer's promotions: what headquarters has pushed to its stores, and choosing for them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.coupons.desk_pages import as_id, brand_of
from sitong.marketing.promotions.actions import choose_promotions, leave_promotions
from sitong.marketing.promotions.desk_pages import said_of
from sitong.marketing.promotions.queries.desk import pushed_below
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused


@page_for("dealer", permission="coupon.see")
@require_safe
def dealer_promotions(request: ViewerRequest) -> HttpResponse:
    """The promotions pushed to the dealer's stores, and which of the stores take part."""
    brand, at = brand_of(request), clock.now()
    stores = {
        one.id: one for one in stores_visible_to(request.viewer, "coupon.see").filter(closed_at=None).order_by("code")
    }
    shown = [
        {"one": one, "gives": said_of(one, brand, with_names=True), "stores": [(stores[key], chosen) for key, chosen in rows],
         "chosen": sum(1 for _key, chosen in rows if chosen)}
        for one, rows in pushed_below(list(stores), at=at)
    ]  # fmt: skip
    context = {"promotions": shown, "zone": brand.zone, "may_choose": request.viewer.may("coupon.choose")}
    return render(request, "marketing/promotions/dealer.html", context)


@page_for("dealer", permission="coupon.choose")
@require_POST
def choose(request: ViewerRequest, promotion_id: UUID) -> HttpResponse:
    """Let the ticked stores take part, and the others not; ticking them again undoes it."""
    wanted = {one for one in map(as_id, request.POST.getlist("store")) if one}
    reach = stores_visible_to(request.viewer, "coupon.choose").filter(closed_at=None).values_list("id", flat=True)
    rows = next((rows for one, rows in pushed_below(list(reach), at=clock.now()) if one.id == promotion_id), None)
    if rows is None:
        raise NotFound(what="promotion")
    by, at, count = request.viewer.account_id, clock.now(), 0
    for store_id, chosen in rows:
        if (store_id in wanted) == chosen:
            continue
        act = choose_promotions if store_id in wanted else leave_promotions
        count += sum(1 for one in act(store_id, [promotion_id], by=by, now=at) if not isinstance(one, Refused))
    text = (
        ngettext("Changed for %(n)s store.", "Changed for %(n)s stores.", count) if count else _("Nothing was changed.")
    )
    messages.success(request, text % {"n": count} if count else text)
    return HttpResponseRedirect("/dealer/promotions/")


urlpatterns = [
    path("dealer/promotions/", dealer_promotions, name="dealer-promotions"),
    path("dealer/promotions/<uuid:promotion_id>/choose/", choose),
]
