"""The demo's check-in and advertising: there after one load, the same after a second one."""

from __future__ import annotations

from datetime import timedelta

from sitong.console.demo.ads import open_ads
from sitong.console.demo.checkin import DAYS, open_check_in
from sitong.marketing.models import AdCampaign, AdDay, CheckIn, CheckInPlan, CouponClaim
from sitong.shared.clock import now as clock_now
from sitong.shared.ledger.books import check_books
from tests.make.ads import receives
from tests.make.goods import a_product
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.points import a_points_plan


def test_check_in_runs_and_may_be_loaded_again_on_another_day(db):
    now = clock_now()
    brand = a_brand(now=now - timedelta(days=30))
    a_points_plan(brand, now=now - timedelta(days=30))
    store, members = a_store(brand, now=now), [a_member(brand, now=now) for _ in range(8)]
    for at in (now, now, now + timedelta(days=1)):
        open_check_in(brand.id, store.id, [one.id for one in members], now=at)
    (plan,) = CheckInPlan.objects.all()
    assert plan.published_at is not None
    first_three = CheckIn.objects.filter(member_id__in=[one.id for one in members[:3]])
    assert first_three.count() == 3 * (DAYS + 1)
    assert CouponClaim.objects.count() == 3
    assert check_books() == []


def test_one_campaign_runs_with_figures_and_another_waits(db):
    now = clock_now()
    brand = a_brand(now=now)
    stores = [a_store(brand, now=now) for _ in range(2)]
    for store in stores:
        receives(store, a_product(brand.id, now=now), 5_000, now=now)
    for _ in range(2):
        open_ads(brand.id, [store.id for store in stores], now=now)
    assert sorted(AdCampaign.objects.values_list("state", flat=True)) == ["granted", "running"]
    assert AdDay.objects.count() == 3
