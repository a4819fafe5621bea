"""Placing orders with coupons, points, tiers and a quote's promise."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.catalog.actions import unshelve_products
from sitong.goods.inventory.models import Level
from sitong.marketing.models import CouponClaim, Redemption
from sitong.member.points.queries import points_now
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.cart.discounts import PointsTooMany
from sitong.scene.cart.promise import PromiseWrong
from sitong.scene.cart.queries import Wishes, quote_of
from sitong.scene.models import Order, OrderLine
from sitong.scene.orders.actions import CancelWanted, cancel_orders, expire_orders, place_orders
from sitong.scene.orders.rules import PriceChanged
from sitong.shared.errors import Refused, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.goods import priced
from tests.make.marketing import a_claim, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import a_brand, done
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_selling_store, an_order_wanted
from tests.make.tiers import a_tier_plan, bought

pytestmark = pytest.mark.usefixtures("db")
SECOND = timedelta(seconds=1)


@pytest.fixture
def selling(now):
    forget_plans()
    brand = a_brand(now=now)
    return a_selling_store(prices=(1290, 250), stock=100, brand=brand)


def brand_of(selling):
    return SimpleNamespace(id=selling.store.brand_id)


def a_ready_coupon(selling, **fields):
    return a_claim(a_coupon(brand_of(selling), per_member=20, **{"stacking": "free"} | fields), selling.member)


def quoted(selling, *lines, now, **wishes):
    wanted = selling.wanted(*lines)
    return quote_of(
        wanted.lines, brand_id=wanted.brand_id, store_id=wanted.store_id, at=now, wishes=Wishes(selling.member.id, **wishes)
    )  # fmt: skip


def nothing_changed(selling, claims: int = 1) -> None:
    assert Order.objects.count() == Redemption.objects.count() == 0
    assert CouponClaim.objects.filter(state="ready").count() == claims
    assert Level.objects.filter(held__gt=0).count() == 0
    assert check_books() == []


def code_of(outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def test_a_coupon_lowers_the_lines_in_proportion_and_is_redeemed_by_the_order(selling, now):
    claim = a_ready_coupon(selling, value_minor=500)
    (placed,) = place_orders([selling.wanted((0, 2), (1, 4), coupon_claim_ids=(claim.id,))], now=now)
    assert placed.total_minor == 3580 - 500
    order = Order.objects.get()
    assert (order.goods_minor, order.discount_minor, order.coupon_minor, order.points_minor) == (3580, 500, 500, 0)
    assert list(OrderLine.objects.order_by("position").values_list("coupon_minor", "discount_minor", "total_minor")) == [
        (360, 360, 2220), (140, 140, 860),
    ]  # fmt: skip
    assert OrderLine.objects.get(position=1).reasons[1] == {
        "code": "coupon", "coupon_id": str(claim.coupon_id), "claim_id": str(claim.id), "name": "满减券", "name_en": "Five off",
        "saved_minor": 360,
    }  # fmt: skip
    assert Redemption.objects.values_list("claim_id", "order_id", "saved_minor").get() == (claim.id, order.id, 500)
    assert CouponClaim.objects.get().state == "redeemed"
    assert check_books() == []


def test_of_two_orders_with_one_coupon_in_a_batch_the_first_has_it(selling, now):
    claim = a_ready_coupon(selling)
    wanted = [selling.wanted((0, 1), coupon_claim_ids=(claim.id,)) for _ in range(2)]
    first, second = place_orders(wanted, now=now)
    assert first.total_minor == 790
    assert code_of(second) == "marketing.coupon_used"
    assert Order.objects.count() == Redemption.objects.count() == 1
    (again,) = place_orders([wanted[0]], now=now + SECOND)
    assert again.number == first.number
    assert code_of(place_orders([wanted[1]], now=now)[0]) == "marketing.coupon_used"
    assert check_books() == []


def test_the_best_coupons_are_found_under_the_lock(selling, now):
    small, large = a_ready_coupon(selling, value_minor=100), a_ready_coupon(selling, value_minor=400)
    wanted = [selling.wanted((0, 1), best_coupons=True) for _ in range(2)]
    first, second = place_orders(wanted, now=now)
    assert (first.total_minor, second.total_minor) == (790, 1290)  # both are free: the first order has both
    assert set(Redemption.objects.values_list("claim_id", flat=True)) == {small.id, large.id}
    assert place_orders([wanted[0]], now=now)[0].number == first.number


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"threshold_minor": 2000}, "needs_more"),
        ({"terms": {"hour_from": 22, "hour_until": 24}}, "wrong_hour"),
        ({"terms": {"channels": ["pos"]}}, "wrong_channel"),
        ({"terms": {"product_ids": [new_id()]}}, "not_for_goods"),
        ({"terms": {"weekdays": [6]}}, "wrong_weekday"),
    ],
)
def test_a_coupon_that_does_not_apply_refuses_the_order_and_changes_nothing(selling, now, fields, reason):
    claim = a_ready_coupon(selling, **fields)
    (outcome,) = place_orders([selling.wanted((0, 1), coupon_claim_ids=(claim.id,))], now=now)
    assert code_of(outcome) == "marketing.coupon_not_applicable"
    assert (outcome.facts["claim_id"], outcome.facts["reason"]) == (claim.id, reason)
    nothing_changed(selling)


def test_a_coupon_in_another_members_hands_is_not_used(selling, now):
    other = a_member(brand_of(selling))
    claim = a_claim(a_coupon(brand_of(selling)), other)
    for member in (selling.member, None):
        wanted = replace(selling.wanted((0, 1), coupon_claim_ids=(claim.id,)), member_id=member and member.id)
        (outcome,) = place_orders([wanted], now=now)
        assert (code_of(outcome), outcome.facts["reason"]) == ("marketing.coupon_not_applicable", "not_held")
    nothing_changed(selling)


def test_the_coupon_of_a_first_order_is_for_the_first_of_a_batch_alone(selling, now):
    claims = [a_ready_coupon(selling, terms={"first_order": True}) for _ in range(2)]
    wanted = [selling.wanted((0, 1), coupon_claim_ids=(claim.id,)) for claim in claims]
    first, second = place_orders(wanted, now=now)
    assert first.total_minor == 790
    assert second.facts["reason"] == "not_first_order"
    assert quoted(selling, (0, 1), now=now, best_coupons=True).coupon_minor == 0


def test_an_exchange_coupon_makes_the_dearest_unit_free(selling, now):
    claim = a_claim(an_exchange(brand_of(selling), selling.goods[0].id, stacking="free"), selling.member)
    (placed,) = place_orders([selling.wanted((0, 2), (1, 1), coupon_claim_ids=(claim.id,))], now=now)
    assert placed.total_minor == 1290 + 250


def test_points_pay_and_two_orders_of_a_batch_share_them(selling, now):
    a_points_plan(brand_of(selling))
    some_points(selling.member, 300)
    wanted = [selling.wanted((0, 1), points=200) for _ in range(2)]
    first, second = place_orders(wanted, now=now)
    assert first.total_minor == 1090
    assert second == PointsTooMany(wanted=200, most=100)
    assert Order.objects.values_list("points_spent", "points_minor", "discount_minor").get() == (200, 200, 200)
    assert points_now([selling.member.id])[selling.member.id].ready == 100
    assert place_orders([wanted[0]], now=now)[0].number == first.number
    assert place_orders([replace(wanted[0], points=100)], now=now) == [RepeatDiffers(id=wanted[0].id)]
    assert check_books() == []


def test_without_a_plan_or_a_member_no_points_are_spent(selling, now):
    assert place_orders([selling.wanted((0, 1), points=1)], now=now) == [PointsTooMany(wanted=1, most=0)]
    a_points_plan(brand_of(selling))
    wanted = replace(selling.wanted((0, 1), points=1), member_id=None)
    assert place_orders([wanted], now=now) == [PointsTooMany(wanted=1, most=0)]
    nothing_changed(selling, claims=0)


def test_what_coupons_and_points_pay_whole_is_paid_at_once(selling, now):
    a_points_plan(brand_of(selling))
    some_points(selling.member, 5000)
    claim = a_ready_coupon(selling, value_minor=500)
    (placed,) = place_orders([selling.wanted((0, 1), coupon_claim_ids=(claim.id,), points=790)], now=now)
    assert (placed.total_minor, placed.state, Order.objects.get().state) == (0, "paid", "paid")
    assert check_books() == []


def test_canceled_and_expired_orders_give_coupons_and_points_back(selling, now):
    a_points_plan(brand_of(selling))
    some_points(selling.member, 300)
    claims = [a_ready_coupon(selling, value_minor=value) for value in (300, 200)]
    wanted = [selling.wanted((0, 1), coupon_claim_ids=(claim.id,), points=100) for claim in claims]
    first, _expiring = place_orders(wanted, now=now)
    done(cancel_orders([CancelWanted(first.id, new_id())], now=now))
    assert points_now([selling.member.id])[selling.member.id].ready == 200
    assert dict(CouponClaim.objects.values_list("id", "state")) == {claims[0].id: "ready", claims[1].id: "redeemed"}
    assert expire_orders(now=now + timedelta(minutes=20)) == 1
    assert points_now([selling.member.id])[selling.member.id].ready == 300
    assert set(CouponClaim.objects.values_list("state", flat=True)) == {"ready"}
    (again,) = place_orders([selling.wanted((0, 1), coupon_claim_ids=(claims[0].id,), points=300)], now=now)
    assert again.total_minor == 1290 - 300 - 300
    assert check_books() == []


def test_the_tiers_own_price_and_its_discount_count_whichever_is_lower(selling, now):
    milk, bread = selling.goods
    a_tier_plan(brand_of(selling))
    bought(selling.member, 500_000)
    forget_plans()
    priced(milk.sku_id, 1000, tier="diamond")
    quote = quoted(selling, (0, 2), (1, 4), now=now)
    assert quote.tier.code == "diamond"
    assert [(line.goods_minor, line.total_minor) for line in quote.lines] == [(2580, 2000), (1000, 950)]
    names = {"tier": "diamond", "name": "钻石卡", "name_en": "Diamond"}
    assert quote.lines[0].reasons[1] == {"code": "tier_price", "unit_minor": 1000, **names, "saved_minor": 580}
    assert quote.lines[1].reasons[1] == {"code": "tier_discount", "rate_bp": 500, **names, "saved_minor": 50}
    (placed,) = place_orders([selling.wanted((0, 2), (1, 4))], now=now)
    assert placed.total_minor == 2950
    priced(bread.sku_id, 200, price_list="promotion", ends_at=now + timedelta(days=2))
    assert quoted(selling, (1, 4), now=now).total_minor == 800  # the promotion is lower: the tier adds nothing to it
    stranger = an_order_wanted(selling.store, a_member(brand_of(selling)), [(milk.sku_id, 2)])
    assert place_orders([stranger], now=now)[0].total_minor == 2580


def test_a_till_sells_what_is_priced_though_it_is_not_on_the_shelf(selling, now):
    unshelve_products(selling.store.id, [selling.goods[0].id], by=None, now=now)
    online, till = selling.wanted((0, 1)), replace(selling.wanted((0, 1)), channel="pos", member_id=None)
    refused, placed = place_orders([online, till], now=now)
    assert code_of(refused) == "scene.not_on_shelf"
    assert (placed.total_minor, Order.objects.get().member_id) == (1290, None)


def test_a_promise_is_kept_while_it_holds_and_then_the_new_price_is_said(selling, now):
    milk = selling.goods[0].sku_id
    a_points_plan(brand_of(selling))
    some_points(selling.member, 100)
    a_ready_coupon(selling, value_minor=300)
    quote = quoted(selling, (0, 2), now=now, best_coupons=True, points=None)
    assert (quote.total_minor, quote.coupon_minor, quote.points) == (2580 - 300 - 100, 300, 100)
    priced(milk, 1500, now=now + 60 * SECOND)
    late = selling.wanted((0, 2), promise=quote.promise)
    over = now + timedelta(minutes=10)
    assert place_orders([late], now=over) == [PriceChanged(expected_minor=2180, total_minor=2600)]
    nothing_changed(selling)
    (placed,) = place_orders([selling.wanted((0, 2), promise=quote.promise)], now=over - SECOND)
    assert placed.total_minor == 2180
    assert OrderLine.objects.get().unit_minor == 1290
    assert points_now([selling.member.id])[selling.member.id].ready == 0
    assert check_books() == []


def test_a_promise_whose_time_is_over_still_places_what_costs_the_same(selling, now):
    quote = quoted(selling, (0, 2), now=now)
    (placed,) = place_orders([selling.wanted((0, 2), promise=quote.promise)], now=now + timedelta(hours=2))
    assert placed.total_minor == 2580


def test_a_promise_keeps_the_tier_of_its_time(selling, now):
    a_tier_plan(brand_of(selling))
    forget_plans()
    quote = quoted(selling, (1, 4), now=now)
    bought(selling.member, 500_000)
    assert quote.total_minor == 1000
    assert place_orders([selling.wanted((1, 4), promise=quote.promise)], now=now)[0].total_minor == 1000
    assert place_orders([selling.wanted((1, 4))], now=now)[0].total_minor == 950


def test_a_promise_moves_to_no_other_member_cart_or_channel(selling, now):
    claim = a_ready_coupon(selling)
    other = a_member(brand_of(selling))
    quote = quoted(selling, (0, 2), now=now, best_coupons=True)
    right = selling.wanted((0, 2), promise=quote.promise)
    wrong = [
        replace(right, id=new_id(), member_id=other.id),
        replace(right, id=new_id(), lines=selling.wanted((0, 3)).lines),
        replace(right, id=new_id(), channel="livestream"),
        replace(right, id=new_id(), promise=quote.promise[:-1] + ("A" if quote.promise[-1] != "A" else "B")),
        replace(right, id=new_id(), promise="nonsense"),
        replace(right, id=new_id(), coupon_claim_ids=(new_id(),)),
        replace(right, id=new_id(), points=5),
    ]
    assert place_orders(wrong, now=now) == [PromiseWrong()] * len(wrong)
    nothing_changed(selling)
    (placed,) = place_orders([replace(right, coupon_claim_ids=(claim.id,))], now=now)
    assert placed.total_minor == 2080
    assert place_orders([right], now=now)[0].number == placed.number


def test_a_promised_coupon_that_was_used_meanwhile_refuses_the_order(selling, now):
    a_ready_coupon(selling)
    quote = quoted(selling, (0, 1), now=now, best_coupons=True)
    first, second = place_orders([selling.wanted((0, 1), promise=quote.promise) for _ in range(2)], now=now)
    assert first.total_minor == 790
    assert code_of(second) == "marketing.coupon_used"


def test_one_refused_order_never_touches_its_neighbors(selling, now):
    claim = a_ready_coupon(selling)
    wanted = [
        selling.wanted((0, 1), coupon_claim_ids=(claim.id, new_id())),
        selling.wanted((0, 1), coupon_claim_ids=(claim.id,), expected_total_minor=1),
        selling.wanted((0, 1), coupon_claim_ids=(claim.id,)),
    ]
    outcomes = place_orders(wanted, now=now)
    assert [getattr(one, "code", None) for one in outcomes] == [
        "marketing.coupon_not_applicable", "scene.price_changed", None,
    ]  # fmt: skip
    assert check_books() == []


def statements(action) -> int:
    with CaptureQueriesContext(connection) as seen:
        outcomes = action()
    assert not [one for one in outcomes if isinstance(one, Refused)], outcomes
    return len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_coupons_and_points_take_as_many_statements_for_two_as_for_twenty(now):
    brand = a_brand(now=now)
    selling = a_selling_store(prices=[100] * 20, brand=brand)
    a_points_plan(brand)
    a_tier_plan(brand)
    coupon = a_coupon(brand, stacking="free", value_minor=10, per_member=50)
    counts = []
    for orders, lines in ((2, 2), (20, 2), (2, 20)):
        members = [a_member(brand) for _ in range(orders)]
        wanted = []
        for member in members:
            some_points(member, 50)
            claim = a_claim(coupon, member)
            goods = [(one.sku_id, 1) for one in selling.goods[:lines]]
            wanted.append(an_order_wanted(selling.store, member, goods, coupon_claim_ids=(claim.id,), points=20))
        place_orders([selling.wanted((0, 1))], now=now)
        counts.append(statements(lambda wanted=wanted: place_orders(wanted, now=now)))
    assert counts[0] == counts[1] == counts[2]


def test_orders_without_coupons_and_points_ask_nothing_of_them(selling, now):
    a_points_plan(brand_of(selling))
    a_ready_coupon(selling)
    place_orders([selling.wanted((0, 1))], now=now)
    assert statements(lambda: place_orders([selling.wanted((0, 1), (1, 1))], now=now)) <= 11
