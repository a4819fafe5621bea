"""Points and coupons follow what comes back, exactly."""

from datetime import timedelta

import pytest

from sitong.marketing.coupons.models import CouponClaim
from sitong.member.points.queries import points_now
from sitong.org.brands.models import Brand
from sitong.scene.models import Order, OrderLine
from sitong.scene.returns.rules import LineNow, points_by_line, share_of
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.points import a_points_plan, some_points
from tests.make.returns import a_return, a_sold_order
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
