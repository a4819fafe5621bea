"""Tickets of draws at the counter: scan one, and see what was claimed today."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.marketing.deals.actions import TicketClaimWanted, claim_tickets
from sitong.marketing.deals.queries import deals_by_id, tickets_claimed_in
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.fulfillment.pages import store_page
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def tickets(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Scan a ticket, so that it takes part in the draw. Scanning it again says when it was claimed, and claims nothing."""
    at = now()
    shown: dict[str, Any] = {}
    if request.method == "POST":
        if not stores_visible_to(request.viewer, "coupon.redeem").filter(id=store.id).exists():
            raise NotFound(what="store")
        code = request.POST.get("code", "").strip()[:120]
        (outcome,) = claim_tickets(
            [TicketClaimWanted(store.brand_id, store.id, code, request.viewer.account_id)], now=at
        )
        if isinstance(outcome, Refused):
            shown = {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome)}
        else:
            deal = deals_by_id([outcome.deal_id])[outcome.deal_id]
            again = outcome.claimed_at is not None and outcome.claimed_at < at
            shown = {"outcome": "again" if again else "done", "ticket": outcome, "deal": deal,
                     "member": member_facts([outcome.member_id]).get(outcome.member_id)}  # fmt: skip
    since, until = day_bounds(business_date(at, store.zone), store.zone)
    today = tickets_claimed_in(store.id, since=since, until=until)
    names = account_names({one.claimed_by for one in today if one.claimed_by})
    deals = deals_by_id({one.deal_id for one in today})
    context = {
        "store": store, **shown,
        "today": [{"ticket": one, "deal": deals[one.deal_id], "by_name": names.get(one.claimed_by, "") if one.claimed_by else ""} for one in today],
    }  # fmt: skip
    return render(request, "scene/deals/store.html", context, status=409 if shown.get("outcome") == "no" else 200)


urlpatterns = [path("store/tickets/", tickets, name="store-tickets")]
