"""What the ledger does with time."""

from __future__ import annotations

from datetime import datetime

from sitong.shared.events.periodic import every
from sitong.shared.ledger.actions import expire_transfers


@every(60, "shared.expire_transfers")
def give_back_what_was_reserved_too_long(now: datetime) -> None:
    expire_transfers(now=now)
