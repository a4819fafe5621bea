"""What boards do with time."""

from __future__ import annotations

from datetime import datetime

from sitong.insight.boards.actions import make_waiting_boards, sweep_boards
from sitong.shared.events.periodic import every


@every(2, "insight.boards")
def make(now: datetime) -> None:
    make_waiting_boards(now=now)


@every(3_600, "insight.sweep_boards")
def sweep(now: datetime) -> None:
    sweep_boards(now=now)
