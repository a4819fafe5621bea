"""Placing orders with promotions: what they take off, what flash sales have left, and what a promise holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from sitong.marketing.models import FlashItem, FlashTaking, PromotionUse
from sitong.marketing.promotions.actions import leave_promotions, stop_promotion
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.cart.queries import Wishes, quote_of, reason_sentence
from sitong.scene.models import Order, OrderLine
from sitong.scene.orders.actions import CancelWanted, cancel_orders, expire_orders, place_orders
from sitong.scene.orders.rules import PriceChanged
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member
from tests.make.org import a_brand, done
from tests.make.promotions import (
    a_bundle,
    a_flash_sale,
    a_gift,
    a_member_day,
    brand_of,
    chosen,
    second_at_half_price,
    steps_off,
)
from tests.make.scene import a_selling_store, an_order_wanted

pytestmark = pytest.mark.usefixtures("db")
SECOND = timedelta(seconds=1)


@pytest.fixture
def selling(now):
    forget_plans()
    forget_promotions()
    return a_selling_store(prices=(1000, 250, 300), stock=100, brand=a_brand(now=now))


def quoted(selling, *lines, now, member=True, channel="mini_shop", **wishes):
    wanted = selling.wanted(*lines)
    return quote_of(
        wanted.lines, brand_id=wanted.brand_id, store_id=wanted.store_id, at=now, channel=channel,
        wishes=Wishes(selling.member.id if member else None, **wishes),
    )  # fmt: skip


def said(quote):
    return [(one.promotion.kind, one.saved_minor, one.reason.code if one.reason else "") for one in quote.promotions]


def test_the_second_costs_half_and_both_pieces_share_what_is_saved(selling, now):
    second_at_half_price(selling)
    (placed,) = place_orders([selling.wanted((0, 3), (1, 1))], now=now)
    assert placed.total_minor == 3000 - 500 + 250
    order = Order.objects.get()
    assert (order.goods_minor, order.discount_minor, order.promotion_minor, order.coupon_minor) == (3250, 500, 500, 0)
    assert list(OrderLine.objects.order_by("position").values_list("promotion_minor", "total_minor")) == [
        (500, 2500),
        (0, 250),
    ]
    reason = OrderLine.objects.get(position=1).reasons[1]
    assert (reason["code"], reason["kind"], reason["saved_minor"]) == ("promotion", "nth", 500)
    with override("zh-hans"):
        assert reason_sentence(reason, "CNY") == "第二件半价：省 ¥5.00。"
    with override("en"):
        assert reason_sentence(reason, "CNY") == "2nd at half price: you save ¥5.00."
    assert list(PromotionUse.objects.values_list("saved_minor", "sales_minor", "store_id")) == [
        (500, 2500, selling.store.id)
    ]
    assert check_books() == []


@pytest.mark.parametrize(
    ("make", "lines", "total"),
    [
        (lambda selling: a_gift(selling, 0, 1), [(0, 2), (1, 1)], 2000),
        (lambda selling: a_gift(selling, 0, 1), [(0, 1), (1, 1)], 1250),
        (lambda selling: a_gift(selling, 0, 1), [(0, 5), (1, 3)], 5000 + 250),
        (lambda selling: a_bundle(selling, 0, 1, price_minor=999), [(0, 2), (1, 1)], 999 + 1000),
        (lambda selling: a_bundle(selling, 0, 1, price_minor=9999), [(0, 1), (1, 1)], 1250),
        (lambda selling: steps_off(selling, (1000, 100), (2000, 300)), [(0, 2)], 1700),
        (lambda selling: steps_off(selling, (1000, 100), (2000, 300)), [(0, 1)], 900),
        (lambda selling: steps_off(selling, (1000, 100), each=True), [(0, 3), (1, 1)], 2950),
        (lambda selling: a_member_day(selling), [(0, 1), (1, 1)], 1125),
        (lambda selling: a_flash_sale(selling, price_minor=1, stock=3), [(0, 5)], 2003),
        (lambda selling: a_flash_sale(selling, price_minor=1, stock=3, per_member=1), [(0, 2)], 1001),
    ],
)
def test_each_kind_takes_off_what_it_promises(selling, now, make, lines, total):
    make(selling)
    assert quoted(selling, *lines, now=now).total_minor == total
    assert done(place_orders([selling.wanted(*lines, expected_total_minor=total)], now=now)).total_minor == total
    assert check_books() == []


def test_a_promotion_holds_where_when_and_for_whom_it_is_meant(selling, now):
    local = now + timedelta(hours=8)
    second_at_half_price(selling, terms={"weekdays": [(local.weekday() + 1) % 7]})
    second_at_half_price(selling, terms={"hour_from": 0, "hour_until": local.hour} if local.hour else {"hour_from": 1})
    second_at_half_price(selling, terms={"channels": ["pos"]})
    second_at_half_price(selling, terms={"store_ids": [new_id()]})
    second_at_half_price(selling, terms={"tiers": ["gold"]})
    second_at_half_price(selling, stores_choose=True)
    second_at_half_price(selling, starts_at=now + SECOND)
    second_at_half_price(selling, month_days=(local.day % 28 + 1,))
    assert quoted(selling, (0, 2), now=now).total_minor == 2000
    assert quoted(selling, (0, 2), now=now, channel="pos").total_minor == 1500
    assert quoted(selling, (0, 2), now=now + SECOND).total_minor == 1500


def test_a_store_chooses_and_leaves(selling, now):
    promotion = second_at_half_price(selling, stores_choose=True)
    chosen(promotion, selling.store)
    quote = quoted(selling, (0, 2), now=now + SECOND)
    assert quote.total_minor == 1500
    done(leave_promotions(selling.store.id, [promotion.id], by=None, now=now + 2 * SECOND))
    assert quoted(selling, (0, 2), now=now + 3 * SECOND).total_minor == 2000
    placed = done(place_orders([selling.wanted((0, 2), promise=quote.promise)], now=now + 3 * SECOND))
    assert placed.total_minor == 1500  # promised before the store left


def test_strangers_hear_that_it_is_for_members(selling, now):
    a_member_day(selling)
    quote = quoted(selling, (0, 1), now=now, member=False)
    assert (quote.total_minor, said(quote)) == (1000, [("member_day", 0, "members_only")])


def test_of_one_group_the_better_is_used_on_a_line_and_others_on_other_lines(selling, now):
    second_at_half_price(selling)
    steps_off(selling, (250, 60))
    quote = quoted(selling, (0, 2), (1, 1), now=now)
    assert quote.total_minor == 2250 - 500 - 60
    assert [line.promotion_minor for line in quote.lines] == [500, 60]


def test_coupons_come_off_what_promotions_leave_and_stay_off_exclusive_lines(selling, now):
    coupon = a_coupon(brand_of(selling), stacking="free", kind="percent", percent_bp=1000, value_minor=0)
    claim = a_claim(coupon, selling.member)
    a_flash_sale(selling, price_minor=500, stacking="exclusive")
    quote = quoted(selling, (0, 1), (1, 2), now=now, best_coupons=True)
    assert (quote.promotion_minor, quote.coupon_minor, quote.total_minor) == (500, 50, 950)
    alone = quoted(selling, (0, 1), now=now, claim_ids=(claim.id,))
    assert (alone.total_minor, alone.coupons[0].reason.code) == (500, "beside_promotion")
    placed = done(place_orders([selling.wanted((0, 1), (1, 2), promise=quote.promise)], now=now))
    assert placed.total_minor == 950


def test_a_named_group_is_one_of_promotions_and_coupons_together(selling, now):
    a_claim(a_coupon(brand_of(selling), stacking="group", stack_group="spring", value_minor=600), selling.member)
    second_at_half_price(selling, stack_group="spring")
    quote = quoted(selling, (0, 2), now=now, best_coupons=True)
    assert (quote.promotion_minor, quote.coupon_minor, quote.total_minor) == (0, 600, 1400)
    assert said(quote) == [("nth", 0, "others_save_more")]


def test_a_promise_holds_after_a_promotion_was_stopped_and_no_longer(selling, now):
    promotion = second_at_half_price(selling)
    quote = quoted(selling, (0, 2), now=now)
    stop_promotion(promotion.id, by=None, now=now + SECOND)
    later = now + timedelta(minutes=9)
    (fresh,) = place_orders([selling.wanted((0, 2), expected_total_minor=1500)], now=later)
    assert isinstance(fresh, PriceChanged)
    assert fresh.facts == {"expected_minor": 1500, "total_minor": 2000}
    assert done(place_orders([selling.wanted((0, 2), promise=quote.promise)], now=later)).total_minor == 1500
    (over,) = place_orders([selling.wanted((0, 2), promise=quote.promise)], now=now + timedelta(minutes=10))
    assert isinstance(over, PriceChanged)


def test_a_flash_sale_sells_what_it_has_and_says_the_new_price_when_it_is_gone(selling, now):
    sale = a_flash_sale(selling, price_minor=100, stock=3)
    quote = quoted(selling, (0, 2), now=now)
    other = a_member(brand_of(selling), now=now)
    orders = [
        selling.wanted((0, 2), promise=quote.promise),
        an_order_wanted(selling.store, other, [(selling.goods[0].sku_id, 2)], expected_total_minor=200),
        an_order_wanted(selling.store, other, [(selling.goods[0].sku_id, 2)], expected_total_minor=1100),
    ]
    first, second, third = place_orders(orders, now=now)
    assert (first.total_minor, third.total_minor) == (200, 1100)
    assert isinstance(second, PriceChanged)
    assert second.facts == {"expected_minor": 200, "total_minor": 1100}
    assert FlashItem.objects.get().sold == 3
    assert sorted(FlashTaking.objects.values_list("quantity", flat=True)) == [1, 2]
    assert said(quoted(selling, (0, 1), now=now)) == [("flash", 0, "flash_gone")]
    assert PromotionUse.objects.filter(promotion_id=sale.id).count() == 2
    assert check_books() == []


def test_one_member_has_no_more_of_a_flash_sale_than_its_limit(selling, now):
    a_flash_sale(selling, price_minor=100, stock=50, per_member=2)
    first, second = place_orders([selling.wanted((0, 1)), selling.wanted((0, 3))], now=now)
    assert (first.total_minor, second.total_minor) == (100, 100 + 2000)
    assert quoted(selling, (0, 1), now=now).total_minor == 1000
    assert quoted(selling, (0, 1), now=now, member=False).total_minor == 1000


def test_what_is_canceled_or_expires_can_be_had_again(selling, now):
    a_flash_sale(selling, price_minor=100, stock=2, per_member=2)
    (order,) = place_orders([selling.wanted((0, 2))], now=now)
    assert FlashItem.objects.get().sold == 2
    done(cancel_orders([CancelWanted(order.id, new_id())], now=now))
    assert FlashItem.objects.get().sold == 0
    assert done(place_orders([selling.wanted((0, 2))], now=now)).total_minor == 200
    assert expire_orders(now=now + timedelta(minutes=16)) == 1
    assert (FlashItem.objects.get().sold, PromotionUse.objects.filter(undone_at=None).count()) == (0, 0)
    assert check_books() == []


def test_a_refused_order_takes_nothing_of_a_flash_sale(selling, now):
    a_flash_sale(selling, price_minor=100, stock=5)
    (outcome,) = place_orders([selling.wanted((0, 101))], now=now)
    assert isinstance(outcome, Refused)
    assert (FlashItem.objects.get().sold, FlashTaking.objects.count(), PromotionUse.objects.count()) == (0, 0, 0)


def statements(action) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        action()
    return len(caught)


def test_twenty_lines_and_twenty_orders_cost_as_many_statements_as_two(now):
    forget_promotions()
    selling = a_selling_store(prices=tuple([1000] * 20), stock=1000, brand=a_brand(now=now))
    second_at_half_price(selling, *range(20))
    a_flash_sale(selling, price_minor=100, stock=1000, per_member=900)
    lines = [(at, 2) for at in range(20)]
    quoted(selling, *lines, now=now)
    few = statements(lambda: quoted(selling, *lines[:2], now=now))
    assert few == statements(lambda: quoted(selling, *lines, now=now))
    place_orders([selling.wanted(*lines)], now=now)
    two = statements(lambda: place_orders([selling.wanted(*lines[:2]) for _ in range(2)], now=now))
    assert two == statements(lambda: place_orders([selling.wanted(*lines) for _ in range(20)], now=now))
    assert check_books() == []
