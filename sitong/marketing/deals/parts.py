"""Group deals in campaign templates."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.deals.models import GroupDeal
from sitong.marketing.parts.registry import RunsByItself, takes_part

JOINED = """
SELECT p.store_id, p.member_id, p.state = 'given', CASE WHEN d.kind = 'goods' AND p.state = 'given' THEN p.id END,
       CASE WHEN p.state = 'given' THEN greatest(d.worth_minor - p.price_minor, 0) ELSE 0 END, p.joined_at
FROM marketing_dealplace AS p JOIN marketing_groupdeal AS d ON d.id = p.deal_id
WHERE p.deal_id = ANY(%s::uuid[]) AND p.store_id = ANY(%s::uuid[])
"""
"""Reached is who joined in the store's mini shop, redeemed who got what the group bought; it costs what it is worth above its price."""

takes_part(RunsByItself(
    "deal", label=_("Group deals"), icon="users", things=GroupDeal.objects.all,
    still_open=lambda at: Q(ended_at=None, ends_at__gt=at), statement=JOINED, path=lambda one: f"deals/{one.id}/",
))  # fmt: skip
