"""Rebates for scanned receipts: headquarters' list, making and ending one; and what a dealer is owed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.coupons.desk_pages import as_id, brand_of
from sitong.marketing.scans.actions.rebates import define_rebate_plans, end_rebate_plan
from sitong.marketing.scans.forms import RebateForm
from sitong.marketing.scans.looks import LEVELS
from sitong.marketing.scans.queries import (
    rebate_owed_minor,
    rebate_plans_open,
    rebate_plans_visible_to,
    rebates_of,
)
from sitong.marketing.scans.rebating import RebatePlanWanted
from sitong.org.dealers.queries import dealers_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

HOME = "/brand/scan-plans/rebates/"


@page_for("brand", permission="coupon.see")
@require_http_methods(["GET", "POST"])
def rebate_list(request: ViewerRequest) -> HttpResponse:
    """Show the rebates, and make one; it holds at once."""
    brand = brand_of(request)
    may_change = request.viewer.may("coupon.change")
    form = RebateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        request.viewer.require("coupon.change")
        with timezone.override(brand.zone):
            sound = form.is_valid()
        if sound:
            said = form.cleaned_data
            wanted = RebatePlanWanted(
                as_id(request.POST.get("id", "")) or new_id(), brand.id, said["name"], said["amount"], said["starts_at"], said["ends_at"],
                said["name_en"], None, said["level"], said["budget"] or None,
            )  # fmt: skip
            (outcome,) = define_rebate_plans([wanted], by=request.viewer.account_id, now=clock.now())
            if not isinstance(outcome, Refused):
                messages.success(request, _("It holds from its beginning on."))
                return HttpResponseRedirect(HOME)
            form.add_error(None, sentence(outcome))
    now = clock.now()
    rows = [
        {"plan": one, "level": LEVELS[one.level], "open": one.ended_at is None and one.ends_at > now}
        for one in rebate_plans_visible_to(request.viewer).order_by("-created_at")[:200]
    ]
    return render(request, "marketing/scans/rebates.html", {
        "form": form, "rows": rows, "brand": brand, "plan_id": new_id(), "may_change": may_change, "sign": SYMBOLS[brand.currency],
    }, status=422 if form.errors else 200)  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def end(request: ViewerRequest, rebate_plan_id: UUID) -> HttpResponse:
    """End a rebate; what is owed stays owed."""
    if not rebate_plans_visible_to(request.viewer).filter(id=rebate_plan_id).exists():
        raise NotFound(what="rebate")
    end_rebate_plan(rebate_plan_id, by=request.viewer.account_id, now=clock.now())
    messages.success(request, _("Ended. What is owed stays owed."))
    return HttpResponseRedirect(HOME)


@page_for("dealer", permission="stock.see")
@require_safe
def dealer_rebates(request: ViewerRequest) -> HttpResponse:
    """Show a dealer what it has earned by the boxes that it scanned in."""
    brand = brand_of(request)
    dealers = [
        one for one in dealers_visible_to(request.viewer) if one.id in request.viewer.place_ids("dealer", "stock.see")
    ]
    shown = [{"dealer": one, "owed_minor": rebate_owed_minor(one.id), "rows": rebates_of(one.id)} for one in dealers]
    return render(request, "marketing/scans/dealer.html", {
        "dealers": shown, "brand": brand, "plans": rebate_plans_open(brand.id, at=clock.now()),
    })  # fmt: skip


urlpatterns = [
    path("brand/scan-plans/rebates/", rebate_list, name="rebates"),
    path("brand/scan-plans/rebates/<uuid:rebate_plan_id>/end/", end),
    path("dealer/rebates/", dealer_rebates, name="dealer-rebates"),
]
