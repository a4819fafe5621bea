"""Tiers by program: the plan and its preview, where a member stands, who changes next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from sitong.member.identity.queries import members_visible_to
from sitong.member.tiers.actions import mend_birthday as mend
from sitong.member.tiers.actions import publish_tier_plan, say_birthday
from sitong.member.tiers.actions.plans import TierPlanWrong
from sitong.member.tiers.queries import StandingSeen, days_of_brands, plan_of, retierings_of, standing_of
from sitong.member.tiers.rules import FOR_EVER, Level, Plan, period_end, plan_problem
from sitong.member.tiers.schemas import (
    BirthdayWanted,
    ChangesOut,
    LevelCount,
    PlanPublished,
    PlanTerms,
    RetieringOut,
    StandingOut,
    TierPlanSeen,
)
from sitong.member.tiers.spread import falling, rising, spread_of
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["tiers"], auth=API_AUTH)


@router.get("/tiers/plan", response=TierPlanSeen, summary="Show the brand's plan of tiers")
def show_plan(request: HttpRequest) -> dict[str, Any]:
    """Give the plan in force, to the brand's people and its members."""
    viewer = _viewer(request)
    plan = plan_of(viewer.brand_id) if viewer.brand_id else None
    if plan is None:
        raise NotFound(what="plan")
    return asdict(plan)


@router.post("/tiers/plan", response=TierPlanSeen, summary="Publish a plan of tiers")
def publish(request: HttpRequest, wanted: PlanPublished) -> dict[str, Any]:
    """Put a plan in force: members rise by it at once, and fall by it at the period's end."""
    viewer, brand_id = _brand(request, "plan.change")
    plan = _plan(brand_id, wanted, wanted.version)
    return asdict(publish_tier_plan(plan, by=viewer.account_id, now=clock.now(), id=wanted.id))


@router.post("/tiers/preview", response=list[LevelCount], summary="Try a plan of tiers")
def preview(request: HttpRequest, wanted: PlanTerms) -> list[dict[str, Any]]:
    """Give how many members would stand at each level under a plan that is not in force."""
    _, brand_id = _brand(request, "plan.change")
    plan = _plan(brand_id, wanted, 0)
    if wrong := plan_problem(plan):
        raise TierPlanWrong(field=wrong)
    return _counts(plan)


@router.get("/tiers/spread", response=list[LevelCount], summary="Count members by tier")
def spread(request: HttpRequest) -> list[dict[str, Any]]:
    """Give how many members stand at each level."""
    _, brand_id = _brand(request, "member.see")
    return _counts(_plan_in_force(brand_id))


@router.get("/tiers/changes", response=ChangesOut, summary="Show who changes next")
def changes(request: HttpRequest) -> dict[str, Any]:
    """Give who will fall at the period's end and who lacks least to rise, fifty each."""
    _, brand_id = _brand(request, "member.see")
    plan = _plan_in_force(brand_id)
    on = days_of_brands([brand_id], clock.now())[brand_id]
    return {
        "until": period_end(on, plan),
        "falling": [asdict(one) for one in falling(plan, on)],
        "rising": [asdict(one) for one in rising(plan, on)],
    }


@router.get("/tiers/retierings", response=list[RetieringOut], summary="Show how everybody was settled")
def retierings(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the last twenty times that all members were settled: how far it has come, and how many rose and fell."""
    _, brand_id = _brand(request, "member.see")
    rows = retierings_of(brand_id)
    names = RetieringOut.model_fields.keys() - {"moves"}
    return [
        {
            **{name: getattr(row, name) for name in names},
            "moves": [{"before": before, "after": after, "members": members} for before, after, members in row.moves],
        }
        for row in rows
    ]


@router.get("/tiers/me", response=StandingOut, summary="Show the own tier")
def mine(request: HttpRequest) -> dict[str, Any]:
    """Give the member's own tier, its benefits, and what is needed by when."""
    return _seen(standing_of(_consumer(request), clock.now()))


@router.post("/tiers/me/birthday", response=BirthdayWanted, summary="Say the own birthday")
def say_mine(request: HttpRequest, wanted: BirthdayWanted) -> dict[str, Any]:
    """Note month and day, once; a gift may hang on it."""
    said = say_birthday(_consumer(request), month=wanted.month, day=wanted.day, now=clock.now())
    return {"month": said.month, "day": said.day}


@router.get("/members/{member_id}/tier", response=StandingOut, summary="Show a member's tier")
def of_member(request: HttpRequest, member_id: UUID) -> dict[str, Any]:
    """Give where a member stands whom staff may see."""
    _member(request, member_id, "member.see")
    return _seen(standing_of(member_id, clock.now()))


@router.put("/members/{member_id}/birthday", response=BirthdayWanted, summary="Mend a member's birthday")
def mend_birthday(request: HttpRequest, member_id: UUID, wanted: BirthdayWanted) -> dict[str, Any]:
    """Note or mend month and day of a member's birthday, as the brand's staff."""
    _brand(request, "member.change")
    _member(request, member_id, "member.change")
    said = mend(member_id, month=wanted.month, day=wanted.day, now=clock.now())
    return {"month": said.month, "day": said.day}


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _brand(request: HttpRequest, permission: str) -> tuple[Viewer, UUID]:
    viewer = _viewer(request)
    viewer.require(permission)
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer, viewer.brand_id


def _consumer(request: HttpRequest) -> UUID:
    viewer = _viewer(request)
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    if viewer.member_id is None:
        raise NotFound(what="member")
    return viewer.member_id


def _member(request: HttpRequest, member_id: UUID, permission: str) -> None:
    viewer = _viewer(request)
    viewer.require(permission)
    if not members_visible_to(viewer, permission).filter(id=member_id).exists():
        raise NotFound(what="member")


def _plan_in_force(brand_id: UUID) -> Plan:
    plan = plan_of(brand_id)
    if plan is None:
        raise NotFound(what="plan")
    return plan


def _plan(brand_id: UUID, wanted: PlanTerms, version: int) -> Plan:
    levels = tuple(Level(level=number, **one.dict()) for number, one in enumerate(wanted.levels, 1))
    terms = wanted.dict(exclude={"levels", "version", "id"})
    return Plan(brand_id, version, levels=levels, **terms)


def _counts(plan: Plan) -> list[dict[str, Any]]:
    on = days_of_brands([plan.brand_id], clock.now())[plan.brand_id]
    codes = ["", *(level.code for level in plan.levels)]
    return [{"code": code, "members": count} for code, count in zip(codes, spread_of(plan, on), strict=True)]


def _seen(seen: StandingSeen | None) -> dict[str, Any]:
    if seen is None:
        raise NotFound(what="plan")
    step, level = seen.step, seen.level or Level(0, "", "", "", 0)
    return {
        **asdict(level), "value": seen.value, "measure": seen.plan.measure, "since": seen.since,
        "sure_until": None if seen.keeps_until == FOR_EVER else seen.keeps_until,
        "next": {
            "up_code": seen.plan.levels[step.up_level - 1].code if step.up_level else "", "up_needed": step.up_needed,
            "up_by": step.up_by, "keep_needed": step.keep_needed, "keeps_until": step.keeps_until,
        },
    }  # fmt: skip
