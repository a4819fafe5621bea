"""Scan plans of brand one."""

from __future__ import annotations

from typing import Any

from sitong.shared import clock
from tests.make.codes import a_batch
from tests.make.scans import a_scan_plan


def scan_samples(brand: Any) -> dict[str, Any]:
    """A plan that runs."""
    now = clock.now()
    batch = a_batch(brand.id, now=now)
    plan = a_scan_plan(batch, name="秘密扫码方案", now=now)
    return {
        "cell": "872830828ffffff",
        "scan_plan_id": str(plan.id),
        "scan_plan_verb": "pause",
        "ScanPlanPatch": {"name": "新的扫码方案"},
    }
