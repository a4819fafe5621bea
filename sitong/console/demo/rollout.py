"""The demo brand's campaign template: pushed to all stores, run by a few, with their own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.marketing.parts.registry import all_parts
from sitong.marketing.rollout.actions import (
    AdoptionWanted,
    Place,
    TemplateWanted,
    adopt_templates,
    make_template,
    publish_template,
    push_template,
)
from sitong.marketing.rollout.queries import template_known
from sitong.marketing.rollout.rules import Changes, PartRef
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused

ZONE = "Asia/Shanghai"
DAYS = 30
KINDS = ("draw", "checkin")
"""Beside the coupon that stores choose: one of each of these that runs."""


def open_template(brand_id: UUID, stores: Sequence[UUID], *, now: datetime) -> None:
    """Make the campaign of coming back, push it to everybody, and let the given stores run it. Loaded before: nothing changes."""
    key = made_id("campaign template", "come back")
    if template_known(key):
        return
    today = business_date(now, ZONE)
    parts = [PartRef("coupon", made_id("live coupon", "corner"))]
    for part in all_parts():
        if part.kind in KINDS and (found := part.choices(brand_id, at=now)):
            parts.append(PartRef(part.kind, found[0].id))
    make_template(TemplateWanted(
        key, brand_id, "常来门店月", today, today + timedelta(days=DAYS - 1), tuple(parts), "Come back month",
        "顾客进店先请签到，再介绍转盘；结账时提醒可用的券。", "Ask visitors to check in, show them the wheel, and mention the coupon at the till.",
        ("notice", "dates", "parts"),
    ), by=None, now=now)  # fmt: skip
    push_template(key, [Place("brand", str(brand_id))], by=None, now=now)
    publish_template(key, by=None, now=now)
    words = ("到店就有惊喜，欢迎常来", "本周末现磨咖啡半价")
    wanted = [AdoptionWanted(key, store, Changes(words[at % 2])) for at, store in enumerate(stores)]
    for outcome in adopt_templates(wanted, by=None, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a campaign: {outcome}")
