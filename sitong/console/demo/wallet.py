"""What the demo brand offers to members who pay in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.member.wallet.actions import PlanWanted, open_plans

PLANS = (
    ("充100送5", "Pay 100, get 5", 10_000, 500),
    ("充300送20", "Pay 300, get 20", 30_000, 2_000),
    ("充500送50", "Pay 500, get 50", 50_000, 5_000),
    ("充1000送120", "Pay 1,000, get 120", 100_000, 12_000),
)


def offer_plans(brand_id: UUID, *, now: datetime) -> None:
    """Open four plans, the same ones again when the demo is loaded again."""
    open_plans(
        [PlanWanted(made_id("top-up plan", number), brand_id, name, pay, gift, name_en) for number, (name, name_en, pay, gift) in enumerate(PLANS)],
        by=None, now=now,
    )  # fmt: skip
