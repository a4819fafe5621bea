"""What payouts do when a campaign owes cash, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.marketing.giving.events import CashRewardDue
from sitong.scene.payouts.actions import PayoutDue, enter_payouts
from sitong.scene.payouts.sending import ask_about_payouts, send_payouts
from sitong.shared.clock import now as clock_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on


@on(CashRewardDue, subscriber="scene.payouts")
def enter(events: Sequence[CashRewardDue]) -> None:
    """Enter what campaigns owe."""
    due = [
        PayoutDue(event.cash_due_id, event.brand_id, event.member_id, event.amount_minor, event.source, event.store_id)
        for event in events
    ]
    enter_payouts(due, now=clock_now())


@every(2, "scene.send_payouts")
def send(now: datetime) -> None:
    send_payouts(now=now)


@every(60, "scene.ask_about_payouts")
def ask(now: datetime) -> None:
    ask_about_payouts(now=now)
