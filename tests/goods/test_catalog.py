"""Products, barcodes, offers, adoption, shelves."""

from __future__ import annotations

import pytest

from sitong.goods.catalog.actions import (
    BarcodeAddition,
    BarcodeInvalid,
    BarcodeTaken,
    BarcodeWanted,
    CategoryTooDeep,
    CategoryWanted,
    CodeTaken,
    NotAdopted,
    NotOffered,
    OfferPlace,
    ProductChange,
    ProductIncomplete,
    ProductWanted,
    ProductWithdrawn,
    SkuWanted,
    add_barcodes,
    add_categories,
    add_products,
    adopt_products,
    change_product,
    offer_products,
    recall_offers,
    shelve_products,
    unshelve_products,
    withdraw_products,
)
from sitong.goods.catalog.queries import ScanFacts, by_barcode, category_tree, shelved, sku_facts
from sitong.goods.catalog.queries.categories import shelf_categories
from sitong.goods.models import Barcode, Listing, Offer, Product, Sku
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from tests.make.goods import a_category, a_product, on_shelf
from tests.make.org import a_brand, a_dealer, a_store


@pytest.fixture
def brand(db):
    return a_brand()


def wanted(brand, code="MILK-1", *, barcodes=(), name="纯牛奶", **fields):
    skus = (SkuWanted(f"{code}-1L", "1升", "1 L", barcodes=tuple(BarcodeWanted(gtin) for gtin in barcodes)),)
    return ProductWanted(brand.id, code, name, "Whole milk", skus=skus, **fields)


def test_a_product_comes_with_its_skus_and_barcodes(brand, now):
    category = a_category(brand.id, code="DAIRY", name="乳品", picture="dairy")
    (product,) = add_products(
        [wanted(brand, barcodes=["6901234567892", "036000291452", "96385074"], category_id=category.id)],
        by=None,
        now=now,
    )
    sku = Sku.objects.get(product=product)
    assert (sku.code, sku.variant, sku.variant_en) == ("MILK-1-1L", "1升", "1 L")
    assert sorted(Barcode.objects.filter(sku=sku).values_list("gtin", flat=True)) == [
        "00000096385074",
        "00036000291452",
        "06901234567892",
    ]
    facts = sku_facts([sku.id])[sku.id]
    assert (facts.name, facts.name_en, facts.category_id, facts.department_id, facts.picture) == (
        "纯牛奶",
        "Whole milk",
        category.id,
        category.id,
        "dairy",
    )
    assert not facts.withdrawn


def test_the_same_product_again_is_the_first_one_and_another_under_its_code_is_refused(brand, now):
    (first,) = add_products([wanted(brand, barcodes=["6901234567892"])], by=None, now=now)
    again, other = add_products(
        [wanted(brand, barcodes=["6901234567892"]), wanted(brand, name="酸奶")], by=None, now=now
    )
    assert again.id == first.id
    assert other == RepeatDiffers(code="MILK-1")
    assert Product.objects.count() == Sku.objects.count() == Barcode.objects.count() == 1


def test_a_batch_refuses_what_is_wrong_and_keeps_its_neighbors(brand, now):
    outcomes = add_products([
        wanted(brand, "A", barcodes=["6901234567892"]),
        wanted(brand, "B", barcodes=["6901234567893"]),
        wanted(brand, "C", barcodes=["6901234567892"]),
        wanted(brand, "D", name=" "),
        wanted(brand, "E", category_id=new_id()),
        ProductWanted(brand.id, "F", "面包", skus=(SkuWanted("A-1L"),)),
        ProductWanted(brand.id, "G", "面包"),
        wanted(brand, "H"),
    ], by=None, now=now)  # fmt: skip
    assert outcomes[1:4] == [
        BarcodeInvalid(gtin="6901234567893"),
        BarcodeTaken(gtin="6901234567892"),
        ProductIncomplete(code="D"),
    ]
    assert isinstance(outcomes[4], NotFound)
    assert outcomes[5:7] == [CodeTaken(code="A-1L"), ProductIncomplete(code="G")]
    assert sorted(Product.objects.values_list("code", flat=True)) == ["A", "H"]


def test_two_brands_may_use_the_same_codes_and_barcodes(brand, now):
    other = a_brand()
    for one in (brand, other):
        (product,) = add_products([wanted(one, barcodes=["6901234567892"])], by=None, now=now)
        assert by_barcode(one.id, "6901234567892") == ScanFacts(Sku.objects.get(product=product).id, 1, None)


def test_a_scale_s_number_finds_its_sku_and_says_the_price(brand, now):
    product = a_product(brand.id, weighed=True)
    sku = Sku.objects.get(product=product)
    assert add_barcodes([BarcodeAddition(sku.id, "2012345000002")], by=None, now=now) == [
        BarcodeInvalid(gtin="2012345000002")
    ]
    (barcode_id,) = add_barcodes([BarcodeAddition(sku.id, "2012345000001", units=1)], by=None, now=now)
    assert add_barcodes([BarcodeAddition(sku.id, "2012345000001")], by=None, now=now) == [barcode_id]
    assert by_barcode(brand.id, "2012345012906") is None  # a wrong check digit
    assert by_barcode(brand.id, "2012345012905") == ScanFacts(sku.id, 1, 1290)
    assert by_barcode(brand.id, "not a barcode") is None


def test_categories_have_two_levels_and_sort_by_pinyin(brand, now):
    outcomes = add_categories([
        CategoryWanted(brand.id, "Z", "杂货", "Grocery"), CategoryWanted(brand.id, "A", "肉类", "Meat", picture="meat"),
        CategoryWanted(brand.id, "A1", "牛肉", "Beef", parent_code="A"), CategoryWanted(brand.id, "A2", "猪肉", "Pork", parent_code="A"),
        CategoryWanted(brand.id, "A3", "鸡肉", "Chicken", parent_code="A"), CategoryWanted(brand.id, "B", "蔬果", rank=5),
        CategoryWanted(brand.id, "A11", "牛腩", parent_code="A1"), CategoryWanted(brand.id, "X", "无", parent_code="none"),
        CategoryWanted(brand.id, "A1", "牛肉", "Beef", parent_code="A"), CategoryWanted(brand.id, "A1", "羊肉", parent_code="A"),
    ], by=None, now=now)  # fmt: skip
    assert outcomes[6:8] == [CategoryTooDeep(code="A11"), NotFound(code="none")]
    assert outcomes[8] is outcomes[2]
    assert outcomes[9] == RepeatDiffers(code="A1")
    tree = category_tree(brand.id)
    assert [one.name for one in tree] == ["蔬果", "肉类", "杂货"]  # rank first, then rou, za
    assert [one.name for one in tree[1].children] == ["鸡肉", "牛肉", "猪肉"]  # ji, niu, zhu
    assert {one.picture for one in tree[1].children} == {"meat"}


def test_a_store_adopts_only_what_is_offered_to_it_or_above_it(brand, now):
    top = a_dealer(brand)
    below = a_dealer(parent=top)
    store, elsewhere = a_store(dealer=below), a_store(brand)
    to_brand, to_dealer, to_store, to_nobody = [a_product(brand.id) for _ in range(4)]
    staff = new_id()
    offer_products([to_brand.id], [OfferPlace("brand", brand.id)], by=staff, now=now)
    offer_products([to_dealer.id], [OfferPlace("dealer", top.id)], by=staff, now=now)
    offer_products([to_store.id], [OfferPlace("store", store.id)], by=staff, now=now)
    ids = [to_brand.id, to_dealer.id, to_store.id, to_nobody.id]
    assert adopt_products(store.id, ids, by=staff, now=now) == [*ids[:3], NotOffered(product_id=to_nobody.id)]
    assert adopt_products(elsewhere.id, ids, by=staff, now=now) == [
        ids[0],
        *(NotOffered(product_id=one) for one in ids[1:]),
    ]
    assert Listing.objects.filter(store_id=store.id).count() == 3
    assert shelved(store.id, ids) == set()
    assert Audit.objects.filter(verb="offered", by=staff).count() == 3
    assert Audit.objects.get(verb="adopted", subject_id=store.id).after["products"] == 3


def test_offers_of_another_brand_s_place_are_not_found_and_nothing_is_offered(brand, now):
    product, other = a_product(brand.id), a_brand()
    for place in (
        OfferPlace("brand", other.id),
        OfferPlace("store", a_store(other).id),
        OfferPlace("dealer", new_id()),
    ):
        with pytest.raises(NotFound):
            offer_products([product.id], [OfferPlace("brand", brand.id), place], by=None, now=now)
    assert not Offer.objects.exists()


def test_an_offer_taken_back_stops_adoption_but_keeps_what_was_adopted(brand, now):
    first, second, product = a_store(brand), a_store(brand), a_product(brand.id)
    offer_products([product.id], [OfferPlace("brand", brand.id)], by=None, now=now)
    adopt_products(first.id, [product.id], by=None, now=now)
    assert recall_offers([product.id], [OfferPlace("brand", brand.id)], by=None, now=now) == 1
    assert adopt_products(second.id, [product.id], by=None, now=now) == [NotOffered(product_id=product.id)]
    assert Listing.objects.filter(product_id=product.id).count() == 1


def test_shelving_needs_adoption_and_a_product_that_stands(brand, now):
    store = a_store(brand)
    one, two, never = a_product(brand.id), a_product(brand.id), a_product(brand.id)
    on_shelf(store, [one, two])
    assert shelved(store.id, [one.id, two.id]) == {one.id, two.id}
    assert unshelve_products(store.id, [one.id, never.id], by=None, now=now) == [
        one.id,
        NotAdopted(product_id=never.id),
    ]
    assert shelved(store.id, [one.id, two.id]) == {two.id}
    assert withdraw_products([two.id, one.id], by=None, now=now) == [two.id, one.id]
    assert shelved(store.id, [one.id, two.id]) == set()
    assert shelve_products(store.id, [one.id, never.id], by=None, now=now) == [
        ProductWithdrawn(product_id=one.id),
        NotAdopted(product_id=never.id),
    ]
    assert offer_products([one.id], [OfferPlace("store", store.id)], by=None, now=now) == [
        ProductWithdrawn(product_id=one.id)
    ]


def test_a_changed_product_moves_on_every_shelf_and_leaves_before_and_after(brand, now):
    meat, fish = a_category(brand.id, code="MEAT"), a_category(brand.id, code="FISH")
    shrimps = a_category(brand.id, code="SHRIMP", parent_code="FISH")
    store, staff = a_store(brand), new_id()
    product = a_product(brand.id, category_id=meat.id, rank=1)
    on_shelf(store, [product])
    change_product(product.id, ProductChange(name="鲜虾", category_id=shrimps.id, rank=9), by=staff, now=now)
    listing = Listing.objects.get(store_id=store.id, product_id=product.id)
    assert (listing.category_id, listing.department_id, listing.rank) == (shrimps.id, fish.id, 9)
    assert [one.code for one in shelf_categories(store.id)] == ["FISH"]
    audit = Audit.objects.get(verb="changed", subject_id=product.id)
    assert (audit.by, audit.before, audit.after) == (
        staff, {"name": "纯牛奶", "rank": 1, "category_id": str(meat.id)}, {"name": "鲜虾", "rank": 9, "category_id": str(shrimps.id)},
    )  # fmt: skip
    with pytest.raises(ProductIncomplete):
        change_product(product.id, ProductChange(name=" "), by=staff, now=now)
    assert Product.objects.get(id=product.id).name == "鲜虾"
