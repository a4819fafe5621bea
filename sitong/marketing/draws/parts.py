"""Wheels, scratch cards, eggs and boxes in campaign templates."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sitong.marketing.draws.models import Draw
from sitong.marketing.parts.registry import RunsByItself, takes_part

PLAYED = """
SELECT p.store_id, p.member_id, p.prize_id IS NOT NULL, NULL::uuid, coalesce(w.value_minor, 0), p.at FROM marketing_drawplay AS p
LEFT JOIN marketing_drawwin AS w ON w.id = p.id WHERE p.draw_id = ANY(%s::uuid[]) AND p.store_id = ANY(%s::uuid[])
"""
"""Reached is who played in the store's mini shop, redeemed who won; the cost is what was won."""

takes_part(RunsByItself(
    "draw", label=_("Draws"), icon="gift", things=Draw.objects.all, still_open=lambda at: Q(stopped_at=None, ends_at__gt=at), statement=PLAYED,
))  # fmt: skip
