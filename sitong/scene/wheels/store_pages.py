"""Prizes at the counter: scan the winner's code, see what it is, hand it over once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.marketing.draws import looks
from sitong.marketing.draws.actions import HandOverWanted, hand_over_prizes
from sitong.marketing.draws.codes import read_prize_code
from sitong.marketing.draws.queries.desk import handed_over_in, win_by_code
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.vouchers.claim_pages import as_id
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds, now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="coupon.redeem")
@store_page
def prizes(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Hand a prize over by its code, once only. The page makes the nonce: the same scan sent again gets the same answer."""
    if not stores_visible_to(request.viewer, "coupon.redeem").filter(id=store.id).exists():
        raise NotFound(what="store")
    at = now()
    shown = _hand_over(request, store, at) if request.method == "POST" else {}
    since, _until = day_bounds(business_date(at, store.zone), store.zone)
    today = [
        {"name": looks.prize_name(one.prize), "at": one.win.done_at} for one in handed_over_in(store.id, since=since)
    ]
    context = {"store": store, "nonce": new_id(), "today": today, "scanned": request.GET.get("code", "")[:40], **shown}
    return render(request, "scene/wheels/store.html", context, status=409 if shown.get("outcome") == "no" else 200)


def _hand_over(request: ViewerRequest, store: StoreFacts, at: datetime) -> dict[str, Any]:
    code = read_prize_code(request.POST.get("code", ""))
    nonce = as_id(request.POST.get("nonce", "")) or new_id()
    wanted = HandOverWanted(nonce, store.brand_id, store.id, code, request.viewer.account_id)
    (outcome,) = hand_over_prizes([wanted], now=at)
    if isinstance(outcome, Refused):
        found = win_by_code(store.brand_id, code)
        name = looks.prize_name(found.prize) if found else ""
        return {"outcome": "no", "reason_code": outcome.code, "why": sentence(outcome), "prize": name}
    return {
        "outcome": "done", "prize": looks.prize_name(outcome.prize), "at": outcome.at, "again": outcome.at < at, "code": code,
        "member": member_facts([outcome.member_id]).get(outcome.member_id),
    }  # fmt: skip


urlpatterns = [path("store/prizes/", prizes, name="store-prizes")]
