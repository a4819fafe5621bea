"""Coupons over HTTP: claim (hot), hold, pass on, redeem (hot), give by hand; headquarters' part stands in `desk_api`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.coupons import desk_api, schemas
from sitong.marketing.coupons.actions import (
    ClaimWanted,
    PassWanted,
    RedeemWanted,
    choose_coupons,
    claim_coupons,
    pass_on_coupon,
    recall_pass,
    redeem_coupons,
    take_passed_coupon,
    unchoose_coupons,
)
from sitong.marketing.coupons.counter import counter_code, counter_code_until, require_counter_code
from sitong.marketing.coupons.hot import HOT, claim_wanted, claimed_shown, redeem_scanned, redeemed_shown, scanned
from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.coupons.queries.claims import claim_by_code
from sitong.marketing.coupons.queries.held import (
    HeldClaim,
    OpenCoupon,
    held_claims,
    open_coupons,
    pushed_to,
    redeemed_in,
)
from sitong.marketing.coupons.queries.member import claim_history
from sitong.marketing.coupons.redeeming import CounterPlace, CouponUnknown, counter_fault
from sitong.member.identity.queries import member_by_code, members_visible_to
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence

__all__ = ["HOT", "router"]

router = Router(tags=["coupons"])
router.add_router("", desk_api.router)


@router.get("/open-coupons", response=list[schemas.OpenOut], auth=API_AUTH, summary="List coupons to be had")
def list_open(request: ViewerRequest, store_id: UUID | None = None) -> list[dict[str, Any]]:
    """The coupons that a consumer can claim or buy now; with a store those that hold there."""
    viewer = _consumer(request.viewer)
    assert viewer.brand_id is not None
    store = _open_store(viewer, store_id) if store_id else None
    return [
        _open(one) for one in open_coupons(viewer.brand_id, at=clock_now(), store=store, member_id=viewer.member_id)
    ]


@router.post("/coupon-claims", response={201: schemas.ClaimOut}, auth=API_AUTH, summary="Claim a coupon")
def claim_one(request: ViewerRequest, claim: schemas.ClaimIn) -> Status[dict[str, object]]:
    """Claim a coupon for oneself. The same id again gets the same answer."""
    wanted = claim_wanted(claim, request.viewer)
    return Status(201, claimed_shown(_only(claim_coupons([wanted], now=clock_now()))))


@router.get("/my-coupons", response=list[schemas.HeldOut], auth=API_AUTH, summary="List one's own coupons")
def list_mine(request: ViewerRequest, which: Literal["ready", "used", "expired"] = "ready") -> list[dict[str, Any]]:
    """A consumer's own coupons: ready (the soonest to expire first), used, or expired and void."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    return [_held(one) for one in held_claims(viewer.member_id, at=clock_now(), which=which)]


@router.get(
    "/coupon-claims/{claim_id}/steps",
    response=list[schemas.StackingStepOut],
    auth=API_AUTH,
    summary="What happened to one coupon",
)
def list_steps(request: ViewerRequest, claim_id: UUID) -> Any:
    """The history of one coupon in somebody's hands: a consumer's own, or any of headquarters' brand."""
    viewer = request.viewer
    if viewer.system == "consumer":
        found = CouponClaim.objects.filter(id=claim_id, member_id=viewer.member_id)  # type: ignore[misc]
    else:
        viewer.require("coupon.see")
        found = CouponClaim.objects.filter(id=claim_id, brand_id__in=viewer.place_ids("brand", "coupon.see"))
    if not found.exists():
        raise NotFound(what="coupon")
    return claim_history(claim_id)


@router.post(
    "/coupon-claims/{claim_id}/pass", response=schemas.PassOut, auth=API_AUTH, summary="Offer a coupon to a friend"
)
def pass_one(request: ViewerRequest, claim_id: UUID, wanted: schemas.PassIn) -> Any:
    """Offer one's own coupon to a friend by a link that names the given id. Until it is taken it stays one's own."""
    viewer = _consumer(request.viewer)
    _own_claim(viewer, claim_id)
    assert viewer.brand_id is not None and viewer.member_id is not None
    return pass_on_coupon(PassWanted(wanted.id, viewer.brand_id, claim_id, viewer.member_id), now=clock_now())


@router.post(
    "/coupon-passes/{pass_id}/take", response=schemas.PassOut, auth=API_AUTH, summary="Take what a friend offers"
)
def take_one(request: ViewerRequest, pass_id: UUID) -> Any:
    """Take a coupon that a friend passes on. Who comes first has it."""
    viewer = _consumer(request.viewer)
    assert viewer.brand_id is not None and viewer.member_id is not None
    return take_passed_coupon(pass_id, member_id=viewer.member_id, brand_id=viewer.brand_id, now=clock_now())


@router.post("/coupon-passes/{pass_id}/recall", response=schemas.PassOut, auth=API_AUTH, summary="Take an offer back")
def recall_one(request: ViewerRequest, pass_id: UUID) -> Any:
    """Take back an offer that nobody has taken."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    return recall_pass(pass_id, member_id=viewer.member_id, now=clock_now())


@router.post("/redemptions", response=schemas.RedeemedOut, auth=API_AUTH, summary="Redeem a coupon")
def redeem_one(request: ViewerRequest, wanted: schemas.RedeemIn) -> dict[str, object]:
    """Redeem a coupon at a store's counter, once only. The same id again is quietly the same answer; another scan is refused
    with a stable reason: already redeemed (when, where), expired, not yet valid, wrong store, wrong day or hour, void, unknown,
    or that it needs a sale in the till."""
    return redeemed_shown(_only(redeem_scanned([scanned(wanted, request.viewer)])))


@router.post("/redemptions/at-counter", response=schemas.RedeemedOut, auth=API_AUTH, summary="Redeem one's own coupon")
def redeem_own(request: ViewerRequest, wanted: schemas.CounterIn) -> dict[str, object]:
    """Redeem one's own coupon by the code that the counter shows; the clerk's screen hears of it at once."""
    viewer = _consumer(request.viewer)
    assert viewer.brand_id is not None
    _own_claim(viewer, wanted.claim_id)
    at = clock_now()
    _open_store(viewer, wanted.store_id)
    require_counter_code(wanted.store_id, wanted.counter_code, at=at)
    one = RedeemWanted(
        wanted.id, viewer.brand_id, wanted.store_id, "", wanted.claim_id, viewer.account_id, viewer.member_id
    )
    return redeemed_shown(_only(redeem_coupons([one], now=at)))


@router.get("/stores/{store_id}/counter-code", response=schemas.CounterOut, auth=API_AUTH, summary="The counter's code")
def show_counter(request: ViewerRequest, store_id: UUID) -> dict[str, Any]:
    """The code that a store's counter shows now; consumers scan it to redeem their own coupons."""
    _store(request.viewer, store_id, "coupon.redeem")
    at = clock_now()
    return {"store_id": store_id, "code": counter_code(store_id, at=at), "next_at": counter_code_until(at)}


@router.get(
    "/stores/{store_id}/coupon-codes/{code}",
    response=schemas.SeenOut,
    auth=API_AUTH,
    summary="Look at a scanned coupon",
)
def show_code(request: ViewerRequest, store_id: UUID, code: str) -> dict[str, Any]:
    """What is behind the code that a consumer shows, and whether it can be redeemed at this counter now. Changes nothing."""
    store = _store(request.viewer, store_id, "coupon.redeem")
    claim = claim_by_code(store.brand_id, code[:60])
    if claim is None:
        raise CouponUnknown()
    place = CounterPlace(store.id, store.brand_id, store.kind, store.name, store.zone, store.closed_at is not None)
    fault = counter_fault(claim, place, at=clock_now()) if claim.state != "redeemed" else None
    return {
        "claim_id": claim.id, "coupon_id": claim.coupon.id, "name": claim.coupon.name, "name_en": claim.coupon.name_en,
        "kind": claim.coupon.kind, "state": claim.state, "valid_from": claim.valid_from, "valid_until": claim.valid_until,
        "refusal": fault.code if fault else "", "message": sentence(fault) if fault else "",
    }  # fmt: skip


@router.get(
    "/stores/{store_id}/redemptions",
    response=list[schemas.StoreRedemptionOut],
    auth=API_AUTH,
    summary="A store's redemptions today",
)
def list_redemptions(request: ViewerRequest, store_id: UUID) -> list[dict[str, Any]]:
    """What was redeemed in a store since midnight on its own clock, the last first."""
    store = _store(request.viewer, store_id, "coupon.see")
    since, until = day_bounds(business_date(clock_now(), store.zone), store.zone)
    return [
        {"coupon_id": one.coupon.id, "name": one.coupon.name, "name_en": one.coupon.name_en, "at": one.at, "by": one.by, "order_id": one.order_id}
        for one in redeemed_in(store_id, since=since, until=until + timedelta(seconds=1))
    ]  # fmt: skip


@router.get(
    "/stores/{store_id}/coupons",
    response=list[schemas.PushedOut],
    auth=API_AUTH,
    summary="List coupons pushed to a store",
)
def list_pushed(request: ViewerRequest, store_id: UUID) -> list[dict[str, Any]]:
    """The coupons that headquarters pushed to a store and that still run; those to be chosen first."""
    _store(request.viewer, store_id, "coupon.see")
    return [
        {"coupon_id": one.coupon.id, "name": one.coupon.name, "name_en": one.coupon.name_en, "kind": one.coupon.kind,
         "valid_until": one.coupon.valid_until, "pushed_at": one.pushed_at, "chosen_at": one.chosen_at}
        for one in pushed_to(store_id, at=clock_now())
    ]  # fmt: skip


@router.put("/stores/{store_id}/coupons/{coupon_id}", response={204: None}, auth=API_AUTH, summary="Choose a coupon")
def choose_one(request: ViewerRequest, store_id: UUID, coupon_id: UUID) -> Status[None]:
    """Let a coupon hold in a store that has got it pushed."""
    _store(request.viewer, store_id, "coupon.choose")
    _only(choose_coupons(store_id, [coupon_id], by=request.viewer.account_id, now=clock_now()))
    return Status(204, None)


@router.delete(
    "/stores/{store_id}/coupons/{coupon_id}", response={204: None}, auth=API_AUTH, summary="Choose a coupon no more"
)
def unchoose_one(request: ViewerRequest, store_id: UUID, coupon_id: UUID) -> Status[None]:
    """Let a coupon hold in a store no more; who holds one uses it elsewhere."""
    _store(request.viewer, store_id, "coupon.choose")
    _only(unchoose_coupons(store_id, [coupon_id], by=request.viewer.account_id, now=clock_now()))
    return Status(204, None)


@router.post("/coupon-gifts", response={201: schemas.GiftOut}, auth=API_AUTH, summary="Give a coupon by hand")
def give_by_hand(request: ViewerRequest, wanted: schemas.GiftIn) -> Status[dict[str, Any]]:
    """Give a coupon in a store: to the member who shows its code there, or to one whom the account may see."""
    viewer = request.viewer
    store = _store(viewer, wanted.store_id, "coupon.give")
    member_id = _given_to(viewer, wanted)
    one = ClaimWanted(
        wanted.id, store.brand_id, member_id, wanted.coupon_id, "clerk", store.id, "clerk", viewer.account_id
    )
    claimed = _only(claim_coupons([one], now=clock_now()))
    return Status(201, {
        "id": claimed.id, "coupon_id": claimed.coupon_id, "member_id": claimed.member_id, "valid_from": claimed.valid_from,
        "valid_until": claimed.valid_until,
    })  # fmt: skip


def _given_to(viewer: Viewer, wanted: schemas.GiftIn) -> UUID:
    if wanted.member_code and viewer.brand_id:
        shown = member_by_code(viewer.brand_id, wanted.member_code, at=clock_now())
        if shown is not None:
            return shown.id
    elif wanted.member_id and members_visible_to(viewer).filter(id=wanted.member_id).exists():
        return wanted.member_id
    raise NotFound(what="member")


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


def _own_claim(viewer: Viewer, claim_id: UUID) -> None:
    if not CouponClaim.objects.filter(id=claim_id, member_id=viewer.member_id).exists():  # type: ignore[misc]
        raise NotFound(what="coupon")


def _store(viewer: Viewer, store_id: UUID, permission: str) -> StoreFacts:
    """Give a store at which the viewer has the permission."""
    viewer.require(permission)
    if not stores_visible_to(viewer, permission).filter(id=store_id).exists():
        raise NotFound(what="store")
    return store_facts([store_id])[store_id]


def _open_store(viewer: Viewer, store_id: UUID) -> StoreFacts:
    """Give an open store of the consumer's brand."""
    store = store_facts([store_id]).get(store_id)
    if store is None or store.brand_id != viewer.brand_id or store.closed_at is not None:
        raise NotFound(what="store")
    return store


def _open(one: OpenCoupon) -> dict[str, Any]:
    shown = {name: getattr(one.coupon, name) for name in schemas.OpenOut.model_fields if name not in {"left", "had"}}
    lefts = [left for left in (one.left, one.left_today) if left is not None]
    return {**shown, "left": min(lefts, default=None), "had": one.had}


def _held(one: HeldClaim) -> dict[str, Any]:
    of_claim = {
        name: getattr(one, name) for name in ("id", "code", "way", "state", "claimed_at", "valid_from", "valid_until")
    }
    of_coupon = {name: getattr(one.coupon, name) for name in ("name", "name_en", "kind", "value_minor", "percent_bp", "threshold_minor",
                                                              "transferable")}  # fmt: skip
    return {
        **of_claim,
        **of_coupon,
        "coupon_id": one.coupon.id,
        "redeemed_at": one.redeemed.at if one.redeemed else None,
    }
