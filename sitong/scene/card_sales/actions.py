"""Sell cards: opened, paid, and given in the transaction in which the money is known to be there; and given back in proportion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.cards.actions import CardWanted, give_cards, look_at_cards, take_back_card
from sitong.member.cards.queries import kind_facts
from sitong.member.wallet.queries import terms_of
from sitong.org.stores.queries import store_facts
from sitong.scene.card_sales.models import CardSale, CardSaleState
from sitong.scene.payments.actions import (
    Confirmation,
    GiveBack,
    RefundWanted,
    Tender,
    ask_refunds,
    close_payments,
    confirm_paid,
    give_back,
    take_tenders,
)
from sitong.scene.payments.payers import confirms
from sitong.scene.payments.provider import PaymentAnswer
from sitong.scene.payments.queries import documents_of, payments_of, tenders_kept
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

KIND = "cardsale"
PAY_WITHIN = timedelta(minutes=15)
PIECE = 500
REFUND_OF_SALE = UUID("0b7f6c1e-8a37-5d0c-9f52-6f1f0a3c77d4")
"""Name space of the refunds that follow by themselves: money for a card that cannot be given goes back once."""


class CardSaleNotPayable(Refused):
    """The purchase is paid already, or its time is over: fact state."""

    code = "scene.card_sale_not_payable"


class CardNotReturnable(Refused):
    """The card was not bought here, or was given back already."""

    code = "scene.card_not_returnable"


class CardBackAtCounter(Refused):
    """The card was paid in cash, so the money is handed out in a store."""

    code = "scene.card_back_at_counter"


@dataclass(frozen=True, slots=True)
class CardSaleWanted:
    """A member wants to buy a card, at a counter or from its phone. The same id is the same purchase."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    kind_id: UUID
    store_id: UUID | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class CashCardSale:
    """Cash is handed over for a card, to a clerk. `id` is the payment's; the same id is the same payment."""

    id: UUID
    sale_id: UUID
    given_minor: int | None = None
    by: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CardPaid:
    """A paid purchase, and the change."""

    sale_id: UUID
    price_minor: int
    change_minor: int


@dataclass(frozen=True, slots=True)
class CardGivenBack:
    """A card was given back: what goes back to the member, and of it cash that is to be handed out now."""

    card_id: UUID
    refund_minor: int
    earned_minor: int
    cash_minor: int


def open_card_sales(wanted: Sequence[CardSaleWanted], *, now: datetime) -> list[CardSale | Refused]:
    """Open purchases, to be paid within 15 minutes. The money goes to the brand's issuing entity; without one, to the store's.

    Refused: what `give_cards` would refuse with now; shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        earlier = CardSale.objects.in_bulk([one.id for one in wanted])
        kinds = kind_facts({one.kind_id for one in wanted})
        stores = store_facts({one.store_id for one in wanted if one.store_id})
        looks = look_at_cards([CardWanted(one.id, one.brand_id, one.member_id, one.kind_id) for one in wanted], now=now)
        outcomes: list[CardSale | Refused] = []
        fresh: list[CardSale] = []
        for one, fault in zip(wanted, looks, strict=True):
            store = stores.get(one.store_id) if one.store_id else None
            if (before := earlier.get(one.id)) is not None:
                same = (before.member_id, before.kind_id) == (one.member_id, one.kind_id)
                outcomes.append(before if same else RepeatDiffers(id=one.id))
            elif fault is not None or (one.store_id and (store is None or store.brand_id != one.brand_id)):
                outcomes.append(fault or NotFound(what="store"))
            else:
                kind = kinds[one.kind_id]
                entity_id = terms_of(one.brand_id).issuer_id or (store.entity_id if store else None)
                sale = earlier[one.id] = CardSale(
                    id=one.id, brand_id=one.brand_id, member_id=one.member_id, kind_id=one.kind_id, store_id=one.store_id, entity_id=entity_id,
                    number=f"V{now:%y%m%d}{one.id.int % 10**8:08d}", name=kind.name, price_minor=kind.price_minor, currency=kind.currency,
                    by=one.by, opened_at=now, pay_by=now + PAY_WITHIN,
                )  # fmt: skip
                fresh.append(sale)
                outcomes.append(sale)
        CardSale.objects.bulk_create(fresh)
        return outcomes


@confirms(KIND)
def confirm_card_sales(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid and give what was bought, in one transaction. The same news again changes nothing.

    Money for a card that cannot be given (time over, paid twice) goes back at once and whole. Locks purchases, then payments,
    then ledger accounts.
    """
    with transaction.atomic():
        documents = documents_of([one.number for one in confirmed])
        sales = _lock(documents.values())
        outcomes = confirm_paid(confirmed, now=now)
        good: dict[UUID, Confirmation] = {}
        unwanted: list[Confirmation] = []
        for one in outcomes:
            if not isinstance(one, Confirmation) or one.repeated or one.document_id not in sales:
                continue
            sale = sales[one.document_id]
            payable = sale.state == CardSaleState.OPEN and sale.id not in good and one.amount_minor == sale.price_minor
            if payable:
                good[sale.id] = one
            else:
                unwanted.append(one)
        rows = [sales[sale_id] for sale_id in good]
        for row, given in zip(rows, _give(rows, now=now), strict=True):
            if isinstance(given, Refused):
                unwanted.append(good[row.id])
                row.state = CardSaleState.RETURNED
            else:
                row.state, row.paid_at = CardSaleState.PAID, now
        CardSale.objects.bulk_update(rows, ["state", "paid_at"])
        ask_refunds([
            RefundWanted(uuid5(REFUND_OF_SALE, str(one.payment_id)), one.document_id, one.amount_minor, "card not available", one.payment_id)
            for one in unwanted
        ], now=now)  # fmt: skip
        return outcomes


def pay_card_sales_in_cash(wanted: Sequence[CashCardSale], *, now: datetime) -> list[CardPaid | Refused]:
    """Take cash for cards and give them. What is refused leaves nothing behind.

    Refused: shared.not_found, scene.card_sale_not_payable, scene.given_too_little, shared.repeat_differs. Locks purchases,
    then payments, then ledger accounts.
    """
    outcomes: list[CardPaid | Refused] = []
    for one in wanted:  # a till takes one at a time; each has a savepoint of its own, since two words write
        try:
            with transaction.atomic():
                outcomes.append(_in_cash(one, now=now))
        except Refused as refused:
            outcomes.append(refused)
    return outcomes


def give_card_back(
    return_id: UUID,
    card_id: UUID,
    *,
    member_id: UUID,
    by: UUID | None,
    now: datetime,
    kinds: Collection[str] = ("wechat", "cash", "wallet"),
) -> CardGivenBack:
    """Take a card back: what is left of its price goes back the way it was paid. The same id gives the first answer.

    `kinds`: by which payments money may go back; a member at its phone gets no cash.
    Refused: scene.card_not_returnable, scene.card_back_at_counter, member.card_returned. Locks the purchase,
    payments and wallets, then the card and the ledger.
    """
    with transaction.atomic():
        sale = _lock([card_id]).get(card_id)
        if (
            sale is None
            or sale.member_id != member_id
            or sale.state not in (CardSaleState.PAID, CardSaleState.REFUNDED)
        ):
            raise CardNotReturnable()
        ways = {one.kind for one in payments_of([card_id]).get(card_id, []) if one.state == "paid"}
        if not ways <= set(kinds):
            raise CardBackAtCounter()
        back = take_back_card(return_id, card_id, by=by, now=now)
        (given,) = give_back(
            [GiveBack(uuid5(return_id, "refund"), card_id, back.refund_minor, "card returned", by=by)], now=now
        )
        if isinstance(given, Refused):
            raise given
        sale.state, sale.refunded_minor = CardSaleState.REFUNDED, back.refund_minor
        sale.save(update_fields=["state", "refunded_minor"])
        cash = sum(part.amount_minor for part in given if part.kind == "cash")
        return CardGivenBack(card_id, back.refund_minor, back.earned_minor, cash)


def expire_card_sales(*, now: datetime) -> int:
    """Let unpaid purchases expire and close their payments, 500 in a transaction. Gives how many did."""
    expired = 0
    while True:
        with transaction.atomic():
            due = CardSale.objects.select_for_update(no_key=True, skip_locked=True)
            found = due.filter(state=CardSaleState.OPEN, pay_by__lte=now).order_by("id")
            ids = list(found.values_list("id", flat=True)[:PIECE])
            if ids:
                CardSale.objects.filter(id__in=ids).update(state=CardSaleState.EXPIRED)
                close_payments(ids, now=now)
        expired += len(ids)
        if len(ids) < PIECE:
            return expired


def move_card_sales(from_id: UUID, *, to: UUID, sale_ids: Sequence[UUID] | None) -> list[UUID]:
    """Put purchases into another member's name: all (None) or these. Gives which."""
    with transaction.atomic():
        rows = CardSale.objects.select_for_update(no_key=True).filter(member_id=from_id)
        rows = rows if sale_ids is None else rows.filter(id__in=list(sale_ids))
        ids = [row.id for row in rows.order_by("id").only("id")]
        CardSale.objects.filter(id__in=ids).update(member_id=to)
        return ids


def _in_cash(one: CashCardSale, *, now: datetime) -> CardPaid:
    row = _lock([one.sale_id]).get(one.sale_id)
    if row is None:
        raise NotFound(what="card sale")
    if (before := tenders_kept([one.id]).get(one.id)) is not None:
        if before.document_id != row.id:
            raise RepeatDiffers(id=one.id)
        return CardPaid(row.id, row.price_minor, before.change_minor)
    if row.state != CardSaleState.OPEN or row.pay_by <= now:
        raise CardSaleNotPayable(number=row.number, state=row.state)
    close_payments([row.id], now=now)
    tender = Tender(one.id, row.id, row.brand_id, row.entity_id, "cash", row.price_minor, row.currency, member_id=row.member_id,
                    given_minor=one.given_minor, by=one.by, shift_id=one.shift_id, document_kind=KIND)  # fmt: skip
    (taken,) = take_tenders([tender], now=now)
    if isinstance(taken, Refused):
        raise taken
    (given,) = _give([row], now=now)
    if isinstance(given, Refused):
        raise given
    row.state, row.paid_at = CardSaleState.PAID, now
    row.save(update_fields=["state", "paid_at"])
    return CardPaid(row.id, row.price_minor, taken.change_minor)


def _give(rows: Sequence[CardSale], *, now: datetime) -> Sequence[object]:
    return give_cards([
        CardWanted(row.id, row.brand_id, row.member_id, row.kind_id, row.entity_id, row.store_id, row.by, row.opened_at) for row in rows
    ], now=now)  # fmt: skip


def _lock(ids: Collection[UUID]) -> dict[UUID, CardSale]:
    rows = CardSale.objects.select_for_update(no_key=True).filter(id__in=list(ids))
    return {row.id: row for row in rows.order_by("id")}
