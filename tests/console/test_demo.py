"""The demo brand: the files' figures to the cent, loaded once more without doubling, and after being broken off."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc
import pytest

from sitong.console.demo import files, goods, history, load, people, places
from sitong.goods.catalog.rules import kept_gtin
from sitong.goods.models import Level, Listing, Price, Product
from sitong.member.models import Member
from sitong.org.models import Dealer, Store
from sitong.scene.models import Order, OrderLine
from sitong.shared.ledger.books import check_books

STORES, BASKETS = 3, 400


class Silent:
    """A progress that nobody looks at."""

    def add_task(self, description, *, total=None):
        return description

    def update(self, task_id, *, advance=None, completed=None):
        pass


@pytest.fixture(scope="module")
def sold():
    return files.sales()


@pytest.fixture(scope="module")
def sample(sold):
    """Four hundred baskets of the three busiest stores' first weeks, whole."""
    busiest = pc.is_in(sold["store_id"], value_set=pc.cast([367, 406, 343], "int64"))
    some = sold.filter(busiest)
    baskets = pc.unique(some["basket_id"])[:BASKETS]
    return some.filter(pc.is_in(some["basket_id"], value_set=baskets))


def test_the_files_have_the_year_that_the_books_must_show(sold):
    assert sold.num_rows == 1_469_307
    assert pc.sum(sold["sales_value"]).as_py() == 459_603_958
    assert pc.count_distinct(sold["basket_id"]).as_py() == 155_848
    assert (len(pc.unique(sold["household_id"])), len(pc.unique(sold["store_id"]))) == (2_469, 457)


def test_every_product_department_and_category_has_both_names_and_a_valid_barcode(sold):
    products = goods.products(sold)
    brand_id = files.made_id("brand", "x")
    assert len(products) >= 92_331
    wanted = goods.categories(brand_id, products)
    assert all(one.name and one.name_en for one in wanted)
    assert {one.code for one in wanted} >= {
        goods.category_code(one.department, one.category) for one in products if one.category
    }
    for one in itertools.islice(goods.catalog(brand_id, products), 0, None, 500):
        assert one.name and one.name_en
        assert kept_gtin(one.skus[0].barcodes[0].gtin)


def test_made_up_facts_are_the_same_at_every_load():
    assert files.made_id("store", 367) == files.made_id("store", 367) != files.made_id("store", 406)
    assert people.name(1) == people.name(1)
    assert len({people.phone(number) for number in range(1, 2501)}) == 2500
    assert len({(places.spot(rank).latitude, places.spot(rank).longitude) for rank in range(457)}) == 457


def test_the_year_is_moved_by_whole_weeks_and_ends_before_the_first_load():
    moved = files.weeks_moved(datetime(2026, 3, 3, tzinfo=UTC))
    assert moved.days % 7 == 0
    assert datetime(2018, 1, 1, 23, 59, 59, tzinfo=UTC) + moved <= datetime(2026, 3, 3, tzinfo=UTC)
    assert datetime(2018, 1, 1, 23, 59, 59, tzinfo=UTC) + moved > datetime(2026, 3, 3, tzinfo=UTC) - timedelta(days=8)


def counts():
    return [kind.objects.count() for kind in (Store, Dealer, Member, Product, Price, Listing, Level, Order, OrderLine)]


def test_a_load_broken_off_and_run_again_gives_what_one_load_gives(
    committed_db, sample, settings, tmp_path, monkeypatch
):
    settings.VAR = tmp_path
    monkeypatch.setattr(load, "sales", lambda: sample)
    monkeypatch.setattr(load, "PIECE", 150)
    monkeypatch.setattr(
        goods,
        "read",
        lambda name: files.read(name).filter(
            pc.is_in(files.read(name)["product_id"], value_set=pc.unique(sample["product_id"]))
        ),
    )
    record, done = load.record_imported_orders, []

    def breaks_off(orders, **options):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(record(orders, **options))

    monkeypatch.setattr(load, "record_imported_orders", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        load.load(Silent())
    assert Order.objects.count() == 150
    monkeypatch.setattr(load, "record_imported_orders", record)
    load.load(Silent())
    once = counts()
    assert (once[0], once[7], once[8]) == (STORES, BASKETS, sample.num_rows)
    assert sum(OrderLine.objects.values_list("total_minor", flat=True)) == pc.sum(sample["sales_value"]).as_py()
    assert sum(OrderLine.objects.values_list("coupon_minor", flat=True)) == pc.sum(sample["coupon_match_disc"]).as_py()
    gross = pc.add(pc.add(sample["sales_value"], sample["retail_disc"]), sample["coupon_match_disc"])
    assert sum(Order.objects.values_list("goods_minor", flat=True)) == pc.sum(gross).as_py()
    makers = sum(
        reason["minor"] for reasons in OrderLine.objects.values_list("reasons", flat=True) for reason in reasons
    )
    assert makers == pc.sum(sample["coupon_disc"]).as_py()
    load.load(Silent())
    assert counts() == once
    assert check_books() == []


def test_orders_come_in_the_order_of_time_with_their_lines(sample):
    names = dict.fromkeys(pc.unique(sample["product_id"]).to_pylist(), "x")
    told = list(history.orders(sample, names, timedelta(0), "Asia/Shanghai"))
    assert len(told) == BASKETS
    assert [one.placed_at for one in told] == sorted(one.placed_at for one in told)
    assert sum(len(one.lines) for one in told) == sample.num_rows


def test_metered_goods_are_one_item_and_not_ten_thousand(sold):
    some = sold.filter(pc.greater(sold["quantity"], 5_000))[:20]
    names = dict.fromkeys(pc.unique(some["product_id"]).to_pylist(), "x")
    lines = [line for order in history.orders(some, names, timedelta(0), "Asia/Shanghai") for line in order.lines]
    assert len(lines) == 20
    assert {line.weighed for line in lines} == {1}
