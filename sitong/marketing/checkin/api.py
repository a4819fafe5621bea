"""Check-in over HTTP: challenge, check in (hot), how one stands; plans and the list of those that wait, for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.checkin import schemas
from sitong.marketing.checkin.actions import (
    PlanWanted,
    accept_check_ins,
    check_in,
    define_plans,
    end_plan,
    publish_plan,
    refuse_check_ins,
)
from sitong.marketing.checkin.challenge import GOOD_FOR, make_challenge, read_challenge
from sitong.marketing.checkin.hot import HOT, check_in_wanted, checked_in_shown
from sitong.marketing.checkin.models import CheckInPlan
from sitong.marketing.checkin.queries.plans import plans_of_store, plans_visible_to, store_plans
from sitong.marketing.checkin.queries.results import checked_in_today, days_between, standing_of, waiting_of
from sitong.marketing.checkin.rules import Step, next_reached, stands_shown
from sitong.marketing.giving.actions import RewardImpossible
from sitong.marketing.giving.rules import reward_read, reward_written
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.limits import Limit, hold_to
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotAllowed, NotFound, Refused

__all__ = ["HOT", "router"]

router = Router(tags=["check-in"])
CHALLENGES = Limit("check-in challenges", 20, 15)


@router.post(
    "/stores/{store_id}/check-in-challenges",
    response={201: schemas.CheckInChallengeOut},
    auth=API_AUTH,
    summary="Ask for a challenge",
)
def challenge_one(request: ViewerRequest, store_id: UUID) -> Status[dict[str, Any]]:
    """A challenge for one check-in of oneself in a store, good for five minutes and for once."""
    viewer, store = _consumer(request.viewer), _open_store(request.viewer, store_id)
    assert viewer.member_id is not None
    at = clock.now()
    hold_to(CHALLENGES, str(viewer.member_id), now=at)
    challenge = make_challenge(viewer.member_id, store.id, now=at)
    check_in_id = read_challenge(challenge, viewer.member_id, store.id, now=at)
    return Status(201, {"challenge": challenge, "id": check_in_id, "store_id": store.id, "ends_at": at + GOOD_FOR})


@router.post("/check-ins", response={201: schemas.CheckedInOut}, auth=API_AUTH, summary="Check in")
def check_in_one(request: ViewerRequest, said: schemas.CheckInIn) -> Status[dict[str, object]]:
    """Check in: inside of the store's fence, or by the counter's code. The same challenge again gets the same answer."""
    (outcome,) = check_in([check_in_wanted(said, request.viewer)], now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, checked_in_shown(outcome))


@router.get("/stores/{store_id}/check-in", response=schemas.CheckInStandingOut, auth=API_AUTH, summary="How one stands")
def show_standing(request: ViewerRequest, store_id: UUID) -> dict[str, Any]:
    """One's own days in a row and in all, by the plan that runs in the store, and the next reward."""
    viewer, store = _consumer(request.viewer), _open_store(request.viewer, store_id)
    assert viewer.member_id is not None
    at = clock.now()
    on, plans = business_date(at, store.zone), store_plans(store, now=at)
    place_id = plans[0].place_of(store.id) if plans else store.id
    kept = standing_of(place_id, viewer.member_id)
    stands = stands_shown(kept, on)
    steps = [(days, step) for plan in plans for step in plan.steps if (days := next_reached(step, stands))]
    soonest = min(steps, key=lambda pair: pair[0], default=None)
    today = days_between(viewer.member_id, [place_id], first=on, last=on).get(on, "")
    return {
        "on": on, "today": today, "streak": stands.streak, "total": stands.total, "last_on": kept.last_on,
        "next_in_days": soonest[0] if soonest else None, "next_reward": reward_written(soonest[1].reward) if soonest else None,
    }  # fmt: skip


@router.get("/check-in-plans", response=list[schemas.CheckInPlanOut], auth=API_AUTH, summary="List the brand's plans")
def list_plans(request: ViewerRequest) -> Any:
    """The brand's own plans, the newest first."""
    request.viewer.require("coupon.see")
    return list(plans_visible_to(request.viewer).order_by("-created_at", "-id")[:100])


@router.put("/check-in-plans", response=schemas.CheckInPlanOut, auth=API_AUTH, summary="Define a plan of the brand")
def define_one(request: ViewerRequest, said: schemas.CheckInPlanIn) -> CheckInPlan:
    """Keep a plan as a draft; publish it to let it run."""
    viewer = _of_brand(request.viewer)
    assert viewer.brand_id is not None
    return _defined(_plan_wanted(said, viewer.brand_id, None), viewer)


@router.post(
    "/check-in-plans/{check_in_plan_id}/publish",
    response=schemas.CheckInPlanOut,
    auth=API_AUTH,
    summary="Publish a plan",
)
def publish_one(request: ViewerRequest, check_in_plan_id: UUID) -> CheckInPlan:
    """Let a plan of the brand run from its first day on."""
    return publish_plan(_seen(request.viewer, check_in_plan_id).id, by=request.viewer.account_id, now=clock.now())


@router.post(
    "/check-in-plans/{check_in_plan_id}/end", response=schemas.CheckInPlanOut, auth=API_AUTH, summary="End a plan"
)
def end_one(request: ViewerRequest, check_in_plan_id: UUID) -> CheckInPlan:
    """End a plan of the brand for good."""
    return end_plan(_seen(request.viewer, check_in_plan_id).id, by=request.viewer.account_id, now=clock.now())


@router.get(
    "/waiting-check-ins", response=list[schemas.CheckInWaitingOut], auth=API_AUTH, summary="List check-ins that wait"
)
def list_waiting(request: ViewerRequest) -> Any:
    """Check-ins that jumped or came in a crowd, the oldest first: they count once somebody has accepted them."""
    _of_brand(request.viewer)
    return list(waiting_of(request.viewer)[:500])


@router.post("/waiting-check-ins/accept", response=schemas.CheckInSettledOut, auth=API_AUTH, summary="Let them count")
def accept_some(request: ViewerRequest, said: schemas.CheckInSettledIn) -> dict[str, int]:
    """Let check-ins that wait count for their own days."""
    ids = _waiting_ids(request.viewer, said.ids)
    return {"settled": accept_check_ins(ids, by=request.viewer.account_id, now=clock.now())}


@router.post(
    "/waiting-check-ins/refuse", response=schemas.CheckInSettledOut, auth=API_AUTH, summary="Let them not count"
)
def refuse_some(request: ViewerRequest, said: schemas.CheckInSettledIn) -> dict[str, int]:
    """Let check-ins that wait not count."""
    ids = _waiting_ids(request.viewer, said.ids)
    return {"settled": refuse_check_ins(ids, by=request.viewer.account_id, now=clock.now())}


@router.get(
    "/stores/{store_id}/check-ins",
    response=list[schemas.CheckedInOut],
    auth=API_AUTH,
    summary="A store's check-ins today",
)
def list_store(request: ViewerRequest, store_id: UUID) -> Any:
    """Who checked in since midnight on the store's clock, the last first; members stand in their own pages."""
    store = _own_store(request.viewer, store_id, "coupon.see")
    return list(checked_in_today(store.id, business_date(clock.now(), store.zone))[:500])


@router.get(
    "/stores/{store_id}/check-in-plans",
    response=list[schemas.CheckInPlanOut],
    auth=API_AUTH,
    summary="List a store's own plans",
)
def list_store_plans(request: ViewerRequest, store_id: UUID) -> Any:
    """A store's own plans, the newest first."""
    return list(plans_of_store(_own_store(request.viewer, store_id, "coupon.see").id)[:100])


@router.put(
    "/stores/{store_id}/check-in-plans",
    response=schemas.CheckInPlanOut,
    auth=API_AUTH,
    summary="Define a store's own plan",
)
def define_for_store(request: ViewerRequest, store_id: UUID, said: schemas.CheckInPlanIn) -> CheckInPlan:
    """Keep a store's own plan, on top of the brand's, as a draft."""
    store = _own_store(request.viewer, store_id, "coupon.choose")
    return _defined(_plan_wanted(said, store.brand_id, store.id), request.viewer)


def _plan_wanted(said: schemas.CheckInPlanIn, brand_id: UUID, store_id: UUID | None) -> PlanWanted:
    try:
        steps = tuple(Step(one.on, one.count, reward_read(one.reward), one.again) for one in said.steps)
    except (KeyError, ValueError, TypeError, OverflowError):
        raise RewardImpossible(kind="", amount=0) from None
    kept = said.model_dump(exclude={"id", "steps"})
    return PlanWanted(said.id, brand_id, steps=steps, store_id=store_id, **kept)


def _defined(wanted: PlanWanted, viewer: Viewer) -> CheckInPlan:
    (outcome,) = define_plans([wanted], by=viewer.account_id, now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _waiting_ids(viewer: Viewer, ids: list[UUID]) -> list[UUID]:
    _of_brand(viewer)
    return list(waiting_of(viewer).filter(id__in=ids).values_list("id", flat=True))


def _consumer(viewer: Viewer) -> Viewer:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer


def _of_brand(viewer: Viewer) -> Viewer:
    viewer.require("coupon.change")
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    return viewer


def _seen(viewer: Viewer, plan_id: UUID) -> CheckInPlan:
    plan = plans_visible_to(_of_brand(viewer)).filter(id=plan_id).first()
    if plan is None:
        raise NotFound(what="plan")
    return plan


def _open_store(viewer: Viewer, store_id: UUID) -> StoreFacts:
    store = store_facts([store_id]).get(store_id)
    if store is None or store.brand_id != viewer.brand_id or store.closed_at is not None:
        raise NotFound(what="store")
    return store


def _own_store(viewer: Viewer, store_id: UUID, permission: str) -> StoreFacts:
    viewer.require(permission)
    if not stores_visible_to(viewer, permission).filter(id=store_id).exists():
        raise NotFound(what="store")
    return store_facts([store_id])[store_id]
