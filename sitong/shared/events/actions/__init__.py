"""Everything that changes the outbox's rows, by verb."""

from sitong.shared.events.actions.cursors import begin_reading, lock_cursor, move_cursor, park, rebase_positions
from sitong.shared.events.actions.outbox import announce

__all__ = ["announce", "begin_reading", "lock_cursor", "move_cursor", "park", "rebase_positions"]
