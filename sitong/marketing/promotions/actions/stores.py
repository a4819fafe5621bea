"""Push promotions to stores, and choose them there: one that stores choose holds only where and while it is chosen (O3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.promotions.actions.define import raise_versions
from sitong.marketing.promotions.models import Promotion, PromotionStore
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

PUSH = """
INSERT INTO marketing_promotionstore (promotion_id, store_id, brand_id, pushed_at)
SELECT %s::uuid, store_id, %s::uuid, %s::timestamptz FROM unnest(%s::uuid[]) AS store_id ON CONFLICT DO NOTHING
"""


class PromotionNotPushed(Refused):
    """The brand has not pushed this promotion to the store."""

    code = "marketing.promotion_not_pushed"


def push_promotion(promotion_id: UUID, store_ids: Collection[UUID], *, by: UUID | None, now: datetime) -> int:
    """Push a promotion to stores, which may then choose it; gives how many had not got it yet. Raises shared.not_found."""
    with transaction.atomic():
        promotion = Promotion.objects.filter(id=promotion_id).first()
        stores = store_facts(store_ids)
        if promotion is None or any(
            key not in stores or stores[key].brand_id != promotion.brand_id for key in store_ids
        ):
            raise NotFound(what="promotion" if promotion is None else "store")
        with connection.cursor() as cursor:
            cursor.execute(PUSH, [promotion.id, promotion.brand_id, now, sorted(set(store_ids))])
            pushed: int = cursor.rowcount
        if pushed:
            after = {"stores": pushed}
            record(
                [AuditEntry("pushed", "marketing.promotion", promotion.id, promotion.brand_id, by, {}, after)], at=now
            )
    return pushed


def choose_promotions(
    store_id: UUID, promotion_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Let promotions hold in a store that has got them pushed. Refused: marketing.promotion_not_pushed."""
    with transaction.atomic():
        rows = _locked(store_id, promotion_ids)
        fresh = [one for one in rows.values() if one.chosen_at is None or one.left_at is not None]
        _rows(store_id, fresh).update(chosen_at=now, left_at=None, chosen_by=by)
        _keep(fresh, "chosen", store_id, by, now)
    return [key if key in rows else PromotionNotPushed() for key in promotion_ids]


def leave_promotions(
    store_id: UUID, promotion_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Let promotions hold in a store no more; quotes given before keep their promise. Refused: marketing.promotion_not_pushed."""
    with transaction.atomic():
        rows = _locked(store_id, promotion_ids)
        left = [one for one in rows.values() if one.chosen_at is not None and one.left_at is None]
        _rows(store_id, left).update(left_at=now, chosen_by=by)
        _keep(left, "left", store_id, by, now)
    return [key if key in rows else PromotionNotPushed() for key in promotion_ids]


def _locked(store_id: UUID, promotion_ids: Sequence[UUID]) -> dict[UUID, PromotionStore]:
    rows = PromotionStore.objects.filter(store_id=store_id, promotion_id__in=promotion_ids).order_by("promotion_id")
    return {one.promotion_id: one for one in rows.select_for_update(no_key=True)}


def _rows(store_id: UUID, some: Sequence[PromotionStore]):  # type: ignore[no-untyped-def]
    return PromotionStore.objects.filter(store_id=store_id, promotion_id__in=[one.promotion_id for one in some])


def _keep(some: Sequence[PromotionStore], verb: str, store_id: UUID, by: UUID | None, now: datetime) -> None:
    if some:
        raise_versions([one.brand_id for one in some])
        record(
            [AuditEntry(verb, "marketing.promotion", one.promotion_id, one.brand_id, by, {}, {"store_id": store_id}) for one in some],
            at=now,
        )  # fmt: skip
