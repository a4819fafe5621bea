"""Visit cards and periodic cards: paid before they are used, each visit once, returned to the fen, and never against the law."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.cards.actions import (
    CardAlreadyReturned,
    CardEnded,
    CardEnoughToday,
    CardKindClosed,
    CardKindWrong,
    CardPeopleTooMany,
    CardPersonUnknown,
    CardPriceUnlawful,
    CardUnknown,
    CardUsedUp,
    CardWanted,
    CardWrongStore,
    KindWanted,
    Used,
    UseWanted,
    close_kind,
    give_cards,
    name_person,
    offer_kinds,
    release_days,
    reopen_kind,
    take_back_card,
    take_off_person,
    tell_of_card_endings,
    use_cards,
)
from sitong.member.cards.givers import CardsNotEmpty
from sitong.member.cards.models import Card, CardUse
from sitong.member.cards.queries import owed_minor
from sitong.member.identity.actions import UndoWanted, erase_member, undo_join
from sitong.scene.card_sales.actions import (
    CardNotReturnable,
    CardSaleNotPayable,
    CardSaleWanted,
    CashCardSale,
    expire_card_sales,
    give_card_back,
    open_card_sales,
    pay_card_sales_in_cash,
)
from sitong.shared.errors import RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.cards import a_bought_card, a_card, a_kind, brand_of, used
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_store, done

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return a_store()


def test_ten_visits_are_used_one_by_one_and_the_seller_earns_each(store):
    kind = a_kind(store, visits=3, gift_visits=1, price_minor=100_00)
    card = a_card(store, kind)
    outcomes = [used(card, store) for _ in range(5)]
    assert [(one.visit, one.value_minor, one.left) for one in outcomes[:4]] == [
        (1, 3334, 3),
        (2, 3333, 2),
        (3, 3333, 1),
        (4, 0, 0),
    ]
    assert outcomes[4] == CardUsedUp()
    assert owed_minor(store.brand_id) == {"taken": 10000, "earned": 10000, "paid_back": 0, "owed": 0}
    assert check_books() == []


def test_the_same_scan_again_is_the_same_use_also_when_it_comes_late(store):
    card = a_card(store)
    use_id = new_id()
    first = used(card, store, id=use_id, at=NOW + timedelta(hours=3), now=NOW + 2 * DAY)
    assert first.at == NOW + timedelta(hours=3)
    assert used(card, store, id=use_id, now=NOW + 3 * DAY) == first
    assert isinstance(used(card, a_store(brand_of(store)), id=use_id), RepeatDiffers)
    assert CardUse.objects.count() == 1 and Card.objects.get().used == 1


def test_a_card_that_is_not_there_or_does_not_hold_here_is_refused(store):
    other = a_store(brand_of(store))
    kind = a_kind(store, store_ids=(other.id,), per_day=1)
    card = a_card(store, kind)
    assert used(card, store) == CardWrongStore()
    assert isinstance(used(card, other), Used)
    assert used(card, other) == CardEnoughToday(per_day=1)
    assert isinstance(used(card, other, now=NOW + DAY), Used)
    (unknown,) = use_cards([UseWanted(new_id(), store.brand_id, "V000", store.id)], now=NOW)
    assert unknown == CardUnknown()


def test_a_month_begins_today_and_ends_the_day_before_the_same_day(store):
    card = a_card(store, a_kind(store, months=1, price_minor=300_00))
    assert (card.valid_from, card.valid_until) == (date(2026, 3, 3), date(2026, 4, 2))
    assert used(card, store, now=NOW + 30 * DAY).left is None
    assert used(card, store, now=NOW + 31 * DAY) == CardEnded(valid_until=card.valid_until)


def test_the_days_of_a_periodic_card_become_the_seller_s_once_each(store):
    card = a_card(store, a_kind(store, months=1, price_minor=310_00))
    release_days(now=NOW + 9 * DAY)
    release_days(now=NOW + 9 * DAY)
    assert Card.objects.get(id=card.id).released_minor == 100_00
    assert owed_minor(store.brand_id)["owed"] == 210_00
    release_days(now=NOW + 60 * DAY)
    assert owed_minor(store.brand_id)["owed"] == 0
    assert check_books() == []


def test_what_is_left_goes_back_to_the_fen_and_gifts_are_worth_nothing(store):
    member = a_member(brand_of(store))
    card = a_bought_card(store, a_kind(store, visits=3, gift_visits=2, price_minor=100_00), member=member)
    used(card, store)
    back = give_card_back(return_id := new_id(), card.id, member_id=member.id, by=None, now=NOW + 30 * DAY)
    assert (back.refund_minor, back.earned_minor, back.cash_minor) == (6666, 3334, 6666)
    assert give_card_back(return_id, card.id, member_id=member.id, by=None, now=NOW + 31 * DAY) == back
    with pytest.raises(CardAlreadyReturned):
        give_card_back(new_id(), card.id, member_id=member.id, by=None, now=NOW)
    assert used(card, store) == CardAlreadyReturned()
    with pytest.raises(CardNotReturnable):
        give_card_back(new_id(), card.id, member_id=a_member(brand_of(store)).id, by=None, now=NOW)
    assert check_books() == []


def test_a_periodic_card_gives_back_the_days_left_and_everything_within_a_week_if_it_was_not_used(store):
    kind = a_kind(store, months=1, price_minor=310_00)
    untouched, touched, late = (a_card(store, kind) for _ in range(3))
    used(touched, store)
    release_days(now=NOW + 3 * DAY)
    backs = [take_back_card(new_id(), one.id, by=None, now=NOW + 3 * DAY) for one in (untouched, touched)]
    assert [(one.refund_minor, one.days_left) for one in backs] == [(310_00, 27), (270_00, 27)]
    assert take_back_card(new_id(), late.id, by=None, now=NOW + 20 * DAY).refund_minor == 100_00
    assert owed_minor(store.brand_id)["owed"] == 0
    assert check_books() == []


def test_a_purchase_is_paid_once_within_its_time(store):
    member, kind = a_member(brand_of(store)), a_kind(store)
    wanted = CardSaleWanted(new_id(), store.brand_id, member.id, kind.id, store.id)
    sale = done(open_card_sales([wanted], now=NOW))
    assert done(open_card_sales([wanted], now=NOW)).id == sale.id
    cash = CashCardSale(new_id(), sale.id, 120_00)
    paid = done(pay_card_sales_in_cash([cash], now=NOW))
    assert (paid.change_minor, done(pay_card_sales_in_cash([cash], now=NOW))) == (20_00, paid)
    (again,) = pay_card_sales_in_cash([CashCardSale(new_id(), sale.id)], now=NOW)
    assert again == CardSaleNotPayable(number=sale.number, state="paid")
    late = done(open_card_sales([CardSaleWanted(new_id(), store.brand_id, member.id, kind.id, store.id)], now=NOW))
    assert expire_card_sales(now=NOW + timedelta(minutes=20)) == 1
    (over,) = pay_card_sales_in_cash([CashCardSale(new_id(), late.id)], now=NOW + timedelta(minutes=20))
    assert over == CardSaleNotPayable(number=late.number, state="expired")
    assert Card.objects.count() == 1 and check_books() == []


def test_the_law_s_caps_hold(store):
    for said in (
        {"price_minor": 500_001},
        {"price_minor": 0},
        {"bearer_years": 2},
        {"visits": 0},
        {"family_max": 6},
        {"months": 30},
    ):
        wanted = {
            "form": "period" if "months" in said else "visits",
            "price_minor": 100,
            "visits": 0 if "months" in said else 5,
            **said,
        }
        (outcome,) = offer_kinds([KindWanted(new_id(), store.brand_id, "卡", "一次", **wanted)], by=None, now=NOW)
        assert isinstance(outcome, CardKindWrong)
    dear = a_kind(store, price_minor=100_001)
    nameless = a_member(brand_of(store), phone="")
    (refused,) = give_cards([CardWanted(new_id(), store.brand_id, nameless.id, dear.id)], now=NOW)
    assert refused == CardPriceUnlawful(most=1000)
    assert a_card(store, dear).valid_until is None
    assert a_card(store, a_kind(store), member=nameless).valid_until == date(2029, 3, 2)


def test_a_closed_offer_still_holds_for_a_purchase_that_was_opened_before(store):
    kind, member = a_kind(store), a_member(brand_of(store))
    sale = done(open_card_sales([CardSaleWanted(new_id(), store.brand_id, member.id, kind.id, store.id)], now=NOW))
    close_kind(kind.id, brand_id=store.brand_id, by=None, now=NOW + timedelta(minutes=1))
    (refused,) = open_card_sales(
        [CardSaleWanted(new_id(), store.brand_id, member.id, kind.id)], now=NOW + timedelta(minutes=2)
    )
    assert refused == CardKindClosed()
    done(pay_card_sales_in_cash([CashCardSale(new_id(), sale.id)], now=NOW + timedelta(minutes=2)))
    reopen_kind(kind.id, brand_id=store.brand_id, by=None, now=NOW)
    assert isinstance(a_card(store, kind), Card)


def test_the_family_uses_a_card_by_name(store):
    card = a_card(store, a_kind(store, family_max=1))
    person = name_person(new_id(), card.id, name="小明", by=None, now=NOW)
    with pytest.raises(CardPeopleTooMany):
        name_person(new_id(), card.id, name="小红", by=None, now=NOW)
    assert used(card, store, person_id=person.id).person_id == person.id
    take_off_person(person.id, card.id, now=NOW)
    assert used(card, store, person_id=person.id) == CardPersonUnknown()
    assert used(a_card(store), store, person_id=person.id) == CardPersonUnknown()


def test_owners_hear_once_that_a_card_will_end(store):
    card = a_card(store, a_kind(store, months=1))
    assert (
        tell_of_card_endings(now=NOW + 10 * DAY),
        tell_of_card_endings(now=NOW + 25 * DAY),
        tell_of_card_endings(now=NOW + 26 * DAY),
    ) == (0, 1, 0)
    (event,) = Event.objects.filter(name="member.card_ending")
    assert event.facts["card_id"] == str(card.id)


def test_cards_go_along_with_a_join_and_back_and_keep_a_member_from_being_erased(store):
    one, other = a_member(brand_of(store)), a_member(brand_of(store))
    card = a_bought_card(store, a_kind(store), member=other)
    join = joined_as_one(one, other, survivor=one)
    assert Card.objects.get(id=card.id).member_id == one.id
    undo_join(UndoWanted(join.id), by=None, now=NOW)
    assert Card.objects.get(id=card.id).member_id == other.id
    with pytest.raises(CardsNotEmpty):
        erase_member(other.id, by=None, reason="", now=NOW)
    give_card_back(new_id(), card.id, member_id=other.id, by=None, now=NOW)
    erase_member(other.id, by=None, reason="", now=NOW)
    assert check_books() == []


def test_twenty_uses_take_as_many_statements_as_two(store):
    def statements(n: int) -> int:
        cards = [a_card(store) for _ in range(n)]
        with CaptureQueriesContext(connection) as seen:
            outcomes = use_cards([UseWanted(new_id(), store.brand_id, one.code, store.id) for one in cards], now=NOW)
        assert all(isinstance(one, Used) for one in outcomes)
        return len(seen)

    assert statements(2) == statements(20)
