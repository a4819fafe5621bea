"""What messages do when time passes: what is due is sent, and lost answers are asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sitong.marketing.messages.messenger import look_for_lost, pull_wecom_results, send_due
from sitong.shared import clock
from sitong.shared.events.periodic import every

STRETCH = timedelta(seconds=20)


@every(1, "marketing.send_messages")
def send_what_is_due(now: datetime) -> None:
    send_due(now=now, clock=clock.now, until=now + STRETCH)


@every(30, "marketing.look_for_lost_messages")
def ask_what_became_of_them(now: datetime) -> None:
    look_for_lost(now=now)


@every(300, "marketing.pull_wecom_results")
def ask_what_staff_confirmed(now: datetime) -> None:
    pull_wecom_results(now=now)
