"""What coupons do when something has happened, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.marketing.coupons.actions.give import Joined, continue_givings, give_for_joining
from sitong.marketing.coupons.actions.upkeep import Counted, count_redemptions, notice_expiring, prolong_claims
from sitong.marketing.coupons.events import CouponProlonged, CouponRedeemed, RedemptionTakenBack
from sitong.member.identity.events import MemberJoined
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.streams import stream, tell
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

STORE_REDEMPTIONS = "store-redemptions"
COUNTS = "marketing.counts"


@stream(STORE_REDEMPTIONS)
def may_hear_store(viewer: Viewer, key: str) -> bool:
    """Whoever redeems at a store hears of its redemptions: so the clerk sees what the consumer has just scanned."""
    return key in {str(one) for one in stores_visible_to(viewer, "coupon.redeem").values_list("id", flat=True)}


@on(CouponRedeemed, subscriber="marketing.counter", start="now")
def show_at_counter(events: Sequence[CouponRedeemed]) -> None:
    """Tell the counter at once what was redeemed there."""
    tell(STORE_REDEMPTIONS, [
        (str(event.store_id), {"what": "redeemed", "redemption_id": str(event.redemption_id), "claim_id": str(event.claim_id)})
        for event in events if event.store_id and event.order_id is None
    ])  # fmt: skip


@on(MemberJoined, subscriber="marketing.joining", start="now")
def welcome(events: Sequence[MemberJoined]) -> None:
    """Give what the brand gives for joining."""
    facts = member_facts({event.member_id for event in events})
    give_for_joining([
        Joined(event.member_id, event.brand_id, event.source, event.store_id, facts[event.member_id].joined_at)
        for event in events if event.member_id in facts
    ])  # fmt: skip


@on(CouponRedeemed, RedemptionTakenBack, subscriber=COUNTS)
def count(events: Sequence[CouponRedeemed | RedemptionTakenBack]) -> None:
    """Keep the coupons' counts of redemptions."""
    count_redemptions([
        Counted(event.coupon_id, 1 if isinstance(event, CouponRedeemed) else -1, event.saved_minor) for event in events
    ])  # fmt: skip


@on(CouponProlonged, subscriber="marketing.prolonging", batch=1)
def prolong(events: Sequence[CouponProlonged]) -> None:
    """Keep the longer promise to those who hold one already."""
    for event in events:
        prolong_claims(event.coupon_id, old_until=event.old_until, new_until=event.new_until)


@every(2, "marketing.give_coupons")
def give(now: datetime) -> None:
    continue_givings(now=now)


@every(600, "marketing.expiring_coupons")
def notice(now: datetime) -> None:
    notice_expiring(now=now)
