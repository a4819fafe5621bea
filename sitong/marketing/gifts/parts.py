"""Gifts in campaign templates."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.gifts.models import Gift
from sitong.marketing.parts.registry import RunsByItself, takes_part

HANDED_OVER = """
SELECT c.store_id, c.member_id, false, NULL::uuid, 0::bigint, c.given_at FROM marketing_giftclaim AS c
WHERE c.gift_id = ANY(%s::uuid[]) AND c.store_id = ANY(%s::uuid[])
UNION ALL
SELECT r.store_id, r.member_id, true, NULL::uuid, coalesce((r.levels_minor ->> 0)::bigint, 0), r.at FROM marketing_giftredemption AS r
WHERE r.gift_id = ANY(%s::uuid[]) AND r.store_id = ANY(%s::uuid[])
  AND NOT EXISTS (SELECT FROM marketing_giftredemptionundone AS u WHERE u.redemption_id = r.id)
"""
"""Reached is who was given one in the store, redeemed to whom it was handed over there; the cost is what the store claims for it."""

takes_part(RunsByItself(
    "gift", label=_("Gifts"), icon="gift", things=Gift.objects.all, still_open=lambda _at: Q(ended_at=None), statement=HANDED_OVER, times=2,
))  # fmt: skip
