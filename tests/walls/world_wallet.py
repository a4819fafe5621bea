"""A wallet of brand one with money in it, a top-up that waits, and a plan."""

from __future__ import annotations

from typing import Any

from sitong.scene.topups.actions import TopUpWanted, open_topups
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.org import done
from tests.make.wallet import a_plan, a_topped_up_wallet


def wallet_samples(brand: Any, store: Any, member: Any) -> dict[str, str]:
    """Give the ids of a top-up and a plan; the member's wallet holds money."""
    now = clock.now()
    a_topped_up_wallet(member, 77_777, entity_id=store.entity_id, now=now)
    plan = a_plan(brand, now=now)
    topup = done(open_topups([TopUpWanted(new_id(), brand.id, member.id, plan.id, store_id=store.id)], now=now))
    return {"topup_id": str(topup.id), "plan_id": str(plan.id), "auth_code": "130000000000000000", "shows": ""}
