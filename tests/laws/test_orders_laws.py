"""Whatever happens to orders in whatever sequence, the books agree; a batch is as good as its orders one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.goods.inventory.models import Level
from sitong.scene.cart.rules import amount_minor
from sitong.scene.models import Order, Payment, Refund
from sitong.scene.orders.actions import (
    CancelWanted,
    HandoverWanted,
    cancel_orders,
    confirm_payments,
    expire_orders,
    hand_over_orders,
    place_orders,
)
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.scene import a_payment_answer, a_selling_store

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
LAWFUL = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


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


verbs = st.lists(
    st.tuples(st.sampled_from(["place", "pay", "cancel", "expire", "hand over"]), st.lists(st.integers(0, 5), min_size=1, max_size=3),
              st.integers(1, 4)), max_size=12,
)  # fmt: skip


@LAWFUL
@given(story=verbs)
def test_any_sequence_of_verbs_keeps_the_books(each_example_alone, story):
    def example() -> None:
        selling = a_selling_store(prices=(1290, 0), stock=9)
        orders, answers, clock = [], {}, NOW
        for verb, which, quantity in story:
            clock += timedelta(minutes=4)
            some = [orders[at % len(orders)] for at in which] if orders else []
            if verb == "place":
                made = place_orders([selling.wanted((at % 2, quantity)) for at in which], now=clock)
                orders += [one for one in made if not isinstance(one, Refused)]
            elif verb == "pay":
                for one in some:
                    if one.total_minor and one.id not in answers and Order.objects.get(id=one.id).state == "placed":
                        answers[one.id] = a_payment_answer(selling, one, now=clock)
                confirm_payments([answers[one.id] for one in some if one.id in answers], now=clock)
            elif verb == "cancel":
                cancel_orders([CancelWanted(one.id, new_id()) for one in some], now=clock)
            elif verb == "expire":
                expire_orders(now=clock)
            else:
                hand_over_orders([HandoverWanted(new_id(), one.store_id, one.id) for one in some], now=clock)
            assert check_books() == []
        for payment in Payment.objects.all():
            given_back = sum(refund.amount_minor for refund in Refund.objects.filter(payment=payment))
            assert given_back == payment.refunded_minor <= payment.amount_minor
        sold = {level.sku_id: 9 - level.on_hand for level in Level.objects.filter(location_id=selling.store.id)}
        assert all(0 <= pieces <= 9 for pieces in sold.values())

    each_example_alone(example)


wishes = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=3, unique_by=lambda line: line[0]),
    max_size=8,
)


@LAWFUL
@given(wishes=wishes, repeats=st.lists(st.integers(0, 7), max_size=3))
def test_a_batch_of_n_gives_what_n_batches_of_one_give(each_example_alone, wishes, repeats):
    def example() -> None:
        outcomes = []
        for in_one_batch in (True, False):
            selling = a_selling_store(prices=(100, 200, 300), stock=7)
            wanted = [selling.wanted(*lines) for lines in wishes]
            wanted += [wanted[at] for at in repeats if at < len(wanted)]
            got = place_orders(wanted, now=NOW) if in_one_batch else [place_orders([one], now=NOW)[0] for one in wanted]
            held = sorted(Level.objects.filter(location_id=selling.store.id).values_list("held", flat=True))
            outcomes.append(([getattr(one, "code", None) or one.total_minor for one in got], held))
        assert outcomes[0] == outcomes[1]
        assert check_books() == []

    each_example_alone(example)


@given(unit=st.integers(0, 10**9), grams=st.integers(1, 200_000))
def test_weighed_goods_cost_within_half_a_fen_of_their_exact_price(unit, grams):
    assert abs(amount_minor(unit, grams, weighed=True) * 1000 - unit * grams) <= 500
