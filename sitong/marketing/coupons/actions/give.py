"""Give coupons: to whoever joins, and to all members of a segment, in bounded pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.coupons.actions.claim import claim_coupons
from sitong.marketing.coupons.claiming import Claimed, ClaimWanted
from sitong.marketing.coupons.models import Coupon, CouponGiving, CouponStore
from sitong.marketing.coupons.rules import terms_of
from sitong.member.segments.filters import rule_kept
from sitong.member.segments.language import EVERYBODY, Rule, kept
from sitong.member.segments.queries import expanded_rule, members_in, reach_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

PIECE = 500
PIECES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class GivingWanted:
    """A coupon for all members of a segment as it is while it is given. The id is the caller's."""

    id: UUID
    brand_id: UUID
    coupon_id: UUID
    segment: Rule = EVERYBODY


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who has just joined, and through which store."""

    member_id: UUID
    brand_id: UUID
    source: str
    store_id: UUID | None
    at: datetime


class GivingOver(Refused):
    """All have been asked already."""

    code = "marketing.giving_over"


def give_coupons(wanted: GivingWanted, *, by: UUID | None, now: datetime) -> CouponGiving:
    """Begin to give a coupon to a segment; `continue_givings` does it, piece by piece. Repeats give the first answer.

    Each member gets one. Those who may not have it (quota, tier) are counted by reason. Raises shared.not_found for a coupon
    that is not published or not given in this way, shared.repeat_differs, member.rule_segment_unknown.
    """
    with transaction.atomic():
        before = CouponGiving.objects.filter(id=wanted.id).first()
        segment = kept(wanted.segment)
        if before is not None:
            if (before.coupon_id, _rule(before)) != (wanted.coupon_id, wanted.segment):
                raise RepeatDiffers(id=wanted.id)
            return before
        coupon = Coupon.objects.filter(
            id=wanted.coupon_id, brand_id=wanted.brand_id, published_at__isnull=False
        ).first()
        if coupon is None or "segment" not in coupon.ways:
            raise NotFound(what="coupon")
        expanded_rule(wanted.brand_id, wanted.segment)
        reach = reach_of(wanted.brand_id, wanted.segment, at=now)
        giving = CouponGiving(
            id=wanted.id,
            brand_id=wanted.brand_id,
            coupon_id=coupon.id,
            segment=segment,
            reach=reach,
            by=by,
            asked_at=now,
        )
        giving.save(force_insert=True)
        record(
            [
                AuditEntry(
                    "given",
                    "marketing.coupon",
                    coupon.id,
                    coupon.brand_id,
                    by,
                    {},
                    {"segment": segment, "reach": reach},
                )
            ],
            at=now,
        )
    return giving


def stop_giving(giving_id: UUID, *, by: UUID | None, now: datetime) -> CouponGiving:
    """Ask no more members. Who has got the coupon keeps it. Refused: marketing.giving_over; raises shared.not_found."""
    with transaction.atomic():
        giving = CouponGiving.objects.select_for_update(no_key=True).filter(id=giving_id).first()
        if giving is None:
            raise NotFound(what="giving")
        if giving.finished_at is not None:
            raise GivingOver()
        if giving.stopped_at is None:
            giving.stopped_at = now
            giving.save(update_fields=["stopped_at"])
            record(
                [
                    AuditEntry(
                        "stopped", "marketing.giving", giving.id, giving.brand_id, by, {}, {"given": giving.given}
                    )
                ],
                at=now,
            )
    return giving


def continue_givings(*, now: datetime, pieces: int = PIECES_AT_ONCE) -> int:
    """Give the next pieces of what is being given, each in a transaction of its own; gives how many coupons were given."""
    given = 0
    for _ in range(pieces):
        with transaction.atomic():
            giving = (
                CouponGiving.objects.select_for_update(no_key=True, skip_locked=True)
                .filter(finished_at=None, stopped_at=None)
                .order_by("asked_at", "id")
                .first()
            )
            if giving is None:
                return given
            given += _give_piece(giving, now)
    return given


def give_for_joining(joined: Sequence[Joined]) -> list[Claimed | Refused]:
    """Give to those who have joined every coupon that their brand gives for it, from when they joined on.

    A coupon that holds only in some stores is given only to who came through one of them. Again gives the first answer.
    """
    brands = {one.brand_id for one in joined}
    coupons = [
        one
        for one in Coupon.objects.filter(brand_id__in=brands, published_at__isnull=False, paused_at=None, ended_at=None)
        if "join" in one.ways
    ]
    if not coupons:
        return []
    chosen = set(
        CouponStore.objects.filter(coupon_id__in=[one.id for one in coupons], chosen_at__isnull=False).values_list(
            "coupon_id", "store_id"
        )
    )
    by_instant: dict[datetime, list[ClaimWanted]] = {}
    for one in joined:
        for coupon in coupons:
            if coupon.brand_id == one.brand_id and coupon.published_at <= one.at and _holds_there(coupon, one, chosen):  # type: ignore[operator]
                by_instant.setdefault(one.at, []).append(ClaimWanted(
                    uuid5(one.member_id, coupon.id.hex), one.brand_id, one.member_id, coupon.id, "join", one.store_id, one.source, None, True,
                ))  # fmt: skip
    return [outcome for at in sorted(by_instant) for outcome in claim_coupons(by_instant[at], now=at)]


def _give_piece(giving: CouponGiving, now: datetime) -> int:
    members, last = members_in(giving.brand_id, _rule(giving), at=now, after=giving.after_id, limit=PIECE)
    outcomes = claim_coupons([
        ClaimWanted(uuid5(giving.id, member.hex), giving.brand_id, member, giving.coupon_id, "segment", None, "segment", giving.by)
        for member in members
    ], now=now) if members else []  # fmt: skip
    refused = Counter(outcome.code for outcome in outcomes if isinstance(outcome, Refused))
    given = len(outcomes) - sum(refused.values())
    giving.given += given
    giving.refused = dict(Counter(giving.refused) + refused)
    giving.after_id = last or giving.after_id
    if last is None:
        giving.finished_at = now
    giving.save(update_fields=["given", "refused", "after_id", "finished_at"])
    return given


def _rule(giving: CouponGiving) -> Rule:
    return rule_kept(giving.segment, brand_facts([giving.brand_id])[giving.brand_id].zone)


def _holds_there(coupon: Coupon, one: Joined, chosen: set[tuple[UUID, UUID]]) -> bool:
    terms = terms_of(coupon.terms)
    if terms.store_ids and one.store_id not in terms.store_ids:
        return False
    return not coupon.stores_choose or (one.store_id is not None and (coupon.id, one.store_id) in chosen)
