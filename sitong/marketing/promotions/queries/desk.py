"""Promotions as desks look at them: headquarters' list, what was pushed to stores, and who may see what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from sitong.marketing.promotions.models import Promotion, PromotionStore
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

DRAFT, COMING, RUNNING, OVER, STOPPED = "draft", "coming", "running", "over", "stopped"


def promotions_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[Promotion]:
    """Give the promotions that the viewer may see: headquarters all of the brand's, dealers and stores the published ones that
    hold, or may be chosen, in one of their stores. Consumers see none this way."""
    if brands := viewer.place_ids("brand", permission):
        return Promotion.objects.filter(brand_id__in=brands)
    stores = list(stores_visible_to(viewer, permission).values_list("id", "kind")[:2_000])
    if not stores:
        return Promotion.objects.none()
    pushed = PromotionStore.objects.filter(store_id__in=[key for key, _ in stores]).values("promotion_id")
    there = Q(terms__store_ids__isnull=True) | Q(terms__store_ids__has_any_keys=[str(key) for key, _ in stores])
    kinds = sorted({kind for _, kind in stores})
    of_kind = Q(terms__store_kinds__isnull=True) | Q(terms__store_kinds__has_any_keys=kinds)
    return Promotion.objects.filter(  # type: ignore[misc]
        Q(stores_choose=False) | Q(id__in=pushed), there, of_kind, brand_id=viewer.brand_id, published_at__isnull=False
    )


def with_state(found: QuerySet[Promotion], *, at: datetime) -> QuerySet[Promotion]:
    """Say of each promotion what it is now: draft, coming, running, over or stopped."""
    state = Case(
        When(published_at=None, then=Value(DRAFT)),
        When(stopped_at__isnull=False, then=Value(STOPPED)),
        When(ends_at__lte=at, then=Value(OVER)),
        When(starts_at__gt=at, then=Value(COMING)),
        default=Value(RUNNING),
        output_field=CharField(),
    )
    return found.annotate(state=state)


def pushed_to(promotion_id: UUID) -> dict[UUID, tuple[datetime | None, datetime | None]]:
    """Give the stores to which a promotion was pushed, with when each chose and left it."""
    rows = PromotionStore.objects.filter(promotion_id=promotion_id)
    return {row[0]: (row[1], row[2]) for row in rows.values_list("store_id", "chosen_at", "left_at")}


def pushed_below(store_ids: Collection[UUID], *, at: datetime) -> list[tuple[Promotion, list[tuple[UUID, bool]]]]:
    """Give the promotions pushed to these stores that are not over, each with the stores and whether they take part."""
    rows: dict[UUID, list[tuple[UUID, bool]]] = {}
    found = PromotionStore.objects.filter(store_id__in=list(store_ids)).order_by("promotion_id", "store_id")
    for key, store_id, chosen, left in found.values_list("promotion_id", "store_id", "chosen_at", "left_at"):
        rows.setdefault(key, []).append((store_id, chosen is not None and left is None))
    open_ = Promotion.objects.filter(
        id__in=list(rows), stores_choose=True, published_at__isnull=False, stopped_at=None, ends_at__gt=at
    ).order_by("starts_at", "id")
    return [(one, rows[one.id]) for one in open_]


def promotions_known(promotion_ids: Collection[UUID]) -> set[UUID]:
    """Give which of these promotions there are."""
    return set(Promotion.objects.filter(id__in=list(promotion_ids)).values_list("id", flat=True))
