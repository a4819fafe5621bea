"""Promotions in campaign templates: a store that adopts one which stores choose has it pushed and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.parts.registry import RunsByItself, takes_part
from sitong.marketing.promotions.actions.stores import choose_promotions, leave_promotions, push_promotion
from sitong.marketing.promotions.models import Promotion
from sitong.shared.errors import Refused

USED = """
SELECT u.store_id, NULL::uuid, true, u.order_id, u.saved_minor, u.at FROM marketing_promotionuse AS u
WHERE u.promotion_id = ANY(%s::uuid[]) AND u.store_id = ANY(%s::uuid[]) AND u.undone_at IS NULL
"""


class PromotionPart(RunsByItself):
    """Promotions: redeemed is every order that used one; the cost is what it saved."""

    def adopt(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        chosen = self._choosable(ids)
        for promotion_id in chosen:
            push_promotion(promotion_id, [store_id], by=by, now=now)
        for outcome in choose_promotions(store_id, chosen, by=by, now=now) if chosen else ():
            if isinstance(outcome, Refused):
                raise outcome

    def leave(self, ids: Sequence[UUID], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
        if chosen := self._choosable(ids):
            leave_promotions(store_id, chosen, by=by, now=now)

    @staticmethod
    def _choosable(ids: Sequence[UUID]) -> list[UUID]:
        found = set(Promotion.objects.filter(id__in=ids, stores_choose=True).values_list("id", flat=True))
        return [one for one in ids if one in found]


takes_part(PromotionPart(
    "promotion", label=_("Promotions"), icon="tags", things=Promotion.objects.all,
    still_open=lambda at: Q(stopped_at=None, ends_at__gt=at), statement=USED,
))  # fmt: skip
