"""What the kernel itself does with events and with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from sitong.shared.clock import now as clock_now
from sitong.shared.events.actions import delete_old_events
from sitong.shared.events.actions.deliveries import open_deliveries
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import SUBSCRIPTIONS, Announced, on_everything
from sitong.shared.events.sending import send_due

PIECES_A_RUN = 20
PIECE = 5_000


@on_everything(subscriber="shared.webhooks", start="now")
def open_for_webhooks(events: Sequence[Announced]) -> None:
    open_deliveries(events, now=clock_now())


@every(1, "shared.send_webhooks")
def send_webhooks(now: datetime) -> None:
    send_due(now)


@every(60, "shared.delete_old_events")
def keep_the_outbox_small(now: datetime) -> None:
    before = now - timedelta(days=settings.EVENTS_KEPT_DAYS)
    for _ in range(PIECES_A_RUN):
        if delete_old_events(before=before, subscribers=list(SUBSCRIPTIONS), most=PIECE) < PIECE:
            return
