"""Coupons over HTTP for headquarters: define, change, publish, push, give to segments, and see what came of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from ninja import Query, Router, Status

from sitong.marketing.coupons import desk_schemas, schemas
from sitong.marketing.coupons.actions import (
    CampaignWanted,
    CouponWanted,
    GivingWanted,
    VoidWanted,
    change_coupon,
    define_campaigns,
    define_coupons,
    end_coupon,
    give_coupons,
    pause_coupon,
    publish_coupon,
    push_coupon,
    resume_coupon,
    stop_giving,
    void_coupon,
    void_coupons,
)
from sitong.marketing.coupons.models import Campaign, Coupon, CouponClaim, CouponCount
from sitong.marketing.coupons.queries.reach import segment_reach
from sitong.marketing.coupons.queries.results import CouponResults, coupon_results
from sitong.marketing.coupons.queries.visible import coupons_visible_to, givings_visible_to
from sitong.marketing.coupons.queries.workshop import with_state
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["coupons"])


@router.get("/coupons", response=list[schemas.CouponOut], auth=API_AUTH, summary="List coupons")
def list_coupons(
    request: ViewerRequest,
    state: str = "",
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Newest first: headquarters all of the brand's, dealers and stores those that concern them. `before` = the last `created_at`."""
    request.viewer.require("coupon.see")
    found = _counted(coupons_visible_to(request.viewer))
    if state:
        found = found.filter(state=state)  # type: ignore[misc]
    if before is not None:
        found = found.filter(created_at__lt=before)
    return list(found.order_by("-created_at", "-id")[:limit])  # read here: a value that no column takes is malformed


@router.post("/coupons", response={201: schemas.CouponOut}, auth=API_AUTH, summary="Define a coupon")
def define_one(request: ViewerRequest, coupon: schemas.CouponIn) -> Status[Coupon]:
    """Define a coupon as a draft; publish it to open it."""
    viewer = _changer(request.viewer)
    assert viewer.brand_id is not None
    (outcome,) = define_coupons(
        [CouponWanted(id=coupon.id, brand_id=viewer.brand_id, **coupon.said())], by=viewer.account_id, now=clock_now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, _shown(outcome.id))


@router.get("/coupons/{coupon_id}", response=schemas.CouponOut, auth=API_AUTH, summary="Show a coupon")
def show_one(request: ViewerRequest, coupon_id: UUID) -> Any:
    """One coupon with its conditions, its quotas and its counts."""
    request.viewer.require("coupon.see")
    return _shown(_coupon(request.viewer, coupon_id, "coupon.see").id)


@router.patch("/coupons/{coupon_id}", response=schemas.CouponOut, auth=API_AUTH, summary="Change a coupon")
def change_one(request: ViewerRequest, coupon_id: UUID, changes: schemas.CouponPatch) -> Any:
    """Change what is named. Once one was given, only in favor of the members who hold one."""
    viewer = _changer(request.viewer)
    _coupon(viewer, coupon_id, "coupon.change")
    change_coupon(coupon_id, changes=changes.said(), by=viewer.account_id, now=clock_now())
    return _shown(coupon_id)


@router.post("/coupons/{coupon_id}/publish", response=schemas.CouponOut, auth=API_AUTH, summary="Publish a coupon")
def publish_one(request: ViewerRequest, coupon_id: UUID) -> Any:
    """Let a coupon be given, from its `claim_from` on."""
    return _turned(request.viewer, coupon_id, publish_coupon)


@router.post("/coupons/{coupon_id}/pause", response=schemas.CouponOut, auth=API_AUTH, summary="Pause a coupon")
def pause_one(request: ViewerRequest, coupon_id: UUID) -> Any:
    """Give no more for the time being; what was given still holds."""
    return _turned(request.viewer, coupon_id, pause_coupon)


@router.post("/coupons/{coupon_id}/resume", response=schemas.CouponOut, auth=API_AUTH, summary="Resume a coupon")
def resume_one(request: ViewerRequest, coupon_id: UUID) -> Any:
    """Give a paused coupon again."""
    return _turned(request.viewer, coupon_id, resume_coupon)


@router.post("/coupons/{coupon_id}/end", response=schemas.CouponOut, auth=API_AUTH, summary="End a coupon")
def end_one(request: ViewerRequest, coupon_id: UUID) -> Any:
    """Give no more, for good; what was given holds as long as it was promised."""
    return _turned(request.viewer, coupon_id, end_coupon)


@router.post(
    "/coupons/{coupon_id}/void", response=schemas.CouponOut, auth=API_AUTH, summary="Make all of a coupon void"
)
def void_all(request: ViewerRequest, coupon_id: UUID, wanted: desk_schemas.ReasonIn) -> Any:
    """End a coupon and make void all that was given and not redeemed. It cannot be taken back."""
    viewer = _changer(request.viewer)
    _coupon(viewer, coupon_id, "coupon.change")
    void_coupon(coupon_id, reason=wanted.reason, by=viewer.account_id, now=clock_now())
    return _shown(coupon_id)


@router.put(
    "/coupons/{coupon_id}/stores", response=desk_schemas.PushedCount, auth=API_AUTH, summary="Push a coupon to stores"
)
def push_one(request: ViewerRequest, coupon_id: UUID, wanted: desk_schemas.PushIn) -> dict[str, int]:
    """Push a coupon to stores, which may then choose it; gives how many had not got it yet."""
    viewer = _changer(request.viewer)
    _coupon(viewer, coupon_id, "coupon.change")
    there = stores_visible_to(viewer, "coupon.change").filter(id__in=wanted.store_ids).count()
    if there != len(set(wanted.store_ids)):
        raise NotFound(what="store")
    return {"pushed": push_coupon(coupon_id, wanted.store_ids, by=viewer.account_id, now=clock_now())}


@router.get(
    "/coupons/{coupon_id}/results", response=desk_schemas.ResultsOut, auth=API_AUTH, summary="What came of a coupon"
)
def show_results(request: ViewerRequest, coupon_id: UUID) -> CouponResults:
    """How many were given, redeemed, expired, passed on, and what they saved. For headquarters."""
    _coupon(_headquarters(request.viewer, "coupon.see"), coupon_id, "coupon.see")
    return coupon_results(coupon_id, at=clock_now())


@router.post(
    "/coupons/{coupon_id}/reach",
    response=desk_schemas.ReachOut,
    auth=API_AUTH,
    summary="How many members a segment has",
)
def show_reach(request: ViewerRequest, coupon_id: UUID, segment: desk_schemas.SegmentIn) -> dict[str, int]:
    """Count the members to whom this coupon would be given: look before you give. Changes nothing."""
    viewer = _headquarters(request.viewer, "coupon.give")
    coupon = _coupon(viewer, coupon_id, "coupon.give")
    return {"members": segment_reach(coupon.brand_id, segment.read().rule(_zone(coupon)), at=clock_now())}


@router.post(
    "/coupons/{coupon_id}/givings",
    response={202: desk_schemas.GivingOut},
    auth=API_AUTH,
    summary="Give a coupon to a segment",
)
def give_one(request: ViewerRequest, coupon_id: UUID, wanted: desk_schemas.GivingIn) -> Status[Any]:
    """Begin to give a coupon to all members of a segment; it goes on by itself. Ask the list for how far it has come."""
    viewer = _headquarters(request.viewer, "coupon.give")
    coupon = _coupon(viewer, coupon_id, "coupon.give")
    one = GivingWanted(wanted.id, coupon.brand_id, coupon.id, wanted.segment.read().rule(_zone(coupon)))
    return Status(202, give_coupons(one, by=viewer.account_id, now=clock_now()))


@router.get(
    "/coupons/{coupon_id}/givings",
    response=list[desk_schemas.GivingOut],
    auth=API_AUTH,
    summary="List what was given to segments",
)
def list_givings(request: ViewerRequest, coupon_id: UUID) -> Any:
    """The last hundred, the youngest first."""
    viewer = _headquarters(request.viewer, "coupon.see")
    return givings_visible_to(viewer).filter(coupon_id=coupon_id).order_by("-asked_at")[:100]


@router.post(
    "/coupon-givings/{giving_id}/stop",
    response=desk_schemas.GivingOut,
    auth=API_AUTH,
    summary="Stop giving to a segment",
)
def stop_one(request: ViewerRequest, giving_id: UUID) -> Any:
    """Ask no more members. Who has got the coupon keeps it."""
    viewer = _headquarters(request.viewer, "coupon.give")
    if not givings_visible_to(viewer, "coupon.give").filter(id=giving_id).exists():
        raise NotFound(what="giving")
    return stop_giving(giving_id, by=viewer.account_id, now=clock_now())


@router.post(
    "/coupon-claims/{claim_id}/void", response=desk_schemas.VoidOut, auth=API_AUTH, summary="Make one coupon void"
)
def void_one(request: ViewerRequest, claim_id: UUID, wanted: desk_schemas.ReasonIn) -> dict[str, Any]:
    """Make one coupon in a member's hands void. It cannot be taken back."""
    viewer = _changer(request.viewer)
    if not CouponClaim.objects.filter(id=claim_id, brand_id__in=viewer.place_ids("brand", "coupon.change")).exists():
        raise NotFound(what="coupon")
    (outcome,) = void_coupons([VoidWanted(claim_id, wanted.reason)], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return {"claim_id": outcome, "state": "void"}


@router.get("/campaigns", response=list[desk_schemas.CampaignOut], auth=API_AUTH, summary="List campaigns")
def list_campaigns(request: ViewerRequest) -> Any:
    """A brand's campaigns, the youngest first. For headquarters."""
    viewer = _headquarters(request.viewer, "coupon.see")
    return Campaign.objects.filter(brand_id=viewer.brand_id).order_by("-starts_on", "name")[:500]  # type: ignore[misc]


@router.post("/campaigns", response={201: desk_schemas.CampaignOut}, auth=API_AUTH, summary="Enter a campaign")
def define_campaign(request: ViewerRequest, wanted: desk_schemas.CampaignIn) -> Status[Any]:
    """Enter a campaign, under which coupons are counted together."""
    viewer = _changer(request.viewer)
    assert viewer.brand_id is not None
    (outcome,) = define_campaigns(
        [CampaignWanted(brand_id=viewer.brand_id, **wanted.model_dump())], by=viewer.account_id, now=clock_now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, outcome)


def _changer(viewer: Viewer) -> Viewer:
    return _headquarters(viewer, "coupon.change")


def _turned(viewer: Viewer, coupon_id: UUID, turn: Callable[..., Coupon]) -> Any:
    _coupon(_changer(viewer), coupon_id, "coupon.change")
    turn(coupon_id, by=viewer.account_id, now=clock_now())
    return _shown(coupon_id)


def _headquarters(viewer: Viewer, permission: str) -> Viewer:
    """Give the viewer; refused without the permission, and for others than headquarters' staff."""
    viewer.require(permission)
    if not viewer.place_ids("brand", permission):
        raise NotFound(what="coupon")
    return viewer


def _coupon(viewer: Viewer, coupon_id: UUID, permission: str) -> Coupon:
    coupon = coupons_visible_to(viewer, permission).filter(id=coupon_id).first()
    if coupon is None:
        raise NotFound(what="coupon")
    return coupon


def _counted(coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
    counts = CouponCount.objects.filter(coupon_id=OuterRef("id"))
    numbers = {name: Subquery(counts.values(name)) for name in ("given", "redeemed", "voided", "saved_minor")}
    return with_state(coupons, at=clock_now()).annotate(**numbers)


def _shown(coupon_id: UUID) -> Any:
    return _counted(Coupon.objects.filter(id=coupon_id)).get()


def _zone(coupon: Coupon) -> str:
    return brand_facts([coupon.brand_id])[coupon.brand_id].zone
