"""Check-in on the store's phone: the code to show, who came today, and a reward of the store's own on top."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.checkin.actions import PlanWanted, define_plans, end_plan, publish_plan
from sitong.marketing.checkin.queries.plans import plans_of_store, steps_read, store_plans
from sitong.marketing.checkin.queries.results import checked_in_today
from sitong.marketing.checkin.rules import ONS, Step
from sitong.marketing.checkin.said import named_rewards, when_said
from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.giving.forms import read_rewards, reward_choices
from sitong.member.identity.queries import member_facts
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.channels.answers import by_htmx
from sitong.scene.fulfillment.pages import store_page
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

SHOWN = 100
OWN_KINDS = ("points", "coupon", "gift")


@require_safe
@never_cache
@page_for("store", permission="coupon.see")
@store_page
def today(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """The counter's code for check-in, today's check-ins, and the store's own reward. The code renews itself."""
    _require(request, store, "coupon.see")
    at, brand = clock.now(), _brand(store)
    code = counter_code(store.id, at=at)
    link = f"{settings.PUBLIC_URL}/s/{brand.code}/{store.code}/check-in/?{urlencode({'k': code})}"
    image = segno.make(link, micro=False, error="m").svg_data_uri(border=2, scale=8)
    shown: dict[str, Any] = {"store": store, "code": f"{code[:4]} {code[4:]}", "code_image": image, "link": link}
    if by_htmx(request):
        return render(request, "scene/checkins/store_code.html", shown)
    rows = checked_in_today(store.id, business_date(at, store.zone))
    members = member_facts({one.member_id for one in rows[:SHOWN]})
    plans = store_plans(store, now=at)
    steps = [step for plan in plans for step in plan.steps]
    names = named_rewards({step.reward for step in steps}, brand.currency)
    own = plans_of_store(store.id).filter(published_at__isnull=False, ended_at=None).first()
    own_steps = steps_read(own.steps) if own else ()
    names |= named_rewards({step.reward for step in own_steps} - set(names), brand.currency)
    context = shown | {
        "rows": [(one, members.get(one.member_id)) for one in rows[:SHOWN]], "count": rows.count(), "runs": bool(plans), "own": own,
        "own_steps": [(when_said(step), names[step.reward]) for step in own_steps], "choices": reward_choices(brand.id, kinds=OWN_KINDS),
        "brand_steps": [(when_said(step), names[step.reward]) for plan in plans if plan.store_id is None for step in plan.steps],
        "may_choose": request.viewer.may("coupon.choose"), "plan_id": new_id(),
    }  # fmt: skip
    return render(request, "scene/checkins/store.html", context)


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def begin(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Let the store's own reward run from today on."""
    _require(request, store, "coupon.choose")
    said, at, brand = request.POST, clock.now(), _brand(store)
    try:
        steps = _steps(request, brand)
        wanted = PlanWanted(
            _plan_id(request), store.brand_id, said.get("name", "").strip() or _("The store's own reward"), steps,
            business_date(at, store.zone), store_id=store.id, by_position=_brand_looks(store), by_code=True,
        )  # fmt: skip
        (plan,) = define_plans([wanted], by=request.viewer.account_id, now=at)
        if isinstance(plan, Refused):
            raise plan
        publish_plan(plan.id, by=request.viewer.account_id, now=at)
        messages.success(request, _("It runs from today on, in your store only."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect("/store/check-ins/")


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def end(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """End the store's own reward; what was given stays."""
    _require(request, store, "coupon.choose")
    own = plans_of_store(store.id).filter(published_at__isnull=False, ended_at=None).first()
    if own is not None:
        end_plan(own.id, by=request.viewer.account_id, now=clock.now())
        messages.success(request, _("Ended. What was given stays."))
    return HttpResponseRedirect("/store/check-ins/")


def _steps(request: ViewerRequest, brand: BrandFacts) -> tuple[Step, ...]:
    said = request.POST
    on, text = said.get("on", "streak"), said.get("count", "").strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    rewards = read_rewards(said, "reward", currency=brand.currency)
    return tuple(Step(on if on in ONS else "", 1 if on == "day" else count, one) for one in rewards[:1])


def _brand_looks(store: StoreFacts) -> bool:
    """Tell whether the brand's own plan looks at positions: only then the store's may."""
    plans = store_plans(store, now=clock.now())
    return bool(plans and plans[0].store_id is None and plans[0].by_position)


def _plan_id(request: ViewerRequest) -> UUID:
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return new_id()


def _require(request: ViewerRequest, store: StoreFacts, permission: str) -> None:
    if not stores_visible_to(request.viewer, permission).filter(id=store.id).exists():
        raise NotFound(what="store")


def _brand(store: StoreFacts) -> BrandFacts:
    return brand_facts([store.brand_id])[store.brand_id]


urlpatterns = [
    path("store/check-ins/", today, name="store-check-ins"),
    path("store/check-ins/own/", begin),
    path("store/check-ins/own/end/", end),
]
