"""Check-in at headquarters' desk: plans with their results, and the check-ins that somebody should look at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.checkin import forms
from sitong.marketing.checkin.actions import accept_check_ins, define_plans, end_plan, publish_plan, refuse_check_ins
from sitong.marketing.checkin.models import CheckInPlan
from sitong.marketing.checkin.queries.plans import plans_visible_to, steps_read
from sitong.marketing.checkin.queries.results import plan_results, waiting_of
from sitong.marketing.checkin.said import named_rewards, when_said
from sitong.marketing.giving.forms import reward_choices
from sitong.member.identity.queries import member_facts
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 50
STORES_SHOWN = 20


@page_for("brand", permission="coupon.see")
@require_safe
def plan_list(request: ViewerRequest) -> HttpResponse:
    """All plans of the brand, the one that runs first, and how many check-ins wait."""
    brand, at = _brand(request), clock.now()
    today = business_date(at, brand.zone)
    rows = [
        {"plan": one, "state": _state(one, today), "results": plan_results(one.id)}
        for one in plans_visible_to(request.viewer).order_by("-created_at", "-id")[:PAGE]
    ]
    rows.sort(key=lambda row: row["state"] != "running")
    waiting = waiting_of(request.viewer).count()
    context = {"rows": rows, "waiting": waiting, "may_change": request.viewer.may("coupon.change")}
    return render(request, "marketing/checkin/plans.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_plan(request: ViewerRequest, check_in_plan_id: UUID | None = None) -> HttpResponse:
    """Make a plan, or change a draft. The form carries the plan's id, so that sending it again makes no second one."""
    brand = _brand(request)
    plan = _seen(request, check_in_plan_id) if check_in_plan_id else None
    said, problem = request.POST if request.method == "POST" else None, ""
    own_id = plan.id if plan else id_in(request.POST.get("id", "")) or new_id()
    steps = forms.steps_of(plan)
    if said is not None:
        try:
            wanted = forms.read_plan(said, own_id, brand.id, currency=brand.currency)
            steps = wanted.steps
            (outcome,) = define_plans([wanted], by=request.viewer.account_id, now=clock.now())
            if isinstance(outcome, Refused):
                raise outcome
            messages.success(request, _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"/brand/check-ins/{outcome.id}/")
        except Refused as refused:
            problem = sentence(refused)
    context = {
        "plan": plan, "plan_id": own_id, "problem": problem, "said": forms.shown_plan(plan, said, business_date(clock.now(), brand.zone)),
        "rows": forms.shown_rows(steps, currency=brand.currency), "choices": reward_choices(brand.id),
    }  # fmt: skip
    return render(request, "marketing/checkin/form.html", context, status=409 if problem else 200)


@page_for("brand", permission="coupon.see")
@require_safe
def plan_detail(request: ViewerRequest, check_in_plan_id: UUID) -> HttpResponse:
    """One plan: its rewards with how often each was given, what it brought, and its next step in life."""
    brand, plan = _brand(request), _seen(request, check_in_plan_id)
    results, steps = plan_results(plan.id), steps_read(plan.steps)
    names = named_rewards({step.reward for step in steps}, brand.currency)
    shown = [
        {"when": when_said(step), "again": step.again or step.on == "day", "reward": names[step.reward],
         "given": results.by_step.get(at, (0, 0))[0], "gone": results.by_step.get(at, (0, 0))[1]}
        for at, step in enumerate(steps)
    ]  # fmt: skip
    context = {
        "plan": plan, "state": _state(plan, business_date(clock.now(), brand.zone)), "results": results, "steps": shown,
        "may_change": request.viewer.may("coupon.change"),
    }  # fmt: skip
    return render(request, "marketing/checkin/plan.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, check_in_plan_id: UUID, verb: str) -> HttpResponse:
    """Publish or end a plan; ending is for good."""
    plan = _seen(request, check_in_plan_id)
    verbs = {
        "publish": (publish_plan, _("Published: members can check in.")),
        "end": (end_plan, _("Ended. What was given stays.")),
    }
    if verb not in verbs:
        raise NotFound(what="page")
    act, done = verbs[verb]
    try:
        act(plan.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(f"/brand/check-ins/{plan.id}/")


@page_for("brand", permission="coupon.see")
@require_safe
def waiting(request: ViewerRequest) -> HttpResponse:
    """Check-ins that wait: who, where, when, and why somebody should look at them."""
    page = Paginator(waiting_of(request.viewer), PAGE).get_page(request.GET.get("page"))
    stores, members = store_facts({one.store_id for one in page}), member_facts({one.member_id for one in page})
    rows: list[dict[str, Any]] = [
        {
            "row": one,
            "store": stores.get(one.store_id),
            "member": members.get(one.member_id),
            "doubts": one.doubts.split(","),
        }
        for one in page
    ]
    context = {"page": page, "rows": rows, "may_change": request.viewer.may("coupon.change")}
    return render(request, "marketing/checkin/waiting.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def settle(request: ViewerRequest) -> HttpResponse:
    """Let the ticked check-ins count, or not: the button says which."""
    ids = [one for one in map(id_in, request.POST.getlist("check_in")) if one]
    found = list(waiting_of(request.viewer).filter(id__in=ids).values_list("id", flat=True))
    accepts = request.POST.get("verb") == "accept"
    act = accept_check_ins if accepts else refuse_check_ins
    count = act(found, by=request.viewer.account_id, now=clock.now()) if found else 0
    if not count:
        messages.error(request, _("Tick at least one."))
    elif accepts:
        messages.success(request, ngettext("%(n)s check-in counts.", "%(n)s check-ins count.", count) % {"n": count})
    else:
        messages.success(
            request, ngettext("%(n)s check-in does not count.", "%(n)s check-ins do not count.", count) % {"n": count}
        )
    return HttpResponseRedirect("/brand/check-ins/waiting/")


def _state(plan: CheckInPlan, today: Any) -> str:
    if plan.ended_at:
        return "ended"
    if plan.published_at is None:
        return "draft"
    if plan.starts_on > today:
        return "coming"
    return "over" if plan.ends_on and plan.ends_on < today else "running"


def _brand(request: ViewerRequest) -> BrandFacts:
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def _seen(request: ViewerRequest, plan_id: UUID) -> CheckInPlan:
    plan = plans_visible_to(request.viewer).filter(id=plan_id).first()
    if plan is None:
        raise NotFound(what="plan")
    return plan


urlpatterns = [
    path("brand/check-ins/", plan_list, name="check-in-plans"),
    path("brand/check-ins/new/", edit_plan),
    path("brand/check-ins/waiting/", waiting),
    path("brand/check-ins/waiting/settle/", settle),
    path("brand/check-ins/<uuid:check_in_plan_id>/", plan_detail),
    path("brand/check-ins/<uuid:check_in_plan_id>/edit/", edit_plan),
    path("brand/check-ins/<uuid:check_in_plan_id>/state/<slug:verb>/", change_state),
]
