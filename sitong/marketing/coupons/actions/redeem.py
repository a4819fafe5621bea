"""Redeem coupons, once only: in orders and at counters; and take redemptions back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.marketing.coupons.actions.locking import lock_claims
from sitong.marketing.coupons.claiming import read_code
from sitong.marketing.coupons.events import CouponRedeemed, RedemptionTakenBack
from sitong.marketing.coupons.queries.claims import ids_by_code
from sitong.marketing.coupons.redeeming import (
    Before,
    CounterPlace,
    FreshRedemption,
    Redeemed,
    RedeemFacts,
    RedeemWanted,
    decide_redemptions,
)
from sitong.marketing.coupons.rules import ClaimNow
from sitong.org.stores.queries import store_facts
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_ids
from sitong.shared.statements import integers, pipelined, run, uuids, write

ATTEMPTS = 3

WRITE_REDEMPTIONS = """
INSERT INTO marketing_redemption (id, brand_id, claim_id, turn, coupon_id, member_id, store_id, order_id, saved_minor, by, at)
SELECT r.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                                        %s::bigint[], %s::uuid[]) AS r
"""

MARK_REDEEMED = "UPDATE marketing_couponclaim SET state = 'redeemed' WHERE id = ANY(%s::uuid[])"

REDEEMED_BEFORE = """
SELECT id, claim_id, turn, store_id, order_id, at FROM marketing_redemption WHERE id = ANY(%s::uuid[])
UNION
SELECT r.id, r.claim_id, r.turn, r.store_id, r.order_id, r.at
FROM unnest(%s::uuid[], %s::int[]) AS w(claim_id, turn) JOIN marketing_redemption AS r ON r.claim_id = w.claim_id AND r.turn = w.turn
"""

OF_ORDERS = """
SELECT DISTINCT claim_id FROM marketing_redemption WHERE order_id = ANY(%s::uuid[]) AND (%s::uuid[] IS NULL OR claim_id = ANY(%s::uuid[]))
"""

LIVE_OF_ORDERS = """
SELECT r.id, r.brand_id, r.claim_id, r.coupon_id, r.member_id, r.saved_minor
FROM marketing_redemption AS r JOIN marketing_couponclaim AS c ON c.id = r.claim_id AND c.turn = r.turn AND c.state = 'redeemed'
WHERE r.order_id = ANY(%s::uuid[]) AND (%s::uuid[] IS NULL OR r.claim_id = ANY(%s::uuid[])) ORDER BY r.id
"""

WRITE_UNDONE = """
INSERT INTO marketing_redemptionundone (redemption_id, brand_id, by, at, reason)
SELECT u.id, u.brand_id, %s::uuid, %s::timestamptz, %s FROM unnest(%s::uuid[], %s::uuid[]) AS u(id, brand_id)
"""

MARK_READY = "UPDATE marketing_couponclaim SET state = 'ready', turn = turn + 1 WHERE id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class RedeemedInOrder:
    """A coupon that an order uses, and what it saves there."""

    claim: ClaimNow
    order_id: UUID
    store_id: UUID
    saved_minor: int
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    claim: ClaimNow
    store_id: UUID
    order_id: UUID | None
    saved_minor: int
    by: UUID | None


def redeem_coupons(wanted: Sequence[RedeemWanted], *, now: datetime) -> list[Redeemed | Refused]:
    """Redeem coupons at counters, each once only, in order of arrival.

    The same nonce again is quietly the same answer (for another coupon or store: `RepeatDiffers`); another nonce for a
    coupon that was redeemed is refused with when and where. Refused: marketing.coupon_unknown, already_redeemed,
    already_redeemed_online, coupon_void, coupon_not_yet, coupon_expired, wrong_store, online_only, wrong_day, wrong_hour,
    needs_sale, not_yours, shared.not_found (the store). The number of statements does not depend on that of coupons.
    """
    read = [replace(one, code=read_code(one.code)) if one.code else one for one in wanted]
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _redeem(read, now=now)
        except (
            IntegrityError
        ):  # another process has just taken the same nonce for another coupon: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def redeem_for_orders(redeemed: Sequence[RedeemedInOrder], *, now: datetime) -> None:
    """Write down that orders use coupons, in the caller's transaction. The caller has locked the claims and found them good."""
    rows = [
        _Row(key, one.claim, one.store_id, one.order_id, one.saved_minor, one.by)
        for key, one in zip(new_ids(len(redeemed)), redeemed, strict=True)
    ]
    _write(rows, now=now)


def undo_redemptions(
    order_ids: Collection[UUID], *, reason: str, now: datetime, by: UUID | None = None, claim_ids: Collection[UUID] | None = None
) -> list[UUID]:  # fmt: skip
    """Give back what orders used (canceled, expired, returned whole): each coupon is ready again, until its own end.

    What was given back already stays so. Gives the claims. Locks claims: call it after orders and payments are locked, and
    before points and levels are.
    """
    with transaction.atomic():
        only = None if claim_ids is None else uuids(claim_ids)
        claims = [row[0] for row in run(OF_ORDERS, [uuids(order_ids), only, only])]
        if not claims:
            return []
        lock_claims(claims, product_ids=())
        live = run(LIVE_OF_ORDERS, [uuids(order_ids), only, only])
        if live:
            ids = uuids([row[2] for row in live])
            with pipelined():
                write(
                    WRITE_UNDONE,
                    [by, now, reason[:80], uuids([row[0] for row in live]), uuids([row[1] for row in live])],
                )
                write(MARK_READY, [ids])
                announce([
                    RedemptionTakenBack(brand_id, redemption_id, claim_id, coupon_id, member_id, saved, reason[:80])
                    for redemption_id, brand_id, claim_id, coupon_id, member_id, saved in live
                ], at=now)  # fmt: skip
    return [row[2] for row in live]


def _redeem(wanted: Sequence[RedeemWanted], *, now: datetime) -> list[Redeemed | Refused]:
    ids = ids_by_code([(one.brand_id, one.code) for one in wanted if one.claim_id is None])
    named = {one.claim_id or ids.get((one.brand_id, one.code)) for one in wanted}
    claims = lock_claims({key for key in named if key}, product_ids=(), store_ids={one.store_id for one in wanted})
    decisions = decide_redemptions(wanted, _facts(wanted, ids, claims, now))
    fresh = [one for one in decisions if isinstance(one, FreshRedemption)]
    _write([
        _Row(one.redeemed.id, one.claim, one.wanted.store_id, None, 0, one.wanted.by) for one in fresh
    ], now=now)  # fmt: skip
    return [one.redeemed if isinstance(one, FreshRedemption) else one for one in decisions]


def _facts(
    wanted: Sequence[RedeemWanted], ids: dict[tuple[UUID, str], UUID], claims: dict[UUID, ClaimNow], now: datetime
) -> RedeemFacts:
    used = [one for one in claims.values() if one.state == "redeemed"]
    rows = run(REDEEMED_BEFORE, [
        uuids({one.nonce for one in wanted}), uuids([one.id for one in used]), integers([one.turn for one in used]),
    ])  # fmt: skip
    before = [Before(*row) for row in rows]
    nonces = {one.nonce for one in wanted}
    stores = store_facts({one.store_id for one in wanted} | {one.store_id for one in before if one.store_id})
    places = {
        one.id: CounterPlace(one.id, one.brand_id, one.kind, one.name, one.zone, one.closed_at is not None)
        for one in stores.values()
    }
    live = {one.claim_id: one for one in before if one.claim_id in claims and one.turn == claims[one.claim_id].turn}
    return RedeemFacts(ids, claims, {one.id: one for one in before if one.id in nonces}, live, places, now)


def _write(rows: Sequence[_Row], *, now: datetime) -> None:
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: row.id.int)
    claims = [row.claim for row in ordered]
    with pipelined():
        write(WRITE_REDEMPTIONS, [
            now,
            uuids([row.id for row in ordered]),
            uuids([claim.brand_id for claim in claims]),
            uuids([claim.id for claim in claims]),
            integers([claim.turn for claim in claims]),
            uuids([claim.coupon.id for claim in claims]),
            uuids([claim.member_id for claim in claims]),
            uuids([row.store_id for row in ordered]),
            uuids([row.order_id for row in ordered]),
            integers([row.saved_minor for row in ordered]),
            uuids([row.by for row in ordered]),
        ])  # fmt: skip
        write(MARK_REDEEMED, [uuids([claim.id for claim in claims])])
        announce([
            CouponRedeemed(row.claim.brand_id, row.id, row.claim.id, row.claim.coupon.id, row.claim.member_id, row.store_id, row.order_id,
                           row.saved_minor)
            for row in ordered
        ], at=now)  # fmt: skip
