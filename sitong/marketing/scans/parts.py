"""Rewards for scanned codes in campaign templates."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.parts.registry import RunsByItself, takes_part
from sitong.marketing.scans.models import ScanPlan

DRAWN = """
SELECT d.store_id, d.member_id, d.prize IS NOT NULL, NULL::uuid, d.cost_minor, d.drawn_at FROM marketing_codedraw AS d
WHERE d.plan_id = ANY(%s::uuid[]) AND d.store_id = ANY(%s::uuid[])
"""
"""Reached is who scanned in the store's mini shop, redeemed who won something; the cost is what it takes of the budget."""

takes_part(RunsByItself(
    "scan", label=_("Scan rewards"), icon="qrcode", things=ScanPlan.objects.all, still_open=lambda at: Q(ends_at__gt=at), statement=DRAWN,
))  # fmt: skip
