"""What the watch does when consumers scan codes, and with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.goods.codes.events import CodesScanned
from sitong.goods.diversion.actions import count_scans, judge_brands, weigh_codes
from sitong.goods.diversion.queries.unread import SUBSCRIBER
from sitong.shared.clock import now as clock_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

CONSUMER, ITEM, ACTIVE = "consumer", "item", "active"


@on(CodesScanned, subscriber=SUBSCRIBER)
def count_and_weigh(events: Sequence[CodesScanned]) -> None:
    seen = [event for event in events if event.role == CONSUMER and event.level == ITEM]
    count_scans([event.scan_id for event in seen if event.cell is not None])
    again = [(event.batch_id, event.serial) for event in seen if event.before > 0 or event.standing != ACTIVE]
    weigh_codes(again, now=clock_now())


@every(300, "goods.judge_diversion")
def look_at_what_was_counted(now: datetime) -> None:
    judge_brands(now=now)
