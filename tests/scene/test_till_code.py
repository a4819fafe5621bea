"""The customer's code: paid at once, confirmed later, refused, given up; and what the worker does when nobody looks."""

from datetime import timedelta

import pytest

from sitong.goods.inventory.models import Level
from sitong.scene.models import Order, Payment, Sale
from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.scene.payments.messenger import send_refunds
from sitong.scene.payments.provider import ProviderRefused
from sitong.scene.till.actions.finish import SaleIsSold, give_up_sales
from sitong.scene.till.actions.sell import sell
from sitong.scene.till.actions.shifts import ClosingWanted, ShiftHasOpenSales, close_shift
from sitong.scene.till.handlers import finish_what_was_paid, give_up_what_was_called_off
from sitong.scene.till.models import Shift
from sitong.scene.till.paying import give_up, look_at, pay_by_code, tend_waiting_sales
from sitong.scene.till.queries import drawer_of
from sitong.scene.till.rules import TenderWanted
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.payments import a_merchant, a_provider
from tests.make.scene import a_selling_store
from tests.make.till import a_sale_wanted, a_working_register, cash
from tests.make.wallet import a_topped_up_wallet

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        yield running


@pytest.fixture
def selling(provider):
    made = a_selling_store(prices=(1290,), stock=10)
    a_merchant(made.store.brand_id, provider, now=clock_now())
    return made


@pytest.fixture
def register(selling):
    return a_working_register(selling.store)


def waiting(selling, register, *tenders, **fields):
    """A sale that waits for a code: the rest of 12.90 after these tenders."""
    rest = 1290 - sum(tender.amount_minor for tender in tenders)
    wanted = a_sale_wanted(selling, register, [(0, 1)], [*tenders, TenderWanted("code", rest)], **fields)
    (sale,) = sell([wanted], now=clock_now())
    assert (sale.state, sale.number) == ("paying", None)
    return sale


def stock(selling) -> tuple[int, int]:
    return Level.objects.values_list("on_hand", "held").get(sku_id=selling.goods[0].sku_id)


def test_a_code_pays_and_the_sale_is_handed_over(selling, register, provider):
    sale = waiting(selling, register)
    assert stock(selling) == (10, 1)
    sold = pay_by_code(sale.id, provider.till.make_code(), now=clock_now())
    assert (sold.state, sold.number, sold.code_minor) == ("sold", 1, 1290)
    assert Order.objects.get(id=sale.id).state == "handed_over"
    assert stock(selling) == (9, 0)
    assert pay_by_code(sale.id, provider.till.make_code(), now=clock_now()).number == 1
    assert Payment.objects.filter(document_id=sale.id, state="paid").count() == 1
    assert check_books() == []


def test_cash_wallet_and_code_pay_one_sale(selling, register, provider):
    a_topped_up_wallet(selling.member, 500, entity_id=selling.store.entity_id)
    sale = waiting(selling, register, cash(300), TenderWanted("wallet", 400), member=selling.member)
    sold = pay_by_code(sale.id, provider.till.make_code(), now=clock_now())
    assert (sold.state, sold.cash_minor, sold.wallet_minor, sold.code_minor) == ("sold", 300, 400, 590)
    kinds = Payment.objects.filter(document_id=sale.id, state="paid").order_by("amount_minor")
    assert list(kinds.values_list("provider", "amount_minor")) == [("cash", 300), ("wallet", 400), ("wechat", 590)]
    assert check_books() == []


def test_a_customer_who_must_confirm_is_waited_for(selling, register, provider):
    sale = waiting(selling, register)
    code = provider.till.make_code("password")
    assert pay_by_code(sale.id, code, now=clock_now()).state == "paying"
    assert look_at(sale.id, now=clock_now()).state == "paying"
    provider.till.answer(code, agrees=True)
    assert look_at(sale.id, now=clock_now()).number == 1
    assert check_books() == []


def test_no_money_on_the_code_is_said_and_the_next_code_pays(selling, register, provider):
    sale = waiting(selling, register)
    with pytest.raises(ProviderRefused):
        pay_by_code(sale.id, provider.till.make_code("poor"), now=clock_now())
    assert look_at(sale.id, now=clock_now()).state == "paying"
    assert pay_by_code(sale.id, provider.till.make_code(), now=clock_now()).state == "sold"
    assert check_books() == []


def test_another_code_gives_the_first_attempt_up(selling, register, provider):
    sale = waiting(selling, register)
    first = provider.till.make_code("password")
    pay_by_code(sale.id, first, now=clock_now())
    assert pay_by_code(sale.id, provider.till.make_code(), now=clock_now()).state == "sold"
    assert sorted(Payment.objects.filter(document_id=sale.id).values_list("state", flat=True)) == ["closed", "paid"]
    assert check_books() == []


def test_a_sale_given_up_sells_nothing_and_gives_everything_back(selling, register, provider):
    a_topped_up_wallet(selling.member, 500, entity_id=selling.store.entity_id)
    sale = waiting(selling, register, cash(300), TenderWanted("wallet", 400), member=selling.member)
    pay_by_code(sale.id, provider.till.make_code("password"), now=clock_now())
    ended = give_up(sale.id, by=None, now=clock_now())
    assert ended.state == give_up(sale.id, by=None, now=clock_now()).state == "given_up"
    assert (Order.objects.get(id=sale.id).state, stock(selling)) == ("canceled", (10, 0))
    shift = Shift.objects.get(register=register)
    assert drawer_of([shift])[shift.id].expected_minor == shift.float_minor
    send_refunds(now=clock_now())
    assert check_books() == []


def test_what_is_sold_cannot_be_given_up(selling, register, provider):
    sale = waiting(selling, register)
    pay_by_code(sale.id, provider.till.make_code(), now=clock_now())
    with pytest.raises(SaleIsSold):
        give_up(sale.id, by=None, now=clock_now())
    (refused,) = give_up_sales([sale.id], by=None, now=clock_now())
    assert isinstance(refused, Refused)
    assert Sale.objects.get().state == "sold"


def test_a_shift_does_not_close_over_a_sale_that_is_being_paid(selling, register):
    waiting(selling, register)
    shift = Shift.objects.get(register=register)
    with pytest.raises(ShiftHasOpenSales) as refused:
        close_shift(ClosingWanted(new_id(), shift.id, {}), now=clock_now())
    assert refused.value.facts == {"count": 1}
    assert Shift.objects.get().closed_at is None


def test_the_worker_finishes_what_was_paid_and_gives_up_what_nobody_pays(selling, register, provider):
    paid, left = waiting(selling, register), waiting(selling, register)
    code = provider.till.make_code("password")
    pay_by_code(paid.id, code, now=clock_now())
    provider.till.answer(code, agrees=True)
    assert tend_waiting_sales(now=clock_now() + timedelta(minutes=1)) == 1
    assert tend_waiting_sales(now=clock_now() + timedelta(minutes=11)) == 1
    assert dict(Sale.objects.values_list("id", "state")) == {paid.id: "sold", left.id: "given_up"}
    assert stock(selling) == (9, 0)
    assert check_books() == []


def test_an_order_called_off_elsewhere_gives_its_sale_up(selling, register):
    sale = waiting(selling, register)
    cancel_orders([CancelWanted(sale.id, new_id())], now=clock_now())
    event = Order.objects.get(id=sale.id)
    heard = type("Heard", (), {"order_id": event.id, "channel": "pos"})()
    give_up_what_was_called_off([heard])
    finish_what_was_paid([heard])
    assert Sale.objects.get().state == "given_up"
    assert check_books() == []
