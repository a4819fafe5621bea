"""What follows by itself: counts of redemptions, the notice before a coupon expires, and moving with a joined member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.coupons.events import CouponExpiring
from sitong.marketing.coupons.models import CouponClaim
from sitong.shared.events.actions import announce
from sitong.shared.statements import integers, run, uuids

NOTICE = timedelta(days=3)
PIECE = 1_000

COUNT_REDEEMED = """
UPDATE marketing_couponcount AS c SET redeemed = c.redeemed + n.redeemed, saved_minor = c.saved_minor + n.saved
FROM (SELECT w.coupon_id, w.redeemed, w.saved FROM unnest(%s::uuid[], %s::int[], %s::bigint[]) AS w(coupon_id, redeemed, saved)
      CROSS JOIN LATERAL (SELECT FROM marketing_couponcount WHERE coupon_id = w.coupon_id FOR NO KEY UPDATE) AS locked) AS n
WHERE c.coupon_id = n.coupon_id
"""

EXPIRING = """
SELECT c.id FROM marketing_coupon AS k JOIN marketing_couponclaim AS c ON c.coupon_id = k.id
WHERE k.voided_at IS NULL AND (k.valid_until IS NULL OR k.valid_until > %(now)s)
  AND (k.valid_days IS NOT NULL OR k.valid_until <= %(until)s)
  AND (k.valid_days IS NULL OR c.claimed_at >= %(now)s - make_interval(days => k.valid_days + 1))
  AND c.state = 'ready' AND c.noticed_at IS NULL AND c.valid_until > %(now)s AND c.valid_until <= %(until)s
  AND c.claimed_at <= %(now)s - interval '1 day'
ORDER BY c.id LIMIT %(limit)s
"""

PROLONG = """
UPDATE marketing_couponclaim AS c SET valid_until = %(new)s, noticed_at = NULL
FROM (SELECT id FROM marketing_couponclaim WHERE coupon_id = %(coupon)s AND valid_until = %(old)s AND state <> 'void' ORDER BY id
      FOR NO KEY UPDATE) AS w
WHERE c.id = w.id
"""

NOTICED = """
UPDATE marketing_couponclaim AS c SET noticed_at = %(now)s
FROM (SELECT id FROM marketing_couponclaim WHERE id = ANY(%(ids)s) AND state = 'ready' AND noticed_at IS NULL ORDER BY id
      FOR NO KEY UPDATE SKIP LOCKED) AS w
WHERE c.id = w.id RETURNING c.id, c.brand_id, c.coupon_id, c.member_id, c.valid_until
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """One redemption (1) or one taken back (−1) of a coupon, with what it saved."""

    coupon_id: UUID
    redeemed: int
    saved_minor: int


def count_redemptions(counted: Sequence[Counted]) -> None:
    """Bring the coupons' counts up to date, in one statement; called exactly once for each event."""
    sums: dict[UUID, list[int]] = {}
    for one in counted:
        of = sums.setdefault(one.coupon_id, [0, 0])
        of[0] += one.redeemed
        of[1] += one.redeemed * one.saved_minor
    if sums:
        keys = sorted(sums)
        run(
            COUNT_REDEEMED,
            [uuids(keys), integers([sums[key][0] for key in keys]), integers([sums[key][1] for key in keys])],
        )


def notice_expiring(*, now: datetime) -> int:
    """Announce, once for each, the unused coupons that expire within three days; those claimed within a day are left out."""
    noticed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EXPIRING, {"now": now, "until": now + NOTICE, "limit": PIECE})
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return noticed
            cursor.execute(NOTICED, {"now": now, "ids": ids})
            rows = cursor.fetchall()
            announce([CouponExpiring(row[1], row[0], row[2], row[3], row[4]) for row in rows], at=now)
        noticed += len(rows)
        if len(ids) < PIECE or not rows:
            return noticed


def prolong_claims(coupon_id: UUID, *, old_until: datetime, new_until: datetime) -> int:
    """Let all that were given and were to end at one instant end at a later one; gives how many. Locks claims, sorted."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PROLONG, {"coupon": coupon_id, "old": old_until, "new": new_until})
        return int(cursor.rowcount)


def move_claims(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Put all coupons of one member into another's hands; gives which. Redemptions stay with their claims."""
    with transaction.atomic():
        rows = CouponClaim.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
        ids = [row.id for row in rows.only("id")]
        CouponClaim.objects.filter(id__in=ids).update(member_id=to)
    return ids


def move_claims_back(claim_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these coupons back; those that are not in the first one's hands any more are left out."""
    with transaction.atomic():
        rows = CouponClaim.objects.select_for_update(no_key=True).filter(id__in=claim_ids, member_id=of).order_by("id")
        CouponClaim.objects.filter(id__in=[row.id for row in rows.only("id")]).update(member_id=to)
