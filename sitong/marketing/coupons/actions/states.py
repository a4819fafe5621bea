"""Publish, pause, resume and end coupons, and make what was given void."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.coupons.actions.claim import lock_counts
from sitong.marketing.coupons.actions.define import raise_versions
from sitong.marketing.coupons.actions.locking import lock_claims
from sitong.marketing.coupons.events import CouponPublished, CouponVoided
from sitong.marketing.coupons.models import Coupon
from sitong.marketing.coupons.redeeming import CouponUnknown
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

REASON_MAX = 80

MAKE_VOID = """
UPDATE marketing_couponclaim SET state = 'void', voided_at = %s, void_reason = %s WHERE id = ANY(%s) AND state = 'ready'
RETURNING id, brand_id, coupon_id, member_id
"""
COUNT_VOID = """
UPDATE marketing_couponcount AS c SET voided = c.voided + n.voided
FROM unnest(%s::uuid[], %s::int[]) AS n(coupon_id, voided) WHERE c.coupon_id = n.coupon_id
"""


class CouponEnded(Refused):
    """The coupon has ended for good; make a copy of it instead."""

    code = "marketing.coupon_ended"


class CouponUsedUp(Refused):
    """The coupon was redeemed: it cannot be made void any more."""

    code = "marketing.coupon_used_up"


@dataclass(frozen=True, slots=True)
class VoidWanted:
    """A coupon in a member's hands that shall hold no more, and why."""

    claim_id: UUID
    reason: str = ""


def publish_coupon(coupon_id: UUID, *, by: UUID | None, now: datetime) -> Coupon:
    """Let a coupon be given, from its `claim_from` on. Publishing again changes nothing. Refused: marketing.coupon_ended."""
    with transaction.atomic():
        coupon = _locked(coupon_id)
        if coupon.published_at is None:
            coupon.published_at = now
            _keep(coupon, "published", by, now)
            announce([CouponPublished(coupon.brand_id, coupon.id)], at=now)
    return coupon


def pause_coupon(coupon_id: UUID, *, by: UUID | None, now: datetime) -> Coupon:
    """Give no more of a coupon for the time being; those that were given still hold. Refused: marketing.coupon_ended."""
    with transaction.atomic():
        coupon = _locked(coupon_id)
        if coupon.paused_at is None:
            coupon.paused_at = now
            _keep(coupon, "paused", by, now)
    return coupon


def resume_coupon(coupon_id: UUID, *, by: UUID | None, now: datetime) -> Coupon:
    """Give a paused coupon again. Refused: marketing.coupon_ended."""
    with transaction.atomic():
        coupon = _locked(coupon_id)
        if coupon.paused_at is not None:
            coupon.paused_at = None
            _keep(coupon, "resumed", by, now)
    return coupon


def end_coupon(coupon_id: UUID, *, by: UUID | None, now: datetime) -> Coupon:
    """Give no more of a coupon, for good. Those that were given hold as long as they were promised."""
    with transaction.atomic():
        coupon = _locked(coupon_id, also_ended=(coupon_id,))
        if coupon.ended_at is None:
            coupon.ended_at = now
            _keep(coupon, "ended", by, now)
    return coupon


def void_coupon(coupon_id: UUID, *, reason: str, by: UUID | None, now: datetime) -> Coupon:
    """End a coupon and make all void that was given of it and not redeemed: at once, and for good."""
    with transaction.atomic():
        coupon = _locked(coupon_id, also_ended=(coupon_id,))
        if coupon.voided_at is None:
            coupon.ended_at = coupon.ended_at or now
            coupon.voided_at, coupon.void_reason = now, reason.strip()[:REASON_MAX]
            _keep(coupon, "voided", by, now)
    return coupon


def void_coupons(wanted: Sequence[VoidWanted], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Make single coupons in members' hands void; gives each claim's id. Void ones stay so.

    Refused: marketing.coupon_used_up (redeemed), marketing.coupon_unknown.
    """
    with transaction.atomic():
        claims = lock_claims({one.claim_id for one in wanted}, product_ids=())
        outcomes: list[UUID | Refused] = []
        reasons: dict[UUID, str] = {}
        for one in wanted:
            claim = claims.get(one.claim_id)
            if claim is None:
                outcomes.append(CouponUnknown())
            elif claim.state == "redeemed":
                outcomes.append(CouponUsedUp())
            else:
                outcomes.append(claim.id)
                if claim.state == "ready":
                    reasons.setdefault(claim.id, one.reason.strip()[:REASON_MAX])
        by_reason: dict[str, list[UUID]] = {}
        for claim_id, reason in reasons.items():
            by_reason.setdefault(reason, []).append(claim_id)
        for reason, ids in sorted(by_reason.items()):
            _make_void(ids, reason, by=by, now=now)
    return outcomes


def _make_void(ids: Sequence[UUID], reason: str, *, by: UUID | None, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAKE_VOID, [now, reason, list(ids)])
        rows = cursor.fetchall()
        counts: dict[UUID, int] = {}
        for _, _, coupon_id, _ in rows:
            counts[coupon_id] = counts.get(coupon_id, 0) + 1
        coupons = sorted(counts)
        lock_counts(coupons)
        cursor.execute(COUNT_VOID, [coupons, [counts[one] for one in coupons]])
    announce([CouponVoided(row[1], row[0], row[2], row[3], reason) for row in rows], at=now)
    record([AuditEntry("voided", "marketing.claim", row[0], row[1], by, {"state": "ready"}, {"state": "void", "reason": reason})
            for row in rows], at=now)  # fmt: skip


def _locked(coupon_id: UUID, *, also_ended: Sequence[UUID] = ()) -> Coupon:
    if not lock_counts([coupon_id]):
        raise NotFound(what="coupon")
    coupon = Coupon.objects.get(id=coupon_id)
    if coupon.ended_at is not None and coupon_id not in also_ended:
        raise CouponEnded()
    return coupon


def _keep(coupon: Coupon, verb: str, by: UUID | None, now: datetime) -> None:
    coupon.save(update_fields=["published_at", "paused_at", "ended_at", "voided_at", "void_reason"])
    raise_versions([coupon.id])
    after = {"reason": coupon.void_reason} if coupon.void_reason else {}
    record(
        [AuditEntry(verb, "marketing.coupon", coupon.id, coupon.brand_id, by, {}, {"name": coupon.name, **after})],
        at=now,
    )
