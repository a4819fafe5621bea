"""Payments at headquarters: what came in by which way, the providers' bills compared with our books, and what failed."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.org.brands.queries import brand_facts, entities_visible_to
from sitong.scene.payments.bills import BILL_ZONE, check_bill
from sitong.scene.payments.queries import bills_of, merchants_of, refunds_failed, totals_by_kind
from sitong.scene.payments.rules import BillMalformed
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence

HOME = "/brand/payments/"


@require_safe
@never_cache
@page_for("brand", permission="orders.see")
def payments(request: ViewerRequest) -> HttpResponse:
    """Show one day's payments by kind, and the checked bills with their differences."""
    brand_id = request.viewer.brand_id
    if brand_id is None:
        raise NotFound(what="brand")
    brand = brand_facts([brand_id])[brand_id]
    today = business_date(now(), brand.zone)
    on = _day(request.GET.get("on", "")) or today
    entities = {one.id: one for one in entities_visible_to(request.viewer)}
    context = {
        "brand": brand, "on": on, "today": today, "totals": totals_by_kind(brand_id, *day_bounds(on, brand.zone)),
        "bills": [(one, entities.get(one.entity_id)) for one in bills_of(brand_id)], "failed": refunds_failed(brand_id),  # type: ignore[arg-type]
        "merchants": [(one, entities.get(one.entity_id)) for one in merchants_of(brand_id)],  # type: ignore[arg-type]
        "yesterday": business_date(now(), BILL_ZONE) - timedelta(days=1), "may_check": request.viewer.may("wallet.change"),
    }  # fmt: skip
    return render(request, "scene/payments/desk.html", context)


@require_POST
@page_for("brand", permission="wallet.change")
def check(request: ViewerRequest) -> HttpResponse:
    """Fetch a bill and compare it now. Doing it again compares anew."""
    on = _day(request.POST.get("on", ""))
    brand_id = request.viewer.brand_id
    merchant = (
        next((one for one in merchants_of(brand_id) if str(one.id) == request.POST.get("merchant")), None)
        if brand_id
        else None
    )
    if merchant is None or on is None:
        raise NotFound(what="merchant")
    try:
        differences = check_bill(merchant.id, on, now=now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    except BillMalformed:
        messages.error(request, _("The provider's bill cannot be read. Try again later."))
    else:
        messages.success(
            request, _("Compared: everything agrees.") if not differences else _("Compared: there are differences.")
        )
    return HttpResponseRedirect(HOME)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


urlpatterns = [
    path("brand/payments/", payments, name="brand-payments"),
    path("brand/payments/check/", check, name="brand-payments-check"),
]
