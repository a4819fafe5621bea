"""Points on the brand's desk: the plan, what members hold, and points given by hand."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sitong.member.identity.queries import found_members
from sitong.member.points.actions import PointsGift, give_points, publish_points_plan
from sitong.member.points.forms import FIELDS, GiveForm, PlanForm
from sitong.member.points.looks import liabilities
from sitong.member.points.queries import plan_of
from sitong.member.points.rules import PointsPlan, points_for, worth_minor
from sitong.org.brands.queries import brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

HOME = "/brand/points/"
NEW = PointsPlan(UUID(int=0), 0, earn_points_per_100=1, minor_per_point=1, spend_share_bp=5_000)
EXAMPLE_MINOR = 10_000


@page_for("brand", permission="member.see")
@require_safe
def home(request: ViewerRequest) -> HttpResponse:
    """What members hold, when it expires, the plan, and a form to give some by hand."""
    return _show(request)


@page_for("brand", permission="plan.change")
@require_POST
def publish(request: ViewerRequest) -> HttpResponse:
    """Publish the plan as it stands in the form."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _show(request, plan_form=form, status=422)
    said = form.cleaned_data
    terms = {field: said[field] for field in FIELDS if field != "spend_share"}
    plan = PointsPlan(viewer.brand_id, said["version"], spend_share_bp=round(said["spend_share"] * 100), **terms)
    try:
        publish_points_plan(plan, by=viewer.account_id, now=clock.now(), id=said["id"])
    except Refused as refused:
        form.add_error(None, sentence(refused))
        return _show(request, plan_form=form, status=409)
    messages.success(request, _("The plan is in force. What was earned before keeps its terms."))
    return HttpResponseRedirect(HOME)


@page_for("brand", permission="member.change")
@require_POST
def give(request: ViewerRequest) -> HttpResponse:
    """Give a member points by hand, with a reason."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    form = GiveForm(request.POST)
    if not form.is_valid():
        return _show(request, give_form=form, status=422)
    said = form.cleaned_data
    member = found_members(viewer, said["member"]).first() if said["member"].strip() else None
    if member is None:
        form.add_error("member", _("No member has this number or phone."))
        return _show(request, give_form=form, status=422)
    gift = PointsGift(
        said["id"], viewer.brand_id, member.id, said["points"], "by_hand", said["reason"], by=viewer.account_id
    )
    (outcome,) = give_points([gift], now=clock.now())
    if isinstance(outcome, Refused):
        form.add_error(None, sentence(outcome))
        return _show(request, give_form=form, status=409)
    messages.success(
        request, _("Member {number} has {points} points more.").format(number=member.number, points=said["points"])
    )
    return HttpResponseRedirect(HOME)


def _show(
    request: ViewerRequest, *, plan_form: PlanForm | None = None, give_form: GiveForm | None = None, status: int = 200
) -> HttpResponse:
    viewer = request.viewer
    assert viewer.brand_id is not None
    plan, brand = plan_of(viewer.brand_id), brand_facts([viewer.brand_id])[viewer.brand_id]
    shown = plan or replace(NEW, brand_id=viewer.brand_id)
    earned = points_for(EXAMPLE_MINOR, shown)
    held = liabilities(viewer.brand_id)
    filled = {
        "plan": plan,
        "currency": brand.currency,
        "held": held,
        "most": max((points for _, points in held.expiring), default=1),
        "plan_form": plan_form or PlanForm(initial=_initial(shown)),
        "give_form": give_form or GiveForm(initial={"id": new_id()}),
        "may_change": viewer.may("plan.change"),
        "may_give": viewer.may("member.change") and plan is not None,
        "example": {"paid": EXAMPLE_MINOR, "points": earned, "worth": worth_minor(earned, shown)},
    }
    return render(request, "member/points/desk.html", filled, status=status)


def _initial(plan: PointsPlan) -> dict[str, object]:
    terms = {field: getattr(plan, field) for field in FIELDS if field != "spend_share"}
    share = plan.spend_share_bp / 100
    return {
        **terms,
        "spend_share": int(share) if share == int(share) else share,
        "version": plan.version,
        "id": new_id(),
    }


urlpatterns = [
    path("brand/points/", home, name="brand_points"),
    path("brand/points/plan/", publish, name="brand_points_plan"),
    path("brand/points/give/", give, name="brand_points_give"),
]
