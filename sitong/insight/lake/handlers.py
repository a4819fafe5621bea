"""What the lake does when something happens to members, and when its time comes.

The handlers only mark what has to be read anew, in the transaction that moves their cursor; a clock writes what is marked.
So many events become few files, and a full disk keeps no event waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import orjson
import structlog
from django.conf import settings

from sitong.goods.codes.events import CodesScanned
from sitong.insight.lake.actions import (
    EVERYTHING,
    Mark,
    compact_lake,
    mark_changed,
    renew_names,
    sweep_lake,
    write_lake,
)
from sitong.insight.lake.actions.compacting import PIECES_MAX
from sitong.insight.lake.queries import brands_with_lakes, brands_with_work
from sitong.insight.lake.schema import part_of_day
from sitong.insight.sources.lake import holders_of, imported_months
from sitong.marketing.coupons.events import (
    CouponClaimed,
    CouponPassedOn,
    CouponProlonged,
    CouponRedeemed,
    CouponVoided,
    RedemptionTakenBack,
)
from sitong.marketing.messages.events import (
    MessageClicked,
    MessageDelivered,
    MessageFailed,
    MessageOpened,
    MessageSent,
)
from sitong.member.identity.events import (
    MemberAbsorbed,
    MemberErased,
    MemberJoined,
    MembersChanged,
    MemberSeparated,
)
from sitong.member.points.events import PointsExpired
from sitong.member.tiers.events import TierFell, TierHappening, TierRose
from sitong.org.brands.queries import brand_facts
from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import Refused
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import Announced, Happening, on, on_rows

ORDERS, IMPORTED, MEMBERS, COUPONS, TIMED = (
    "insight.lake_orders", "insight.lake_imported", "insight.lake_members", "insight.lake_coupons", "insight.lake_timed",
)  # fmt: skip
SUBSCRIBERS = (ORDERS, IMPORTED, MEMBERS, COUPONS, TIMED)
DAY_S = 86_400.0

CHANGED = {
    "account": ("members",), "birthday": ("members",), "consent": ("members",), "keys": ("identities",),
    "points": ("points", "members"), "tags": ("tags",), "visits": ("visits",),
}  # fmt: skip
"""What `MembersChanged` says, and the tables in which that stands."""

log = structlog.get_logger("sitong.lake")


@on(OrderPaid, OrderCanceled, GoodsReturned, subscriber=ORDERS)
def mark_orders(events: Sequence[OrderPaid | OrderCanceled | GoodsReturned]) -> None:
    marks = []
    for event in events:
        if event.member_id is None or (isinstance(event, OrderCanceled) and not event.was_paid):
            continue
        part = part_of_day(event.placed_on.isoformat())
        marks.append(Mark(event.brand_id, event.member_id, "lines", part))
        if not isinstance(event, GoodsReturned):
            marks.append(Mark(event.brand_id, event.member_id, "orders", part))
    mark_changed(marks, now=clock_now())


@on(OrdersImported, subscriber=IMPORTED, batch=20)
def mark_imported(events: Sequence[OrdersImported]) -> None:
    found = imported_months((one.brand_id, one.source, one.first_id, one.last_id) for one in events)
    mark_changed(
        (Mark(brand, member, what, part) for brand, member, part in found for what in ("orders", "lines")),
        now=clock_now(),
    )


@on(
    MemberJoined,
    MembersChanged,
    MemberAbsorbed,
    MemberSeparated,
    MemberErased,
    TierRose,
    TierFell,
    PointsExpired,
    subscriber=MEMBERS,
)
def mark_members(events: Sequence[Happening]) -> None:
    marks: list[Mark] = []
    for event in events:
        if isinstance(event, MembersChanged):
            whats = CHANGED.get(event.what, ("members",))
            marks += [Mark(event.brand_id, one, what) for one in event.member_ids for what in whats]
        elif isinstance(event, MemberJoined):
            marks += [Mark(event.brand_id, event.member_id, what) for what in ("members", "identities")]
        elif isinstance(event, TierHappening):
            marks += [Mark(event.brand_id, event.member_id, what) for what in ("members", "tiers")]
        elif isinstance(event, PointsExpired):
            marks += [Mark(event.brand_id, event.member_id, what) for what in CHANGED["points"]]
        elif isinstance(event, MemberAbsorbed | MemberSeparated):
            marks += [Mark(event.brand_id, one, EVERYTHING) for one in (event.member_id, event.survivor_id)]
        elif isinstance(event, MemberErased):
            marks.append(Mark(event.brand_id, event.member_id, EVERYTHING))
    mark_changed(marks, now=clock_now())


@on(
    CouponClaimed,
    CouponPassedOn,
    CouponRedeemed,
    RedemptionTakenBack,
    CouponVoided,
    CouponProlonged,
    subscriber=COUPONS,
)
def mark_coupons(events: Sequence[Happening]) -> None:
    found: list[tuple[UUID, UUID]] = []
    for event in events:
        if isinstance(event, CouponPassedOn):
            found += [(event.brand_id, one) for one in (event.from_member_id, event.to_member_id)]
        elif isinstance(event, CouponProlonged):
            found += [(event.brand_id, one) for one in holders_of([event.coupon_id])]
        elif isinstance(event, CouponClaimed | CouponRedeemed | RedemptionTakenBack | CouponVoided):
            found.append((event.brand_id, event.member_id))
    mark_changed((Mark(brand, member, "coupons") for brand, member in found), now=clock_now())


@on_rows(CodesScanned, MessageSent, MessageDelivered, MessageFailed, MessageOpened, MessageClicked, subscriber=TIMED)
def mark_timed(events: Sequence[Announced]) -> None:
    """Scans and messages: their events say whose they are and not when, so the month is that of the event."""
    zones = {key: brand.zone for key, brand in brand_facts({one.brand_id for one in events if one.brand_id}).items()}
    marks = []
    for one in events:
        member = orjson.loads(one.facts).get("member_id")
        if member and one.brand_id in zones:
            what = "scans" if one.name == CodesScanned.name else "messages"
            on_day = business_date(one.at, zones[one.brand_id]).isoformat()
            marks.append(Mark(one.brand_id, UUID(member), what, part_of_day(on_day)))
    mark_changed(marks, now=clock_now())


@every(settings.LAKE_EVERY_S, "insight.write_lakes")
def write_lakes(now: datetime) -> None:
    """Write what is marked; compact where many small files lie."""
    _for_each(brands_with_work(), lambda brand_id: write_lake(brand_id, now=now))
    _for_each(brands_with_lakes(), lambda brand_id: compact_lake(brand_id, pieces_min=PIECES_MAX, now=now))


@every(3_600, "insight.sweep_lakes")
def sweep_lakes(now: datetime) -> None:
    """Sweep away what does not count, and read names anew."""
    _for_each(brands_with_lakes(), lambda brand_id: renew_names(brand_id, now=now))
    _for_each(brands_with_lakes(), lambda brand_id: sweep_lake(brand_id, now=now))


@every(DAY_S, "insight.compact_lakes")
def compact_lakes(now: datetime) -> None:
    """Make one file of each partition that changed."""
    _for_each(brands_with_lakes(), lambda brand_id: compact_lake(brand_id, pieces_min=1, now=now))


def _for_each(brand_ids: Iterable[UUID], work: Callable[[UUID], object]) -> None:
    """Work for each brand; where the disk refuses, it is written down and the others go on."""
    for brand_id in brand_ids:
        try:
            work(brand_id)
        except Refused as refused:
            log.warning("lake_waits", brand_id=str(brand_id), code=refused.code)
