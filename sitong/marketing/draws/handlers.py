"""What draws do when something has happened, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.marketing.draws.actions.upkeep import expire_prizes, publish_seeds
from sitong.marketing.draws.actions.wins import give_late_wins, give_wins
from sitong.marketing.draws.events import DrawPlayed, DrawWon
from sitong.marketing.draws.queries.named import draws_named, draws_open
from sitong.marketing.giving.draws import tells_draws
from sitong.shared.clock import now as clock_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

GIVING = "marketing.giving_wins"

tells_draws(open_now=draws_open, named=draws_named)


@on(DrawWon, DrawPlayed, subscriber=GIVING)
def give(events: Sequence[DrawWon | DrawPlayed]) -> None:
    """Give what was won, and consolations, right away."""
    won = [event.play_id for event in events if event.prize_id is not None]
    if won:
        give_wins(won, now=clock_now())


@every(60, "marketing.late_wins")
def give_late(now: datetime) -> None:
    give_late_wins(now=now)


@every(60, "marketing.expiring_prizes")
def expire(now: datetime) -> None:
    expire_prizes(now=now)


@every(20, "marketing.draw_seeds")
def publish(now: datetime) -> None:
    publish_seeds(now=now)
