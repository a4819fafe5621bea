"""Journeys over HTTP: draw, start, pause, end, let members in, read what came of it; and the tasks of guides."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any
from uuid import UUID

from ninja import Router

from sitong.marketing.journeys import schemas
from sitong.marketing.journeys.actions import (
    EntryWanted,
    JourneyWanted,
    change_graph,
    define_journey,
    end_journey,
    enter_members,
    move_to_version,
    pause_journey,
    resume_journey,
    start_journey,
)
from sitong.marketing.journeys.actions.upkeep import finish_task
from sitong.marketing.journeys.checks import faults_of
from sitong.marketing.journeys.graph import graph_read
from sitong.marketing.journeys.models import Journey, JourneyTask, JourneyVersion
from sitong.marketing.journeys.queries.results import totals_of, uplift_whole
from sitong.marketing.journeys.queries.visible import journeys_visible_to, newest_version, tasks_visible_to
from sitong.marketing.journeys.said import fault_said
from sitong.marketing.journeys.uplift import Group
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["journeys"])
PAGE = 200


@router.get("/journeys", response=list[schemas.JourneyOut], auth=API_AUTH, summary="List journeys")
def list_journeys(request: ViewerRequest) -> Any:
    """The brand's journeys, the newest first."""
    request.viewer.require("coupon.see")
    return list(journeys_visible_to(request.viewer).order_by("-created_at", "-id")[:PAGE])


@router.put("/journeys", response=schemas.JourneyOut, auth=API_AUTH, summary="Define a journey")
def define_one(request: ViewerRequest, said: schemas.JourneyIn) -> Journey:
    """Make a journey, or change its name, control group and how often members enter."""
    viewer = _of_brand(request.viewer)
    assert viewer.brand_id is not None
    wanted = JourneyWanted(
        said.id, viewer.brand_id, said.name, said.name_en, said.control_bp, said.control_reason, said.reentry, said.reentry_days,
        tuple(one.dict() for one in said.leave_on),
    )  # fmt: skip
    return define_journey(wanted, by=viewer.account_id, now=clock.now())


@router.get("/journeys/{journey_id}/graph", response=schemas.JourneyVersionOut, auth=API_AUTH, summary="Show the graph")
def show_graph(request: ViewerRequest, journey_id: UUID) -> dict[str, Any]:
    """The newest version: the draft, where there is one."""
    return _version(newest_version(_seen(request.viewer, journey_id, "coupon.see").id))


@router.put("/journeys/{journey_id}/graph", response=schemas.JourneyVersionOut, auth=API_AUTH, summary="Draw the graph")
def draw_graph(request: ViewerRequest, journey_id: UUID, said: schemas.JourneyGraphIn) -> dict[str, Any]:
    """Keep a graph as the draft, right or wrong; the answer says what is wrong, node by node."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    return _version(change_graph(journey.id, said.dict(), by=request.viewer.account_id, now=clock.now()))


@router.post("/journeys/{journey_id}/start", response=schemas.JourneyOut, auth=API_AUTH, summary="Start the draft")
def start_one(request: ViewerRequest, journey_id: UUID) -> Journey:
    """Freeze the draft and let members follow it from now on."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    return start_journey(journey.id, by=request.viewer.account_id, now=clock.now())


@router.post("/journeys/{journey_id}/pause", response=schemas.JourneyOut, auth=API_AUTH, summary="Pause a journey")
def pause_one(request: ViewerRequest, journey_id: UUID) -> Journey:
    """Let nobody in and move nobody."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    return pause_journey(journey.id, by=request.viewer.account_id, now=clock.now())


@router.post("/journeys/{journey_id}/resume", response=schemas.JourneyOut, auth=API_AUTH, summary="Let it go on")
def resume_one(request: ViewerRequest, journey_id: UUID) -> Journey:
    """Go on after a pause."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    return resume_journey(journey.id, by=request.viewer.account_id, now=clock.now())


@router.post("/journeys/{journey_id}/end", response=schemas.JourneyOut, auth=API_AUTH, summary="End a journey")
def end_one(request: ViewerRequest, journey_id: UUID) -> Journey:
    """End it for good; members inside are let out."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    return end_journey(journey.id, by=request.viewer.account_id, now=clock.now())


@router.post(
    "/journeys/{journey_id}/entries", response=schemas.JourneyEntriesOut, auth=API_AUTH, summary="Let members in"
)
def enter_some(request: ViewerRequest, journey_id: UUID, said: schemas.JourneyEntriesIn) -> dict[str, Any]:
    """Let members of the brand in by hand. Who is inside already, or may not enter again yet, is counted by its refusal."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    outcomes = enter_members(journey.id, [EntryWanted(one) for one in said.member_ids], now=clock.now())
    refused = Counter(one.code for one in outcomes if isinstance(one, Refused))
    return {"entered": len(outcomes) - refused.total(), "refused": dict(refused)}


@router.post(
    "/journeys/{journey_id}/moves", response=schemas.JourneyMovedOut, auth=API_AUTH, summary="Move members over"
)
def move_some(request: ViewerRequest, journey_id: UUID, said: schemas.JourneyMoveIn) -> dict[str, int]:
    """Move those who stand in an older version into the one that runs, by a mapping of nodes."""
    journey = _seen(request.viewer, journey_id, "coupon.change")
    moved = move_to_version(
        journey.id, said.mapping, from_version_id=said.from_version_id, by=request.viewer.account_id, now=clock.now()
    )
    return {"moved": moved}


@router.get(
    "/journeys/{journey_id}/results", response=schemas.JourneyResultsOut, auth=API_AUTH, summary="What it brought"
)
def show_results(request: ViewerRequest, journey_id: UUID) -> dict[str, Any]:
    """Treated beside control, with intervals; docs/journeys.md says how they are reckoned."""
    journey = _seen(request.viewer, journey_id, "coupon.see")
    found, totals = uplift_whole(journey.id), totals_of(journey.id)
    return {
        "treated": _group(found.treated), "control": _group(found.control), "rate": found.rate.value, "rate_low": found.rate.low,
        "rate_high": found.rate.high, "revenue_minor": found.revenue.value, "revenue_low_minor": _known(found.revenue.low),
        "revenue_high_minor": _known(found.revenue.high), "verdict": found.verdict, "needed_to_treat": found.needed_to_treat,
        "members_needed": found.members_needed, "entered": totals.entered, "inside": totals.inside,
    }  # fmt: skip


@router.get("/journey-tasks", response=list[schemas.JourneyTaskOut], auth=API_AUTH, summary="List tasks of guides")
def list_tasks(request: ViewerRequest) -> Any:
    """Open tasks for members of the stores that one may see, the oldest first."""
    request.viewer.require("member.join" if request.viewer.system == "store" else "member.see")
    return list(tasks_visible_to(request.viewer).filter(done_at=None).order_by("at", "id")[:PAGE])


@router.post(
    "/journey-tasks/{journey_task_id}/done", response=schemas.JourneyTaskOut, auth=API_AUTH, summary="Finish a task"
)
def finish_one(request: ViewerRequest, journey_task_id: UUID) -> JourneyTask:
    """Say that it was done. Twice: the first stays."""
    request.viewer.require("member.join" if request.viewer.system == "store" else "member.see")
    task = tasks_visible_to(request.viewer).filter(id=journey_task_id).first()
    if task is None:
        raise NotFound(what="task")
    return finish_task(task.id, by=request.viewer.account_id, now=clock.now())


def _of_brand(viewer: Viewer) -> Viewer:
    viewer.require("coupon.change")
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed()
    return viewer


def _seen(viewer: Viewer, journey_id: UUID, permission: str) -> Journey:
    viewer.require(permission)
    journey = journeys_visible_to(viewer).filter(id=journey_id).first()
    if journey is None:
        raise NotFound(what="journey")
    return journey


def _version(version: JourneyVersion) -> dict[str, Any]:
    faults = [
        {"node": one.node, "code": one.code, "text": fault_said(one)} for one in faults_of(graph_read(version.graph))
    ]
    return {
        "id": version.id,
        "number": version.number,
        "graph": version.graph,
        "frozen_at": version.frozen_at,
        "faults": faults,
    }


def _group(group: Group) -> dict[str, Any]:
    return {"members": group.members, "converted": group.converted, "rate": group.rate, "mean_minor": group.mean_minor}


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
