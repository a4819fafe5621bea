"""Gifts over HTTP: the library, gifts in members' hands, handing over (hot), asking at the counter, proofs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from ninja import Router

from sitong.marketing.coupons.counter import require_counter_code
from sitong.marketing.gifts import desk_api, schemas
from sitong.marketing.gifts.actions import (
    AskWanted,
    HandedOver,
    TakeBackWanted,
    ask_for_gifts,
    confirm_asks,
    decline_asks,
    let_clerks_confirm,
    let_counter_confirm_itself,
    take_back_redemptions,
)
from sitong.marketing.gifts.hot import HOT, gift_scanned, hand_over_scanned, handover_shown
from sitong.marketing.gifts.queries.claims import gift_by_code
from sitong.marketing.gifts.queries.held import ask_of, ask_state, my_gifts, open_asks
from sitong.marketing.gifts.queries.places import gift_places
from sitong.marketing.gifts.queries.redeemed import Handover, handed_over_in, handovers, proven
from sitong.marketing.gifts.redeeming import GiftUnknown, handover_fault
from sitong.marketing.gifts.signing import secret_of
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence

__all__ = ["HOT", "router"]

router = Router(tags=["gifts"])
router.add_router("", desk_api.router)
TAKE_BACK_WITHIN = timedelta(hours=24)
"""For how long a store's own staff may take back what it has handed over; headquarters may always."""


@router.get("/my-gifts", response=list[schemas.HeldGiftOut], auth=API_AUTH, summary="List one's own gifts")
def list_mine(request: ViewerRequest, which: Literal["ready", "used", "expired"] = "ready") -> list[dict[str, Any]]:
    """A consumer's own gifts: ready (the soonest to expire first), used, or expired and void."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    return [
        {
            "id": one.id, "gift_id": one.gift.id, "name": one.gift.name, "name_en": one.gift.name_en, "code": one.code,
            "state": one.state, "valid_from": one.valid_from, "valid_until": one.valid_until,
            "secret": secret_of(one.code).hex() if one.state == "ready" else "",
        }
        for one in my_gifts(viewer.member_id, at=clock_now(), which=which)
    ]  # fmt: skip


@router.post("/gift-redemptions", response=schemas.GiftHandoverOut, auth=API_AUTH, summary="Hand a gift over")
def redeem_one(request: ViewerRequest, scan: schemas.GiftScanIn) -> dict[str, object]:
    """Hand a gift over at a store's counter, once only. The same id again is quietly the same answer; another scan is refused
    with a stable reason: already handed over (when, where), expired, not yet, another store's, void, unknown, an old code."""
    return handover_shown(_only(hand_over_scanned([gift_scanned(scan, request.viewer)])))


@router.post("/gift-asks", response=schemas.GiftAskOut, auth=API_AUTH, summary="Ask for one's gift at the counter")
def ask_one(request: ViewerRequest, wanted: schemas.GiftAskIn) -> dict[str, Any]:
    """Ask for one's own gift by the code that the counter shows. Where the store has set it, it is handed over at once; else
    the clerk's phone rings and the ask waits three minutes."""
    viewer = _consumer(request.viewer)
    assert viewer.brand_id is not None and viewer.member_id is not None
    at = clock_now()
    store = store_facts([wanted.store_id]).get(wanted.store_id)
    if store is None or store.brand_id != viewer.brand_id or store.closed_at is not None:
        raise NotFound(what="store")
    require_counter_code(store.id, wanted.counter_code, at=at)
    one = AskWanted(wanted.id, viewer.brand_id, store.id, wanted.claim_id, viewer.member_id)
    done = _only(ask_for_gifts([one], now=at))
    if isinstance(done, HandedOver):
        return {"id": wanted.id, "claim_id": done.claim_id, "store_id": done.store_id, "state": "done"}
    return _ask(done, at)


@router.get("/gift-asks/{ask_id}", response=schemas.GiftAskOut, auth=API_AUTH, summary="How one's ask stands")
def show_ask(request: ViewerRequest, ask_id: UUID) -> dict[str, Any]:
    """A consumer's own ask: waiting, done, declined, or over since nobody answered."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    ask = ask_of(viewer.member_id, ask_id)
    if ask is None:
        raise NotFound(what="ask")
    return _ask(ask, clock_now())


@router.get(
    "/stores/{store_id}/gift-asks", response=list[schemas.StoreAskOut], auth=API_AUTH, summary="List what is asked for"
)
def list_asks(request: ViewerRequest, store_id: UUID) -> list[dict[str, Any]]:
    """What consumers at the store's counter ask for and nobody has answered; the stream `store-gifts` says when to look."""
    store = _store(request.viewer, store_id)
    return [
        {"id": one.id, "claim_id": one.claim_id, "name": one.gift.name, "name_en": one.gift.name_en, "asked_at": one.asked_at,
         "expires_at": one.expires_at}
        for one in open_asks(store.id, at=clock_now())
    ]  # fmt: skip


@router.post(
    "/stores/{store_id}/gift-asks/{ask_id}/confirm",
    response=schemas.GiftHandoverOut,
    auth=API_AUTH,
    summary="Confirm an ask",
)
def confirm_one(request: ViewerRequest, store_id: UUID, ask_id: UUID) -> dict[str, object]:
    """Confirm what a consumer asks for, and hand it over. Again gives the same answer."""
    store, viewer = _store(request.viewer, store_id), request.viewer
    return handover_shown(_only(confirm_asks([ask_id], store_id=store.id, by=viewer.account_id, now=clock_now())))


@router.post(
    "/stores/{store_id}/gift-asks/{ask_id}/decline",
    response=schemas.GiftAskOut,
    auth=API_AUTH,
    summary="Decline an ask",
)
def decline_one(request: ViewerRequest, store_id: UUID, ask_id: UUID) -> dict[str, Any]:
    """Say no to what a consumer asks for: the gift stays its own."""
    store, at = _store(request.viewer, store_id), clock_now()
    return _ask(_only(decline_asks([ask_id], store_id=store.id, by=request.viewer.account_id, now=at)), at)


@router.get(
    "/stores/{store_id}/gift-codes/{code}", response=schemas.GiftSeenOut, auth=API_AUTH, summary="Look at a gift's code"
)
def show_code(request: ViewerRequest, store_id: UUID, code: str) -> dict[str, Any]:
    """What is behind the code that a consumer shows, and whether it can be handed over at this counter now. Changes nothing."""
    store = _store(request.viewer, store_id)
    claim = gift_by_code(store.brand_id, code[:60])
    if claim is None:
        raise GiftUnknown()
    place = gift_places([store.id])[store.id]
    fault = handover_fault(claim, place, at=clock_now()) if claim.state != "redeemed" else None
    return {
        "claim_id": claim.id, "gift_id": claim.terms.id, "name": claim.terms.name, "name_en": claim.terms.name_en, "state": claim.state,
        "valid_from": claim.valid_from, "valid_until": claim.valid_until, "refusal": fault.code if fault else "",
        "message": sentence(fault) if fault else "",
    }  # fmt: skip


@router.get(
    "/stores/{store_id}/gift-redemptions",
    response=list[schemas.ProofOut],
    auth=API_AUTH,
    summary="What a store handed over today",
)
def list_today(request: ViewerRequest, store_id: UUID) -> list[dict[str, Any]]:
    """What was handed over in a store since midnight on its own clock, the last first, each with its proof."""
    store = _store(request.viewer, store_id)
    since, until = day_bounds(business_date(clock_now(), store.zone), store.zone)
    return [proof_shown(one) for one in handed_over_in(store.id, since=since, until=until)]


@router.get(
    "/gift-redemptions/{redemption_id}/proof",
    response=schemas.ProofOut,
    auth=API_AUTH,
    summary="The proof of a handover",
)
def show_proof(request: ViewerRequest, redemption_id: UUID) -> dict[str, Any]:
    """The signed link in the store's chain: to the store, to the dealers above it on that day, to headquarters."""
    return proof_shown(_handover(request.viewer, redemption_id))


@router.post(
    "/gift-redemptions/{redemption_id}/take-back",
    response=schemas.ProofOut,
    auth=API_AUTH,
    summary="Take a handover back",
)
def take_back(request: ViewerRequest, redemption_id: UUID, said: schemas.GiftReasonIn) -> dict[str, Any]:
    """Say that a gift was not handed over after all, or came back: the member has it again, and nobody claims for it.

    A store's staff may within a day, headquarters always."""
    viewer, at = request.viewer, clock_now()
    one = _handover(viewer, redemption_id)
    viewer.require("coupon.redeem")
    at_brand = one.brand_id in viewer.place_ids("brand", "coupon.redeem")
    if not at_brand:
        _store(viewer, one.evidence.store_id)
        if one.undone_at is None and at - one.evidence.at > TAKE_BACK_WITHIN:
            raise NotAllowed(permission="coupon.change")
    _only(take_back_redemptions([TakeBackWanted(redemption_id, said.reason)], by=viewer.account_id, now=at))
    return proof_shown(handovers([redemption_id])[redemption_id])


@router.put(
    "/stores/{store_id}/gift-counter",
    response=schemas.CounterSetOut,
    auth=API_AUTH,
    summary="Who confirms at a counter",
)
def set_counter(request: ViewerRequest, store_id: UUID, said: schemas.CounterSetIn) -> dict[str, Any]:
    """Say whether consumers at the store's counter redeem by themselves, or a clerk confirms each gift."""
    request.viewer.require("store.change")
    if not stores_visible_to(request.viewer, "store.change").filter(id=store_id).exists():
        raise NotFound(what="store")
    store = store_facts([store_id])[store_id]
    act = let_counter_confirm_itself if said.confirms_itself else let_clerks_confirm
    act(store.id, brand_id=store.brand_id, by=request.viewer.account_id, now=clock_now())
    return {"store_id": store.id, "confirms_itself": said.confirms_itself}


def proof_shown(one: Handover) -> dict[str, Any]:
    """Give a proof as the API answers it."""
    said = one.evidence
    return {
        "redemption_id": said.redemption_id, "position": said.position, "code": said.code, "gift_id": said.gift_id,
        "store_id": said.store_id, "dealers": list(said.dealers), "levels_minor": list(said.levels_minor), "way": said.way,
        "by": said.by, "at": said.at, "received_at": said.received_at, "previous": one.proof.previous.hex(),
        "digest": one.proof.digest.hex(), "signature": one.proof.signature.hex(), "holds": proven(one), "undone_at": one.undone_at,
    }  # fmt: skip


def _handover(viewer: Viewer, redemption_id: UUID) -> Handover:
    viewer.require("coupon.see")
    one = handovers([redemption_id]).get(redemption_id)
    if one is not None and one.brand_id == viewer.brand_id:
        dealers = set(viewer.place_ids("dealer", "coupon.see"))
        if viewer.place_ids("brand", "coupon.see") or dealers & set(one.evidence.dealers):
            return one
        if one.evidence.store_id in viewer.place_ids("store", "coupon.see"):
            return one
    raise NotFound(what="redemption")


def _ask(ask: Any, at: Any) -> dict[str, Any]:
    return {
        "id": ask.id, "claim_id": ask.claim_id, "store_id": ask.store_id, "state": ask_state(ask, at=at), "expires_at": ask.expires_at,
    }  # fmt: skip


def _only(outcomes: Sequence[Any]) -> Any:
    """Give the outcome of a batch of one; raise its refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _consumer(viewer: Viewer) -> Viewer:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer


def _store(viewer: Viewer, store_id: UUID) -> StoreFacts:
    """Give a store at which the viewer hands gifts over."""
    viewer.require("coupon.redeem")
    if not stores_visible_to(viewer, "coupon.redeem").filter(id=store_id).exists():
        raise NotFound(what="store")
    return store_facts([store_id])[store_id]
