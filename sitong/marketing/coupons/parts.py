"""Coupons in campaign templates: a store that adopts one has it pushed and chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.coupons.actions import choose_coupons, push_coupon, unchoose_coupons
from sitong.marketing.coupons.models import Coupon
from sitong.marketing.parts.registry import CHOICES_MAX, Choice, takes_part
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import Refused
from sitong.shared.statements import uuids

TOUCHED = """
SELECT c.store_id, c.member_id, false, NULL::uuid, 0::bigint, c.claimed_at FROM marketing_couponclaim AS c
WHERE c.coupon_id = ANY(%s::uuid[]) AND c.store_id = ANY(%s::uuid[])
UNION ALL
SELECT r.store_id, r.member_id, true, r.order_id, r.saved_minor, r.at FROM marketing_redemption AS r
WHERE r.coupon_id = ANY(%s::uuid[]) AND r.store_id = ANY(%s::uuid[])
  AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)
"""


class CouponPart:
    """Coupons: reached is who got one in the store, redeemed who used one there; the cost is what members saved."""

    kind = "coupon"
    label = _("Coupons")
    icon = "ticket"

    def choices(self, brand_id: UUID, *, at: datetime) -> list[Choice]:
        open_now = Coupon.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=at), brand_id=brand_id, ended_at=None, voided_at=None
        )
        return self._given(open_now.filter(Q(campaign=None) | Q(campaign__source="")).order_by("-created_at")[:CHOICES_MAX])  # fmt: skip

    def named(self, ids: Collection[UUID]) -> Mapping[UUID, Choice]:
        return {one.id: one for one in self._given(Coupon.objects.filter(id__in=ids))}

    def belong(self, ids: Collection[UUID], brand_id: UUID) -> bool:
        return Coupon.objects.filter(id__in=ids, brand_id=brand_id, voided_at=None).count() == len(set(ids))

    def adopt(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        for coupon_id in ids:
            push_coupon(coupon_id, [store_id], by=by, now=now)
        for outcome in choose_coupons(store_id, ids, by=by, now=now):
            if isinstance(outcome, Refused):
                raise outcome

    def leave(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        unchoose_coupons(store_id, ids, by=by, now=now)

    def touches(self, ids: Collection[UUID], store_ids: Collection[UUID]) -> tuple[str, list[Any]]:
        return TOUCHED, [uuids(ids), uuids(store_ids)] * 2

    def _given(self, coupons: Any) -> list[Choice]:
        rows = list(coupons.values_list("id", "name", "name_en", "number", "brand_id"))
        codes = {key: one.code for key, one in brand_facts({row[4] for row in rows}).items()}
        return [Choice(row[0], row[1], row[2], f"/c/{codes[row[4]]}/{row[3]}/") for row in rows]


takes_part(CouponPart())
