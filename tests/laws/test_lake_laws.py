"""Whatever happens in whatever order, and however often it is written and compacted: the lake is what the database would make it anew."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from sitong.insight.lake.actions import compact_lake, rebuild_lake
from sitong.insight.lake.checking import compared
from sitong.insight.lake.queries import lake_of
from sitong.member.identity.actions import UndoWanted, erase_member, undo_join
from sitong.org.brands.models import Brand
from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.insight import an_imported_order, imported
from tests.make.lake import rows_by_table, written_lake
from tests.make.member import a_key, a_member, joined_as_one
from tests.make.org import NOW, done
from tests.make.returns import a_return, a_sold_order
from tests.make.scene import Selling, a_paid_order, a_selling_store

STEPS = 30


class Story:
    """A brand in which things happen at random; what cannot happen is refused, and nothing happens."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.selling = a_selling_store(prices=(1290, 250), stock=1000)
        self.brand = Brand.objects.get(id=self.selling.store.brand_id)
        self.members = [self.selling.member, *(a_member(self.brand) for _ in range(4))]
        self.paid, self.sold, self.joins = [], [], []
        self.now = NOW

    def step(self) -> None:
        self.now += timedelta(days=self.chance.randrange(0, 4), minutes=1)
        verb = self.chance.choice([
            self.pay, self.pay, self.sell, self.sell, self.bring_in, self.cancel, self.come_back, self.come_back, self.key,
            self.join, self.undo, self.erase, self.write, self.write, self.write, self.compact,
        ])  # fmt: skip
        try:
            verb()
        except Refused:
            return

    def of_somebody(self) -> Selling:
        return Selling(self.selling.store, self.selling.goods, self.chance.choice(self.members))

    def lines(self) -> list[tuple[int, int]]:
        return [(self.chance.randrange(2), self.chance.randrange(1, 4))]

    def pay(self) -> None:
        self.paid.append(a_paid_order(self.of_somebody(), *self.lines(), now=self.now).id)

    def sell(self) -> None:
        self.sold.append(a_sold_order(self.of_somebody(), *self.lines(), now=self.now).id)

    def bring_in(self) -> None:
        at = self.now - timedelta(days=self.chance.randrange(400))
        sku, member = self.selling.goods[0].sku_id, self.chance.choice(self.members)
        orders = [
            an_imported_order(
                self.selling.store, new_id().hex[-12:], at - timedelta(days=31 * n), (sku, 1, 10), member_id=member.id
            )
            for n in range(3)
        ]
        imported(orders, brand_id=self.brand.id, now=self.now)

    def cancel(self) -> None:
        if self.paid:
            order_id = self.paid.pop(self.chance.randrange(len(self.paid)))
            done(cancel_orders([CancelWanted(order_id, new_id(), None, "no")], now=self.now))

    def come_back(self) -> None:
        if self.sold:
            a_return(self.chance.choice(self.sold), self.selling.store, (1, 1), now=self.now)

    def key(self) -> None:
        a_key(self.chance.choice(self.members), now=self.now)

    def join(self) -> None:
        self.joins.append(joined_as_one(*self.chance.sample(self.members, 2), now=self.now))

    def undo(self) -> None:
        if self.joins:
            undo_join(UndoWanted(self.joins.pop().id, "not the same"), by=None, now=self.now)

    def erase(self) -> None:
        if self.chance.random() < 0.3:
            erase_member(self.chance.choice(self.members).id, by=None, reason="asked for", now=self.now)

    def write(self) -> None:
        written_lake(self.brand.id, now=self.now)

    def compact(self) -> None:
        compact_lake(self.brand.id, pieces_min=1, now=self.now)

    def rows(self):
        with lake_of(self.brand.id) as lake:
            return rows_by_table(lake)


@pytest.mark.parametrize("seed", range(5))
def test_a_lake_that_grew_is_the_lake_made_anew(committed_db, seed):
    story = Story(seed)
    for _ in range(STEPS):
        story.step()
    story.write()
    grown = story.rows()
    assert [one for one in compared(story.brand.id, now=story.now) or [None] if one is None or not one.agrees] == []
    rebuild_lake(story.brand.id, now=story.now)
    assert story.rows() == grown
    assert len(grown["lines"]) > 5


@pytest.mark.spark
def test_spark_reads_pieces_and_whole_files_as_duckdb_does(committed_db, spark_lake):
    story = Story(7)
    for _ in range(STEPS):
        story.step()
    story.write()
    asked = ("members", "identities", "orders", "lines")
    grown = story.rows()
    with spark_lake(story.brand.id) as lake:
        from tests.make.lake import rows_of

        assert {table: rows_of(lake, table) for table in asked} == {table: grown[table] for table in asked}
