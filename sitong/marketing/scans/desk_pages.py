"""Scan plans at headquarters: the list, making and changing, publishing, pausing, ending, and what came of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import skus_of_products
from sitong.goods.catalog.queries.numbers import product_names
from sitong.goods.codes.queries.states import batch_facts, batches_of
from sitong.marketing.coupons.desk_pages import as_id, brand_of, in_language
from sitong.marketing.giving.forms import reward_choices
from sitong.marketing.scans import looks
from sitong.marketing.scans.actions import (
    ScanPlanWanted,
    change_scan_plan,
    define_scan_plans,
    end_scan_plan,
    pause_scan_plan,
    publish_scan_plan,
    resume_scan_plan,
)
from sitong.marketing.scans.forms import ScanPlanForm, prizes_typed, rows_shown, rows_typed
from sitong.marketing.scans.models import ScanPlan
from sitong.marketing.scans.queries import plan_days, plan_people, plan_stores, plans_visible_to, plans_with_state
from sitong.marketing.scans.terms import prizes_read
from sitong.org.brands.queries import BrandFacts
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

PAGE = 50
HOME = "/brand/scan-plans/"
VERBS: dict[str, Any] = {
    "publish": publish_scan_plan,
    "pause": pause_scan_plan,
    "resume": resume_scan_plan,
    "end": end_scan_plan,
}


@page_for("brand", permission="coupon.see")
@require_safe
def plan_list(request: ViewerRequest) -> HttpResponse:
    """All plans, the newest first, with how far each has come."""
    brand = brand_of(request)
    found = plans_with_state(plans_visible_to(request.viewer), at=clock.now()).order_by("-created_at")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    targets = _targets(list(page))
    rows = [{"plan": one, "target": _target(one, targets), "said": looks.STATES[_state(one)]} for one in page]
    return render(request, "marketing/scans/list.html", {
        "page": page, "rows": rows, "brand": brand, "may_change": request.viewer.may("coupon.change"),
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_plan(request: ViewerRequest) -> HttpResponse:
    """Make a plan. The form carries its id, so that sending it again makes no second one."""
    brand = brand_of(request)
    return _form_page(request, brand, None, as_id(request.POST.get("id", "")) or new_id())


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_plan(request: ViewerRequest, scan_plan_id: UUID) -> HttpResponse:
    """Change a plan. Once somebody has drawn, only in the consumers' favor: the action says what may not be."""
    brand, plan = brand_of(request), _seen(request, scan_plan_id)
    return _form_page(request, brand, plan, plan.id)


@page_for("brand", permission="coupon.see")
@require_safe
def plan_detail(request: ViewerRequest, scan_plan_id: UUID) -> HttpResponse:
    """One plan with its results: draws, prizes, cost, by store and by day."""
    brand, plan = brand_of(request), _seen(request, scan_plan_id)
    stores, days = plan_stores(plan.id), plan_days(plan)
    named = store_facts({row["store_id"] for row in stores if row["store_id"]})
    people, owed = plan_people(plan.id)
    by_day: dict[Any, dict[str, Any]] = {}
    for row in days:
        day = by_day.setdefault(row["on"], {"on": row["on"], "drawn": 0, "won": 0, "cost_minor": 0})
        for name in ("drawn", "won", "cost_minor"):
            day[name] += row[name]
    prizes = looks.prizes_said(prizes_read(plan.prizes), currency=brand.currency, won_each=plan.won_each)  # type: ignore[attr-defined]
    context = {
        "plan": plan, "brand": brand, "state": plan.state, "said": looks.STATES[plan.state], "prizes": prizes, "people": people, "owed": owed,  # type: ignore[attr-defined]
        "target": _target(plan, _targets([plan])), "may_change": request.viewer.may("coupon.change"),
        "days": list(by_day.values())[:60], "stores": [{**row, "store": named.get(row["store_id"])} for row in stores], "verbs": _verbs(plan.state),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "marketing/scans/detail.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, scan_plan_id: UUID, verb: str) -> HttpResponse:
    """Publish, pause, resume or end a plan."""
    plan = _seen(request, scan_plan_id)
    if verb not in VERBS:
        raise NotFound(what="page")
    done = {"publish": _("Published: codes win from now on, or from the beginning on."), "pause": _("Paused. Codes keep their chance."),
            "resume": _("Codes win again."), "end": _("Ended. What was won is still handed over.")}  # fmt: skip
    try:
        VERBS[verb](plan.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, done[verb])
    return HttpResponseRedirect(f"{HOME}{plan.id}/")


def _form_page(request: ViewerRequest, brand: BrandFacts, plan: ScanPlan | None, plan_id: UUID) -> HttpResponse:
    posted = request.method == "POST"
    prizes = prizes_read(plan.prizes) if plan else ()
    batches = [
        (str(one.id), f"{one.number} · {one.name or one.quantity}") for one in batches_of(brand.id, level="item")
    ]
    form = ScanPlanForm(request.POST if posted else None, initial=_initial(plan), brand_id=brand.id, batches=batches)
    if posted and _sound(form, brand):
        try:
            typed = tuple(prizes_typed(request.POST, currency=brand.currency))
            kept = _kept(request, form, brand, plan, plan_id, typed)
            messages.success(request, _("Saved.") if plan else _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"{HOME}{kept}/")
        except NotFound:
            raise
        except Refused as refused:
            form.add_error(None, sentence(refused))
    rows = rows_typed(request.POST) if posted else rows_shown(prizes, currency=brand.currency)
    return render(request, "marketing/scans/form.html", {
        "form": form, "plan": plan, "plan_id": plan_id, "rows": list(enumerate(rows)), "choices": reward_choices(brand.id), "zone": brand.zone,
        "sign": SYMBOLS[brand.currency],
    }, status=422 if form.errors else 200)  # fmt: skip


def _kept(
    request: ViewerRequest, form: ScanPlanForm, brand: BrandFacts, plan: ScanPlan | None, plan_id: UUID, prizes: Any
) -> UUID:
    by, now = request.viewer.account_id, clock.now()
    said = form.fields_of_plan()
    if plan is not None:
        for name in ("starts_at", "ends_at"):  # a field holds minutes, an instant may have seconds
            if getattr(plan, name).replace(second=0, microsecond=0) == said[name]:
                said[name] = getattr(plan, name)
        return change_scan_plan(plan.id, changes={**said, "prizes": prizes}, by=by, now=now).id
    (outcome,) = define_scan_plans([ScanPlanWanted(plan_id, brand.id, prizes=prizes, **said)], by=by, now=now)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome.id


def _sound(form: ScanPlanForm, brand: BrandFacts) -> bool:
    with timezone.override(brand.zone):
        return form.is_valid()


def _initial(plan: ScanPlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    kept = ("name", "name_en", "starts_at", "ends_at", "rewards_daily", "per_member", "per_member_daily")
    return {
        **{name: getattr(plan, name) for name in kept}, "batch": str(plan.batch_id or ""),
        "budget": plan.budget_minor / 100 if plan.budget_minor else None, "product": _number_of(plan),
    }  # fmt: skip


def _number_of(plan: ScanPlan) -> str:
    skus = skus_of_products([plan.product_id]).get(plan.product_id, []) if plan.product_id else []
    return skus[0].code if skus else ""


def _verbs(state: str) -> list[tuple[str, str, str, str]]:
    """Give what can be done with a plan: verb, label, question, look."""
    offered = {
        "draft": [("publish", _("Publish"), "", "btn-primary")],
        "coming": [("pause", _("Pause"), "", "")], "running": [("pause", _("Pause"), "", "")], "paused": [("resume", _("Go on"), "", "btn-primary")],
    }  # fmt: skip
    found = offered.get(state, [])
    if state in {"coming", "running", "paused"}:
        found = [*found, ("end", _("End"), _("End it for good? This cannot be taken back."), "btn-outline-danger")]
    return found


def _targets(plans: list[ScanPlan]) -> dict[UUID, str]:
    """Name what plans are for: the batch's number, or the product."""
    batches = batch_facts({one.batch_id for one in plans if one.batch_id})
    names = product_names({one.product_id for one in plans if one.product_id})
    return {
        **{key: f"{one.number} {one.name}".strip() for key, one in batches.items()},
        **{key: in_language(*name) for key, name in names.items()},
    }


def _target(plan: ScanPlan, targets: dict[UUID, str]) -> str:
    key = plan.batch_id or plan.product_id
    return targets.get(key, "") if key else ""


def _state(plan: ScanPlan) -> str:
    return str(plan.state)  # type: ignore[attr-defined]


def _seen(request: ViewerRequest, plan_id: UUID) -> ScanPlan:
    plan = plans_with_state(plans_visible_to(request.viewer), at=clock.now()).filter(id=plan_id).first()
    if plan is None:
        raise NotFound(what="plan")
    return plan


urlpatterns = [
    path("brand/scan-plans/", plan_list, name="scan-plans"),
    path("brand/scan-plans/new/", new_plan),
    path("brand/scan-plans/<uuid:scan_plan_id>/", plan_detail),
    path("brand/scan-plans/<uuid:scan_plan_id>/edit/", edit_plan),
    path("brand/scan-plans/<uuid:scan_plan_id>/state/<slug:verb>/", change_state),
]
