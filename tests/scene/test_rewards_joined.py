"""Two members turn out to be one, and then not: points and tiers go along and come back where they belong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.points.actions import PointsGivenBack, PointsSpend, give_back_points, mature_points, spend_points
from sitong.member.points.books import check_points
from sitong.member.points.models import PointBucket
from sitong.member.points.queries import earnings_of, points_now
from sitong.member.points.rules import PointsNow
from sitong.member.tiers.actions import say_birthday
from sitong.member.tiers.queries import birthday_of, standing_of, tiers_of
from sitong.scene.orders.models import OrderLine
from sitong.scene.rewards.actions import align_rewards, reward_orders
from sitong.scene.rewards.books import check_rewards
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_ledger
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, done
from tests.make.points import a_points_plan, some_points
from tests.make.scene import Selling, a_paid_order, a_selling_store
from tests.make.tiers import a_tier_plan

AFTER = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=10)


@pytest.fixture
def town(db):
    """Ann and Bob, and goods for 500.00."""
    selling = a_selling_store(prices=(50_000,))
    brand = type("Brand", (), {"id": selling.store.brand_id})
    a_points_plan(brand)
    a_tier_plan(brand)
    other = Selling(selling.store, selling.goods, a_member(brand))
    yield selling, other
    assert check_rewards() + check_points() + check_ledger() == []


def now_of(selling):
    return points_now([selling.member.id])[selling.member.id]


def value(selling):
    return standing_of(selling.member.id, NOW).value


def buy(selling, quantity=1, now=NOW):
    order = a_paid_order(selling, (0, quantity), now=now)
    reward_orders([order.id], now=now)
    return order


def undo(join):
    return undo_join(UndoWanted(join.id), by=None, now=LATER)


def test_all_goes_to_the_survivor_and_comes_back_when_the_join_is_undone(town):
    ann, bob = town
    buy(ann), buy(bob)
    some_points(ann.member, 40, expires_on=date(2026, 6, 30))
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    assert (now_of(ann), now_of(bob)) == (PointsNow(), PointsNow(ready=40, pending=1_000))
    assert (value(ann), value(bob)) == (0, 100_000)
    assert tiers_of([bob.member.id], at=NOW)[bob.member.id].code == "gold"
    undo(join)
    assert (now_of(ann), now_of(bob)) == (PointsNow(ready=40, pending=500), PointsNow(pending=500))
    assert (value(ann), value(bob)) == (50_000, 50_000)
    assert tiers_of([bob.member.id], at=NOW)[bob.member.id].code == "silver"
    assert list(PointBucket.objects.filter(member_id=ann.member.id, left__gt=0).values_list("expires_on", "left")) == [
        (date(2026, 6, 30), 40)
    ]


def test_what_was_spent_meanwhile_is_owed_by_who_spent_it(town):
    ann, bob = town
    some_points(ann.member, 40)
    some_points(bob.member, 10)
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    done(spend_points([PointsSpend(new_id(), bob.member.brand_id, bob.member.id, 45)], now=NOW))
    undo(join)
    assert (now_of(ann), now_of(bob)) == (PointsNow(ready=40), PointsNow(owed=35))


def test_what_matured_meanwhile_comes_back_ready_and_a_return_takes_from_whom_it_belongs_to(town):
    ann, bob = town
    order = buy(ann)
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    mature_points(now=NOW + timedelta(days=8))
    assert now_of(bob) == PointsNow(ready=500)
    undo(join)
    assert (now_of(ann), now_of(bob)) == (PointsNow(ready=500), PointsNow())
    OrderLine.objects.filter(order_id=order.id).update(returned=1, returned_minor=50_000)
    reward_orders([order.id], now=LATER)
    assert (now_of(ann), value(ann)) == (PointsNow(), 0)


def test_a_return_while_they_are_one_is_not_given_back_a_second_time(town):
    ann, bob = town
    order = buy(ann, 2)
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    OrderLine.objects.filter(order_id=order.id).update(returned=1, returned_minor=50_000)
    reward_orders([order.id], now=NOW)
    assert (now_of(bob), value(bob)) == (PointsNow(pending=500), 50_000)
    undo(join)
    assert (now_of(ann), now_of(bob)) == (PointsNow(pending=500), PointsNow())
    assert (value(ann), value(bob)) == (50_000, 0)


def test_points_spent_before_the_join_are_given_back_to_whom_they_then_belong(town):
    ann, bob = town
    some_points(ann.member, 40)
    document = new_id()
    done(spend_points([PointsSpend(document, ann.member.brand_id, ann.member.id, 40)], now=NOW))
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    done(give_back_points([PointsGivenBack(new_id(), document, 15)], now=NOW))
    assert now_of(bob) == PointsNow(ready=15)
    undo(join)
    done(give_back_points([PointsGivenBack(new_id(), document, 25)], now=NOW))
    assert (now_of(ann), now_of(bob)) == (PointsNow(ready=25), PointsNow(ready=15))


def test_points_earned_later_go_with_whom_a_person_chooses(town):
    ann, bob = town
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    order, kept = buy(bob, now=AFTER), buy(bob, now=AFTER)
    mature_points(now=NOW + timedelta(days=9))
    (earning,) = earnings_of([order.id])
    chosen = (("scene.orders", order.id), ("member.points", earning.id))
    undo_join(UndoWanted(join.id, take=chosen), by=None, now=LATER)
    align_rewards([ann.member.id, bob.member.id], now=LATER)  # as the reader does that hears of the undoing
    assert (now_of(ann).ready, now_of(bob).ready) == (500, earnings_of([kept.id])[0].points)
    assert (value(ann), value(bob)) == (50_000, 50_000)


def test_the_birthday_goes_along_and_comes_back(town):
    ann, bob = town
    say_birthday(ann.member.id, month=5, day=6, now=NOW)
    join = joined_as_one(ann.member, bob.member, survivor=bob.member)
    assert (birthday_of(ann.member.id), birthday_of(bob.member.id)) == (None, (5, 6))
    undo(join)
    assert (birthday_of(ann.member.id), birthday_of(bob.member.id)) == ((5, 6), None)
