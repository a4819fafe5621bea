"""Check-in in the mini shop: the calendar, the run of days, what comes next, and one big button."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.marketing.checkin.actions import CheckedIn, CheckInWanted, check_in
from sitong.marketing.checkin.challenge import make_challenge, read_challenge
from sitong.marketing.checkin.deciding import LocationNotAgreed, PositionUnsure
from sitong.marketing.checkin.hot import hashed_device
from sitong.marketing.checkin.queries.plans import store_plans
from sitong.marketing.checkin.queries.results import check_in_of, days_between, standing_of, won_by
from sitong.marketing.checkin.rules import Plan, stands_shown
from sitong.marketing.checkin.said import named_rewards
from sitong.marketing.coupons.counter import require_counter_code
from sitong.member.consent.actions import ConsentSaid, say_consents
from sitong.member.consent.queries import WordingFacts, consents_now, wordings_now
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.checkins.looks import month_of, steps_ahead
from sitong.shared import clock
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused, sentence
from sitong.shared.geo import Position
from sitong.shared.ids import id_in, new_id

DEVICE_COOKIE = "st_device"
DEVICE_KEPT_S = 400 * 24 * 3600
DEVICE = re.compile(r"[A-Za-z0-9_-]{22}")
IN_LINK = re.compile(r"[?&]k=([^&#]+)")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def check_in_page(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show how one stands; a POST checks in, and comes back to the page with what it brought."""
    problem, refused = "", None
    if request.method == "POST":
        outcome = _check_in(request, shop)
        if isinstance(outcome, CheckedIn):
            return _with_device(request, HttpResponseRedirect(f"{shop.home}check-in/?done={outcome.id}"))
        refused, problem = outcome, sentence(outcome)
    context = _shown(request, shop) | {"problem": problem, "problem_code": refused.code if refused else ""}
    return _with_device(
        request, render(request, "scene/checkins/check_in.html", context, status=409 if problem else 200)
    )


def _shown(request: HttpRequest, shop: Visit) -> dict[str, Any]:
    member_id, at = _member_id(shop), clock.now()
    plans, today = store_plans(shop.store, now=at), business_date(at, shop.store.zone)
    place_ids = {plan.place_of(shop.store.id) for plan in plans} or {shop.store.id}
    stands = {place: stands_shown(standing_of(place, member_id), today) for place in place_ids}
    place_id = plans[0].place_of(shop.store.id) if plans else shop.store.id
    days = days_between(member_id, [place_id], first=today.replace(day=1) - timedelta(days=7), last=today)
    wording = _wording(shop, plans)
    done = _done(shop, member_id, request.GET.get("done", ""))
    ahead = steps_ahead(plans, stands, shop.store.id, shop.currency)
    return {
        "shop": shop, "tab": "me", "plan": plans[0] if plans else None, "today": today, "state": days.get(today, ""),
        "stands": stands[place_id], "weeks": month_of(today, days), "ahead": ahead, "done": done,
        "next": next((one for one in ahead if one.left and one.count > 1), None),
        "challenge": make_challenge(member_id, shop.store.id, now=at), "counter_code": request.GET.get("k", "")[:40],
        "wording": wording, "agreed": wording is None or _agreed(member_id), "consent_id": new_id(),
        "by_position": bool(plans and plans[0].by_position and shop.store.latitude_e6 is not None),
    }  # fmt: skip


def _check_in(request: HttpRequest, shop: Visit) -> CheckedIn | Refused:
    """Check in by what the form says: the counter's code if there is one, else the position."""
    member_id, at, said = _member_id(shop), clock.now(), request.POST
    code = said.get("code", "").strip()
    if found := IN_LINK.search(code):
        code = found[1]
    try:
        check_in_id = read_challenge(said.get("challenge", ""), member_id, shop.store.id, now=at)
        if code:
            require_counter_code(shop.store.id, code, at=at)
        elif said.get("agree"):
            _agree(request, shop, at)
        position, accuracy_m = (None, 0) if code else _position(request)
    except Refused as refused:
        return refused
    device = hashed_device(_device(request), shop.brand.id)
    wanted = CheckInWanted(
        check_in_id, shop.brand.id, member_id, shop.store.id, position, accuracy_m, bool(code), device
    )
    (outcome,) = check_in([wanted], now=at)
    return outcome


def _position(request: HttpRequest) -> tuple[Position, int]:
    """Read the position that the phone says; what is none is as good as one that is not known well enough."""
    try:
        position = Position.of_degrees(float(request.POST["latitude"]), float(request.POST["longitude"]))
        accuracy_m = float(request.POST["accuracy"])
        return position, round(min(accuracy_m, 100_000) + 0.49)
    except (KeyError, ValueError, OverflowError):
        raise PositionUnsure(accuracy_m_max=100) from None


def _agree(request: HttpRequest, shop: Visit, at: datetime) -> None:
    """Keep that the member has said yes to the wording that it read. Refused: member.wording_old, shared.not_found."""
    consent_id, wording_id = id_in(request.POST.get("consent", "")), id_in(request.POST.get("wording", ""))
    if consent_id is None or wording_id is None:
        raise LocationNotAgreed()
    by = shop.viewer.account_id if shop.viewer else None
    said = ConsentSaid(consent_id, shop.brand.id, _member_id(shop), wording_id, True, "self", shop.store.id, by)
    (given,) = say_consents([said], now=at)
    if isinstance(given, Refused):
        raise given


def _wording(shop: Visit, plans: tuple[Plan, ...]) -> WordingFacts | None:
    if not plans or not plans[0].by_position:
        return None
    found = (one for one in wordings_now(shop.brand.id) if one.purpose == "location" and one.entity_id is None)
    return next(found, None)


def _agreed(member_id: UUID) -> bool:
    said = consents_now(member_id).get(("location", None))
    return said is not None and said.yes


def _done(shop: Visit, member_id: UUID, said: str) -> dict[str, Any] | None:
    """Give what one check-in brought, for the page that follows it."""
    check_in_id = id_in(said)
    row = check_in_of(member_id, check_in_id) if check_in_id else None
    if row is None:
        return None
    won = won_by(row.id)
    names = named_rewards({one.reward for one in won}, shop.currency)
    return {"row": row, "won": [(names[one.reward], one.refused) for one in won]}


def _with_device(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not DEVICE.fullmatch(request.COOKIES.get(DEVICE_COOKIE, "")):
        response.set_cookie(
            DEVICE_COOKIE, secrets.token_urlsafe(16), path="/s/", max_age=DEVICE_KEPT_S, samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    return response


def _device(request: HttpRequest) -> str:
    said = request.COOKIES.get(DEVICE_COOKIE, "")
    return said if DEVICE.fullmatch(said) else ""


def _member_id(shop: Visit) -> UUID:
    assert shop.member_id is not None
    return shop.member_id


urlpatterns = [path("s/<slug:brand_code>/<str:store_code>/check-in/", check_in_page, name="shop-check-in")]
