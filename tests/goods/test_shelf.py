"""What a channel may sell in a store, page by page, and what words find."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.catalog.actions import SkuWanted, unshelve_products, withdraw_products
from sitong.goods.catalog.queries import ShelfWanted, search_shelf, shelf_page, shelf_pages, shelf_product
from sitong.goods.catalog.queries import search as search_module
from sitong.goods.catalog.queries.search import forget_rankings
from sitong.goods.models import Level, Sku
from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.goods.pricing.queries import price_candidates
from sitong.goods.pricing.rules import choose_price
from sitong.org.stores.queries import store_facts
from sitong.shared.access.scope import brands_shown
from sitong.shared.ids import new_id
from tests.make.goods import a_category, a_product, a_shelved_product, on_shelf, priced, stocked
from tests.make.org import a_brand, a_dealer, a_store

DAY = timedelta(days=1)


@pytest.fixture
def store(db):
    forget_rankings()
    return facts(a_store(a_brand()))


def facts(store):
    return store_facts([store.id])[store.id]


def names(page):
    return [item.name_en for item in page.items]


def test_a_shelf_shows_price_and_free_stock_live(store, now):
    milk = a_shelved_product(store, 1290, 10, name_en="Milk", rank=5)
    bread = a_shelved_product(store, 850, 0, name_en="Bread", rank=9)
    page = shelf_page(store, channel="mini_shop", at=now)
    assert [(item.product_id, item.sku_id, item.price_minor, item.free, item.sold_out, item.struck_minor) for item in page.items] == [
        (bread.id, bread.sku_id, 850, 0, True, None), (milk.id, milk.sku_id, 1290, 10, False, None),
    ]  # fmt: skip
    assert page.after is None
    Level.objects.filter(sku_id=milk.sku_id).update(held=3, safety=2)
    priced(milk.sku_id, 990, price_list="promotion", ends_at=now + DAY, now=now)
    item = shelf_page(store, channel="mini_shop", at=now).items[1]
    assert (item.price_minor, item.struck_minor, item.promotion_ends_at, item.free) == (
        990,
        None,
        None,
        5,
    )  # set today: no earlier price
    priced(bread.sku_id, 500, price_list="promotion", starts_at=now + 5 * DAY, ends_at=now + 6 * DAY, now=now)
    item = shelf_page(store, channel="mini_shop", at=now + 5 * DAY).items[0]
    assert (item.price_minor, item.struck_minor, item.promotion_ends_at) == (500, 850, now + 6 * DAY)


def test_what_is_off_the_shelf_withdrawn_unpriced_or_elsewhere_is_not_shown(store, now):
    kept, off, gone = (a_shelved_product(store) for _ in range(3))
    on_shelf(store, [a_product(store.brand_id)])  # no price
    a_shelved_product(facts(a_store(a_brand())))
    unshelve_products(store.id, [off.id], by=None, now=now)
    withdraw_products([gone.id], by=None, now=now)
    assert [item.product_id for item in shelf_page(store, channel="pos", at=now).items] == [kept.id]
    assert shelf_product(store, off.id, channel="pos", at=now) == []


def test_a_franchise_store_may_keep_its_stock_from_online_orders(store, now):
    franchise = facts(a_store(dealer=a_dealer(a_brand()), online_takes_stock=False))
    a_shelved_product(franchise, stock=7)
    assert [
        shelf_page(franchise, channel=channel, at=now).items[0].free for channel in ("mini_shop", "livestream", "pos")
    ] == [0, 0, 7]


def test_pages_follow_each_other_without_gap_or_repeat_whatever_the_ranks(store, now):
    dairy = a_category(store.brand_id, code="DAIRY")
    milk = a_category(store.brand_id, code="MILK", parent_code="DAIRY")
    made = [
        a_shelved_product(store, rank=number % 3, category_id=(milk if number % 2 else dairy).id)
        for number in range(11)
    ]
    for category, expected in ((None, 11), (dairy, 11), (milk, 5)):
        seen, after = [], None
        while True:
            page = shelf_page(store, channel="pos", at=now, after=after, limit=4, category_id=category and category.id)
            seen += page.items
            if (after := page.after) is None:
                break
        assert len(seen) == len({item.product_id for item in seen}) == expected
        assert [item.rank for item in seen] == sorted((item.rank for item in seen), reverse=True)
        assert {item.product_id for item in seen} <= {one.id for one in made}
    assert shelf_page(store, channel="pos", at=now, after="nonsense", limit=4) == shelf_page(
        store, channel="pos", at=now, limit=4
    )


def test_a_product_of_several_skus_is_shown_by_the_cheapest_that_is_there(store, now):
    skus = tuple(SkuWanted(f"TEA-{size}", size) for size in ("100g", "250g", "500g"))
    product = a_product(store.brand_id, skus=skus)
    small, middle, large = Sku.objects.filter(product=product).order_by("code")
    for sku, amount in ((small, 2000), (middle, 4000), (large, 7000)):
        priced(sku.id, amount)
    on_shelf(store, [product])
    stocked(store, [(middle.id, 1), (large.id, 5)])
    (item,) = shelf_page(store, channel="pos", at=now).items
    assert (item.sku_id, item.variant, item.price_minor, item.free, item.skus) == (middle.id, "250g", 4000, 1, 3)
    assert [(one.variant, one.price_minor, one.free) for one in shelf_product(store, product.id, channel="pos", at=now)] == [
        ("100g", 2000, 0), ("250g", 4000, 1), ("500g", 7000, 5),
    ]  # fmt: skip


def test_the_statement_chooses_the_price_that_the_rule_chooses(store, now):
    chance = random.Random(7)
    shop = facts(a_store(dealer=a_dealer(a_brand()), kind="special"))
    other = a_store_of(shop.brand_id)
    made = [a_shelved_product(shop, chance.randrange(500, 900)) for _ in range(25)]
    wanted = [
        PriceWanted(
            chance.choice(made).sku_id, chance.randrange(300, 1200), chance.choice(["regular", "promotion"]), chance.choice(["", "pos", "mini_shop"]),
            chance.choice(["", "special", "direct"]), chance.choice([None, shop.id, other.id]), chance.choice([1, 1, 2]),
            now - chance.randrange(9) * DAY, tier=chance.choice(["", "", "gold"]),
        )
        for _ in range(600)
    ]  # fmt: skip
    wanted = [
        one if one.price_list == "regular" else replace(one, ends_at=one.starts_at + chance.randrange(1, 9) * DAY)
        for one in wanted
    ]
    assert sum(not isinstance(one, Exception) for one in set_prices(wanted, by=None, now=now)) > 200
    for channel in ("pos", "mini_shop"):
        for days in range(10):
            at = now - days * DAY
            chosen = {
                sku_id: choose_price(found, channel=channel, store_kind="special", store_id=shop.id, quantity=1, at=at)
                for sku_id, found in price_candidates([one.sku_id for one in made], at=at).items()
            }
            shown = {
                item.sku_id: item.price_minor for item in shelf_page(shop, channel=channel, at=at, limit=100).items
            }
            assert shown == {sku_id: price.amount_minor for sku_id, price in chosen.items() if price}


def test_as_many_statements_for_twenty_products_and_many_pages_as_for_one(store, now):
    a_shelved_product(store, name_en="Milk")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            page = shelf_page(store, channel="pos", at=now)
            shelf_pages([ShelfWanted(store, "pos"), ShelfWanted(store, "mini_shop")] * 5, at=now)
        counts.append(len(seen))
        for _ in range(19):
            a_shelved_product(store)
    assert len(page.items) == 20
    assert counts == [3, 3]  # a statement for each batch of pages, and one for the cards that are not remembered


def test_a_batch_gives_what_single_pages_give(store, now):
    other = facts(a_store(a_brand()))
    dairy = a_category(store.brand_id, code="DAIRY")
    for shop in (store, other):
        for number in range(5):
            a_shelved_product(
                shop, stock=number, rank=number, category_id=dairy.id if shop is store and number % 2 else None
            )
    wanted = [ShelfWanted(store, "pos", limit=2), ShelfWanted(other, "mini_shop"), ShelfWanted(store, "pos", category_id=dairy.id),
              ShelfWanted(store, "pos", category_id=new_id()), ShelfWanted(store, "pos", limit=0)]  # fmt: skip
    together = shelf_pages(wanted, at=now)
    assert together == [shelf_pages([one], at=now)[0] for one in wanted]
    assert [len(page.items) for page in together] == [2, 5, 2, 0, 1]


def test_search_finds_words_beginnings_misspellings_and_chinese(store, now):
    made = (
        ("纯牛奶", "Whole milk", 3),
        ("老酸奶", "Yogurt", 2),
        ("巧克力牛奶", "Chocolate milk drink", 9),
        ("全麦面包", "Wheat bread", 1),
    )
    for name, name_en, rank in made:
        a_shelved_product(store, name=name, name_en=name_en, rank=rank)
    find = lambda words: names(search_shelf(store, words, channel="pos", at=now))  # noqa: E731
    assert find("milk") == ["Chocolate milk drink", "Whole milk"]
    assert find("MILK whole") == ["Whole milk"]
    assert find("yog") == find("yogrut") == find("yoghurt") == find("ogurt") == ["Yogurt"]
    assert find("choclate mlik") == ["Chocolate milk drink"]
    assert find("牛奶") == ["Chocolate milk drink", "Whole milk"]
    assert find("酸奶") == find("老酸") == ["Yogurt"]
    assert find("巧克牛奶")[0] == "Chocolate milk drink"  # a character is missing
    assert find("qmmb") == find("quanmai") == find("mianbao") == ["Wheat bread"]
    assert find("cnn") == ["Whole milk"]
    assert find("xylophone") == find("") == find("!?") == []


def test_exact_words_come_before_beginnings_whatever_the_rank(store, now):
    a_shelved_product(store, name="甲", name_en="Hamburger buns", rank=100)
    a_shelved_product(store, name="乙", name_en="Ham", rank=1)
    assert names(search_shelf(store, "ham", channel="pos", at=now)) == ["Ham", "Hamburger buns"]


def test_search_pages_show_only_what_the_store_sells_and_reach_far_down_the_ranking(store, now, monkeypatch):
    monkeypatch.setattr(search_module, "CHUNKS", (0, 1, 100))
    other = facts(a_store_of(store.brand_id))
    sold = []
    for number in range(15):
        product = a_product(store.brand_id, name_en=f"Milk {number}", rank=100 - number)
        priced(Sku.objects.get(product=product).id, 100)
        on_shelf(store if number % 4 == 0 else other, [product])
        sold += [product.id] if number % 4 == 0 else []
    first = search_shelf(store, "milk", channel="pos", at=now, limit=3)
    rest = search_shelf(store, "milk", channel="pos", at=now, limit=3, after=first.after)
    assert [item.product_id for item in (*first.items, *rest.items)] == sold
    assert rest.after is None
    unshelve_products(store.id, sold[:1], by=None, now=now)
    assert [item.product_id for item in search_shelf(store, "milk", channel="pos", at=now, limit=1).items] == sold[
        1:2
    ]  # live


def test_the_brand_s_wall_stands_before_the_search_too(store, now):
    milk = a_shelved_product(store, name_en="Milk")
    with brands_shown([store.brand_id]):
        assert [item.product_id for item in search_shelf(store, "milk", channel="pos", at=now).items] == [milk.id]
    forget_rankings()
    with brands_shown([a_brand().id]):
        assert search_shelf(store, "milk", channel="pos", at=now).items == ()
        assert shelf_page(store, channel="pos", at=now).items == ()
    forget_rankings()


def a_store_of(brand_id):
    return a_store(type("Brand", (), {"id": brand_id}))
