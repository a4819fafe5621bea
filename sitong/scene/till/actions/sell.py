"""Sell at registers: place, pay, settle and hand over in one transaction. A statement per table, whatever the number of sales."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from sitong.scene.channels.queries import Shop, shops
from sitong.scene.orders.actions import HandoverWanted, OrderPlacement, OrderWanted, hand_over_orders, place_orders
from sitong.scene.orders.actions.pay import settle_orders
from sitong.scene.payments.actions import Tender, take_tenders
from sitong.scene.till.actions.shifts import ShiftIsClosed
from sitong.scene.till.events import SaleMade
from sitong.scene.till.rules import CASH, CODE, WALLET, SaleWanted, content_hash, numbers_for, tenders_fault
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id
from sitong.shared.statements import bytes_of, days, integers, run, texts, uuids, write

LOCK_REGISTERS = """
SELECT id, brand_id, store_id, last_receipt, closed_at IS NOT NULL FROM scene_register WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
OPEN_SHIFTS = "SELECT register_id, id FROM scene_shift WHERE register_id = ANY(%s::uuid[]) AND closed_at IS NULL"
FIELDS = (
    "id, brand_id, store_id, register_id, shift_id, state, number, total_minor, cash_minor, wallet_minor, code_minor, given_minor, "
    "currency, begun_at, sold_at, by"
)
EARLIER = f"SELECT {FIELDS}, content_hash FROM scene_sale WHERE id = ANY(%s::uuid[])"  # noqa: S608 (constants)
WRITE_SALES = """
INSERT INTO scene_sale (begun_at, sold_at, prints, id, brand_id, store_id, register_id, shift_id, member_id, by, state, number, total_minor,
                        cash_minor, wallet_minor, code_minor, given_minor, currency, content_hash, sold_on)
SELECT %s::timestamptz, CASE WHEN s.state = 'sold' THEN %s::timestamptz END, 0, s.*
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bytea[], %s::date[])
  AS s(id, brand_id, store_id, register_id, shift_id, member_id, by, state, number, total, cash, wallet, code, given, currency, hash, sold_on)
"""
SET_LAST = """
UPDATE scene_register AS r SET last_receipt = n.last FROM unnest(%s::uuid[], %s::int[]) AS n(id, last) WHERE r.id = n.id
"""


class TendersDiffer(Refused):
    """What is tendered does not add up to what the sale costs, or is tendered in an impossible way: fact `fault` says which."""

    code = "scene.tenders_differ"


class LockedRegister(NamedTuple):
    """A register under lock."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    last_receipt: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale as its register hears of it; the same again for a repeat. `number` is the receipt's, None until it is sold."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    register_id: UUID
    shift_id: UUID
    state: str
    number: int | None
    total_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int
    given_minor: int
    currency: str
    begun_at: datetime
    sold_at: datetime | None
    by: UUID | None

    @property
    def change_minor(self) -> int:
        """What the clerk gives back of the cash."""
        return self.given_minor - self.cash_minor


@dataclass(frozen=True, slots=True)
class Counter:
    """What a batch of sales is decided from, under the registers' locks."""

    registers: Mapping[UUID, LockedRegister]
    shifts: Mapping[UUID, UUID]
    earlier: Mapping[UUID, tuple[Sold, bytes]]
    shops: Mapping[UUID, Shop]


def sell(wanted: Sequence[SaleWanted], *, now: datetime) -> list[Sold | Refused]:
    """Sell at registers, each sale whole or not at all: placed, paid, settled, handed over, with its receipt's number.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. A sale with a part to be
    paid by the customer's code is placed, its other parts are taken, its goods are held, and it waits (`paying`) for
    `paying.pay_sale_by_code`. Refused: shared.not_found, scene.shift_closed, scene.tenders_differ, what placing refuses
    (scene.price_changed, goods.out_of_stock, coupons, points), what the wallet refuses. One refused sale never touches
    its neighbors. Locks registers, then what placing, paying and handing over lock.
    """
    refused: dict[int, Refused] = {}
    while True:
        try:
            with transaction.atomic():
                return _sell(wanted, refused, now=now)
        except _Again as again:  # a tender was refused after its order had been placed: all anew without that sale
            refused.update(again.refused)


class _Again(Exception):
    def __init__(self, refused: Mapping[int, Refused]) -> None:
        super().__init__(refused)
        self.refused = refused


def _sell(wanted: Sequence[SaleWanted], refused: Mapping[int, Refused], *, now: datetime) -> list[Sold | Refused]:
    counter = _counter(wanted)
    outcomes: list[Sold | Refused | None] = []
    hashes = [content_hash(one) for one in wanted]
    fresh: dict[UUID, int] = {}
    for at, one in enumerate(wanted):
        outcome = refused.get(at) or _answer(one, hashes[at], counter)
        if outcome is None and one.id in fresh:  # twice in one batch: the second hears what becomes of the first
            same = hashes[fresh[one.id]] == hashes[at]
            outcomes.append(None if same else RepeatDiffers(id=one.id))
            continue
        if outcome is None:
            fresh[one.id] = at
        outcomes.append(outcome)
    placed = _place([wanted[at] for at in fresh.values()], now=now)
    going = [wanted[at] for at in fresh.values() if not isinstance(placed[wanted[at].id], Refused)]
    made = _write(going, {one.id: hashes[fresh[one.id]] for one in going}, fresh, counter, now=now) if going else {}
    answers: Mapping[UUID, Sold | Refused] = {
        sale_id: made.get(sale_id, outcome)  # type: ignore[arg-type]
        for sale_id, outcome in placed.items()
    }
    return [answers[one.id] if outcome is None else outcome for one, outcome in zip(wanted, outcomes, strict=True)]


def _counter(wanted: Sequence[SaleWanted]) -> Counter:
    """Lock the registers and read what stands at them."""
    registers = {
        row[0]: LockedRegister(*row) for row in run(LOCK_REGISTERS, [uuids({one.register_id for one in wanted})])
    }
    shifts = dict(run(OPEN_SHIFTS, [uuids(registers)]))
    earlier = {row[0]: (Sold(*row[:-1]), bytes(row[-1])) for row in run(EARLIER, [uuids({one.id for one in wanted})])}
    return Counter(registers, shifts, earlier, shops({one.store_id for one in wanted}))


def _answer(one: SaleWanted, content: bytes, counter: Counter) -> Sold | Refused | None:
    """Answer a repeat or refuse; None: the sale is to be made."""
    register, shop = counter.registers.get(one.register_id), counter.shops.get(one.store_id)
    if register is None or shop is None or (register.store_id, register.brand_id) != (one.store_id, one.brand_id):
        return NotFound(what="register")
    if (before := counter.earlier.get(one.id)) is not None:
        return before[0] if before[1] == content else RepeatDiffers(id=one.id)
    if register.closed:
        return NotFound(what="register")
    if one.register_id not in counter.shifts:
        return ShiftIsClosed()
    fault = tenders_fault(one)
    return TendersDiffer(fault=fault, expected_minor=one.expected_total_minor) if fault else None


def _place(wanted: Sequence[SaleWanted], *, now: datetime) -> dict[UUID, OrderPlacement | Refused]:
    orders = [
        OrderWanted(
            one.id, one.brand_id, one.store_id, one.member_id, one.lines, one.expected_total_minor, "pos", "till", one.by,
            coupon_claim_ids=one.coupon_claim_ids, points=one.points, promise=one.promise, best_coupons=one.best_coupons,
        )
        for one in wanted
    ]  # fmt: skip
    outcomes = place_orders(orders, now=now) if orders else []
    return {one.id: outcome for one, outcome in zip(wanted, outcomes, strict=True)}


def _write(
    going: Sequence[SaleWanted], hashes: Mapping[UUID, bytes], places: Mapping[UUID, int], counter: Counter, *, now: datetime
) -> dict[UUID, Sold]:  # fmt: skip
    """Take the tenders, settle and hand over what is paid whole, and write the sales' rows."""
    _take_tenders(going, places, counter, now=now)
    whole = [one for one in going if not one.part(CODE)]
    deliver([(one.id, one.store_id, one.by) for one in whole], now=now)
    numbers = numbers_for(
        {register.id: register.last_receipt for register in counter.registers.values()},
        [one.register_id for one in whole],
    )
    by_sale = dict(zip([one.id for one in whole], numbers, strict=True))
    sold = [_sold(one, by_sale.get(one.id), counter, now=now) for one in going]
    dates: dict[str, date] = {shop.zone: business_date(now, shop.zone) for shop in counter.shops.values()}
    write(WRITE_SALES, [
        now, now,
        uuids([one.id for one in sold]), uuids([one.brand_id for one in sold]), uuids([one.store_id for one in sold]),
        uuids([one.register_id for one in sold]), uuids([one.shift_id for one in sold]), uuids([one.member_id for one in going]),
        uuids([one.by for one in sold]), texts([one.state for one in sold]),
        "{" + ",".join(["NULL" if one.number is None else str(one.number) for one in sold]) + "}",
        integers([one.total_minor for one in sold]), integers([one.cash_minor for one in sold]),
        integers([one.wallet_minor for one in sold]), integers([one.code_minor for one in sold]),
        integers([one.given_minor for one in sold]), texts([one.currency for one in sold]),
        bytes_of([hashes[one.id] for one in sold]), days([dates[counter.shops[one.store_id].zone] for one in sold]),
    ])  # fmt: skip
    tell_sold([one for one in sold if one.number is not None], now=now)
    return {one.id: one for one in sold}


def _take_tenders(going: Sequence[SaleWanted], places: Mapping[UUID, int], counter: Counter, *, now: datetime) -> None:
    """Take cash and wallet parts. A refused one leaves by `_Again`, so that its placed order goes too."""
    tenders, owners = [], []
    for one in going:
        for tender in one.tenders:
            if tender.kind != CODE:
                shop = counter.shops[one.store_id]
                tenders.append(Tender(
                    new_id(), one.id, one.brand_id, shop.entity_id, tender.kind, tender.amount_minor, shop.currency,
                    member_id=one.member_id if tender.kind == WALLET else None,
                    given_minor=tender.given_minor, by=one.by, shift_id=counter.shifts[one.register_id],
                ))  # fmt: skip
                owners.append(places[one.id])
    taken = take_tenders(tenders, now=now) if tenders else []
    refused = {at: outcome for at, outcome in zip(owners, taken, strict=True) if isinstance(outcome, Refused)}
    if refused:
        raise _Again(refused)


def deliver(sales: Collection[tuple[UUID, UUID, UUID | None]], *, now: datetime) -> None:
    """Settle orders that are paid and hand them over: (order_id, store_id, by). A refusal here is a bug: all goes back."""
    if not sales:
        return
    settle_orders([order_id for order_id, _, _ in sales], now=now)
    handed = hand_over_orders(
        [HandoverWanted(order_id, store_id, order_id, by=by) for order_id, store_id, by in sales], now=now
    )
    if wrong := [outcome for outcome in handed if isinstance(outcome, Refused)]:
        raise RuntimeError(f"a sale that was paid could not be handed over: {wrong[0]}")


def tell_sold(sold: Sequence[Sold], *, now: datetime) -> None:
    """Keep the registers' last numbers and announce the sales."""
    last = {one.register_id: one.number for one in sold}
    if sold:
        write(SET_LAST, [uuids(last), integers(last.values())])  # type: ignore[arg-type]
        announce([
            SaleMade(one.brand_id, one.id, one.store_id, one.register_id, one.shift_id, one.number or 0, one.total_minor,
                     one.cash_minor, one.wallet_minor, one.code_minor)
            for one in sold
        ], at=now)  # fmt: skip


def _sold(one: SaleWanted, number: int | None, counter: Counter, *, now: datetime) -> Sold:
    return Sold(
        one.id, one.brand_id, one.store_id, one.register_id, counter.shifts[one.register_id],
        "paying" if number is None else "sold", number, one.expected_total_minor, one.part(CASH), one.part(WALLET), one.part(CODE),
        one.given_minor, counter.shops[one.store_id].currency, now, None if number is None else now, one.by,
    )  # fmt: skip
