"""Points by program: the plan, a member's own, what staff sees and gives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from sitong.member.identity.queries import members_visible_to
from sitong.member.points.actions import PointsGift, give_points, publish_points_plan
from sitong.member.points.looks import PointsSeen, liabilities, points_seen
from sitong.member.points.queries import plan_of
from sitong.member.points.rules import PointsPlan
from sitong.member.points.schemas import (
    GiftGiven,
    GiftWanted,
    LiabilitiesOut,
    PlanPublished,
    PlanSeen,
    PointsOut,
)
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["points"], auth=API_AUTH)


@router.get("/points/plan", response=PlanSeen, summary="Show the brand's plan for points")
def show_plan(request: HttpRequest) -> PointsPlan:
    """Give the plan in force, to the brand's people and its members."""
    viewer = _viewer(request)
    plan = plan_of(viewer.brand_id) if viewer.brand_id else None
    if plan is None:
        raise NotFound(what="plan")
    return plan


@router.post("/points/plan", response=PlanSeen, summary="Publish a plan for points")
def publish(request: HttpRequest, wanted: PlanPublished) -> PointsPlan:
    """Put a plan in force; what was earned before keeps its terms."""
    viewer = _brand(request, "plan.change")
    plan = PointsPlan(viewer.brand_id, **wanted.dict(exclude={"id"}))  # type: ignore[arg-type]
    return publish_points_plan(plan, by=viewer.account_id, now=clock.now(), id=wanted.id)


@router.get("/points/liabilities", response=LiabilitiesOut, summary="Show what members hold")
def show_liabilities(request: HttpRequest) -> dict[str, Any]:
    """Give the sums of ready, pending and owed points, and what expires when."""
    viewer = _brand(request, "member.see")
    assert viewer.brand_id is not None
    held = liabilities(viewer.brand_id)
    return {
        "members": held.members, "ready": held.ready, "pending": held.pending, "owed": held.owed,
        "worth_minor": held.worth_minor, "for_ever": held.for_ever, "expiring": _due(held.expiring),
    }  # fmt: skip


@router.get("/points/me", response=PointsOut, summary="Show the own points")
def mine(request: HttpRequest) -> dict[str, Any]:
    """Give the member's own balance, dates and history."""
    viewer = _viewer(request)
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotFound(what="member")
    return _seen(points_seen(viewer.brand_id, viewer.member_id))


@router.get("/members/{member_id}/points", response=PointsOut, summary="Show a member's points")
def of_member(request: HttpRequest, member_id: UUID) -> dict[str, Any]:
    """Give the points of a member whom staff may see."""
    viewer = _staff(request, "member.see")
    member = members_visible_to(viewer).filter(id=member_id).first()
    if member is None:
        raise NotFound(what="member")
    return _seen(points_seen(member.brand_id, member.id))


@router.post("/members/{member_id}/points", response=GiftGiven, summary="Give a member points by hand")
def give(request: HttpRequest, member_id: UUID, wanted: GiftWanted) -> dict[str, Any]:
    """Give points with a reason; the change log keeps who did."""
    viewer = _brand(request, "member.change")
    member = members_visible_to(viewer, "member.change").filter(id=member_id).first()
    if member is None:
        raise NotFound(what="member")
    gift = PointsGift(
        wanted.id, member.brand_id, member.id, wanted.points, "by_hand", wanted.reason, by=viewer.account_id
    )
    (outcome,) = give_points([gift], now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    return {"id": outcome.id, "member_id": outcome.member_id, "points": outcome.points, "settled": outcome.settled}


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _staff(request: HttpRequest, permission: str) -> Viewer:
    viewer = _viewer(request)
    viewer.require(permission)
    return viewer


def _brand(request: HttpRequest, permission: str) -> Viewer:
    viewer = _staff(request, permission)
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    return viewer


def _due(rows: list[Any]) -> list[dict[str, Any]]:
    return [{"on": on, "points": points} for on, points in rows]


def _seen(seen: PointsSeen | None) -> dict[str, Any]:
    if seen is None:
        raise NotFound(what="plan")
    return {
        "ready": seen.ready, "pending": seen.pending, "owed": seen.owed, "worth_minor": seen.worth_minor,
        "maturing": _due(seen.maturing), "expiring": _due(seen.expiring), "history": seen.history,
    }  # fmt: skip
