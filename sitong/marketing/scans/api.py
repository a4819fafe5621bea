"""Scans over HTTP: scan for the reward (hot), check as a stranger, and headquarters' plans with their results."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.giving.rules import reward_read
from sitong.marketing.scans import schemas
from sitong.marketing.scans.actions import (
    ScanPlanWanted,
    ScanWanted,
    change_scan_plan,
    define_scan_plans,
    end_scan_plan,
    pause_scan_plan,
    publish_scan_plan,
    resume_scan_plan,
    scan_for_reward,
)
from sitong.marketing.scans.actions.rebates import define_rebate_plans, end_rebate_plan
from sitong.marketing.scans.checking import hold_strangers
from sitong.marketing.scans.hot import HOT, scan_wanted
from sitong.marketing.scans.models import RebatePlan, ScanPlan
from sitong.marketing.scans.queries import plan_days, plans_visible_to, plans_with_state, rebate_plans_visible_to
from sitong.marketing.scans.rebating import RebatePlanWanted
from sitong.marketing.scans.rules import Prize
from sitong.org.brands.queries import brand_by_code
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

__all__ = ["HOT", "router"]

router = Router(tags=["scans"])
VERBS = {"publish": publish_scan_plan, "pause": pause_scan_plan, "resume": resume_scan_plan, "end": end_scan_plan}


@router.post("/code-scans", response=schemas.CodeScanOut, auth=API_AUTH, summary="Scan a code for its reward")
def scan_one(request: ViewerRequest, scan: schemas.ScanIn) -> dict[str, Any]:
    """Say whether a code is genuine and what it is on, and give the consumer what it wins, once for each code. The same id again
    gets the same answer."""
    return schemas.scan_shown(_only(scan_for_reward([scan_wanted(scan, request.viewer)], now=clock_now())))


@router.post("/code-checks", response=schemas.CodeScanOut, auth=None, summary="Check a code as a stranger")
def check_one(request: ViewerRequest, check: schemas.CheckIn) -> dict[str, Any]:
    """Say whether a code is genuine and what it is on. Open to all, and limited by network address: 30 at once, then one every four
    seconds."""
    hold_strangers(request)
    brand = brand_by_code(check.brand.lower())
    if brand is None:
        raise NotFound(what="brand")
    with brands_shown([brand.id]):
        return schemas.scan_shown(_only(scan_for_reward([ScanWanted(check.id, brand.id, check.code)], now=clock_now())))


@router.get("/scan-plans", response=list[schemas.ScanPlanOut], auth=API_AUTH, summary="List scan plans")
def list_plans(request: ViewerRequest) -> list[dict[str, Any]]:
    """Headquarters' plans, the newest first."""
    request.viewer.require("coupon.see")
    found = plans_with_state(plans_visible_to(request.viewer), at=clock_now())
    return [_shown(one) for one in found.order_by("-created_at")[:500]]


@router.post("/scan-plans", response={201: schemas.ScanPlanOut}, auth=API_AUTH, summary="Define a scan plan")
def define_one(request: ViewerRequest, plan: schemas.ScanPlanIn) -> Status[dict[str, Any]]:
    """Define a plan as a draft: what a code of a batch or product wins, by chance or for certain, up to which budget."""
    viewer = request.viewer
    viewer.require("coupon.change")
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    values = {name: getattr(plan, name) for name in schemas.ScanPlanIn.model_fields if name not in {"id", "prizes"}}
    wanted = ScanPlanWanted(plan.id, viewer.brand_id, prizes=_prizes(plan.prizes), **values)
    made = _only(define_scan_plans([wanted], by=viewer.account_id, now=clock_now()))
    return Status(201, _of(request, made.id))


@router.patch("/scan-plans/{scan_plan_id}", response=schemas.ScanPlanOut, auth=API_AUTH, summary="Change a scan plan")
def change_one(request: ViewerRequest, scan_plan_id: UUID, changes: schemas.ScanPlanPatch) -> dict[str, Any]:
    """Change a plan: before its first draw freely, then only in the consumers' favor."""
    request.viewer.require("coupon.change")
    _seen(request, scan_plan_id)
    values = {name: getattr(changes, name) for name in changes.model_fields_set}
    if changes.prizes is not None:
        values["prizes"] = _prizes(changes.prizes)
    change_scan_plan(scan_plan_id, changes=values, by=request.viewer.account_id, now=clock_now())
    return _of(request, scan_plan_id)


@router.get("/scan-plans/{scan_plan_id}", response=schemas.ScanPlanOut, auth=API_AUTH, summary="Show a scan plan")
def show_one(request: ViewerRequest, scan_plan_id: UUID) -> dict[str, Any]:
    """One plan, with how far it has come."""
    request.viewer.require("coupon.see")
    return _of(request, scan_plan_id)


@router.get(
    "/scan-plans/{scan_plan_id}/days",
    response=list[schemas.ScanPlanDayOut],
    auth=API_AUTH,
    summary="A plan's results by day and store",
)
def list_days(request: ViewerRequest, scan_plan_id: UUID) -> list[dict[str, Any]]:
    """Draws, prizes and cost of a plan by the brand's day and by store, the latest day first."""
    request.viewer.require("coupon.see")
    return plan_days(_seen(request, scan_plan_id))


@router.post(
    "/scan-plans/{scan_plan_id}/{scan_plan_verb}",
    response=schemas.ScanPlanOut,
    auth=API_AUTH,
    summary="Publish, pause, resume, end",
)
def change_state(request: ViewerRequest, scan_plan_id: UUID, scan_plan_verb: str) -> dict[str, Any]:
    """Publish, pause, resume or end a plan. Ending is for good."""
    request.viewer.require("coupon.change")
    _seen(request, scan_plan_id)
    if scan_plan_verb not in VERBS:
        raise NotFound(what="verb")
    VERBS[scan_plan_verb](scan_plan_id, by=request.viewer.account_id, now=clock_now())
    return _of(request, scan_plan_id)


@router.get("/rebate-plans", response=list[schemas.RebatePlanOut], auth=API_AUTH, summary="List rebates")
def list_rebates(request: ViewerRequest) -> list[RebatePlan]:
    """Headquarters' rebates for scanned receipts, the newest first."""
    request.viewer.require("coupon.see")
    return list(rebate_plans_visible_to(request.viewer).order_by("-created_at")[:500])


@router.post("/rebate-plans", response={201: schemas.RebatePlanOut}, auth=API_AUTH, summary="Define a rebate")
def define_rebate(request: ViewerRequest, plan: schemas.RebatePlanIn) -> Status[RebatePlan]:
    """Define what stores and dealers earn for each code that they scan in; it holds at once."""
    viewer = request.viewer
    viewer.require("coupon.change")
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    wanted = RebatePlanWanted(brand_id=viewer.brand_id, **plan.model_dump())
    return Status(201, _only(define_rebate_plans([wanted], by=viewer.account_id, now=clock_now())))


@router.post(
    "/rebate-plans/{rebate_plan_id}/end", response=schemas.RebatePlanOut, auth=API_AUTH, summary="End a rebate"
)
def end_rebate(request: ViewerRequest, rebate_plan_id: UUID) -> RebatePlan:
    """End a rebate; what is owed stays owed."""
    request.viewer.require("coupon.change")
    if not rebate_plans_visible_to(request.viewer, "coupon.change").filter(id=rebate_plan_id).exists():
        raise NotFound(what="rebate")
    return end_rebate_plan(rebate_plan_id, by=request.viewer.account_id, now=clock_now())


def _prizes(shapes: list[schemas.ScanPrizeShape]) -> tuple[Prize, ...]:
    return tuple(
        Prize(reward_read(one.reward.model_dump()), one.chance_ppm, one.cost_minor, one.quantity) for one in shapes
    )


def _seen(request: ViewerRequest, plan_id: UUID) -> ScanPlan:
    plan = plans_visible_to(request.viewer).filter(id=plan_id).first()
    if plan is None:
        raise NotFound(what="plan")
    return plan


def _of(request: ViewerRequest, plan_id: UUID) -> dict[str, Any]:
    found = plans_with_state(plans_visible_to(request.viewer), at=clock_now()).filter(id=plan_id).first()
    if found is None:
        raise NotFound(what="plan")
    return _shown(found)


def _shown(plan: Any) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in schemas.ScanPlanOut.model_fields}


def _only(outcomes: Any) -> Any:
    """Give the outcome of a batch of one; raise its refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
