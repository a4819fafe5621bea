"""Points and tiers follow orders: earned on what was really paid, taken back for what was canceled or came back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.points.actions import mature_points
from sitong.member.points.books import check_points
from sitong.member.points.queries import earnings_of, points_now
from sitong.member.points.rules import PointsNow
from sitong.member.tiers.queries import standing_of, tiers_of
from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.scene.orders.models import OrderLine
from sitong.scene.rewards.actions import reward_orders
from sitong.scene.rewards.books import check_rewards
from sitong.scene.rewards.models import Rewarded
from sitong.shared.clock import now as present
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_ledger
from tests.make.member import a_member
from tests.make.org import NOW, done
from tests.make.points import a_points_plan
from tests.make.returns import a_return
from tests.make.scene import Selling, a_handed_over_order, a_paid_order, a_placed_order, a_selling_store
from tests.make.tiers import a_tier_plan


@pytest.fixture
def selling(db):
    return a_rewarding_store()


def a_rewarding_store():
    """Goods for 500.00 and 12.90; a point a yuan; silver from 300.00, gold from 1,000.00."""
    selling = a_selling_store(prices=(50_000, 1_290))
    brand = type("Brand", (), {"id": selling.store.brand_id})
    a_points_plan(brand)
    a_tier_plan(brand)
    return selling


@pytest.fixture(autouse=True)
def the_books_agree(request):
    yield
    if "selling" in request.fixturenames:
        assert check_rewards() + check_points() + check_ledger() == []


def now_of(selling):
    return points_now([selling.member.id])[selling.member.id]


def came_back(order, position, quantity):
    """What a return leaves of a line."""
    line = OrderLine.objects.get(order_id=order.id, position=position)
    line.returned += quantity
    line.returned_minor = line.total_minor * line.returned // line.quantity
    OrderLine.objects.filter(order_id=order.id, position=position).update(
        returned=line.returned, returned_minor=line.returned_minor
    )


def test_a_paid_order_earns_line_by_line_and_counts_for_the_tier(selling):
    order = a_paid_order(selling, (0, 1), (1, 3))
    reward_orders([order.id], now=NOW)
    assert [(one.position, one.points) for one in earnings_of([order.id])] == [(1, 500), (2, 38)]
    assert now_of(selling) == PointsNow(pending=538)
    assert standing_of(selling.member.id, NOW).value == 53_870
    assert tiers_of([selling.member.id], at=NOW)[selling.member.id].code == "silver"


def test_the_factor_is_that_of_the_tier_at_the_payment(selling):
    first, second = a_paid_order(selling, (0, 1)), a_paid_order(selling, (1, 10))
    reward_orders([first.id, second.id], now=NOW)
    assert [one.factor_bp for one in earnings_of([first.id])] == [10_000]
    assert [(one.factor_bp, one.points) for one in earnings_of([second.id])] == [(12_000, 154)]


def test_the_same_news_again_changes_nothing(selling):
    order = a_paid_order(selling, (0, 1))
    for _ in range(3):
        reward_orders([order.id, order.id], now=NOW)
    assert now_of(selling) == PointsNow(pending=500)
    assert standing_of(selling.member.id, NOW).value == 50_000


def test_an_order_that_is_not_paid_counts_for_nothing(selling):
    order = a_placed_order(selling, (0, 1))
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow()
    assert not Rewarded.objects.exists()


def test_a_canceled_order_gives_back_all_that_it_had_given(selling):
    order = a_paid_order(selling, (0, 2))
    reward_orders([order.id], now=NOW)
    assert tiers_of([selling.member.id], at=NOW)[selling.member.id].code == "gold"
    done(cancel_orders([CancelWanted(order.id, new_id())], now=NOW))
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow()
    assert tiers_of([selling.member.id], at=NOW)[selling.member.id].code == "basic"


def test_what_comes_back_in_parts_takes_back_exactly_what_it_had_earned(selling):
    order = a_paid_order(selling, (1, 3))
    reward_orders([order.id], now=NOW)
    assert now_of(selling).pending == 38
    left = []
    for _ in range(3):
        came_back(order, 1, 1)
        reward_orders([order.id], now=NOW)
        left.append(now_of(selling).pending)
    assert left == [25, 12, 0]
    assert standing_of(selling.member.id, NOW).value == 0


def test_what_comes_back_after_it_matured_is_taken_from_what_is_ready(selling):
    order = a_paid_order(selling, (0, 1))
    reward_orders([order.id], now=NOW)
    later = NOW + timedelta(days=8)
    mature_points(now=later)
    assert now_of(selling) == PointsNow(ready=500)
    came_back(order, 1, 1)
    reward_orders([order.id], now=later)
    assert now_of(selling) == PointsNow()


def test_a_return_that_is_heard_of_together_with_its_payment_counts_for_what_is_left(selling):
    order = a_paid_order(selling, (0, 2))
    came_back(order, 1, 1)
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow(pending=500)


@pytest.mark.usefixtures("committed_db")
def test_the_reader_brings_the_news():
    now, selling = present(), a_rewarding_store()
    order = a_paid_order(selling, (0, 1), now=now)
    drain("scene.rewards")
    assert now_of(selling) == PointsNow(pending=500)
    done(cancel_orders([CancelWanted(order.id, new_id())], now=now))
    assert check_rewards() == []  # what the reader has yet to read is not amiss
    drain("scene.rewards")
    assert now_of(selling) == PointsNow()
    assert check_rewards() + check_points() + check_ledger() == []


def test_twenty_orders_take_as_many_statements_as_two(selling):
    members = [a_member(type("Brand", (), {"id": selling.store.brand_id})) for _ in range(22)]
    orders = [a_paid_order(Selling(selling.store, selling.goods, member), (1, 1), (0, 1)) for member in members]

    def statements(some):
        with CaptureQueriesContext(connection) as queries:
            reward_orders([one.id for one in some], now=NOW)
            for one in some:
                OrderLine.objects.filter(order_id=one.id, position=1).update(returned=1, returned_minor=1_290)
            reward_orders([one.id for one in some], now=NOW)
        return len(queries) - len(some)

    assert statements(orders[:2]) == statements(orders[2:])


def test_goods_that_come_back_take_back_what_they_had_earned(selling):
    order = a_handed_over_order(selling, (0, 2), (1, 3))
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow(pending=1_038)
    a_return(order.id, selling.store, (1, 1), (2, 1))
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow(pending=525)
    assert standing_of(selling.member.id, NOW).value == 52_580
    a_return(order.id, selling.store, (1, 1), (2, 2))
    reward_orders([order.id], now=NOW)
    assert now_of(selling) == PointsNow()
