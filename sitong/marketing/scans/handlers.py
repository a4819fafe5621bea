"""What rebates do when goods with codes were scanned in."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.goods.codes.events import CodesMoved
from sitong.marketing.scans.actions.rebates import earn_rebates
from sitong.marketing.scans.rebating import Received
from sitong.shared.clock import now as clock_now
from sitong.shared.events.registry import on


@on(CodesMoved, subscriber="marketing.rebates")
def owe_rebates(events: Sequence[CodesMoved]) -> None:
    """Owe what is earned by receipts."""
    received = [
        Received(event.request_id, event.brand_id, event.batch_id, event.first, event.last, event.to_kind, event.to_id)
        for event in events if event.kind == "receive" and event.to_id and event.to_kind in {"store", "dealer"}
    ]  # fmt: skip
    if received:
        earn_rebates(received, now=clock_now())
