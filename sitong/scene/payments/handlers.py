"""What payments do when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.payments.messenger import reverse_given_up
from sitong.shared.events.periodic import every


@every(5, "scene.reverse_payments")
def undo_what_was_given_up(now: datetime) -> None:
    reverse_given_up(now=now)
