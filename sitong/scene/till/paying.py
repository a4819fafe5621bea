"""Take a sale's part by the code that the customer shows: the provider is called outside of transactions.

The sale is placed and its goods are held before the call; what the provider says enters by `confirm_payments`, and the
sale is finished in a transaction of its own. Whoever dies in between: the worker asks, finishes, or gives up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions import confirm_payments
from sitong.scene.orders.models import Order
from sitong.scene.payments import messenger
from sitong.scene.payments.actions import PaymentWanted, close_payments, open_payments
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.scene.payments.queries import PaymentFacts, payments_of
from sitong.scene.till.actions.finish import finish_sales, give_up_sales
from sitong.scene.till.actions.sell import Sold
from sitong.scene.till.models import Sale, SaleState
from sitong.shared.errors import NotFound, Refused

GIVEN_UP_AFTER = timedelta(minutes=10)
"""A sale that nobody looks after any more ends before its order would expire."""
AT_ONCE = 100


def pay_by_code(sale_id: UUID, auth_code: str, *, now: datetime) -> Sold:
    """Take the code part of a sale that waits. Gives the sale: sold, or still `paying` while the customer confirms.

    Another code than the last one gives that attempt up first; should it have been paid meanwhile, the sale is sold by it.
    A sale that is sold or given up is given as it stands. Refused: shared.not_found, and what the provider refuses: then
    the sale waits on, for another code or another way.
    """
    sale = _sale(sale_id, now=now)
    if sale.state != SaleState.PAYING:
        return sale
    payment = _open(sale, now=now)
    if payment.state == "open" and payment.prepay_id:
        answer = messenger.ask_about(payment)
        if answer.standing is not Standing.DONE:
            close_payments([sale_id], now=now)
            messenger.reverse_given_up()
            payment = _open(sale, now=now)
        else:
            return _heard(sale_id, answer, now=now)
    if payment.state != "open":
        return _sale(sale_id, now=now)
    answer = messenger.pay_by_code(
        payment, auth_code, description=str(sale_id), now=now, device=sale.register_id.hex[-8:]
    )
    return _heard(sale_id, answer, now=now)


def look_at(sale_id: UUID, *, now: datetime) -> Sold:
    """Ask the provider how the customer's payment stands, and finish the sale if it is paid."""
    sale = _sale(sale_id, now=now)
    if sale.state != SaleState.PAYING:
        return sale
    asked = [one for one in payments_of([sale_id]).get(sale_id, []) if one.state == "open" and one.prepay_id]
    return _heard(sale_id, messenger.ask_about(asked[0]), now=now) if asked else sale


def give_up(sale_id: UUID, *, by: UUID | None, now: datetime) -> Sold:
    """Give a sale that waits up: the goods are free, cash goes back by hand, the rest by itself. Raises why not."""
    sale = look_at(sale_id, now=now)
    if sale.state == SaleState.GIVEN_UP:
        return sale
    (outcome,) = give_up_sales([sale_id], by=by, now=now)
    if isinstance(outcome, Refused):
        raise outcome
    messenger.reverse_given_up()
    return outcome


def tend_waiting_sales(*, now: datetime) -> int:
    """Finish sales whose payment came, and give up those that nobody finished in time. Gives how many ended."""
    ended = 0
    waiting = Sale.objects.filter(state=SaleState.PAYING, begun_at__lt=now - timedelta(seconds=20)).order_by("begun_at")
    for sale_id, begun_at in list(waiting.values_list("id", "begun_at")[:AT_ONCE]):
        sale = look_at(sale_id, now=now)
        if sale.state == SaleState.PAYING and begun_at < now - GIVEN_UP_AFTER:
            sale = give_up(sale_id, by=None, now=now)
        ended += sale.state != SaleState.PAYING
    return ended


def _sale(sale_id: UUID, *, now: datetime) -> Sold:
    """Give the sale; one that is paid already is finished first."""
    found: Sequence[Sold] = finish_sales([sale_id], now=now)
    if not found:
        raise NotFound(what="sale")
    return found[0]


def _open(sale: Sold, *, now: datetime) -> PaymentFacts:
    pay_by = Order.objects.filter(id=sale.id).values_list("pay_by", flat=True).first()
    wanted = PaymentWanted(
        sale.id, sale.brand_id, shops([sale.store_id])[sale.store_id].entity_id, sale.total_minor, sale.currency, pay_by or now,
        way="code", shift_id=sale.shift_id, by=sale.by,
    )  # fmt: skip
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    return payment


def _heard(sale_id: UUID, answer: PaymentAnswer, *, now: datetime) -> Sold:
    if answer.standing is Standing.DONE:
        (outcome,) = confirm_payments([answer], now=now)
        if isinstance(outcome, Refused) and not isinstance(outcome, NotFound):
            raise outcome
    return _sale(sale_id, now=now)
