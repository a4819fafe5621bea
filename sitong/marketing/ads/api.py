"""Advertising near stores over HTTP: targets, how far a store is, what was earned, and headquarters' decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema

from sitong.marketing.ads.actions import (
    TargetWanted,
    approve_campaign,
    decline_campaign,
    define_target,
    end_target,
    publish_target,
    try_again,
)
from sitong.marketing.ads.models import AdCampaign, AdTarget
from sitong.marketing.ads.queries.campaigns import campaigns_of_store, campaigns_visible_to, sums_of, targets_visible_to
from sitong.marketing.ads.queries.progress import progress_of, targets_counting
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["ads"])
SHOWN = 200


class AdTargetIn(Schema):
    """A purchase target and what it earns, as a draft."""

    id: UUID
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    place_kind: Literal["store", "dealer"] = "store"
    place_ids: list[UUID] = Field([], max_length=5_000, description="Empty: all of that kind.")
    product_ids: list[UUID] = Field([], max_length=5_000, description="Empty: all goods.")
    quantity: int = Field(ge=1)
    period: Literal["month", "quarter", "once"] = "month"
    starts_on: date
    ends_on: date | None = None
    radius_m: int = Field(3_000, ge=500, le=10_000)
    days: int = Field(7, ge=1, le=90)
    daily_minor: int = Field(10_000, ge=5_000)
    title: str = Field(min_length=1, max_length=30)
    text: str = Field(min_length=1, max_length=60)
    picture: str = Field("", max_length=300)


class AdTargetOut(Schema):
    """A target as it stands."""

    id: UUID
    name: str
    name_en: str
    place_kind: str
    quantity: int
    period: str
    starts_on: date
    ends_on: date | None
    radius_m: int
    days: int
    daily_minor: int
    published_at: datetime | None
    ended_at: datetime | None


class AdCampaignOut(Schema):
    """What was earned, and what it brought by the provider's word."""

    id: UUID
    number: str
    target_id: UUID
    place_id: UUID
    store_id: UUID | None
    period_on: date
    reached: int
    state: str
    fault: str
    starts_on: date | None
    ends_on: date | None
    daily_minor: int
    shown: int
    clicked: int
    cost_minor: int


class AdProgressOut(Schema):
    """How far a store is in the present period of a target."""

    target_id: UUID
    name: str
    name_en: str
    first_on: date
    last_on: date
    quantity: int
    received: int
    to_go: int


class StoreAdsOut(Schema):
    """A store's targets and campaigns."""

    progress: list[AdProgressOut]
    campaigns: list[AdCampaignOut]


class AdApproveIn(Schema):
    """From which day on it shall run."""

    starts_on: date


@router.get("/ad-targets", response=list[AdTargetOut], auth=API_AUTH, summary="List purchase targets")
def list_targets(request: ViewerRequest) -> Any:
    """The brand's purchase targets, the newest first."""
    request.viewer.require("coupon.see")
    return list(targets_visible_to(request.viewer).order_by("-created_at", "-id")[:SHOWN])


@router.put("/ad-targets", response=AdTargetOut, auth=API_AUTH, summary="Define a purchase target")
def define_one(request: ViewerRequest, said: AdTargetIn) -> AdTarget:
    """Keep a target as a draft; publish it to let it count."""
    viewer = _of_brand(request.viewer)
    assert viewer.brand_id is not None
    lists = {"place_ids": tuple(said.place_ids), "product_ids": tuple(said.product_ids)}
    wanted = TargetWanted(brand_id=viewer.brand_id, **{**said.model_dump(), **lists})
    return define_target(wanted, by=viewer.account_id, now=clock.now())


@router.post("/ad-targets/{ad_target_id}/publish", response=AdTargetOut, auth=API_AUTH, summary="Publish a target")
def publish_one(request: ViewerRequest, ad_target_id: UUID) -> AdTarget:
    """Let a target count from its first day on."""
    return publish_target(_target(request.viewer, ad_target_id).id, by=request.viewer.account_id, now=clock.now())


@router.post("/ad-targets/{ad_target_id}/end", response=AdTargetOut, auth=API_AUTH, summary="End a target")
def end_one(request: ViewerRequest, ad_target_id: UUID) -> AdTarget:
    """End a target for good; what was earned stays earned."""
    return end_target(_target(request.viewer, ad_target_id).id, by=request.viewer.account_id, now=clock.now())


@router.get("/ad-campaigns", response=list[AdCampaignOut], auth=API_AUTH, summary="List campaigns near stores")
def list_campaigns(request: ViewerRequest) -> list[dict[str, Any]]:
    """The campaigns within one's reach, the newest first, with what they brought."""
    request.viewer.require("coupon.see")
    return _shown(list(campaigns_visible_to(request.viewer).order_by("-granted_at", "-id")[:SHOWN]))


@router.post(
    "/ad-campaigns/{ad_campaign_id}/approve", response=AdCampaignOut, auth=API_AUTH, summary="Approve a campaign"
)
def approve_one(request: ViewerRequest, ad_campaign_id: UUID, said: AdApproveIn) -> dict[str, Any]:
    """Let a campaign go to the provider."""
    campaign = _campaign(request.viewer, ad_campaign_id)
    return _shown(
        [approve_campaign(campaign.id, starts_on=said.starts_on, by=request.viewer.account_id, now=clock.now())]
    )[0]


@router.post(
    "/ad-campaigns/{ad_campaign_id}/decline", response=AdCampaignOut, auth=API_AUTH, summary="Decline a campaign"
)
def decline_one(request: ViewerRequest, ad_campaign_id: UUID) -> dict[str, Any]:
    """Let a granted campaign not run."""
    return _shown(
        [decline_campaign(_campaign(request.viewer, ad_campaign_id).id, by=request.viewer.account_id, now=clock.now())]
    )[0]


@router.post(
    "/ad-campaigns/{ad_campaign_id}/try-again",
    response=AdCampaignOut,
    auth=API_AUTH,
    summary="Send a refused one again",
)
def try_one_again(request: ViewerRequest, ad_campaign_id: UUID) -> dict[str, Any]:
    """Send a campaign again that the provider has refused, once its reason is mended."""
    return _shown(
        [try_again(_campaign(request.viewer, ad_campaign_id).id, by=request.viewer.account_id, now=clock.now())]
    )[0]


@router.get("/stores/{store_id}/ads", response=StoreAdsOut, auth=API_AUTH, summary="A store's targets and campaigns")
def show_store(request: ViewerRequest, store_id: UUID) -> dict[str, Any]:
    """How far a store is towards its purchase targets, and what it has earned."""
    store = _store(request.viewer, store_id)
    at = clock.now()
    found = [
        one
        for target in targets_counting([store.brand_id])
        if target.place_kind == "store"
        for one in progress_of(target, [store.id], now=at)
    ]
    progress = [
        {"target_id": one.target.id, "name": one.target.name, "name_en": one.target.name_en, "first_on": one.period.first,
         "last_on": one.period.last, "quantity": one.target.quantity, "received": one.quantity, "to_go": one.to_go}
        for one in found
    ]  # fmt: skip
    return {"progress": progress, "campaigns": _shown(list(campaigns_of_store(store.id)[:SHOWN]))}


def _shown(rows: list[AdCampaign]) -> list[dict[str, Any]]:
    sums = sums_of([row.id for row in rows])
    own = [name for name in AdCampaignOut.model_fields if name not in {"shown", "clicked", "cost_minor"}]
    return [
        {**{name: getattr(row, name) for name in own}, "shown": sums[row.id].shown, "clicked": sums[row.id].clicked,
         "cost_minor": sums[row.id].cost_minor}
        for row in rows
    ]  # fmt: skip


def _of_brand(viewer: Viewer) -> Viewer:
    viewer.require("coupon.change")
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    return viewer


def _target(viewer: Viewer, target_id: UUID) -> AdTarget:
    target = targets_visible_to(_of_brand(viewer)).filter(id=target_id).first()
    if target is None:
        raise NotFound(what="target")
    return target


def _campaign(viewer: Viewer, campaign_id: UUID) -> AdCampaign:
    campaign = campaigns_visible_to(_of_brand(viewer)).filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound(what="campaign")
    return campaign


def _store(viewer: Viewer, store_id: UUID) -> StoreFacts:
    viewer.require("coupon.see")
    if not stores_visible_to(viewer, "coupon.see").filter(id=store_id).exists():
        raise NotFound(what="store")
    return store_facts([store_id])[store_id]
