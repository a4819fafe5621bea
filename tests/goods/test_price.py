"""Prices: set, replaced, scheduled, promoted, ended; and what may be struck through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.goods.models import Price, Sku
from sitong.goods.pricing.actions import PriceOverlaps, PriceWanted, PriceWrong, end_prices, set_prices
from sitong.goods.pricing.books import overlapping_prices
from sitong.goods.pricing.queries import price_candidates, price_now, prices_of
from sitong.goods.pricing.rules import choose_price, price_of
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from tests.make.goods import a_product, priced
from tests.make.org import a_brand, a_store

DAY = timedelta(days=1)
STAFF = new_id()


@pytest.fixture
def sku(db):
    return Sku.objects.get(product=a_product(a_brand().id))


def amount(sku, at, *, channel="mini_shop", store_kind="direct", store_id=None, quantity=1):
    place = {"channel": channel, "store_kind": store_kind, "store_id": store_id, "quantity": quantity, "at": at}
    found = choose_price(price_candidates([sku.id], at=at).get(sku.id, []), **place)
    now_too = price_now([sku.id], **place).get(sku.id)
    assert (found and found.amount_minor) == (now_too and now_too.amount_minor)
    return found and found.amount_minor


def test_a_new_price_ends_the_one_in_force_and_nothing_is_overwritten(sku, now):
    first = priced(sku.id, 1000, by=STAFF, now=now)
    second = priced(sku.id, 1200, by=STAFF, now=now + DAY)
    assert [amount(sku, now - DAY), amount(sku, now), amount(sku, now + DAY - timedelta(microseconds=1)), amount(sku, now + DAY)] == [
        None, 1000, 1000, 1200,
    ]  # fmt: skip
    assert [(one.id, one.amount_minor, one.starts_at, one.ends_at) for one in prices_of([sku.id])] == [
        (second, 1200, now + DAY, None), (first, 1000, now, now + DAY),
    ]  # fmt: skip
    audits = Audit.objects.filter(subject_id=sku.id, verb="set").order_by("at")
    assert [(one.by, one.before["amount_minor"], one.after["amount_minor"]) for one in audits] == [
        (STAFF, None, 1000),
        (STAFF, 1000, 1200),
    ]


def test_the_same_price_again_changes_nothing(sku, now):
    wanted = PriceWanted(sku.id, 1000, starts_at=now)
    assert set_prices([wanted, wanted], by=STAFF, now=now) == [wanted.id, wanted.id]
    assert set_prices([wanted], by=STAFF, now=now + DAY) == [wanted.id]
    assert set_prices([PriceWanted(sku.id, 1100, id=wanted.id)], by=STAFF, now=now + DAY) == [
        RepeatDiffers(id=wanted.id)
    ]
    assert Price.objects.count() == Audit.objects.filter(verb="set").count() == 1


def test_a_price_set_between_now_and_a_scheduled_one_holds_until_that(sku, now):
    priced(sku.id, 1000, now=now)
    priced(sku.id, 1500, now=now, starts_at=now + 10 * DAY)
    priced(sku.id, 1200, now=now, starts_at=now + 5 * DAY)
    assert [amount(sku, now + days * DAY) for days in (0, 4, 5, 9, 10, 99)] == [1000, 1000, 1200, 1200, 1500, 1500]


def test_a_scheduled_price_taken_back_leaves_no_gap(sku, now):
    priced(sku.id, 1000, now=now)
    planned = priced(sku.id, 1500, now=now, starts_at=now + 10 * DAY)
    later = priced(sku.id, 1700, now=now, starts_at=now + 20 * DAY)
    unknown = new_id()
    assert end_prices([planned, unknown], by=STAFF, now=now + DAY) == [planned, NotFound(price_id=unknown)]
    assert [amount(sku, now + days * DAY) for days in (10, 19, 20)] == [1000, 1000, 1700]
    end_prices([later], by=STAFF, now=now + DAY)
    assert amount(sku, now + 20 * DAY) == 1000
    assert Price.objects.get(sku=sku).ends_at is None
    assert Audit.objects.filter(verb="ended", by=STAFF).count() == 2


def test_a_promotion_lies_over_the_regular_price_and_goes_by_itself(sku, now):
    priced(sku.id, 1000, now=now)
    promotion = priced(sku.id, 800, price_list="promotion", starts_at=now + DAY, ends_at=now + 3 * DAY, now=now)
    assert [amount(sku, now + days * DAY) for days in (0, 1, 2, 3)] == [1000, 800, 800, 1000]
    held = price_now([sku.id], channel="mini_shop", store_kind="direct", store_id=None, at=now + DAY)[sku.id]
    assert (held.price_id, held.struck_minor, held.ends_at) == (promotion, 1000, now + 3 * DAY)
    end_prices([promotion], by=STAFF, now=now + 2 * DAY)
    assert amount(sku, now + 2 * DAY) == 1000
    assert Price.objects.count() == 2


def test_a_promotion_never_makes_anything_dearer(sku, now):
    store = a_store(type("Brand", (), {"id": sku.brand_id})).id
    priced(sku.id, 1000, now=now)
    priced(sku.id, 700, store_id=store, now=now)
    priced(sku.id, 800, price_list="promotion", ends_at=now + DAY, now=now)
    assert (amount(sku, now), amount(sku, now, store_id=store)) == (800, 700)


@pytest.mark.parametrize(("fields", "refused"), [
    ({"amount_minor": -1}, "amount"), ({"amount_minor": 10**12}, "amount"), ({"quantity_from": 0}, "step"),
    ({"price_list": "promotion"}, "end"), ({"price_list": "sale"}, "end"), ({"ends_at": 1}, "end"),
    ({"price_list": "promotion", "ends_at": 0}, "period"), ({"starts_at": -1}, "past"),
])  # fmt: skip
def test_a_price_that_cannot_be_is_refused(sku, now, fields, refused):
    fields = {key: now + value * DAY if key.endswith("_at") else value for key, value in fields.items()}
    assert set_prices([PriceWanted(sku.id, **{"amount_minor": 1000, **fields})], by=STAFF, now=now) == [
        PriceWrong(what=refused)
    ]
    assert not Price.objects.exists()


def test_promotions_of_one_key_may_not_overlap_and_a_price_has_one_start(sku, now):
    priced(sku.id, 800, price_list="promotion", ends_at=now + 2 * DAY, now=now)
    overlapping = PriceWanted(sku.id, 700, "promotion", starts_at=now + DAY, ends_at=now + 3 * DAY)
    assert set_prices([overlapping], by=None, now=now) == [PriceOverlaps(starts_at=now, amount_minor=800)]
    after, twice, first = (PriceWanted(sku.id, 700, "promotion", starts_at=now + 2 * DAY, ends_at=now + 3 * DAY),
                           PriceWanted(sku.id, 900), PriceWanted(sku.id, 1000))  # fmt: skip
    assert set_prices([after, first, twice], by=None, now=now) == [
        after.id,
        first.id,
        PriceOverlaps(starts_at=now, amount_minor=1000),
    ]
    assert set_prices([PriceWanted(new_id(), 100)], by=None, now=now)[0].code == "shared.not_found"
    assert (
        set_prices([PriceWanted(sku.id, 100, store_id=a_store(a_brand()).id)], by=None, now=now)[0].code
        == "shared.not_found"
    )
    assert Price.objects.count() == 3


def test_history_can_be_brought_in_by_the_platform_in_order_of_time(sku, now):
    wanted = [PriceWanted(sku.id, 1000 + days, starts_at=now - days * DAY) for days in range(300, 0, -1)]
    assert set_prices(wanted, by=None, now=now) == [one.id for one in wanted]
    assert [amount(sku, now - days * DAY) for days in (300, 100, 1, 0)] == [1300, 1100, 1001, 1001]
    assert not Audit.objects.filter(verb="set").exists()


def struck(sku, at):
    return price_now([sku.id], channel="pos", store_kind="direct", store_id=None, at=at)[sku.id].struck_minor


def test_the_struck_through_price_is_the_lowest_of_the_seven_days_before_the_promotion(sku, now):
    priced(sku.id, 900, now=now - 20 * DAY, starts_at=now - 20 * DAY)
    priced(sku.id, 1500, now=now - 3 * DAY)  # raised before the promotion
    priced(sku.id, 800, price_list="promotion", ends_at=now + 5 * DAY, now=now)
    assert struck(sku, now) == 900
    assert struck(sku, now + 4 * DAY) == 900
    assert struck(sku, now - DAY) is None
    assert struck(sku, now + 5 * DAY) is None


def test_a_raised_price_counts_once_it_has_held_seven_days(sku, now):
    priced(sku.id, 900, now=now - 20 * DAY)
    priced(sku.id, 1500, now=now - 7 * DAY)
    priced(sku.id, 800, price_list="promotion", ends_at=now + 5 * DAY, now=now)
    assert struck(sku, now) == 1500


def test_an_earlier_promotion_in_the_seven_days_is_the_base_too_and_no_gain_shows_nothing(sku, now):
    priced(sku.id, 1500, now=now - 20 * DAY)
    priced(sku.id, 800, price_list="promotion", starts_at=now - 5 * DAY, ends_at=now - 4 * DAY, now=now - 6 * DAY)
    priced(sku.id, 850, price_list="promotion", ends_at=now + DAY, now=now)
    assert struck(sku, now) is None
    assert struck(sku, now - 5 * DAY) == 1500


def test_promotions_without_a_gap_are_one(sku, now):
    priced(sku.id, 1500, now=now - 20 * DAY)
    priced(sku.id, 800, price_list="promotion", starts_at=now - DAY, ends_at=now, now=now - DAY)
    priced(sku.id, 900, price_list="promotion", starts_at=now, ends_at=now + DAY, now=now - DAY)
    assert struck(sku, now) == 1500


def test_without_a_price_in_the_seven_days_the_last_one_before_counts(sku, now):
    regular = priced(sku.id, 1500, now=now - 30 * DAY)
    end_prices([regular], by=None, now=now - 10 * DAY)
    priced(sku.id, 900, price_list="promotion", ends_at=now + DAY, now=now)
    assert struck(sku, now) == 1500


def test_weighed_goods_cost_their_grams_rounded_once():
    assert [price_of(grams, 3980, weighed=True) for grams in (1000, 250, 1, 127)] == [3980, 995, 4, 505]
    assert price_of(3, 1290, weighed=False) == 3870


def test_the_books_notice_overlapping_prices(sku, now):
    priced(sku.id, 1000, now=now)
    later = priced(sku.id, 1200, starts_at=now + DAY, now=now)
    priced(sku.id, 800, price_list="promotion", ends_at=now + 2 * DAY, now=now)
    assert overlapping_prices() == []
    Price.objects.filter(sku=sku, amount_minor=1000).update(ends_at=now + 2 * DAY)
    (found,) = overlapping_prices()
    assert str(later) in found
