"""How handing a gift over is decided: pure, over a claim under its lock. The reasons are those that a clerk understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.marketing.gifts.rules import GiftTerms, honors
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

LATE = timedelta(hours=24)
"""For how long a clerk's phone without network may keep what it has scanned."""
EARLY = timedelta(minutes=2)
"""By how much such a phone's clock may be ahead."""


class GiftUnknown(Refused):
    """There is no gift with this code in the brand."""

    code = "marketing.gift_unknown"


class GiftAlreadyRedeemed(Refused):
    """The gift was handed over before: `when` on the clock of the store, `where` its name."""

    code = "marketing.gift_already_redeemed"


class GiftVoid(Refused):
    """The gift was made void."""

    code = "marketing.gift_void"


class GiftNotYet(Refused):
    """The gift's time begins at `since`."""

    code = "marketing.gift_not_yet"


class GiftExpired(Refused):
    """The gift's time is over since `until`."""

    code = "marketing.gift_expired"


class GiftElsewhere(Refused):
    """Other stores hand this gift over."""

    code = "marketing.gift_elsewhere"


class GiftCodeOld(Refused):
    """The code that the phone made is older than five minutes, or not this gift's. The phone shows a new one each minute."""

    code = "marketing.gift_code_old"


class GiftCodePlain(Refused):
    """This gift needs the code that changes each minute, or the counter's."""

    code = "marketing.gift_code_plain"


class GiftTooLate(Refused):
    """What was scanned without network came more than a day later, is dated ahead, or carries no signed code."""

    code = "marketing.gift_too_late"


class GiftOutOfStock(Refused):
    """The store's stock has none of the goods that the gift is."""

    code = "marketing.gift_out_of_stock"


class GiftNotYours(Refused):
    """The gift is in another member's hands."""

    code = "marketing.gift_not_yours"


class GiftNeedsClerk(Refused):
    """A clerk confirms this gift: it does not hand itself over."""

    code = "marketing.gift_needs_clerk"


@dataclass(frozen=True, slots=True)
class RedeemGift:
    """A gift to be handed over at a store's counter. `nonce` was made by the client; the gift is named by code or by id.

    `way`: what named it, "code" (its own, typed or scanned), "signed" (`fresh`: its signature held), "counter" (the consumer
    scanned the counter's code, a clerk confirmed) or "self" (and nobody had to). `member_id` is set for the last two: then
    only the member's own. `scanned_at`: when, where the clerk's phone had no network then.
    """

    nonce: UUID
    brand_id: UUID
    store_id: UUID
    code: str = field(default="")
    claim_id: UUID | None = None
    way: str = "code"
    fresh: bool = False
    by: UUID | None = None
    member_id: UUID | None = None
    scanned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftNow:
    """A gift in a member's hands, as it stands under its lock."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    code: str
    state: str
    turn: int
    given_at: datetime
    valid_from: datetime
    valid_until: datetime
    terms: GiftTerms


@dataclass(frozen=True, slots=True)
class GiftRedeemedBefore:
    """A redemption that stands: of the same nonce, or the live one of the claim."""

    id: UUID
    claim_id: UUID
    turn: int
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class GiftPlace:
    """The store at whose counter it is handed over, and the dealers above it, the nearest first."""

    id: UUID
    brand_id: UUID
    kind: str
    name: str
    zone: str
    closed: bool
    dealers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A gift that was handed over; the same again for a repeat. `id` is the nonce."""

    id: UUID
    claim_id: UUID
    gift_id: UUID
    member_id: UUID
    store_id: UUID
    name: str
    name_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GiftRedeemFacts:
    """Everything that a batch is decided from; `claims` under their locks. `short`: nonces for which there are no goods."""

    ids: Mapping[tuple[UUID, str], UUID]
    claims: Mapping[UUID, GiftNow]
    by_nonce: Mapping[UUID, GiftRedeemedBefore]
    live: Mapping[UUID, GiftRedeemedBefore]
    places: Mapping[UUID, GiftPlace]
    now: datetime
    short: Mapping[UUID, Refused]


@dataclass(frozen=True, slots=True)
class FreshHandover:
    """A redemption to be written."""

    wanted: RedeemGift
    claim: GiftNow
    place: GiftPlace
    handed: HandedOver


HandoverDecision = FreshHandover | HandedOver | Refused


def decide_handovers(wanted: Sequence[RedeemGift], facts: GiftRedeemFacts) -> list[HandoverDecision]:
    """Decide each in order of arrival: hand it over, answer the same nonce again, or say why not. Each gift once only."""
    by_nonce, live = dict(facts.by_nonce), dict(facts.live)
    decisions: list[HandoverDecision] = []
    for one in wanted:
        claim_id = one.claim_id or facts.ids.get((one.brand_id, one.code))
        claim = facts.claims.get(claim_id) if claim_id is not None else None
        if (before := by_nonce.get(one.nonce)) is not None:
            same = claim is not None and (before.claim_id, before.store_id) == (claim.id, one.store_id)
            decisions.append(_handed(before, claim) if same and claim is not None else RepeatDiffers(id=one.nonce))
            continue
        place = facts.places.get(one.store_id)
        if place is None or place.closed or place.brand_id != one.brand_id:
            decisions.append(NotFound(what="store"))
            continue
        if claim is None or claim.brand_id != one.brand_id:
            decisions.append(GiftUnknown())
            continue
        fault = _fault(one, claim, live.get(claim.id), place, facts)
        if fault is not None:
            decisions.append(fault)
            continue
        done = GiftRedeemedBefore(one.nonce, claim.id, claim.turn, one.store_id, one.scanned_at or facts.now)
        by_nonce[one.nonce] = live[claim.id] = done
        decisions.append(FreshHandover(one, claim, place, _handed(done, claim)))
    return decisions


def handover_fault(claim: GiftNow, place: GiftPlace, *, at: datetime) -> Refused | None:
    """Say why a gift that was not handed over yet cannot be at this counter at this time; None when it can."""
    if claim.state == "void":
        return GiftVoid(gift=claim.terms.name)
    if at < claim.valid_from:
        return GiftNotYet(since=_clock(claim.valid_from, place.zone))
    if at >= claim.valid_until:
        return GiftExpired(until=_clock(claim.valid_until, place.zone))
    return None if honors(claim.terms, place.id, place.kind) else GiftElsewhere(store=place.name)


def _fault(
    one: RedeemGift, claim: GiftNow, before: GiftRedeemedBefore | None, place: GiftPlace, facts: GiftRedeemFacts
) -> Refused | None:
    if one.member_id is not None and one.member_id != claim.member_id:
        return GiftNotYours()
    if before is not None and before.turn == claim.turn:
        there = facts.places.get(before.store_id, place)
        return GiftAlreadyRedeemed(when=_clock(before.at, there.zone), where=there.name)
    at = facts.now
    if one.scanned_at is not None:
        in_time = facts.now - LATE <= one.scanned_at <= facts.now + EARLY
        if not in_time or one.way != "signed":
            return GiftTooLate()
        at = one.scanned_at
    fault = handover_fault(claim, place, at=at) or _way_fault(one, claim.terms)
    return fault or facts.short.get(one.nonce)


def _way_fault(one: RedeemGift, terms: GiftTerms) -> Refused | None:
    if one.way == "signed" and not one.fresh:
        return GiftCodeOld()
    if one.way == "code" and terms.signed_only:
        return GiftCodePlain()
    return GiftNeedsClerk() if one.way == "self" and terms.clerk_confirms else None


def _handed(one: GiftRedeemedBefore, claim: GiftNow) -> HandedOver:
    return HandedOver(
        one.id, claim.id, claim.terms.id, claim.member_id, one.store_id, claim.terms.name, claim.terms.name_en, one.at
    )


def _clock(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
