"""Group deals over HTTP: look, join (hot), draw and claim tickets, read a day's file; headquarters defines and publishes."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.coupons.counter import require_counter_code
from sitong.marketing.deals import schemas
from sitong.marketing.deals.actions import (
    DealWanted,
    DrawWanted,
    TicketClaimWanted,
    TicketWanted,
    claim_tickets,
    define_deals,
    draw_tickets,
    end_deal,
    join_groups,
    publish_deal,
)
from sitong.marketing.deals.hot import HOT, join_wanted, joined_shown
from sitong.marketing.deals.models import DealGroup, DealTicket, GroupDeal
from sitong.marketing.deals.queries import (
    DayView,
    brand_deals,
    day_proof,
    days_of,
    group_of,
    groups_open,
    open_deals,
    own_places,
    own_tickets,
    published_deal,
)
from sitong.marketing.giving.rules import Reward, reward_written
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

__all__ = ["HOT", "router"]

router = Router(tags=["group deals"])


@router.get("/open-deals", response=list[schemas.DealOut], auth=API_AUTH, summary="List group deals to be joined")
def list_open(request: ViewerRequest, store_id: UUID | None = None) -> list[GroupDeal]:
    """The deals of the consumer's brand that run now, or whose draw does; with a store those that run there."""
    _member_of(request.viewer)
    assert request.viewer.brand_id is not None
    return open_deals(request.viewer.brand_id, at=clock_now(), store_id=store_id)


@router.post("/deal-joins", response={201: schemas.DealPlaceOut}, auth=API_AUTH, summary="Open or join a group")
def join_one(request: ViewerRequest, join: schemas.DealJoinIn) -> Status[dict[str, object]]:
    """Take a place in a group, to be paid within 15 minutes. The same id again gets the same answer."""
    (outcome,) = join_groups([join_wanted(join, request.viewer)], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, joined_shown(outcome))


@router.get("/my-deals", response=list[schemas.DealPlaceOut], auth=API_AUTH, summary="List one's own places in groups")
def list_mine(request: ViewerRequest) -> list[Any]:
    """A consumer's own places, the newest first."""
    return own_places(_member_of(request.viewer))


@router.get("/my-deals/tickets", response=list[schemas.DealTicketOut], auth=API_AUTH, summary="List one's own tickets")
def list_tickets(request: ViewerRequest) -> list[DealTicket]:
    """A consumer's own tickets of draws after group deals."""
    return list(own_tickets(_member_of(request.viewer)).values())


@router.post(
    "/my-deals/{deal_place_id}/ticket", response=schemas.DealTicketOut, auth=API_AUTH, summary="Draw one's ticket"
)
def draw_one(request: ViewerRequest, deal_place_id: UUID) -> DealTicket:
    """Draw the sealed ticket of one's own place in a complete group; again gives the same ticket."""
    (outcome,) = draw_tickets([TicketWanted(deal_place_id, _member_of(request.viewer))], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.get(
    "/open-deals/{deal_id}/groups", response=list[schemas.DealGroupOut], auth=API_AUTH, summary="List open groups"
)
def list_groups(request: ViewerRequest, deal_id: UUID) -> list[DealGroup]:
    """The open groups of a deal of one's brand, the fullest first."""
    return groups_open(_deal_seen(request.viewer, deal_id).id, at=clock_now())


@router.get("/deal-groups/{deal_group_id}", response=schemas.DealGroupOut, auth=API_AUTH, summary="Show a group")
def show_group(request: ViewerRequest, deal_group_id: UUID) -> DealGroup:
    """A group of a deal of one's brand: how many are in it, and until when."""
    viewer = request.viewer
    if viewer.system != "consumer":
        viewer.require("coupon.see")
    group = group_of(viewer.brand_id, deal_group_id) if viewer.brand_id else None
    if group is None:
        raise NotFound(what="group")
    return group


@router.post("/deal-tickets/claim", response=schemas.DealTicketOut, auth=API_AUTH, summary="Claim a ticket in a store")
def claim_one(request: ViewerRequest, claim: schemas.DealTicketClaimIn) -> DealTicket:
    """Claim a ticket: staff scans it, or its member who stands at the counter sends the counter's code with it."""
    viewer, at = request.viewer, clock_now()
    assert viewer.brand_id is not None
    if viewer.system == "consumer":
        require_counter_code(claim.store_id, claim.counter_code or "", at=at)
        wanted = TicketClaimWanted(viewer.brand_id, claim.store_id, claim.code, member_id=_member_of(viewer))
    else:
        viewer.require("coupon.redeem")
        if not stores_visible_to(viewer, "coupon.redeem").filter(id=claim.store_id).exists():
            raise NotFound(what="store")
        wanted = TicketClaimWanted(viewer.brand_id, claim.store_id, claim.code, by=viewer.account_id)
    (outcome,) = claim_tickets([wanted], now=at)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.get(
    "/open-deals/{deal_id}/days", response=list[schemas.DealDayOut], auth=API_AUTH, summary="List a draw's days"
)
def list_days(request: ViewerRequest, deal_id: UUID) -> list[DayView]:
    """The days of a deal's draw: commitments from the start on, winners once a day is drawn."""
    return days_of(_deal_seen(request.viewer, deal_id).id)


@router.get("/open-deals/{deal_id}/days/{day}/file", response=schemas.Proof, auth=API_AUTH, summary="Give a day's file")
def give_file(request: ViewerRequest, deal_id: UUID, day: int) -> Any:
    """The file of a drawn day, as `sitong draw verify` reads it (its bytes stand on the day's public page)."""
    proof = day_proof(_deal_seen(request.viewer, deal_id).id, day)
    if proof is None:
        raise NotFound(what="day")
    return json.loads(proof)


@router.get("/deals", response=list[schemas.DealOut], auth=API_AUTH, summary="List the brand's group deals")
def list_deals(request: ViewerRequest) -> list[GroupDeal]:
    """All deals of headquarters' brand, drafts too, the newest first."""
    return list(_of_headquarters(request.viewer, "coupon.see").order_by("-created_at")[:500])


@router.post("/deals", response=schemas.DealOut, auth=API_AUTH, summary="Define a group deal")
def define_one(request: ViewerRequest, deal: schemas.DealIn) -> GroupDeal:
    """Define a deal as a draft, or change the draft. A published one is frozen."""
    viewer = request.viewer
    _of_headquarters(viewer, "coupon.change")
    assert viewer.brand_id is not None
    draw = None
    if deal.draw is not None:
        prize = reward_written(Reward(deal.draw.prize.kind, deal.draw.prize.amount, deal.draw.prize.ref_id))
        draw = DrawWanted(**{**deal.draw.model_dump(), "prize": prize})
    values = deal.model_dump(exclude={"draw", "cells", "store_ids"})
    wanted = DealWanted(
        **values, brand_id=viewer.brand_id, cells=tuple(deal.cells), store_ids=tuple(deal.store_ids), draw=draw
    )
    (outcome,) = define_deals([wanted], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.post("/deals/{deal_id}/publish", response=schemas.DealOut, auth=API_AUTH, summary="Publish a group deal")
def publish_one(request: ViewerRequest, deal_id: UUID) -> GroupDeal:
    """Open a deal, freeze it, and commit to the seeds of its draw. Again changes nothing."""
    _headquarters_deal(request.viewer, deal_id)
    return publish_deal(deal_id, by=request.viewer.account_id, now=clock_now())


@router.post("/deals/{deal_id}/end", response=schemas.DealOut, auth=API_AUTH, summary="End a group deal")
def end_one(request: ViewerRequest, deal_id: UUID) -> GroupDeal:
    """Let no new groups be opened; open ones and the draw go on."""
    _headquarters_deal(request.viewer, deal_id)
    return end_deal(deal_id, by=request.viewer.account_id, now=clock_now())


def _member_of(viewer: Viewer) -> UUID:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer.member_id


def _deal_seen(viewer: Viewer, deal_id: UUID) -> GroupDeal:
    """Give a published deal of the viewer's brand: its consumers and its staff may see it."""
    if viewer.system != "consumer":
        viewer.require("coupon.see")
    deal = published_deal(viewer.brand_id, deal_id) if viewer.brand_id else None
    if deal is None:
        raise NotFound(what="deal")
    return deal


def _of_headquarters(viewer: Viewer, permission: str) -> Any:
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    viewer.require(permission)
    return brand_deals(viewer)


def _headquarters_deal(viewer: Viewer, deal_id: UUID) -> GroupDeal:
    deal: GroupDeal | None = _of_headquarters(viewer, "coupon.change").filter(id=deal_id).first()
    if deal is None:
        raise NotFound(what="deal")
    return deal
