"""How a redemption is decided: pure, over a claim under its lock. The reasons are those that a clerk understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.marketing.coupons.rules import ClaimNow, Terms, clock_text
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

COUNTER_CHANNEL = "pos"


class CouponUnknown(Refused):
    """There is no coupon with this code in the brand."""

    code = "marketing.coupon_unknown"


class AlreadyRedeemed(Refused):
    """The coupon was redeemed before: `when` on the clock of the store, `where` its name ('' in an online order)."""

    code = "marketing.already_redeemed"


class AlreadyRedeemedOnline(Refused):
    """The coupon was used before in an order that names no store."""

    code = "marketing.already_redeemed_online"


class CouponVoid(Refused):
    """The coupon was made void."""

    code = "marketing.coupon_void"


class CouponExpired(Refused):
    """The coupon's time is over since `until`."""

    code = "marketing.coupon_expired"


class CouponNotYet(Refused):
    """The coupon's time begins at `since`."""

    code = "marketing.coupon_not_yet"


class WrongStore(Refused):
    """The coupon does not hold in this store."""

    code = "marketing.wrong_store"


class WrongDay(Refused):
    """The coupon does not hold on this day of the week."""

    code = "marketing.wrong_day"


class WrongHour(Refused):
    """The coupon holds at other hours."""

    code = "marketing.wrong_hour"


class OnlineOnly(Refused):
    """The coupon holds in other channels than at the counter."""

    code = "marketing.online_only"


class NeedsSale(Refused):
    """The coupon takes something off a sale: it is scanned in the till together with the goods."""

    code = "marketing.needs_sale"


class NotYours(Refused):
    """The coupon is in another member's hands."""

    code = "marketing.not_yours"


@dataclass(frozen=True, slots=True)
class RedeemWanted:
    """A coupon to be redeemed at a store's counter. `nonce` was made by the client; the coupon is named by code or by id.

    `member_id` is set when the consumer itself scanned the counter's code: then only its own coupons can be redeemed.
    """

    nonce: UUID
    brand_id: UUID
    store_id: UUID
    code: str = field(default="")
    claim_id: UUID | None = None
    by: UUID | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption at a counter; the same again for a repeat. `id` is the nonce."""

    id: UUID
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    store_id: UUID
    name: str
    name_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """A redemption that stands: of the same nonce, or the live one of the claim."""

    id: UUID
    claim_id: UUID
    turn: int
    store_id: UUID | None
    order_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CounterPlace:
    """The store at whose counter it is redeemed."""

    id: UUID
    brand_id: UUID
    kind: str
    name: str
    zone: str
    closed: bool


@dataclass(frozen=True, slots=True)
class RedeemFacts:
    """Everything that a batch is decided from; `claims` under their locks, `ids` by brand and code."""

    ids: Mapping[tuple[UUID, str], UUID]
    claims: Mapping[UUID, ClaimNow]
    by_nonce: Mapping[UUID, Before]
    live: Mapping[UUID, Before]
    places: Mapping[UUID, CounterPlace]
    now: datetime


@dataclass(frozen=True, slots=True)
class FreshRedemption:
    """A redemption to be written."""

    wanted: RedeemWanted
    claim: ClaimNow
    redeemed: Redeemed


def decide_redemptions(
    wanted: Sequence[RedeemWanted], facts: RedeemFacts
) -> list[FreshRedemption | Redeemed | Refused]:
    """Decide each in order of arrival: redeem it, answer the same nonce again, or say why not. Each coupon once only."""
    by_nonce, live = dict(facts.by_nonce), dict(facts.live)
    decisions: list[FreshRedemption | Redeemed | Refused] = []
    for one in wanted:
        claim_id = one.claim_id or facts.ids.get((one.brand_id, one.code))
        claim = facts.claims.get(claim_id) if claim_id is not None else None
        if (before := by_nonce.get(one.nonce)) is not None:
            same = claim is not None and (before.claim_id, before.store_id) == (claim.id, one.store_id)
            decisions.append(_redeemed(before, claim) if same and claim is not None else RepeatDiffers(id=one.nonce))
            continue
        place = facts.places.get(one.store_id)
        if place is None or place.closed or place.brand_id != one.brand_id:
            decisions.append(NotFound(what="store"))
            continue
        if claim is None or claim.brand_id != one.brand_id:
            decisions.append(CouponUnknown())
            continue
        fault = _fault(one, claim, live.get(claim.id), place, facts)
        if fault is not None:
            decisions.append(fault)
            continue
        redemption = Before(one.nonce, claim.id, claim.turn, one.store_id, None, facts.now)
        by_nonce[one.nonce] = live[claim.id] = redemption
        decisions.append(FreshRedemption(one, claim, _redeemed(redemption, claim)))
    return decisions


def counter_fault(claim: ClaimNow, place: CounterPlace, *, at: datetime) -> Refused | None:
    """Say why a ready coupon cannot be redeemed at this counter now; None when it can."""
    if claim.coupon.ended or claim.state == "void":
        return CouponVoid(coupon=claim.coupon.name)
    if at < claim.valid_from:
        return CouponNotYet(since=clock_text(claim.valid_from, place.zone))
    if at >= claim.valid_until:
        return CouponExpired(until=clock_text(claim.valid_until, place.zone))
    terms, chosen = claim.coupon.terms, claim.coupon.chosen_stores
    if (
        (terms.store_ids and place.id not in terms.store_ids)
        or (terms.store_kinds and place.kind not in terms.store_kinds)
        or (chosen is not None and place.id not in chosen)
    ):
        return WrongStore(store=place.name)
    if terms.channels and COUNTER_CHANNEL not in terms.channels:
        return OnlineOnly()
    if (fault := _clock_fault(terms, at.astimezone(ZoneInfo(place.zone)))) is not None:
        return fault
    return None if claim.coupon.at_counter else NeedsSale()


def _fault(
    one: RedeemWanted, claim: ClaimNow, before: Before | None, place: CounterPlace, facts: RedeemFacts
) -> Refused | None:
    if one.member_id is not None and one.member_id != claim.member_id:
        return NotYours()
    if before is not None and before.turn == claim.turn:
        there = facts.places.get(before.store_id) if before.store_id else None
        when = clock_text(before.at, there.zone if there else place.zone)
        return AlreadyRedeemed(when=when, where=there.name) if there else AlreadyRedeemedOnline(when=when)
    return counter_fault(claim, place, at=facts.now)


def _clock_fault(terms: Terms, there: datetime) -> Refused | None:
    if terms.weekdays and there.weekday() not in terms.weekdays:
        return WrongDay()
    if not terms.hour_from <= there.hour < terms.hour_until:
        return WrongHour(hour_from=terms.hour_from, hour_until=terms.hour_until)
    return None


def _redeemed(one: Before, claim: ClaimNow) -> Redeemed:
    assert one.store_id is not None
    return Redeemed(
        one.id,
        claim.id,
        claim.coupon.id,
        claim.member_id,
        one.store_id,
        claim.coupon.name,
        claim.coupon.name_en,
        one.at,
    )
