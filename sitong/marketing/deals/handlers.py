"""What group deals do when time passes: days are drawn once their lists are closed, prizes that are owed are given again."""

from __future__ import annotations

from datetime import datetime

from sitong.marketing.deals.actions import draw_due_days, give_refused_prizes
from sitong.shared.events.periodic import every


@every(10, "marketing.draw_due_days")
def draw(now: datetime) -> None:
    draw_due_days(now=now)


@every(600, "marketing.give_refused_prizes")
def give_again(now: datetime) -> None:
    give_refused_prizes(now=now)
