"""Rewards in cash at headquarters: what is owed and paid, what failed and why, and trying it again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.identity.queries import member_facts
from sitong.org.brands.queries import brand_facts
from sitong.scene.payouts.actions import try_again
from sitong.scene.payouts.looks import DESK_STATES, fault_said
from sitong.scene.payouts.queries import payout_totals, payouts_of_brand
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence

PAGE = 50
HOME = "/brand/payouts/"


@require_safe
@never_cache
@page_for("brand", permission="orders.see")
def payouts(request: ViewerRequest) -> HttpResponse:
    """Show rewards in cash by state, with what is owed and what was paid."""
    brand = brand_facts([_brand_id(request)])[_brand_id(request)]
    state = request.GET.get("state", "")
    state = state if state in DESK_STATES else ""
    totals = payout_totals(brand.id)
    page = Paginator(payouts_of_brand(brand.id, state=state), PAGE).get_page(request.GET.get("page"))
    members = member_facts({one.member_id for one in page})
    rows = [
        {
            "payout": one,
            "member": members.get(one.member_id),
            "fault": fault_said(one.fault),
            "said": str(DESK_STATES[one.state]),
        }
        for one in page
    ]
    context = {
        "brand": brand, "page": page, "rows": rows, "said": request.GET, "may_change": request.viewer.may("wallet.change"),
        "owed_minor": sum(minor for key, (_count, minor) in totals.items() if key != "done"), "paid_minor": totals.get("done", (0, 0))[1],
        "tabs": [("", _("All"), sum(count for count, _minor in totals.values()))]
        + [(key, str(label), totals.get(key, (0, 0))[0]) for key, label in DESK_STATES.items()],
    }  # fmt: skip
    return render(request, "scene/payouts/desk.html", context)


@require_POST
@page_for("brand", permission="wallet.change")
def again(request: ViewerRequest, payout_id: UUID) -> HttpResponse:
    """Send a failed payout again."""
    try:
        try_again(payout_id, brand_id=_brand_id(request), by=request.viewer.account_id, now=now())
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("It is sent again."))
    return HttpResponseRedirect(f"{HOME}?state=failed")


def _brand_id(request: ViewerRequest) -> UUID:
    if request.viewer.brand_id is None:
        raise NotFound(what="brand")
    return request.viewer.brand_id


urlpatterns = [
    path("brand/payouts/", payouts, name="brand-payouts"),
    path("brand/payouts/<uuid:payout_id>/again/", again),
]
