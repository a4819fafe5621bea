"""Whatever a day brings, in whatever sequence: orders, payments of every kind, coupons, points, returns, exchanges, members that turn
out to be one. The books stay balanced, no total is negative, nothing goes back above what was paid, no stock falls below zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.goods.inventory.models import Level, Lot
from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.points.queries import points_now
from sitong.member.wallet.queries import wallets_now
from sitong.org.brands.models import Brand
from sitong.scene.models import Order, OrderLine, Payment, Refund, Return
from sitong.scene.orders.actions import (
    CancelWanted,
    HandoverWanted,
    cancel_orders,
    confirm_payments,
    expire_orders,
    hand_over_orders,
    place_orders,
    settle_orders,
)
from sitong.scene.payments.actions import Tender, take_tenders
from sitong.scene.returns.actions import ExchangeWanted, exchange_goods, return_goods
from sitong.scene.returns.books import check_returns
from sitong.scene.rewards.actions import reward_orders
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.points import a_points_plan, some_points
from tests.make.returns import a_full_wallet, a_return_wanted, another_store
from tests.make.scene import Selling, a_payment_answer, a_selling_store

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
LAWFUL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = 40


class Undone(Exception):
    """Ends an example: its rows are rolled back."""


@pytest.fixture
def each_example_alone(db):
    """Run an example inside of a savepoint that is rolled back."""

    def alone(example) -> None:
        with pytest.raises(Undone), transaction.atomic():
            example()
            raise Undone

    return alone


@dataclass
class Day:
    """A store, another one, two members with money, points and coupons, and what has happened so far."""

    shops: list[Selling]
    other: object
    claims: list[list]
    clock: datetime = NOW
    orders: list = field(default_factory=list)
    joins: list = field(default_factory=list)

    def at(self, number: int):
        return self.orders[-1 - number // 2 % len(self.orders)] if self.orders else None

    def some(self, order, units: int, number: int) -> tuple[int, int]:
        """A line of an order and units of it: mostly some that are left, now and then more than that."""
        lines = list(OrderLine.objects.filter(order_id=order.id).order_by("-position" if number % 2 else "position"))
        line = next((one for one in lines if one.quantity > one.returned), lines[0])
        return line.position, units if units == 4 and number % 3 == 0 else max(
            1, min(units, line.quantity - line.returned)
        )

    def place(self, who: int, units: int, number: int) -> None:
        shop = self.shops[who % 2]
        lines = [(0, units)] if number % 4 == 0 else [(1, units + 1)] if number % 4 == 1 else [(0, units), (1, units)]
        fields = {"points": number * 15} if number % 2 else {}
        if number % 4 == 0:
            fields["coupon_claim_ids"] = tuple(one.id for one in self.claims[who % 2][:1])
        elif number % 4 == 2:
            fields["best_coupons"] = True
        (made,) = place_orders([shop.wanted(*lines, **fields)], now=self.clock)
        if not isinstance(made, Refused):
            self.orders.append((shop, made))

    def pay(self, who: int, units: int, number: int) -> None:
        found = self.at(number)
        if found is None or Order.objects.get(id=found[1].id).state != "placed":
            return
        shop, order = found
        held = sum(
            a - r
            for a, r in Payment.objects.filter(document_id=order.id, state="paid").values_list(
                "amount_minor", "refunded_minor"
            )
        )
        due = order.total_minor - held
        if who % 3 == 2:
            answer = a_payment_answer(shop, order, now=self.clock, amount_minor=due)
            confirm_payments([answer], now=self.clock)
            return
        amount = max(1, due * units // 4) if due else 0
        if amount:
            kind = "wallet" if who % 3 else "cash"
            member = shop.member.id if kind == "wallet" else None
            take_tenders(
                [Tender(new_id(), order.id, shop.store.brand_id, shop.store.entity_id, kind, amount, "CNY", member)],
                now=self.clock,
            )
        settle_orders([order.id], now=self.clock)

    def sell(self, who: int, units: int, number: int) -> None:
        """All of it at once, as at a till: most of what happens afterwards needs something sold."""
        before = len(self.orders)
        self.place(who, units, number)
        if len(self.orders) > before:
            self.pay(1 if who % 4 else 0, 2, 0)
            self.pay(0, 4, 0)
            self.hand_over(who, units, 0)

    def hand_over(self, who: int, units: int, number: int) -> None:
        if found := self.at(number):
            hand_over_orders([HandoverWanted(new_id(), found[0].store.id, found[1].id)], now=self.clock)

    def cancel(self, who: int, units: int, number: int) -> None:
        if found := self.at(number):
            cancel_orders([CancelWanted(found[1].id, new_id())], now=self.clock)

    def expire(self, who: int, units: int, number: int) -> None:
        self.clock += timedelta(minutes=10)
        expire_orders(now=self.clock)

    def bring_back(self, who: int, units: int, number: int) -> None:
        if found := self.at(number):
            store = self.other if who % 2 else found[0].store
            condition = "damaged" if number % 5 == 0 else "resellable"
            return_goods(
                [a_return_wanted(found[1].id, store, (*self.some(found[1], units, number), condition))], now=self.clock
            )

    def exchange(self, who: int, units: int, number: int) -> None:
        if found := self.at(number):
            shop, order = found
            wanted = ExchangeWanted(
                a_return_wanted(order.id, shop.store, self.some(order, units, number)),
                shop.wanted((who % 2, 1), channel="pos"),
            )
            try:
                made = exchange_goods(wanted, now=self.clock)
            except Refused:
                return
            self.orders.append((shop, made.order))

    def join(self, who: int, units: int, number: int) -> None:
        if self.joins and self.joins[-1] is not None:
            undo_join(UndoWanted(self.joins[-1].id), by=None, now=self.clock)
            self.joins.append(None)
        else:
            first, second = self.shops[0].member, self.shops[1].member
            self.joins.append(joined_as_one(first, second, survivor=(first, second)[who % 2], now=self.clock))

    def reward(self, who: int, units: int, number: int) -> None:
        reward_orders([order.id for _, order in self.orders], now=self.clock)


VERBS = {
    "place": Day.place, "sell": Day.sell, "pay": Day.pay, "hand over": Day.hand_over, "cancel": Day.cancel, "expire": Day.expire, "return": Day.bring_back,
    "exchange": Day.exchange, "join": Day.join, "reward": Day.reward,
}  # fmt: skip


def a_day() -> Day:
    shop = a_selling_store(prices=(1290, 333), stock=PIECES)
    brand = Brand.objects.get(id=shop.store.brand_id)
    shops = [shop, Selling(shop.store, shop.goods, a_member(brand))]
    a_points_plan(brand, earn_points_per_100=3)
    coupons = [
        a_coupon(brand, value_minor=200, threshold_minor=500),
        a_coupon(brand, kind="percent", value_minor=0, percent_bp=1500),
    ]
    claims = []
    for one in shops:
        a_full_wallet(one, 4000, 500)
        some_points(one.member, 300)
        claims.append([a_claim(coupon, one.member) for coupon in coupons])
    return Day(shops, another_store(shop), claims)


def hold_true(day: Day, verb: str) -> None:
    assert check_books() == [], verb
    assert not Order.objects.filter(total_minor__lt=0).exists()
    assert not OrderLine.objects.filter(total_minor__lt=0).exists()
    for payment in Payment.objects.all():
        back = sum(
            Refund.objects.filter(payment=payment).exclude(state="failed").values_list("amount_minor", flat=True)
        )
        assert back == payment.refunded_minor <= payment.amount_minor
    assert not Level.objects.filter(on_hand__lt=0).exists() and not Lot.objects.filter(quantity__lt=0).exists()
    members = [one.member.id for one in day.shops]
    assert all(now.ready >= 0 and now.pending >= 0 and now.owed >= 0 for now in points_now(members).values())
    assert all(now.principal_minor >= 0 and now.gift_minor >= 0 for now in wallets_now(members).values())


numbers = st.integers(0, 11)
stories = st.lists(
    st.tuples(
        st.sampled_from(["place", "sell", "sell", "pay", "pay", "hand over", "return", "return", "exchange", "cancel", "expire", "join", "reward"]),
        st.integers(0, 5), st.integers(1, 4), numbers,
    ),
    max_size=14,
)  # fmt: skip


@LAWFUL
@given(story=stories)
def test_any_day_leaves_the_books_balanced(each_example_alone, story):
    def example() -> None:
        day = a_day()
        for verb, who, units, number in story:
            day.clock += timedelta(minutes=1)
            VERBS[verb](day, who, units, number)
            hold_true(day, f"{verb} {who} {units} {number}")
        day.reward(0, 1, 0)
        hold_true(day, "at the end")
        assert check_returns() == []

    each_example_alone(example)


@LAWFUL
@given(
    units=st.lists(st.integers(1, 4), min_size=1, max_size=2),
    points=st.integers(0, 300),
    coupon=st.sampled_from([None, 0, 1]),
    parts=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), max_size=8),
    cash=st.integers(0, 4),
)
def test_all_parts_of_an_order_brought_back_are_the_whole_of_it(each_example_alone, units, points, coupon, parts, cash):
    def example() -> None:
        day = a_day()
        shop = day.shops[0]
        fields = (
            {"points": points}
            if coupon is None
            else {"coupon_claim_ids": (day.claims[0][coupon].id,), "points": points}
        )
        (order,) = place_orders([shop.wanted(*enumerate(units), **fields)], now=NOW)
        if isinstance(order, Refused):
            return
        brand, entity, total = shop.store.brand_id, shop.store.entity_id, order.total_minor
        for kind, amount in (("cash", total * cash // 4), ("wallet", total - total * cash // 4)):
            if amount:
                member = shop.member.id if kind == "wallet" else None
                paid = take_tenders([Tender(new_id(), order.id, brand, entity, kind, amount, "CNY", member)], now=NOW)
                if isinstance(paid[0], Refused):
                    return
        settle_orders([order.id], now=NOW)
        hand_over_orders([HandoverWanted(new_id(), shop.store.id, order.id)], now=NOW)
        reward_orders([order.id], now=NOW)
        for at, count in [*parts, *((at, whole) for at, whole in enumerate(units))]:
            left = OrderLine.objects.filter(order_id=order.id, position=at + 1).first()
            if left is not None and (most := min(count, left.quantity - left.returned)) > 0:
                (came,) = return_goods([a_return_wanted(order.id, shop.store, (at + 1, most))], now=NOW)
                assert not isinstance(came, Refused)
                reward_orders([order.id], now=NOW)
                assert check_books() == []
        assert sum(Return.objects.values_list("refund_minor", flat=True)) == total
        assert sum(Payment.objects.filter(document_id=order.id).values_list("refunded_minor", flat=True)) == total
        assert points_now([shop.member.id])[shop.member.id].ready == 300
        wallet = wallets_now([shop.member.id])[shop.member.id]
        assert (wallet.principal_minor, wallet.gift_minor) == (4000, 500)
        if coupon is not None:
            assert sum(Return.objects.values_list("coupons", flat=True)) == 1

    each_example_alone(example)
