"""Tiers on the brand's desk: who stands where, who changes next, and the plan with its preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sitong.member.identity.queries import member_facts
from sitong.member.tiers.actions import publish_tier_plan
from sitong.member.tiers.forms import MEASURES, PERIODS, WINDOWS, Said, read_plan, rows_of, terms_of
from sitong.member.tiers.queries import days_of_brands, plan_of, retierings_of
from sitong.member.tiers.rules import Level, Plan, period_end
from sitong.member.tiers.spread import Changing, falling, rising, spread_of
from sitong.org.brands.queries import brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

HOME = "/brand/tiers/"
SHOWN = 20
TIMES_SHOWN, MOVES_SHOWN = 3, 8


@dataclass(frozen=True, slots=True)
class Step:
    """One level with how many members stand there, and would stand there under a plan that is tried."""

    level: Level | None
    members: int
    before: int | None = None


@page_for("brand", permission="member.see")
@require_safe
def home(request: ViewerRequest) -> HttpResponse:
    """The levels with their members and benefits, and who changes next."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    plan, brand = plan_of(viewer.brand_id), brand_facts([viewer.brand_id])[viewer.brand_id]
    filled: dict[str, Any] = {
        "plan": plan,
        "currency": brand.currency,
        "may_change": viewer.may("plan.change"),
        **_progress(viewer.brand_id),
    }
    if plan is not None:
        on = days_of_brands([viewer.brand_id], clock.now())[viewer.brand_id]
        counts = spread_of(plan, on)
        down, up = falling(plan, on, limit=SHOWN), rising(plan, on, limit=SHOWN)
        facts = member_facts([one.member_id for one in (*down, *up)])
        filled |= {
            "steps": _steps(plan, counts), "members": sum(counts), "most": max([*counts, 1]), "none": counts[0],
            "falling": _told(plan, down, facts), "rising": _told(plan, up, facts), "until": period_end(on, plan),
            "measure": MEASURES[plan.measure], "window": WINDOWS[plan.window], "period": PERIODS[plan.period],
            "money": plan.measure == "spending",
        }  # fmt: skip
    return render(request, "member/tiers/desk.html", filled)


@page_for("brand", permission="member.see")
@require_safe
def progress(request: ViewerRequest) -> HttpResponse:
    """How far the settling of everybody has come, and what changed; asked again while it goes on."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    return render(request, "member/tiers/progress.html", _progress(viewer.brand_id))


@page_for("brand", permission="plan.change")
@require_http_methods(["GET", "POST"])
def edit(request: ViewerRequest) -> HttpResponse:
    """Change the plan: look first at what it would do, then publish it."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    now, brand = clock.now(), brand_facts([viewer.brand_id])[viewer.brand_id]
    present = plan_of(viewer.brand_id)
    shown = present or Plan(viewer.brand_id, 0, "spending", "rolling", 6, "month", 14, ())
    said = Said(None, "", rows_of(shown, brand.currency), terms_of(shown))
    request_id: UUID | str = new_id()
    if request.method == "POST":
        said, request_id = read_plan(viewer.brand_id, request.POST, brand.currency), request.POST.get("id", "")
    problem, status = said.problem, 422 if said.problem else 200
    if said.plan is not None and "publish" in request.POST:
        try:
            publish_tier_plan(said.plan, by=viewer.account_id, now=now, id=UUID(str(request_id)))
        except ValueError:
            problem, status = _("Load the page anew and try again."), 422
        except Refused as refused:
            problem, status = sentence(refused), 409
        else:
            messages.success(request, _("The plan is in force. Members are settled by it within minutes."))
            return HttpResponseRedirect(HOME)
    filled: dict[str, Any] = {
        "rows": list(enumerate(said.rows)), "terms": said.terms, "problem": problem, "id": request_id, "plan": present,
        "measures": MEASURES, "windows": WINDOWS, "periods": PERIODS, "currency": brand.currency,
    }  # fmt: skip
    if said.plan is not None:
        on = days_of_brands([viewer.brand_id], now)[viewer.brand_id]
        counts = spread_of(said.plan, on)
        filled |= {"tried": _steps(said.plan, counts, present, on), "none": counts[0], "most": max([*counts, 1])}
    return render(request, "member/tiers/edit.html", filled, status=status)


def _progress(brand_id: UUID) -> dict[str, Any]:
    """Give the last times that everybody was settled, with the names of the levels that members left and reached."""
    plan, brand = plan_of(brand_id), brand_facts([brand_id])[brand_id]
    named: dict[str, Level | None] = {level.code: level for level in plan.levels} if plan else {}
    rows = retierings_of(brand_id, limit=TIMES_SHOWN)
    times = [
        {"row": row, "percent": 100 * row.written // row.found if row.found else 0, "moves": [
            {"before": named.get(before), "was": before, "after": named.get(after), "now": after, "members": members}
            for before, after, members in sorted(row.moves, key=lambda one: -one[2])[:MOVES_SHOWN]
        ]}
        for row in rows
    ]  # fmt: skip
    return {"times": times, "running": any(row.ended_at is None for row in rows), "zone": brand.zone}


def _steps(plan: Plan, counts: list[int], present: Plan | None = None, on: Any = None) -> list[Step]:
    """Give the levels from the highest down with their members; with `present`, also how many stand there now."""
    before = spread_of(present, on) if present is not None else None

    def now_at(level: Level) -> int | None:
        at = present.level_of(level.code) if present is not None else 0
        return before[at] if before is not None and at else None

    return [Step(level, counts[level.level], now_at(level)) for level in reversed(plan.levels)]


def _told(plan: Plan, some: list[Changing], facts: Any) -> list[dict[str, Any]]:
    """Name the members of a list, masked."""
    return [
        {
            "member": facts[one.member_id], "needed": one.needed, "value": one.value,
            "level": plan.levels[one.level - 1] if one.level else None,
            "next": plan.levels[one.level] if one.level < len(plan.levels) else None,
        }
        for one in some if one.member_id in facts
    ]  # fmt: skip


urlpatterns = [
    path("brand/tiers/", home, name="brand_tiers"),
    path("brand/tiers/progress/", progress, name="brand_tiers_progress"),
    path("brand/tiers/plan/", edit, name="brand_tiers_plan"),
]
