"""The demo brand's journey: who has bought and does not come again gets a coupon or points; a tenth gets nothing and is compared.

It is led along the brand's own past purchases, day by day, as if it had run for twelve weeks. The past was bought without any
journey, so what it brings is about nothing, and its results say that this is not certain: just what they should say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from sitong.console.demo.files import made_id
from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
from sitong.marketing.journeys.actions import (
    JourneyWanted,
    change_graph,
    define_journey,
    move_due,
    start_journey,
)
from sitong.marketing.journeys.actions.hear import hear
from sitong.marketing.journeys.actions.life import NothingNew
from sitong.marketing.journeys.listening import Heard
from sitong.marketing.journeys.queries.live import listeners_now
from sitong.marketing.journeys.queries.results import totals_of
from sitong.shared.errors import Refused

WEEKS = 12
COUPON, JOURNEY = made_id("live coupon", "comeagain"), made_id("journey", "come again")
PAID: dict[str, Any] = {"event": "scene.order_paid", "where": []}


@dataclass(frozen=True, slots=True)
class Purchase:
    """One basket of the past: whose, when, for how much, and a name by which it is known."""

    key: str
    member_id: UUID
    at: datetime
    total_minor: int


def purchases(sold: pa.Table, moved: timedelta, zone: str, *, since: datetime) -> list[Purchase]:
    """Give the baskets since an instant, in the order of time."""
    there = ZoneInfo(zone)
    start = since.astimezone(there).replace(tzinfo=None) - moved
    start_us = round((start.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    recent = sold.filter(pc.greater_equal(pc.cast(sold["at_us"], pa.int64()), start_us))
    baskets = recent.group_by(["basket_id", "household_id", "at_us"]).aggregate([("sales_value", "sum")])
    found = []
    for row in baskets.sort_by([("at_us", "ascending"), ("basket_id", "ascending")]).to_pylist():
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["at_us"])).replace(tzinfo=None) + moved
        member_id = made_id("member", row["household_id"])
        found.append(
            Purchase(
                str(row["basket_id"]), member_id, local.replace(tzinfo=there).astimezone(UTC), row["sales_value_sum"]
            )
        )
    return found


def open_journey(brand_id: UUID, past: list[Purchase], *, now: datetime) -> None:
    """Start the journey twelve weeks ago and lead it along the past. Once it has members, nothing more happens."""
    start = now - timedelta(weeks=WEEKS)
    _coupon(brand_id, now=start)
    wanted = JourneyWanted(
        JOURNEY, brand_id, "买后再来", "Come again", reentry="after_days", reentry_days=60
    )  # fmt: skip
    define_journey(wanted, by=None, now=start)
    if totals_of(JOURNEY).entered:
        return
    try:
        change_graph(JOURNEY, _graph(), by=None, now=start)
        start_journey(JOURNEY, by=None, now=start)
    except NothingNew:
        pass  # a load that was interrupted has started it
    for at, events in _days(brand_id, [one for one in past if start <= one.at <= now]):
        hear(events, listeners_now(at), now=at)
        while move_due(JOURNEY, now=at):
            pass


def _days(brand_id: UUID, past: list[Purchase]) -> Iterator[tuple[datetime, list[Heard]]]:
    """Give the purchases day by day, with the instant after each day."""
    days: dict[date, list[Heard]] = {}
    for one in past:
        facts = {
            "order_id": str(made_id("journey purchase", one.key)),
            "member_id": str(one.member_id),
            "total_minor": one.total_minor,
        }
        event = Heard(made_id("journey event", one.key), brand_id, "scene.order_paid", one.at, facts, (one.member_id,))
        days.setdefault(one.at.date(), []).append(event)
    for on in sorted(days):
        yield datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(days=1), days[on]


def _coupon(brand_id: UUID, *, now: datetime) -> None:
    wanted = CouponWanted(
        COUPON, brand_id, "常回来看看", "cash", name_en="Come again", number="comeagain", value_minor=500, threshold_minor=3000,
        ways=("campaign",), valid_days=30, per_member=10, stacking="free",
    )  # fmt: skip
    for outcome in define_coupons([wanted], by=None, now=now):
        if not isinstance(outcome, Refused) and outcome.published_at is None:
            publish_coupon(outcome.id, by=None, now=now)


def _graph() -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [
        {"id": "n1", "kind": "trigger", "x": 40, "y": 150, "on": "event", **PAID},
        {"id": "n2", "kind": "wait_until", "x": 250, "y": 150, **PAID, "amount": 7, "unit": "days"},
        {"id": "n3", "kind": "split", "x": 460, "y": 260, "shares": [5_000, 5_000]},
        {"id": "n4", "kind": "give", "x": 670, "y": 200, "reward": {"kind": "coupon", "amount": 1, "ref_id": str(COUPON)}},
        {"id": "n5", "kind": "give", "x": 670, "y": 320, "reward": {"kind": "points", "amount": 50}},
        {"id": "n6", "kind": "exit", "x": 880, "y": 150},
        {"id": "n7", "kind": "goal", "x": 40, "y": 320, **PAID, "days": 21, "leave": False},
    ]  # fmt: skip
    ways = ("n1>n2:next", "n2>n6:yes", "n2>n3:no", "n3>n4:a", "n3>n5:b", "n4>n6:next", "n5>n6:next")
    edges = []
    for one in ways:
        source, rest = one.split(">")
        target, way = rest.split(":")
        edges.append({"from": source, "to": target, "way": way})
    return {"nodes": nodes, "edges": edges}
