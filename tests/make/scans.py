"""Scan plans, and scans by members."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.actions import (
    ScanPlanWanted,
    ScanWanted,
    define_scan_plans,
    publish_scan_plan,
    scan_for_reward,
)
from sitong.marketing.scans.rules import MILLION, Prize
from sitong.shared.ids import new_id
from tests.make.codes import code_texts
from tests.make.org import NOW, done

FIXED = (Prize(Reward("cash", 100), MILLION, 100),)


def a_scan_plan(
    batch: Any, *, prizes: tuple[Prize, ...] = FIXED, published: bool = True, now: datetime = NOW, **fields: Any
):
    """A plan of a batch that runs for thirty days: one yuan in cash for each code, unless said otherwise."""
    values = {
        "id": new_id(), "brand_id": batch.brand_id, "name": "扫码有礼", "name_en": "Scan and win", "batch_id": batch.id,
        "prizes": prizes, "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30), **fields,
    }  # fmt: skip
    plan = done(define_scan_plans([ScanPlanWanted(**values)], by=None, now=now))
    return publish_scan_plan(plan.id, by=None, now=now) if published else plan


def a_scan(
    batch: Any, serial: int = 1, member: Any = None, *, side: str = "outer", id: UUID | None = None, **fields: Any
):
    """What a member (or a stranger) asks when it scans one code."""
    (text,) = code_texts(batch, serial, side=side)
    return ScanWanted(id or new_id(), batch.brand_id, text, member.id if member else None, **fields)


def scanned(batch: Any, serial: int = 1, member: Any = None, *, now: datetime = NOW, **fields: Any):
    """The outcome of one scan."""
    (outcome,) = scan_for_reward([a_scan(batch, serial, member, **fields)], now=now)
    return outcome
