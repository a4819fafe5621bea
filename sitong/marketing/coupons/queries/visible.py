"""Which coupons staff may see."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from sitong.marketing.coupons.models import Coupon, CouponGiving, CouponStore
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

STORES_MAX = 2_000


def coupons_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[Coupon]:
    """Give the coupons that the viewer may see: headquarters all of the brand's, dealers and stores the published ones that
    hold, or may be chosen, in one of their stores. Consumers see none this way."""
    if viewer.place_ids("brand", permission):
        return Coupon.objects.filter(brand_id__in=viewer.place_ids("brand", permission))
    stores = list(stores_visible_to(viewer, permission).values_list("id", "kind")[:STORES_MAX])
    if not stores:
        return Coupon.objects.none()
    pushed = CouponStore.objects.filter(store_id__in=[key for key, _ in stores]).values("coupon_id")
    there = Q(terms__store_ids__isnull=True) | Q(terms__store_ids__has_any_keys=[str(key) for key, _ in stores])
    of_kind = Q(terms__store_kinds__isnull=True) | Q(
        terms__store_kinds__has_any_keys=sorted({kind for _, kind in stores})
    )
    return Coupon.objects.filter(  # type: ignore[misc]
        Q(stores_choose=False) | Q(id__in=pushed), there, of_kind, brand_id=viewer.brand_id, published_at__isnull=False
    )


def givings_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[CouponGiving]:
    """Give what was given to segments, to headquarters alone."""
    return CouponGiving.objects.filter(brand_id__in=viewer.place_ids("brand", permission))
