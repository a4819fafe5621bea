"""Claim coupons: thousands want one at once. One statement a table, whatever the number of claims."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.marketing.coupons.claiming import (
    CODE_BYTES,
    Claimed,
    ClaimFacts,
    ClaimWanted,
    CountNow,
    CouponTerms,
    FreshClaim,
    TierHint,
    decide_claims,
    make_code,
)
from sitong.marketing.coupons.customers import who_ordered
from sitong.marketing.coupons.events import CouponClaimed
from sitong.marketing.coupons.queries.kept import coupon_terms, zone_of
from sitong.member.tiers.queries import tiers_of
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

LOCK_COUNTS = """
SELECT c.coupon_id, c.brand_id, c.given, c.voided, c.given_today, c.given_on, c.version
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_couponcount WHERE coupon_id = w.id FOR NO KEY UPDATE) AS c
"""

EARLIER = """
SELECT id, coupon_id, coalesce(taken_by, member_id), code, way, claimed_at, valid_from, valid_until
FROM marketing_couponclaim WHERE id = ANY(%s::uuid[])
"""

HAD = """
SELECT w.coupon_id, w.member_id, c.held + t.taken
FROM unnest(%s::uuid[], %s::uuid[]) AS w(coupon_id, member_id)
CROSS JOIN LATERAL (SELECT count(*) AS held FROM marketing_couponclaim AS h
                    WHERE h.member_id = w.member_id AND h.coupon_id = w.coupon_id AND h.state <> 'void') AS c
CROSS JOIN LATERAL (SELECT count(*) AS taken FROM marketing_couponclaim AS p
                    WHERE p.taken_by = w.member_id AND p.coupon_id = w.coupon_id AND p.state <> 'void' AND p.member_id <> w.member_id) AS t
WHERE c.held + t.taken > 0
"""

BY_CLERK = """
SELECT w.coupon_id, w.by, count(*) FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS w(coupon_id, by, since)
JOIN marketing_couponclaim AS c ON c.coupon_id = w.coupon_id AND c.claimed_at >= w.since AND c.given_by = w.by AND c.way = 'clerk'
GROUP BY 1, 2
"""

WRITE_CLAIMS = """
INSERT INTO marketing_couponclaim (id, brand_id, coupon_id, member_id, code, state, way, source, store_id, given_by, turn, claimed_at,
                                   valid_from, valid_until, void_reason)
SELECT c.id, c.brand_id, c.coupon_id, c.member_id, c.code, 'ready', c.way, c.source, c.store_id, c.given_by, 1, %s::timestamptz,
       c.valid_from, c.valid_until, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[],
            %s::timestamptz[], %s::timestamptz[])
  AS c(id, brand_id, coupon_id, member_id, code, way, source, store_id, given_by, valid_from, valid_until)
"""

COUNT_GIVEN = """
UPDATE marketing_couponcount AS c
SET given = c.given + n.given, given_on = n.given_on,
    given_today = CASE WHEN c.given_on = n.given_on THEN c.given_today ELSE 0 END + n.given
FROM unnest(%s::uuid[], %s::int[], %s::date[]) AS n(coupon_id, given, given_on) WHERE c.coupon_id = n.coupon_id
"""


def claim_coupons(wanted: Sequence[ClaimWanted], *, now: datetime) -> list[Claimed | Refused]:
    """Give coupons to members in order of arrival, never more than their quotas allow: in all, in a day, for a member.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. Refused:
    marketing.coupon_gone, marketing.coupon_gone_today, marketing.have_yours, marketing.claim_not_yet, marketing.claim_over,
    marketing.coupon_paused, marketing.not_for_you, marketing.way_closed, marketing.clerk_gave_enough, shared.not_found.
    The number of statements does not depend on the number of claims.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _claim(wanted, now=now)
        except (
            IntegrityError
        ):  # another process has just taken the same id for another coupon: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def look_at_claims(wanted: Sequence[ClaimWanted], *, now: datetime) -> list[Refused | None]:
    """Say what `claim_coupons` would refuse now, None where it would give. Locks and writes nothing, so it promises nothing."""
    rows = run(LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""), [uuids(sorted({one.coupon_id for one in wanted}))])
    terms = coupon_terms({row[0]: row[6] for row in rows})
    today = {row[0]: business_date(now, zone_of(row[1])) for row in rows}
    decisions = decide_claims(wanted, [""] * len(wanted), _facts(wanted, terms, rows, today, now))
    return [one if isinstance(one, Refused) else None for one in decisions]


def lock_counts(coupon_ids: Collection[UUID]) -> list[tuple[UUID, UUID, int, int, int, date | None, int]]:
    """Lock the counts of coupons in the order of their ids; what is decided of a coupon is decided under this lock."""
    return run(LOCK_COUNTS, [uuids(sorted(set(coupon_ids)))])


def _claim(wanted: Sequence[ClaimWanted], *, now: datetime) -> list[Claimed | Refused]:
    rows = lock_counts({one.coupon_id for one in wanted})
    terms = coupon_terms({row[0]: row[6] for row in rows})
    today = {row[0]: business_date(now, zone_of(row[1])) for row in rows}
    facts = _facts(wanted, terms, rows, today, now)
    decisions = decide_claims(wanted, [make_code(os.urandom(CODE_BYTES)) for _ in wanted], facts)
    if fresh := [one for one in decisions if isinstance(one, FreshClaim)]:
        _write(fresh, today, now=now)
    return [one.claimed if isinstance(one, FreshClaim) else one for one in decisions]


def _facts(
    wanted: Sequence[ClaimWanted],
    terms: Mapping[UUID, CouponTerms],
    rows: Sequence[tuple[Any, ...]],
    today: Mapping[UUID, date],
    now: datetime,
) -> ClaimFacts:
    """Read what the batch is decided from: a statement for each kind of fact, tiers and clerks only where they matter."""
    counts = {row[0]: CountNow(row[2], row[3], row[4] if row[5] == today[row[0]] else 0) for row in rows}
    earlier = {row[0]: Claimed(*row) for row in run(EARLIER, [uuids({one.id for one in wanted})])}
    pairs = sorted({(one.coupon_id, one.member_id) for one in wanted if one.coupon_id in terms})
    had = run(HAD, [uuids([pair[0] for pair in pairs]), uuids([pair[1] for pair in pairs])])
    zones = {row[0]: zone_of(row[1]) for row in rows}
    ends = {
        one.id: day_bounds(today[one.id] + timedelta(days=one.valid_days - 1), zones[one.id])[1]
        for one in terms.values()
        if one.valid_days
    }
    return ClaimFacts(
        terms, counts, earlier, {(row[0], row[1]): row[2] for row in had}, _by_clerk(wanted, terms, today, zones),
        _tiers(wanted, terms, now), _ordered(wanted, terms), ends, zones, now,
    )  # fmt: skip


def _by_clerk(
    wanted: Sequence[ClaimWanted],
    terms: Mapping[UUID, CouponTerms],
    today: Mapping[UUID, date],
    zones: Mapping[UUID, str],
) -> dict[tuple[UUID, UUID], int]:
    asked = sorted({
        (one.coupon_id, one.by) for one in wanted
        if one.way == "clerk" and one.by and one.coupon_id in terms and terms[one.coupon_id].clerk_daily is not None
    })  # fmt: skip
    if not asked:
        return {}
    since = [day_bounds(today[coupon_id], zones[coupon_id])[0] for coupon_id, _ in asked]
    rows = run(BY_CLERK, [uuids([pair[0] for pair in asked]), uuids([pair[1] for pair in asked]), days(since)])
    return {(row[0], row[1]): row[2] for row in rows}


def _tiers(wanted: Sequence[ClaimWanted], terms: Mapping[UUID, CouponTerms], now: datetime) -> dict[UUID, TierHint]:
    """Ask for tiers where a coupon is for some of them, or not open for everybody yet."""
    matter = {one.id for one in terms.values() if one.tiers or (one.claim_from is not None and one.claim_from > now)}
    members = {one.member_id for one in wanted if one.coupon_id in matter}
    if not members:
        return {}
    return {member: TierHint(tier.code, tier.early_hours) for member, tier in tiers_of(members, at=now).items()}


def _ordered(wanted: Sequence[ClaimWanted], terms: Mapping[UUID, CouponTerms]) -> frozenset[UUID]:
    """Ask who has ordered before where a coupon is for new customers."""
    matter = {one.id for one in terms.values() if one.first_order}
    return who_ordered({one.member_id for one in wanted if one.coupon_id in matter and one.first_order is None})


def _write(decided: Sequence[FreshClaim], today: Mapping[UUID, date], *, now: datetime) -> None:
    fresh = sorted(decided, key=lambda one: one.wanted.id.int)
    given: dict[UUID, int] = {}
    for one in fresh:
        given[one.wanted.coupon_id] = given.get(one.wanted.coupon_id, 0) + 1
    with pipelined():
        write(WRITE_CLAIMS, [
            now,
            uuids([one.wanted.id for one in fresh]),
            uuids([one.wanted.brand_id for one in fresh]),
            uuids([one.wanted.coupon_id for one in fresh]),
            uuids([one.wanted.member_id for one in fresh]),
            texts([one.claimed.code for one in fresh]),
            texts([one.wanted.way for one in fresh]),
            texts([one.wanted.source for one in fresh]),
            uuids([one.wanted.store_id for one in fresh]),
            uuids([one.wanted.by for one in fresh]),
            days([one.claimed.valid_from for one in fresh]),
            days([one.claimed.valid_until for one in fresh]),
        ])  # fmt: skip
        coupons = sorted(given)
        write(
            COUNT_GIVEN,
            [uuids(coupons), integers([given[one] for one in coupons]), days([today[one] for one in coupons])],
        )
        announce([
            CouponClaimed(one.wanted.brand_id, one.wanted.id, one.wanted.coupon_id, one.wanted.member_id, one.wanted.way, one.wanted.source,
                          one.wanted.store_id)
            for one in fresh
        ], at=now)  # fmt: skip
