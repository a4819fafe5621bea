"""Everything that changes the outbox's rows, by verb."""

from sitong.shared.events.actions.cursors import begin_reading, lock_cursor, move_cursor, park, rebase_positions
from sitong.shared.events.actions.outbox import announce
from sitong.shared.events.actions.parked import drop_parked, retry_parked
from sitong.shared.events.actions.upkeep import begin_run, delete_old_events, end_run

__all__ = [
    "announce",
    "begin_reading",
    "begin_run",
    "delete_old_events",
    "drop_parked",
    "end_run",
    "lock_cursor",
    "move_cursor",
    "park",
    "rebase_positions",
    "retry_parked",
]
