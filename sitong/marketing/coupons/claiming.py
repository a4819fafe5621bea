"""How a batch of claims is decided, in order of arrival: pure, over facts that were read under the coupons' locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sitong.marketing.coupons.rules import clock_text
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's letters: none that people mistake for another."""
PAIRS = tuple(first + second for first in BASE32 for second in BASE32)
CODE_BYTES = 9
CODE_LENGTH = 15
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CouponGone(Refused):
    """All that there are have been given."""

    code = "marketing.coupon_gone"


class CouponGoneToday(Refused):
    """All that are given in one day have been given."""

    code = "marketing.coupon_gone_today"


class HaveYours(Refused):
    """The member has had as many as one may have."""

    code = "marketing.have_yours"


class ClaimNotYet(Refused):
    """Giving has not begun."""

    code = "marketing.claim_not_yet"


class ClaimOver(Refused):
    """The coupon is given no more, or would have expired already."""

    code = "marketing.claim_over"


class CouponPaused(Refused):
    """Giving is interrupted."""

    code = "marketing.coupon_paused"


class NotForYou(Refused):
    """The coupon is for members of other tiers, or for new customers."""

    code = "marketing.not_for_you"


class WayClosed(Refused):
    """The coupon is not given in this way."""

    code = "marketing.way_closed"


class ClerkGaveEnough(Refused):
    """The clerk has given as many today as one clerk may."""

    code = "marketing.clerk_gave_enough"


@dataclass(frozen=True, slots=True)
class ClaimWanted:
    """A coupon for a member. `id` was made by the client. `way`: claim, buy, join, segment, clerk or campaign.

    `first_order`: the caller knows that the member is new (True) or has ordered before (False); None: look it up.
    `due_id`: claims under one due id, which follow each other, are given together or not at all; `more` follow this one.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    coupon_id: UUID
    way: str = "claim"
    store_id: UUID | None = None
    source: str = ""
    by: UUID | None = None
    first_order: bool | None = None
    due_id: UUID | None = None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A coupon that a member has, as the caller of the claim hears of it; the same again for a repeat."""

    id: UUID
    coupon_id: UUID
    member_id: UUID
    code: str
    way: str
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What deciding a claim needs to know of a coupon, apart from its counts. It changes only with the coupon's version."""

    id: UUID
    brand_id: UUID
    ways: frozenset[str]
    tiers: frozenset[str]
    first_order: bool
    claim_from: datetime | None
    claim_until: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    quota_total: int | None
    quota_daily: int | None
    per_member: int
    clerk_daily: int | None
    published: bool
    paused: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class CountNow:
    """How many were given, under the lock. `given_today` belongs to the brand's day of the decision."""

    given: int
    voided: int
    given_today: int


@dataclass(frozen=True, slots=True)
class TierHint:
    """A member's tier, and how many hours earlier than others it may claim."""

    code: str
    early_hours: int


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Everything that a batch is decided from.

    `ordered` are the members known to have ordered; `day_ends` gives the end of a coupon's last day by its `valid_days`.
    """

    terms: Mapping[UUID, CouponTerms]
    counts: Mapping[UUID, CountNow]
    earlier: Mapping[UUID, Claimed]
    had: Mapping[tuple[UUID, UUID], int]
    by_clerk: Mapping[tuple[UUID, UUID], int]
    tiers: Mapping[UUID, TierHint]
    ordered: Collection[UUID]
    day_ends: Mapping[UUID, datetime]
    zones: Mapping[UUID, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class FreshClaim:
    """A claim to be written; the code is put in by who writes it."""

    wanted: ClaimWanted
    claimed: Claimed


ClaimDecision = FreshClaim | Claimed | Refused


def decide_claims(wanted: Sequence[ClaimWanted], codes: Sequence[str], facts: ClaimFacts) -> list[ClaimDecision]:
    """Decide each claim in order of arrival: give it, answer the repeat, or say why not. A refused one takes nothing."""
    counts = dict(facts.counts)
    had, by_clerk, earlier = dict(facts.had), dict(facts.by_clerk), dict(facts.earlier)
    fallen: dict[UUID, Refused] = {}
    decisions: list[ClaimDecision] = []
    for one, code in zip(wanted, codes, strict=True):
        if (before := earlier.get(one.id)) is not None:
            same = (before.coupon_id, before.member_id) == (one.coupon_id, one.member_id)
            decisions.append(before if same else RepeatDiffers(id=one.id))
            continue
        terms = facts.terms.get(one.coupon_id)
        if terms is None or terms.brand_id != one.brand_id or not terms.published:
            decisions.append(NotFound(what="coupon"))
            continue
        count = counts[terms.id]
        fault = (
            (fallen.get(one.due_id) if one.due_id else None)
            or not_now(terms, one, facts)
            or used_up(terms, count, more=one.more)
            or _had_enough(terms, one, had)
            or _clerk_gave_enough(terms, one, by_clerk)
        )
        if fault is not None:
            if one.due_id:
                fallen[one.due_id] = fault
            decisions.append(fault)
            continue
        starts, ends = validity(terms, facts)
        claimed = Claimed(one.id, terms.id, one.member_id, code, one.way, facts.now, starts, ends)
        counts[terms.id] = replace(count, given=count.given + 1, given_today=count.given_today + 1)
        key = (terms.id, one.member_id)
        had[key] = had.get(key, 0) + 1
        if one.by is not None:
            by_clerk[terms.id, one.by] = by_clerk.get((terms.id, one.by), 0) + 1
        earlier[one.id] = claimed
        decisions.append(FreshClaim(one, claimed))
    return decisions


def not_now(terms: CouponTerms, one: ClaimWanted, facts: ClaimFacts) -> Refused | None:
    """Say why the coupon is not given now, in this way, to this member; None when it is."""
    now = facts.now
    if terms.ended or (terms.claim_until is not None and now >= terms.claim_until):
        return ClaimOver(coupon_id=terms.id)
    if terms.valid_until is not None and now >= terms.valid_until:
        return ClaimOver(coupon_id=terms.id)
    if terms.paused:
        return CouponPaused(coupon_id=terms.id)
    if one.way not in terms.ways:
        return WayClosed(coupon_id=terms.id, way=one.way)
    tier = facts.tiers.get(one.member_id)
    if terms.claim_from is not None and now < terms.claim_from:
        early = timedelta(hours=tier.early_hours) if tier is not None else timedelta()
        if now < terms.claim_from - early:
            opens = clock_text(terms.claim_from - early, facts.zones.get(terms.id, "UTC"))
            return ClaimNotYet(coupon_id=terms.id, at=opens)
    if terms.tiers and (tier is None or tier.code not in terms.tiers):
        return NotForYou(coupon_id=terms.id, what="tier")
    if terms.first_order and (one.first_order is False or (one.first_order is None and one.member_id in facts.ordered)):
        return NotForYou(coupon_id=terms.id, what="first_order")
    return None


def used_up(terms: CouponTerms, count: CountNow, *, more: int = 0) -> Refused | None:
    """Say that all have been given, ever or today; None while this one and `more` are left. Void ones can be given anew."""
    if terms.quota_total is not None and count.given - count.voided + more >= terms.quota_total:
        return CouponGone(coupon_id=terms.id)
    if terms.quota_daily is not None and count.given_today + more >= terms.quota_daily:
        return CouponGoneToday(coupon_id=terms.id)
    return None


def validity(terms: CouponTerms, facts: ClaimFacts) -> tuple[datetime, datetime]:
    """Give the half-open period in which a coupon that is given now holds: by dates, by days from today, or both."""
    starts = max(facts.now, terms.valid_from) if terms.valid_from else facts.now
    ends = [end for end in (terms.valid_until, facts.day_ends.get(terms.id)) if end is not None]
    return starts, min(ends)


def make_code(random: bytes) -> str:
    """Make a claim's code, "C" and 14 letters, of nine random bytes: 70 bits, and never a number that a barcode could be."""
    bits = int.from_bytes(random, "big")
    letters = [PAIRS[bits >> shift & 1023] for shift in (0, 10, 20, 30, 40, 50, 60)]
    return "C" + "".join(letters)


def read_code(typed: str) -> str:
    """Read a code as people type it: small letters, spaces and dashes, O for 0, I and L for 1. '' when it is none."""
    code = typed.strip().upper().translate(READ_AS)
    return code if len(code) == CODE_LENGTH and code[0] == "C" and set(code) <= set(BASE32) else ""


def _had_enough(terms: CouponTerms, one: ClaimWanted, had: Mapping[tuple[UUID, UUID], int]) -> Refused | None:
    if had.get((terms.id, one.member_id), 0) + one.more >= terms.per_member:
        return HaveYours(coupon_id=terms.id, per_member=terms.per_member)
    return None


def _clerk_gave_enough(
    terms: CouponTerms, one: ClaimWanted, by_clerk: Mapping[tuple[UUID, UUID], int]
) -> Refused | None:
    if one.way != "clerk" or terms.clerk_daily is None or one.by is None:
        return None
    if by_clerk.get((terms.id, one.by), 0) >= terms.clerk_daily:
        return ClerkGaveEnough(coupon_id=terms.id, clerk_daily=terms.clerk_daily)
    return None
