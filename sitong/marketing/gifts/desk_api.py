"""Gifts over HTTP for headquarters: the library, giving one by hand, making one void."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.gifts import schemas
from sitong.marketing.gifts.actions import (
    GiftDefined,
    GiftVoidWanted,
    GiftWanted,
    change_gift,
    define_gifts,
    end_gift,
    give_gifts,
    publish_gift,
    void_gifts,
)
from sitong.marketing.gifts.models import Gift, GiftClaim
from sitong.marketing.gifts.queries.held import counts_of, gifts_visible_to
from sitong.member.identity.queries import members_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["gifts"])


@router.get("/gifts", response=list[schemas.LibraryGiftOut], auth=API_AUTH, summary="List the gift library")
def list_gifts(request: ViewerRequest) -> list[dict[str, Any]]:
    """The brand's gifts, the newest first, with how many were given and handed over."""
    request.viewer.require("coupon.see")
    rows = list(gifts_visible_to(request.viewer).order_by("-created_at", "-id")[:500])
    return _shown(rows)


@router.post("/gifts", response={201: schemas.LibraryGiftOut}, auth=API_AUTH, summary="Put a gift into the library")
def define_one(request: ViewerRequest, gift: schemas.LibraryGiftIn) -> Status[dict[str, Any]]:
    """Define a gift as a draft; publish it to let campaigns give it."""
    viewer = _changer(request.viewer)
    assert viewer.brand_id is not None
    wanted = GiftDefined(id=gift.id, brand_id=viewer.brand_id, **gift.said())
    (outcome,) = define_gifts([wanted], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, _shown([outcome])[0])


@router.get("/gifts/{gift_id}", response=schemas.LibraryGiftOut, auth=API_AUTH, summary="Show a gift")
def show_one(request: ViewerRequest, gift_id: UUID) -> dict[str, Any]:
    """One gift of the library, with its counts."""
    request.viewer.require("coupon.see")
    return _shown([_gift(request.viewer, gift_id, "coupon.see")])[0]


@router.patch("/gifts/{gift_id}", response=schemas.LibraryGiftOut, auth=API_AUTH, summary="Change a gift")
def change_one(request: ViewerRequest, gift_id: UUID, patch: schemas.GiftPatch) -> dict[str, Any]:
    """Change a gift; once one was given, only in favor of the members who hold one."""
    viewer = _changer(request.viewer)
    gift = _gift(viewer, gift_id, "coupon.change")
    changed = change_gift(gift.id, changes=patch.said(), by=viewer.account_id, now=clock_now())
    return _shown([changed])[0]


@router.post("/gifts/{gift_id}/publish", response=schemas.LibraryGiftOut, auth=API_AUTH, summary="Publish a gift")
def publish_one(request: ViewerRequest, gift_id: UUID) -> dict[str, Any]:
    """Let campaigns give it."""
    viewer = _changer(request.viewer)
    gift = _gift(viewer, gift_id, "coupon.change")
    return _shown([publish_gift(gift.id, by=viewer.account_id, now=clock_now())])[0]


@router.post("/gifts/{gift_id}/end", response=schemas.LibraryGiftOut, auth=API_AUTH, summary="End a gift")
def end_one(request: ViewerRequest, gift_id: UUID) -> dict[str, Any]:
    """Give no more of it, for good; those that were given still hold."""
    viewer = _changer(request.viewer)
    gift = _gift(viewer, gift_id, "coupon.change")
    return _shown([end_gift(gift.id, by=viewer.account_id, now=clock_now())])[0]


@router.post("/given-gifts", response={201: schemas.HeldGiftOut}, auth=API_AUTH, summary="Give a gift by hand")
def give_one(request: ViewerRequest, wanted: schemas.GiftGivenIn) -> Status[dict[str, Any]]:
    """Give a gift of the library to one member."""
    viewer = _changer(request.viewer)
    gift = _gift(viewer, wanted.gift_id, "coupon.change")
    if not members_visible_to(viewer).filter(id=wanted.member_id).exists():
        raise NotFound(what="member")
    one = GiftWanted((wanted.id,), gift.brand_id, wanted.member_id, gift.id, "by_hand", None, viewer.account_id)
    (outcome,) = give_gifts([one], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    (held,) = outcome
    return Status(201, {
        "id": held.id, "gift_id": gift.id, "name": gift.name, "name_en": gift.name_en, "code": "", "state": "ready",
        "valid_from": held.valid_from, "valid_until": held.valid_until, "secret": "",
    })  # fmt: skip


@router.post("/gift-claims/{gift_claim_id}/void", response={204: None}, auth=API_AUTH, summary="Make a gift void")
def void_one(request: ViewerRequest, gift_claim_id: UUID, said: schemas.GiftReasonIn) -> Status[None]:
    """Let a gift in a member's hands hold no more; the member sees the reason."""
    viewer = _changer(request.viewer)
    found = GiftClaim.objects.filter(id=gift_claim_id, brand_id__in=viewer.place_ids("brand", "coupon.change"))
    if not found.exists():
        raise NotFound(what="gift")
    (outcome,) = void_gifts([GiftVoidWanted(gift_claim_id, said.reason)], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(204, None)


def _changer(viewer: Viewer) -> Viewer:
    viewer.require("coupon.change")
    return viewer


def _gift(viewer: Viewer, gift_id: UUID, permission: str) -> Gift:
    gift = gifts_visible_to(viewer, permission).filter(id=gift_id).first()
    if gift is None:
        raise NotFound(what="gift")
    return gift


def _shown(gifts: list[Gift]) -> list[dict[str, Any]]:
    counts = counts_of([one.id for one in gifts])
    names = [name for name in schemas.LibraryGiftOut.model_fields if name not in {"given", "redeemed", "voided"}]
    return [
        {name: getattr(one, name) for name in names}
        | {name: getattr(counts.get(one.id), name, 0) for name in ("given", "redeemed", "voided")}
        for one in gifts
    ]
