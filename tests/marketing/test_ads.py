"""Purchase targets: what counts as supply, what it earns, once in a period; and what may stand on a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sitong.goods.catalog.queries import skus_of_products
from sitong.goods.inventory.actions import TransferLine, TransferWanted, transfer_stock
from sitong.goods.inventory.actions.transfers import ArrivalWanted, arrive_stock
from sitong.marketing.ads.actions import (
    TargetWanted,
    approve_campaign,
    choose_store,
    decline_campaign,
    define_target,
    end_campaigns,
    end_target,
    grant_campaigns,
    publish_target,
)
from sitong.marketing.ads.queries.progress import progress_of
from sitong.marketing.ads.rules import audience, number_of, period_of
from sitong.marketing.models import AdCampaign, AdTarget
from sitong.shared.errors import Refused
from sitong.shared.geo import Position, center_of, distance_m
from sitong.shared.ids import new_id
from tests.make.ads import a_target, receives
from tests.make.goods import a_product
from tests.make.org import NOW, a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


@pytest.fixture
def brand():
    return a_brand()


@pytest.fixture
def goods(brand):
    return a_product(brand.id)


def test_a_reached_target_earns_one_campaign_in_each_period(brand, goods):
    store, target = a_store(brand), a_target(brand, quantity=2_000)
    receives(store, goods, 760)
    (progress,) = progress_of(target, [store.id], now=NOW)
    assert (progress.quantity, progress.to_go, progress.reached) == (760, 1_240, False)
    assert grant_campaigns(now=NOW) == 0
    receives(store, goods, 1_240)
    assert [grant_campaigns(now=NOW), grant_campaigns(now=NOW + DAY)] == [1, 0]
    campaign = AdCampaign.objects.get()
    assert (campaign.store_id, campaign.reached, campaign.period_on, campaign.state) == (
        store.id,
        2_000,
        date(2026, 3, 1),
        "granted",
    )
    april = datetime(2026, 4, 5, tzinfo=UTC)
    assert grant_campaigns(now=april) == 0
    receives(store, goods, 5_000, now=april)
    assert grant_campaigns(now=april) == 1
    assert AdCampaign.objects.count() == 2


def test_a_period_that_has_just_ended_is_still_added_up(brand, goods):
    store, target = a_store(brand), a_target(brand)
    receives(store, goods, 100, now=datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
    receives(store, goods, 99, now=datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    assert grant_campaigns(now=datetime(2026, 4, 1, 1, 0, tzinfo=UTC)) == 1
    assert AdCampaign.objects.get().period_on == date(2026, 3, 1)
    end_target(target.id, by=None, now=NOW)
    receives(store, goods, 1, now=datetime(2026, 4, 2, tzinfo=UTC))
    assert grant_campaigns(now=datetime(2026, 4, 2, tzinfo=UTC)) == 0


def test_what_stores_pass_to_each_other_is_no_supply(brand, goods):
    store, neighbor, target = a_store(brand), a_store(brand), a_target(brand)
    receives(neighbor, goods, 150)
    receives(store, goods, 10)
    sku_id = skus_of_products([goods.id])[goods.id][0].id
    (sent,) = transfer_stock(
        [TransferWanted(new_id(), neighbor.id, store.id, (TransferLine(sku_id, 140),))], by=None, now=NOW
    )
    (came,) = arrive_stock([ArrivalWanted(new_id(), store.id, sent.id, (TransferLine(sku_id, 140),))], by=None, now=NOW)
    assert not isinstance(came, Refused)
    found = {one.place_id: one.quantity for one in progress_of(target, [store.id, neighbor.id], now=NOW)}
    assert found == {store.id: 10, neighbor.id: 150}


def test_a_dealer_s_supply_earns_a_campaign_for_one_of_its_stores(brand, goods):
    dealer = a_dealer(brand)
    store, target = a_store(dealer=dealer), a_target(brand, place_kind="dealer")
    receives(store, goods, 500)
    assert grant_campaigns(now=NOW) == 0
    receives(dealer, goods, 100)
    assert grant_campaigns(now=NOW) == 1
    campaign = AdCampaign.objects.get(target_id=target.id)
    assert (campaign.place_id, campaign.store_id) == (dealer.id, None)
    with pytest.raises(Refused, match="ad_store_missing"):
        approve_campaign(campaign.id, starts_on=NOW.date(), by=None, now=NOW)
    choose_store(campaign.id, store.id, by=None, now=NOW)
    with pytest.raises(Refused, match="ad_store_missing"):
        choose_store(campaign.id, a_store(a_brand()).id, by=None, now=NOW)
    approved = approve_campaign(campaign.id, starts_on=NOW.date(), by=None, now=NOW)
    assert (approved.state, approved.ends_on) == ("approved", date(2026, 3, 9))
    assert approved == approve_campaign(campaign.id, starts_on=NOW.date(), by=None, now=NOW)
    with pytest.raises(Refused, match="ad_campaign_decided"):
        decline_campaign(campaign.id, by=None, now=NOW)


def test_only_the_named_goods_and_places_count(brand, goods):
    store, other, water = a_store(brand), a_store(brand), a_product(brand.id)
    target = a_target(brand, product_ids=(goods.id,), place_ids=(store.id,))
    for place in (store, other):
        receives(place, goods, 99)
        receives(place, water, 500)
    assert [one.quantity for one in progress_of(target, [store.id, other.id], now=NOW)] == [99]
    receives(other, goods, 500)
    assert grant_campaigns(now=NOW) == 0


def test_a_campaign_begins_today_at_the_earliest_and_ends_by_itself(brand, goods):
    store = a_store(brand)
    a_target(brand, days=2)
    receives(store, goods, 100)
    grant_campaigns(now=NOW)
    campaign = AdCampaign.objects.get()
    with pytest.raises(Refused, match="ad_dates_past"):
        approve_campaign(campaign.id, starts_on=date(2026, 3, 2), by=None, now=NOW)
    approve_campaign(campaign.id, starts_on=date(2026, 3, 3), by=None, now=NOW)
    AdCampaign.objects.update(state="running")
    assert [end_campaigns(now=NOW + DAY), end_campaigns(now=NOW + 2 * DAY)] == [0, 1]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "ad_target_malformed"), ({"quantity": 0}, "ad_target_malformed"), ({"period": "week"}, "ad_target_malformed"),
        ({"ends_on": date(2025, 12, 31)}, "ad_target_malformed"), ({"radius_m": 100}, "ad_campaign_limits"),
        ({"days": 91}, "ad_campaign_limits"), ({"daily_minor": 4_999}, "ad_campaign_limits"), ({"title": ""}, "ad_card_forbidden"),
        ({"text": "全城最佳"}, "ad_card_forbidden"), ({"title": "买“一”送一"}, "ad_card_forbidden"),
        ({"picture": "http://x/y.png"}, "ad_card_forbidden"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_target_is_refused_when_it_is_made(brand, fields, code):
    with pytest.raises(Refused, match=code):
        a_target(brand, **fields)
    assert not AdTarget.objects.exists()


def test_the_audience_covers_three_kilometers_and_not_much_more():
    center = Position(31_230_000, 121_473_000)
    found = audience(center, 3_000)
    assert 40 <= len(found.cells) <= 70
    assert 26 < found.area_km2 < 31
    assert all(distance_m(center, center_of(cell)) <= 3_000 for cell in found.cells)


def test_periods_are_months_quarters_or_once():
    start, end = date(2026, 1, 15), date(2026, 5, 10)
    months = [period_of("month", one, start, end) for one in (date(2026, 1, 31), date(2026, 2, 10), date(2026, 5, 1))]
    assert [(one.first, one.last) for one in months] == [
        (start, date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 5, 1), end),
    ]  # fmt: skip
    quarter = period_of("quarter", date(2026, 5, 1), start, None)
    assert (quarter.first, quarter.last) == (date(2026, 4, 1), date(2026, 6, 30))
    assert period_of("once", date(2026, 3, 1), start, end).first == start
    assert (
        period_of("month", date(2026, 1, 14), start, end) is period_of("month", date(2026, 5, 11), start, end) is None
    )


def test_a_campaign_s_number_is_its_own():
    numbers = {number_of(new_id()) for _ in range(2_000)}
    assert len(numbers) == 2_000
    assert {len(one) for one in numbers} == {15}


def test_a_draft_may_be_changed_and_what_is_published_may_not(brand):
    draft = a_target(brand, published=False)
    wanted = TargetWanted(
        draft.id, brand.id, "新名", "store", 500, "month", date(2026, 1, 1), 10_000, "附近好店", "到店有礼"
    )
    changed = define_target(wanted, by=None, now=NOW)
    assert (changed.name, changed.quantity, AdTarget.objects.count()) == ("新名", 500, 1)
    publish_target(draft.id, by=None, now=NOW)
    assert define_target(wanted, by=None, now=NOW).quantity == 500
    with pytest.raises(Refused, match="ad_target_published"):
        define_target(replace(wanted, quantity=1), by=None, now=NOW)
    assert AdTarget.objects.get().quantity == 500
