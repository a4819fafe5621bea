"""Check-in in campaign templates."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.checkin.models import CheckInPlan
from sitong.marketing.parts.registry import RunsByItself, takes_part

CHECKED_IN = """
SELECT c.store_id, c.member_id, false, NULL::uuid, 0::bigint, c.at FROM marketing_checkin AS c
WHERE c.plan_id = ANY(%s::uuid[]) AND c.store_id = ANY(%s::uuid[]) AND c.state = 'counted'
UNION ALL
SELECT r.store_id, r.member_id, true, NULL::uuid, 0::bigint, r.at FROM marketing_checkinreward AS r
WHERE r.plan_id = ANY(%s::uuid[]) AND r.store_id = ANY(%s::uuid[]) AND r.refused = ''
"""
"""Reached is who checked in, redeemed who got a reward for it. What a reward costs is counted where it is redeemed."""

takes_part(RunsByItself(
    "checkin", label=_("Check-in"), icon="map-pin", things=lambda: CheckInPlan.objects.filter(store_id=None),
    still_open=lambda _at: Q(ended_at=None), statement=CHECKED_IN, times=2, path=lambda _one: "check-in/",
))  # fmt: skip
