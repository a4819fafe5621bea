"""Laws of cards: what was used and what goes back is the price, in whatever order things happen; and the books agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitong.member.cards.actions import release_days, take_back_card
from sitong.member.cards.models import CardReturn, CardUse
from sitong.member.cards.rules import (
    CardNow,
    back_of,
    days_of,
    earned_minor,
    period_until,
    visit_values,
)
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.cards import a_card, a_kind, used
from tests.make.org import NOW, a_store

START = date(2026, 1, 31)
visit_cards = st.builds(
    lambda price, visits, gifts, part: CardNow(
        "visits", price, visits, gifts, part * (visits + gifts) // 100, START, START, None
    ),
    st.integers(1, 500_000), st.integers(1, 200), st.integers(0, 50), st.integers(0, 100),
)  # fmt: skip
period_cards = st.builds(
    lambda price, months, used: CardNow("period", price, 0, 0, used, START, START, period_until(START, months)),
    st.integers(1, 500_000), st.integers(1, 24), st.integers(0, 30),
)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(visit_cards, period_cards), st.integers(0, 800))
def test_what_was_used_and_what_goes_back_is_the_price(card, later):
    back = back_of(card, START + timedelta(days=later))
    assert back.refund_minor + back.earned_minor == card.price_minor
    assert 0 <= back.refund_minor <= card.price_minor


@settings(deadline=None)
@given(visit_cards)
def test_visits_are_worth_the_same_but_for_a_fen_and_gifts_nothing(card):
    values = visit_values(card)
    paid = values[: card.visits]
    assert sum(values) == card.price_minor
    assert max(paid) - min(paid) <= 1 and values[card.visits :] == [0] * card.gift_visits


@settings(deadline=None)
@given(st.one_of(visit_cards, period_cards), st.integers(0, 800))
def test_never_more_goes_back_later(card, later):
    day = START + timedelta(days=later)
    assert back_of(card, day + timedelta(days=1)).refund_minor <= back_of(card, day).refund_minor
    assert earned_minor(card, day) <= card.price_minor


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 24))
def test_a_period_of_months_ends_before_the_same_day(start, months):
    until = period_until(start, months)
    assert 28 * months <= (until - start).days + 1 <= 31 * months
    assert period_until(start, months) < period_until(start, months + 1)
    assert days_of(CardNow("period", 1, 0, 0, 0, start, start, until)) == (until - start).days + 1


@pytest.mark.usefixtures("db")
@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["use", "day", "release", "back"]), max_size=12), st.booleans(), st.integers(1, 50_000))
def test_whatever_happens_to_a_card_the_books_agree(story, period, price):
    store = a_store()
    kind = (
        a_kind(store, months=1, price_minor=price)
        if period
        else a_kind(store, visits=3, gift_visits=1, price_minor=price)
    )
    card, now = a_card(store, kind), NOW
    for step in story:
        now += timedelta(days=5 if step == "day" else 0)
        if step == "use":
            used(card, store, now=now)
        elif step == "release":
            release_days(now=now)
        elif step == "back" and not CardReturn.objects.filter(card=card).exists():
            back = take_back_card(new_id(), card.id, by=None, now=now)
            assert back.refund_minor + back.earned_minor == price
            if not period:
                assert sum(CardUse.objects.filter(card=card).values_list("value_minor", flat=True)) == back.earned_minor
    assert check_books() == []
