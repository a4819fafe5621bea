"""What is told by itself: once for each happening, by the template that the brand chose, with no consent to marketing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sitong.marketing.coupons.events import CouponExpiring
from sitong.marketing.messages.actions.notices import MessageNoticeUnfit, drop_notice, keep_notice
from sitong.marketing.messages.handlers import tell_of_coupons, tell_of_points, tell_of_tiers
from sitong.marketing.messages.models import Message
from sitong.member.points.events import PointsExpiring
from sitong.member.tiers.events import TierRose
from sitong.scene.notices.handlers import tell_that_it_waits
from sitong.scene.orders.events import OrderPaid
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.marketing import a_coupon
from tests.make.member import a_member
from tests.make.messages import a_template
from tests.make.org import NOW, a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def a_notice(brand, kind: str, text: str, field: str):
    template = a_template(brand, purpose="service", text=text, slots=[("name", field)])
    return keep_notice(brand.id, kind, template_id=template.id, by=None, now=NOW)


def test_an_expiring_coupon_is_told_once_with_its_name():
    brand = a_brand()
    member, coupon = a_member(brand), a_coupon(brand, name="满减券")
    event = CouponExpiring(brand.id, new_id(), coupon.id, member.id, clock_now() + timedelta(days=2))
    tell_of_coupons([event])
    assert not Message.objects.exists()
    a_notice(brand, "coupon_expiring", "{coupon}将于{until}到期", "coupon")
    for _ in range(2):
        tell_of_coupons([event])
    row = Message.objects.get()
    assert (row.cause, row.purpose, row.fields["coupon"]) == ("notice:coupon_expiring", "service", "满减券")
    drop_notice(brand.id, "coupon_expiring", by=None, now=NOW)
    tell_of_coupons([CouponExpiring(brand.id, new_id(), coupon.id, member.id, clock_now())])
    assert Message.objects.count() == 1


def test_points_tiers_and_orders_that_wait_are_told_each_by_its_own():
    brand = a_brand()
    store, member = a_store(brand, name="人民广场店"), a_member(brand)
    a_notice(brand, "points_expiring", "{count}积分将于{until}到期", "count")
    a_notice(brand, "tier_changed", "您现在是{tier}", "tier")
    a_notice(brand, "pickup_ready", "订单{order}请到{place}取", "order")
    tell_of_points([PointsExpiring(brand.id, member.id, 300, date(2026, 3, 31))])
    tell_of_tiers([TierRose(brand.id, member.id, "silver", "gold")])
    paid = [
        OrderPaid(brand.id, new_id(), store.id, member.id, channel, "shop", 900, date(2026, 3, 3), "A1024")
        for channel in ("mini_shop", "pos")
    ]
    tell_that_it_waits(paid)
    assert {row.cause: row.fields for row in Message.objects.all()} == {
        "notice:points_expiring": {"count": "300", "until": "2026-03-31"}, "notice:tier_changed": None,
        "notice:pickup_ready": {"order": "A1024", "place": "人民广场店"},
    }  # fmt: skip


def test_a_notice_takes_only_a_service_template_that_says_what_the_notice_knows():
    brand = a_brand()
    for fields in (
        {"purpose": "marketing"},
        {"purpose": "service", "text": "{prize}"},
        {"purpose": "service", "approved": False},
    ):
        template = a_template(brand, **fields)
        with pytest.raises(MessageNoticeUnfit):
            keep_notice(brand.id, "coupon_expiring", template_id=template.id, by=None, now=NOW)
