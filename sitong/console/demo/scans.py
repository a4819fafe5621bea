"""The demo brand's scan rewards: the coded coffee wins points or cash, members have scanned some, and boxes earn a rebate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.codes import ITEMS, PER_BOX, PER_PALLET, SENT
from sitong.console.demo.files import made_id, made_number
from sitong.goods.codes.actions import RangeWanted, activate_codes
from sitong.goods.codes.making import codes_at
from sitong.goods.codes.queries.states import batch_facts
from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.actions import (
    ScanPlanWanted,
    ScanWanted,
    define_scan_plans,
    publish_scan_plan,
    scan_for_reward,
)
from sitong.marketing.scans.actions.rebates import define_rebate_plans
from sitong.marketing.scans.rebating import RebatePlanWanted
from sitong.marketing.scans.rules import Prize
from sitong.shared.errors import Refused, RepeatDiffers

SCANS_A_DAY = (7, 10, 8, 14, 17, 22, 12)
"""Of the last seven days, the latest last: fewer than lie in the boxes that the stores have received."""
BOXES_RECEIVED = 5
PRIZES = (
    Prize(Reward("points", 20), 900_000, 20), Prize(Reward("cash", 188), 50_000, 188, 200), Prize(Reward("cash", 8888), 1_000, 8888, 5),
)  # fmt: skip


def open_scans(brand_id: UUID, stores: Sequence[UUID], members: Sequence[UUID], *, now: datetime) -> None:
    """Put the coffee's codes in use, make its plan and the rebate, and let members scan. What is there already stays."""
    day = timedelta(days=1)
    batch_id = made_id("code batch", "item")
    in_use = RangeWanted(made_id("code range", "item"), brand_id, batch_id, 1, ITEMS)
    activate_codes([in_use], by=None, now=now - 19 * day)
    wanted = ScanPlanWanted(
        made_id("scan plan", "coffee"), brand_id, "开盖扫码，天天有礼", PRIZES, now - 8 * day, now + 90 * day, "Scan and win every day",
        batch_id=batch_id, budget_minor=500_000, per_member_daily=5,
    )  # fmt: skip
    rebate = RebatePlanWanted(
        made_id("rebate plan", "boxes"), brand_id, "到货扫码返利", 200, now - 30 * day, now + 90 * day, "A rebate for each scanned box",
        budget_minor=1_000_000,
    )  # fmt: skip
    define_rebate_plans([rebate], by=None, now=now)
    (plan,) = define_scan_plans([wanted], by=None, now=now)
    if isinstance(plan, RepeatDiffers):  # an earlier load has made it, with its own dates
        return
    if isinstance(plan, Refused):
        raise RuntimeError(f"the demo was refused a scan plan: {plan}")
    publish_scan_plan(plan.id, by=None, now=now)
    batch, received = batch_facts([batch_id])[batch_id], _received(stores)
    for back, count in enumerate(reversed(SCANS_A_DAY)):
        today, received = received[:count], received[count:]
        numbers = [batch.first_number + serial - 1 for serial, _store in today]
        texts = codes_at(brand_id, batch.generation, side="inner", numbers=numbers)
        scan_for_reward([
            ScanWanted(made_id("scan", serial), brand_id, text, members[made_number("scanner", serial, len(members))], store_id)
            for (serial, store_id), text in zip(today, texts, strict=True)
        ], now=now - back * day)  # fmt: skip


def _received(stores: Sequence[UUID]) -> list[tuple[int, UUID]]:
    """Give the serials of the items in the boxes that the stores have received, by turns."""
    first = [((pallets[0] - 1) * PER_PALLET) * PER_BOX + 1 for pallets in SENT]
    return [
        (start + at, store_id)
        for at in range(BOXES_RECEIVED * PER_BOX)
        for start, store_id in zip(first, stores, strict=False)
    ]
