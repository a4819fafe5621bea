"""Push coupons to stores, and choose them there: a coupon that stores choose holds only where it was chosen (O3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.coupons.actions.claim import lock_counts
from sitong.marketing.coupons.models import Coupon, CouponStore
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

PUSH = """
INSERT INTO marketing_couponstore (coupon_id, store_id, brand_id, pushed_at)
SELECT %s::uuid, store_id, %s::uuid, %s::timestamptz FROM unnest(%s::uuid[]) AS store_id ON CONFLICT DO NOTHING
"""


class CouponNotPushed(Refused):
    """The brand has not pushed this coupon to the store."""

    code = "marketing.coupon_not_pushed"


def push_coupon(coupon_id: UUID, store_ids: Collection[UUID], *, by: UUID | None, now: datetime) -> int:
    """Push a coupon to stores, which may then choose it; gives how many had not got it yet. Raises shared.not_found."""
    with transaction.atomic():
        coupon = Coupon.objects.filter(id=coupon_id).first()
        stores = store_facts(store_ids)
        if coupon is None or any(key not in stores or stores[key].brand_id != coupon.brand_id for key in store_ids):
            raise NotFound(what="coupon" if coupon is None else "store")
        with connection.cursor() as cursor:
            cursor.execute(PUSH, [coupon.id, coupon.brand_id, now, sorted(set(store_ids))])
            pushed: int = cursor.rowcount
        if pushed:
            record(
                [AuditEntry("pushed", "marketing.coupon", coupon.id, coupon.brand_id, by, {}, {"stores": pushed})],
                at=now,
            )
    return pushed


def choose_coupons(
    store_id: UUID, coupon_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Let coupons hold in a store that has got them pushed. Refused: marketing.coupon_not_pushed."""
    return _set(store_id, coupon_ids, chosen_at=now, verb="chosen", by=by, now=now)


def unchoose_coupons(
    store_id: UUID, coupon_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Let coupons hold in a store no more; who holds one uses it elsewhere. Refused: marketing.coupon_not_pushed."""
    return _set(store_id, coupon_ids, chosen_at=None, verb="unchosen", by=by, now=now)


def _set(
    store_id: UUID, coupon_ids: Sequence[UUID], *, chosen_at: datetime | None, verb: str, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    with transaction.atomic():
        lock_counts(coupon_ids)
        rows = {one.coupon_id: one for one in CouponStore.objects.filter(store_id=store_id, coupon_id__in=coupon_ids)}
        changed = [one for one in rows.values() if (one.chosen_at is None) != (chosen_at is None)]
        CouponStore.objects.filter(store_id=store_id, coupon_id__in=[one.coupon_id for one in changed]).update(
            chosen_at=chosen_at, chosen_by=by if chosen_at else None
        )
        record(
            [
                AuditEntry(verb, "marketing.coupon", one.coupon_id, one.brand_id, by, {}, {"store_id": store_id})
                for one in changed
            ],
            at=now,
        )
    return [coupon_id if coupon_id in rows else CouponNotPushed() for coupon_id in coupon_ids]
