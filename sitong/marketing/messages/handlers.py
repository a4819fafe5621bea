"""What messages do when time passes: what is due is sent, and lost answers are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from sitong.marketing.coupons.events import CouponExpiring
from sitong.marketing.coupons.queries.workshop import names_of_coupons
from sitong.marketing.draws.events import DrawWon
from sitong.marketing.draws.queries.member import prize_names_of
from sitong.marketing.messages.actions.notices import NoticeDue, plan_notices
from sitong.marketing.messages.messenger import look_for_lost, pull_wecom_results, send_due
from sitong.member.points.events import PointsExpiring
from sitong.member.tiers.events import TierFell, TierRose
from sitong.shared.clock import now as present
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

STRETCH = timedelta(seconds=20)


@every(1, "marketing.send_messages")
def send_what_is_due(now: datetime) -> None:
    send_due(now=now, clock=present, until=now + STRETCH)


@every(30, "marketing.look_for_lost_messages")
def ask_what_became_of_them(now: datetime) -> None:
    look_for_lost(now=now)


@every(300, "marketing.pull_wecom_results")
def ask_what_staff_confirmed(now: datetime) -> None:
    pull_wecom_results(now=now)


@on(CouponExpiring, subscriber="marketing.notices_of_coupons", start="now")
def tell_of_coupons(events: Sequence[CouponExpiring]) -> None:
    names = names_of_coupons({one.coupon_id for one in events})
    plan_notices([
        NoticeDue("coupon_expiring", one.claim_id, one.brand_id, one.member_id,
                  {"coupon": names.get(one.coupon_id, ("", ""))[0], "until": f"{one.valid_until:%Y-%m-%d}"})
        for one in events
    ], now=present())  # fmt: skip


@on(PointsExpiring, subscriber="marketing.notices_of_points", start="now")
def tell_of_points(events: Sequence[PointsExpiring]) -> None:
    plan_notices([
        NoticeDue("points_expiring", uuid5(one.member_id, one.expires_on.isoformat()), one.brand_id, one.member_id,
                  {"count": str(one.points), "until": one.expires_on.isoformat()})
        for one in events
    ], now=present())  # fmt: skip


@on(DrawWon, subscriber="marketing.notices_of_draws", start="now")
def tell_of_prizes(events: Sequence[DrawWon]) -> None:
    names = prize_names_of([one.play_id for one in events])
    plan_notices([
        NoticeDue("draw_won", one.play_id, one.brand_id, one.member_id, {"prize": names.get(one.play_id, "")}) for one in events
    ], now=present())  # fmt: skip


@on(TierRose, TierFell, subscriber="marketing.notices_of_tiers", start="now")
def tell_of_tiers(events: Sequence[TierRose | TierFell]) -> None:
    at = present()
    plan_notices([
        NoticeDue("tier_changed", uuid5(one.member_id, f"{one.after}:{at:%Y-%m-%d}"), one.brand_id, one.member_id) for one in events
    ], now=at)  # fmt: skip
