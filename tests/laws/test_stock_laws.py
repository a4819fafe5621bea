"""Whatever happens to stock: held ≤ on hand, the books agree, and a batch of n does what n batches of one do."""

from dataclasses import replace
from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.goods.inventory.actions import (
    ArrivalWanted,
    CountLine,
    CountWanted,
    HoldWanted,
    ReceiptLine,
    ReceiptWanted,
    ReturnLine,
    ReturnWanted,
    TransferLine,
    TransferWanted,
    WriteOffLine,
    WriteOffWanted,
    arrive_stock,
    count_stock,
    hold_stock,
    lock_levels,
    receive_stock,
    release_holds,
    return_stock,
    take_held_stock,
    transfer_stock,
    transit_id,
    withdraw_expired,
    write_off,
)
from sitong.goods.inventory.books import disagreeing_stock
from sitong.goods.inventory.models import Lot
from sitong.goods.inventory.queries import levels_now
from sitong.goods.inventory.rules import give_back_to, order_of_taking, take_from
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.goods_stock import a_location, some_skus

SKUS = 2
LOTS = [("", None), ("gone", date(2026, 3, 1)), ("soon", date(2026, 3, 10)), ("late", date(2026, 6, 1))]

quantities = st.integers(0, 9)
skus = st.integers(0, SKUS - 1)
lots = st.sampled_from(LOTS)
receipts = st.lists(st.tuples(skus, quantities, lots), min_size=1, max_size=3)
counts = st.lists(st.tuples(skus, quantities, st.none() | lots), min_size=1, max_size=3)
moves = st.lists(st.tuples(skus, quantities), min_size=1, max_size=3)

law = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Shop:
    """Two locations and what was done at them; each deed goes through the actions."""

    def __init__(self, brand_id, sku_ids, now):
        self.skus, self.now = sku_ids, now
        self.here, self.there = a_location(brand_id=brand_id), a_location(brand_id=brand_id)
        self.documents, self.shipments = [], []

    def pair(self, sku):
        return self.here.id, self.skus[sku]

    def receipt(self, lines):
        return ReceiptWanted(
            new_id(), self.here.id, tuple(ReceiptLine(self.skus[sku], quantity, *lot) for sku, quantity, lot in lines)
        )

    def count(self, lines):
        made = tuple(
            CountLine(self.skus[sku], quantity, lot is not None, *(lot or ("", None))) for sku, quantity, lot in lines
        )
        return CountWanted(new_id(), self.here.id, made)

    def write_off(self, lines):
        made = tuple(
            WriteOffLine(self.skus[sku], quantity, lot is not None, *(lot or ("", None)))
            for sku, quantity, lot in lines
        )
        return WriteOffWanted(new_id(), self.here.id, made)

    def transfer(self, lines):
        return TransferWanted(
            new_id(),
            self.here.id,
            self.there.id,
            tuple(TransferLine(self.skus[sku], quantity) for sku, quantity in lines),
        )

    def do(self, deed, *given):
        getattr(self, f"do_{deed}")(*given)

    def do_receive(self, lines):
        receive_stock([self.receipt(lines)], by=None, now=self.now)

    def do_count(self, lines):
        count_stock([self.count(lines)], by=None, now=self.now)

    def do_write_off(self, lines):
        write_off([self.write_off(lines)], by=None, now=self.now)

    def do_hold(self, sku, quantity):
        level = lock_levels([self.pair(sku)])[self.pair(sku)]
        if 1 <= quantity <= level.free:
            self.documents.append(new_id())
            hold_stock([HoldWanted(self.documents[-1], self.here.brand_id, *self.pair(sku), quantity)])

    def do_end(self, at, take):
        if self.documents:
            document = self.documents[at % len(self.documents)]
            take_held_stock([document], reason="sale", by=None, now=self.now) if take else release_holds([document])

    def do_give_back(self, at, sku, quantity):
        if self.documents:
            document = self.documents[at % len(self.documents)]
            return_stock(
                [ReturnWanted(new_id(), self.here.id, document, (ReturnLine(self.skus[sku], quantity),))],
                by=None,
                now=self.now,
            )

    def do_ship(self, lines):
        (answer,) = transfer_stock([self.transfer(lines)], by=None, now=self.now)
        if not isinstance(answer, Refused):
            self.shipments.append(answer.id)

    def do_arrive(self, at, lines):
        if self.shipments:
            wanted = ArrivalWanted(
                new_id(),
                self.there.id,
                self.shipments[at % len(self.shipments)],
                tuple(TransferLine(self.skus[sku], q) for sku, q in lines),
            )
            arrive_stock([wanted], by=None, now=self.now)

    def do_withdraw(self):
        withdraw_expired(now=self.now)

    def standing(self):
        """Give everything that lies anywhere, without ids of rows."""
        places = [self.here.id, self.there.id, transit_id(self.there.id)]
        lots = Lot.objects.filter(location_id__in=places, quantity__gt=0)
        found = sorted(
            (places.index(lot.location_id), self.skus.index(lot.sku_id), lot.code, lot.quantity) for lot in lots
        )
        levels = levels_now([(place, sku) for place in places for sku in self.skus])
        return found, list(levels.values())


deeds = st.one_of(
    st.tuples(st.just("receive"), receipts),
    st.tuples(st.just("count"), counts),
    st.tuples(st.just("write_off"), counts),
    st.tuples(st.just("hold"), skus, quantities),
    st.tuples(st.just("end"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("give_back"), st.integers(0, 9), skus, quantities),
    st.tuples(st.just("ship"), moves),
    st.tuples(st.just("arrive"), st.integers(0, 3), moves),
    st.tuples(st.just("withdraw")),
)


@law
@given(st.lists(deeds, min_size=3, max_size=15))
def test_any_sequence_of_deeds_keeps_the_books(db, now, done):
    with transaction.atomic():
        shop = Shop(new_id(), [], now)
        shop.skus = [sku.id for sku in some_skus(SKUS, brand_id=shop.here.brand_id, now=now)]
        for deed in done:
            shop.do(*deed)
        assert disagreeing_stock() == []
        assert all(0 <= level.held <= level.on_hand for level in shop.standing()[1])
        transaction.set_rollback(True)


@law
@given(
    receipts,
    st.one_of(
        st.tuples(st.just("receipt"), st.lists(receipts, min_size=1, max_size=5)),
        st.tuples(st.just("count"), st.lists(counts, min_size=1, max_size=5)),
        st.tuples(st.just("write_off"), st.lists(counts, min_size=1, max_size=5)),
        st.tuples(st.just("transfer"), st.lists(moves, min_size=1, max_size=5)),
    ),
    st.integers(0, 4),
)
def test_a_batch_does_what_as_many_batches_of_one_do(db, now, before, batch, held):
    verb, contents = batch
    action = {"receipt": receive_stock, "count": count_stock, "write_off": write_off, "transfer": transfer_stock}[verb]
    with transaction.atomic():
        brand_id = new_id()
        sku_ids = [sku.id for sku in some_skus(SKUS, brand_id=brand_id, now=now)]
        outcomes = []
        for size in (len(contents) + 2, 1):
            shop = Shop(brand_id, sku_ids, now)
            shop.do_receive(before)
            shop.do_hold(0, held)
            wanted = [getattr(shop, verb)(content) for content in contents]
            wanted += [replace(wanted[0]), replace(wanted[-1], note="other")]  # a repeat, and one that differs
            answers = [
                answer
                for at in range(0, len(wanted), size)
                for answer in action(wanted[at : at + size], by=None, now=now)
            ]
            said = [
                (answer.code, [str(value) for key, value in answer.facts.items() if key != "id"])
                if isinstance(answer, Refused)
                else answer.kind
                for answer in answers
            ]
            outcomes.append((said, shop.standing()))
        assert outcomes[0] == outcomes[1]
        transaction.set_rollback(True)


shelves = st.dictionaries(st.sampled_from(LOTS), st.integers(0, 20), max_size=4)


@given(shelves, st.data(), st.dates(date(2026, 2, 1), date(2026, 7, 1)))
def test_lots_are_taken_in_one_order_and_exactly(shelf, data, today):
    wanted = data.draw(st.integers(0, sum(shelf.values())))
    order = order_of_taking(shelf.items(), today=today)
    taken = take_from(order, wanted)
    assert sum(part for _, part in taken) == wanted
    keys = [lot for lot, _ in order]
    touched = [keys.index(lot) for lot, _ in taken]
    assert touched == sorted(touched)
    assert all(part == shelf[lot] for lot, part in taken[:-1])
    expired = [lot[1] is not None and lot[1] < today for lot in keys]
    assert expired == sorted(expired)


@given(shelves, st.integers(0, 100))
def test_what_comes_back_is_as_much_and_no_lot_gets_more_than_it_sold(sold, quantity):
    parts = give_back_to(sold, quantity)
    assert sum(part for _, part in parts) == quantity
    assert all(part <= sold.get(lot, 0) for lot, part in parts[:-1])
