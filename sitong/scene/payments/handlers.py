"""What payments do when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.payments.bills import check_bills
from sitong.scene.payments.messenger import reverse_given_up
from sitong.shared.events.periodic import every


@every(5, "scene.reverse_payments")
def undo_what_was_given_up(now: datetime) -> None:  # noqa: ARG001 (what is marked is due)
    reverse_given_up()


@every(3600, "scene.check_bills")
def compare_bills(now: datetime) -> None:
    check_bills(now=now)
