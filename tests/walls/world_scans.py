"""Scan plans, rebates and cash rewards of brand one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.marketing.scans.actions.rebates import define_rebate_plans
from sitong.marketing.scans.rebating import RebatePlanWanted
from sitong.scene.payments.models import Merchant
from sitong.scene.payments.provider import Standing, TransferAnswer
from sitong.scene.payouts.actions import PayoutDue, enter_payouts, make_ready, settle_payouts
from sitong.scene.payouts.models import Payout
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.codes import a_batch, code_texts
from tests.make.org import done
from tests.make.scans import a_scan_plan


def scan_samples(brand: Any, member: Any) -> dict[str, Any]:
    """A plan that runs, a code that nobody has scanned yet, a rebate, and cash of a member that failed."""
    now = clock.now()
    batch = a_batch(brand.id, now=now)
    plan = a_scan_plan(batch, name="秘密扫码方案", now=now)
    rebate = RebatePlanWanted(new_id(), brand.id, "秘密返利", 100, now, now + timedelta(days=9))
    done(define_rebate_plans([rebate], by=None, now=now))
    due = PayoutDue(new_id(), brand.id, member.id, 321, f"scan:{plan.id}")
    enter_payouts([due], now=now)
    merchant = Merchant.objects.filter(brand_id=brand.id).first()
    make_ready([due.id], merchant_id=merchant.id)
    number = Payout.objects.get(id=due.id).number
    settle_payouts([TransferAnswer(number, Standing.FAILED, reason="OVERDUE_CLOSE")], now=now)
    return {
        "cell": "872830828ffffff", "scan_plan_id": str(plan.id), "scan_plan_verb": "pause", "ScanPlanPatch": {"name": "新的扫码方案"},
        "rebate_plan_id": str(rebate.id), "payout_id": str(due.id), "letters": code_texts(batch, 1)[0], "gtin": "06901234567892",
    }  # fmt: skip
