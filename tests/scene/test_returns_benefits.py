"""Points and coupons follow what comes back, exactly."""

from datetime import timedelta

import pytest

from sitong.marketing.coupons.models import CouponClaim
from sitong.member.points.queries import earnings_of, points_now
from sitong.org.brands.models import Brand
from sitong.scene.models import Order, OrderLine
from sitong.scene.returns.actions import return_goods
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.finding import preview_of
from sitong.scene.returns.rules import LineNow, points_by_line, share_of
from sitong.scene.rewards.actions import reward_orders
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.points import a_points_plan, some_points
from tests.make.returns import a_return, a_return_wanted, a_sold_order
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def ready(selling) -> int:
    return points_now([selling.member.id])[selling.member.id].ready


def test_points_spent_come_back_line_by_line_and_all_of_them_in_the_end(now):
    selling = a_selling_store(prices=(1000, 500), stock=10)
    a_points_plan(Brand.objects.get(id=selling.store.brand_id))
    some_points(selling.member, 1000)
    order = a_sold_order(selling, (0, 3), (1, 1), points=700)
    assert (order.total_minor, ready(selling)) == (2800, 300)
    assert list(OrderLine.objects.order_by("position").values_list("points_minor", "total_minor")) == [
        (600, 2400),
        (100, 400),
    ]

    first = a_return(order.id, selling.store, (1, 1))
    second = a_return(order.id, selling.store, (1, 2), (2, 1))

    assert (first.refund_minor, first.points) == (800, 200)
    assert (second.refund_minor, second.points) == (2000, 500)
    assert ready(selling) == 1000
    assert check_books() == []


def test_points_are_shared_by_floors_and_never_lost():
    lines = {at: LineNow(at, new_id(), "x", False, 3, 100, points_minor=paid) for at, paid in ((1, 1), (2, 1), (3, 1))}
    assert points_by_line(lines, 10) == {1: 3, 2: 3, 3: 4}
    assert [share_of(4, 3, before, before + 1) for before in range(3)] == [1, 1, 2]


def test_a_coupon_comes_back_when_all_on_which_it_was_used_has_come_back(now):
    selling = a_selling_store(prices=(1000, 500), stock=10)
    coupon = a_coupon(Brand.objects.get(id=selling.store.brand_id), kind="cash", value_minor=300)
    claim = a_claim(coupon, selling.member)
    order = a_sold_order(selling, (0, 2), (1, 1), coupon_claim_ids=(claim.id,))
    assert Order.objects.get().coupon_minor == 300 and order.total_minor == 2200

    part = a_return(order.id, selling.store, (1, 2))
    row = CouponClaim.objects.get(id=claim.id)
    assert (part.coupons, row.state) == (0, "redeemed")
    rest = a_return(order.id, selling.store, (2, 1), now=now + timedelta(days=1))
    row = CouponClaim.objects.get(id=claim.id)
    assert (part.refund_minor + rest.refund_minor, rest.coupons, row.state, row.turn) == (2200, 1, "ready", 2)
    assert check_books() == []


def test_points_earned_follow_what_is_left_of_a_line_and_the_preview_says_how_many(now):
    selling = a_selling_store(prices=(1290, 500), stock=10)
    a_points_plan(Brand.objects.get(id=selling.store.brand_id))
    order = a_sold_order(selling, (0, 3), (1, 1))
    reward_orders([order.id], now=now)
    assert [(one.position, one.points) for one in earnings_of([order.id])] == [(1, 38), (2, 5)]

    wanted = a_return_wanted(order.id, selling.store, (1, 1), (2, 1))
    shown = preview_of(wanted, orders_now([order.id])[order.id], now=now)
    came = return_goods([wanted], now=now)[0]
    reward_orders([order.id], now=now)

    assert (shown.refund_minor, shown.points_taken, shown.ways) == (1790, 18, (("cash", 1790),))
    assert came.refund_minor == 1790
    assert [(one.position, one.points - one.taken_back) for one in earnings_of([order.id])] == [(1, 25), (2, 0)]
    assert check_books() == []


def test_a_batch_with_coupons_and_points_gives_each_its_own(now):
    selling = a_selling_store(prices=(1000, 500), stock=20)
    brand = Brand.objects.get(id=selling.store.brand_id)
    a_points_plan(brand)
    some_points(selling.member, 500)
    claims = [a_claim(a_coupon(brand, value_minor=100), selling.member) for _ in range(2)]
    orders = [
        a_sold_order(selling, (0, 1), (1, 1), coupon_claim_ids=(claim.id,), points=points)
        for claim, points in zip(claims, (300, 100), strict=True)
    ]
    whole, part = return_goods(
        [
            a_return_wanted(orders[0].id, selling.store, (1, 1), (2, 1)),
            a_return_wanted(orders[1].id, selling.store, (1, 1)),
        ],
        now=now,
    )
    assert (whole.refund_minor, whole.points, whole.coupons) == (1100, 300, 1)
    assert (part.coupons, OrderLine.objects.get(order_id=orders[1].id, position=1).total_minor) == (
        0,
        part.refund_minor,
    )
    assert [CouponClaim.objects.get(id=claim.id).state for claim in claims] == ["ready", "redeemed"]
    assert check_books() == []
