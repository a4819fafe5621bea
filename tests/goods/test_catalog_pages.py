"""The catalog's pages: brand desk, dealer desk, the shelf on the clerk's phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.goods.catalog.actions import OfferPlace, offer_products, withdraw_products
from sitong.goods.catalog.queries import shelved
from sitong.goods.catalog.queries.search import forget_rankings
from sitong.goods.models import Barcode, Listing, Offer, Price, Product, Sku
from sitong.shared.access.models import Audit
from sitong.shared.access.scope import every_brand
from tests.make.access import a_staff, open_session
from tests.make.goods import a_category, a_product, on_shelf, priced
from tests.make.org import a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")


class Shop:
    """A brand with a dealer, its store, another store, and products."""

    def __init__(self) -> None:
        forget_rankings()
        self.brand = a_brand()
        self.dealer = a_dealer(self.brand)
        self.store = a_store(dealer=self.dealer)
        self.other = a_store(self.brand, name="外滩店")
        self.category = a_category(self.brand.id, code="DAIRY", name="乳品", name_en="Dairy", picture="dairy")
        self.milk = a_product(
            self.brand.id, code="MILK", name="纯牛奶", name_en="Whole milk", category_id=self.category.id
        )
        self.sku = Sku.objects.get(product=self.milk)


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def signed_in(client):
    def sign_in(system, place, role=None):
        open_session(client, a_staff(system, place, role))
        return Pages(client)

    return sign_in


class Pages:
    """The pages as a person sees them; whatever scope a request sets, the test sees all again afterwards."""

    def __init__(self, client) -> None:
        self.client = client

    def get(self, address, **extra):
        with every_brand():
            return self.client.get(address, **extra)

    def post(self, address, data=None, **extra):
        with every_brand():
            return self.client.post(address, data or {}, **extra)


def test_headquarters_adds_a_product_prices_it_and_offers_it(shop, signed_in):
    desk = signed_in("brand", shop.brand)
    answer = desk.post("/brand/products/new/", {
        "code": "BREAD", "name": "全麦面包", "name_en": "Wheat bread", "category_id": str(shop.category.id), "role": "hit", "rank": "5",
        "barcode": "6901234567892", "price": "12.90",
    })  # fmt: skip
    bread = Product.objects.get(code="BREAD")
    assert (answer.status_code, answer["Location"]) == (302, f"/brand/products/{bread.id}/")
    sku = Sku.objects.get(product=bread)
    assert (Barcode.objects.get(sku=sku).gtin, Price.objects.get(sku=sku).amount_minor, bread.role) == (
        "06901234567892",
        1290,
        "hit",
    )
    page = desk.get(f"/brand/products/{bread.id}/").content.decode()
    assert "6901234567892" in page
    assert "12.90" in page
    places = [f"dealer:{shop.dealer.id}", f"store:{a_store(a_brand()).id}"]
    answer = desk.post("/brand/products/offer/", {"product": str(bread.id), "place": places, "one": "1"})
    assert answer["Location"] == f"/brand/products/{bread.id}/"
    assert list(Offer.objects.filter(product=bread).values_list("place_kind", "place_id")) == [
        ("dealer", shop.dealer.id)
    ]  # not the other brand's
    assert Audit.objects.filter(verb="added", subject="goods.product", subject_id=bread.id).count() == 1
    desk.post("/brand/products/offer/", {"product": str(bread.id), "place": f"dealer:{shop.dealer.id}", "recall": "1"})
    assert not Offer.objects.filter(product=bread).exists()


def test_a_code_that_is_taken_is_said_on_the_form_and_nothing_is_added(shop, signed_in):
    answer = signed_in("brand", shop.brand).post(
        "/brand/products/new/", {"code": "MILK", "name": "酸奶", "role": "regular", "rank": "0"}
    )
    assert answer.status_code == 422
    assert "alert" in answer.content.decode()
    assert Product.objects.count() == 1


def test_prices_are_set_and_ended_on_the_product_s_page(shop, signed_in, now):
    desk = signed_in("brand", shop.brand)
    base = f"/brand/products/{shop.milk.id}/"
    desk.post(f"{base}skus/{shop.sku.id}/price/", {"amount": "9.9", "price_list": "regular", "quantity_from": "1"})
    step = {"amount": "8.5", "price_list": "regular", "quantity_from": "6", "channel": "pos", "store_kind": "franchise"}
    desk.post(f"{base}skus/{shop.sku.id}/price/", step)
    assert list(Price.objects.order_by("id").values_list("amount_minor", "channel", "store_kind", "quantity_from")) == [
        (990, "", "", 1), (850, "pos", "franchise", 6),
    ]  # fmt: skip
    wrong = desk.post(
        f"{base}skus/{shop.sku.id}/price/", {"amount": "7", "price_list": "promotion", "quantity_from": "1"}
    )
    assert wrong.status_code == 422  # a promotion needs an end
    assert Price.objects.count() == 2
    price = Price.objects.get(quantity_from=6)
    desk.post(f"{base}prices/{price.id}/end/")
    price.refresh_from_db()
    assert price.ends_at is not None
    page = desk.get(base).content.decode()
    assert "9.90" in page


def test_a_product_is_edited_and_withdrawn(shop, signed_in):
    desk = signed_in("brand", shop.brand, "marketing")
    on_shelf(shop.store, [shop.milk])
    base = f"/brand/products/{shop.milk.id}/"
    assert desk.get(f"{base}edit/").status_code == 200
    desk.post(
        f"{base}edit/",
        {
            "name": "鲜牛奶",
            "name_en": "Fresh milk",
            "role": "traffic",
            "rank": "3",
            "category_id": str(shop.category.id),
        },
    )
    desk.post(f"{base}skus/", {"code": "MILK-2L", "variant": "2升", "barcode": "036000291452"})
    desk.post(f"{base}skus/{shop.sku.id}/barcode/", {"gtin": "96385074", "units": "6"})
    shop.milk.refresh_from_db()
    assert (shop.milk.name, shop.milk.role, shop.milk.rank, shop.milk.skus.count()) == ("鲜牛奶", "traffic", 3, 2)
    assert Barcode.objects.filter(sku=shop.sku, units=6).exists()
    assert desk.post(f"{base}skus/{shop.sku.id}/price/", {"amount": "1"}).status_code == 403  # marketing sets no prices
    desk.post(f"{base}withdraw/")
    assert not Listing.objects.exclude(shelved_at=None).exists()


def test_the_list_searches_filters_and_shows_prices_in_both_languages(shop, signed_in):
    desk = signed_in("brand", shop.brand)
    a_product(shop.brand.id, code="TEA", name="绿茶", name_en="Green tea")
    priced(shop.sku.id, 1290)
    page = desk.get("/brand/products/?q=niunai").content.decode()
    assert "纯牛奶" in page
    assert "绿茶" not in page
    assert "12.90" in page
    assert "dairy" in page
    english = desk.get(
        f"/brand/products/?category={shop.category.id}", headers={"Accept-Language": "en"}
    ).content.decode()
    assert "Whole milk" in english
    assert "Green tea" not in english
    assert "TEA" in desk.get("/brand/products/?q=te").content.decode()
    assert desk.get("/brand/products/?q=%00%27&category=x&page=99").status_code == 200


def test_adoption_is_shown_by_level(shop, signed_in, now):
    offer_products([shop.milk.id], [OfferPlace("dealer", shop.dealer.id)], by=None, now=now)
    on_shelf(shop.store, [a_product(shop.brand.id)])  # offered to all, adopted by one of two
    gone = a_product(shop.brand.id)
    on_shelf(shop.other, [gone])
    withdraw_products([gone.id], by=None, now=now)
    context = signed_in("brand", shop.brand).get("/brand/products/adoption/").context
    rows = {row.place_id: (row.stores, row.offered, row.adopted, row.shelved, row.depth) for row in context["rows"]}
    assert rows == {
        shop.brand.id: (2, 3, 1, 1, 0), shop.dealer.id: (1, 2, 1, 1, 1), shop.store.id: (1, 2, 1, 1, 2), shop.other.id: (1, 1, 0, 0, 1),
    }  # fmt: skip


def test_a_dealer_sees_what_is_offered_to_its_branch_and_changes_nothing(shop, signed_in, now):
    desk = signed_in("dealer", shop.dealer)
    assert "纯牛奶" not in desk.get("/dealer/products/").content.decode()
    assert desk.get(f"/dealer/products/{shop.milk.id}/").status_code == 404
    offer_products([shop.milk.id], [OfferPlace("store", shop.store.id)], by=None, now=now)
    assert "纯牛奶" in desk.get("/dealer/products/").content.decode()
    page = desk.get(f"/dealer/products/{shop.milk.id}/")
    assert [row.place_id for row in page.context["adoption"]] == [shop.dealer.id, shop.store.id]
    assert desk.post("/brand/products/offer/", {"product": str(shop.milk.id)}).status_code == 403
    assert desk.post(f"/brand/products/{shop.milk.id}/withdraw/").status_code == 403


def test_a_clerk_adopts_with_one_tap_and_takes_off_the_shelf(shop, signed_in, now):
    phone = signed_in("store", shop.store, "clerk")
    offer_products([shop.milk.id], [OfferPlace("brand", shop.brand.id)], by=None, now=now)
    page = phone.get("/store/shelf/?tab=offered")
    assert (page.context["counts"], "纯牛奶" in page.content.decode()) == ({"offered": 1, "on": 0, "off": 0}, True)
    row = phone.post(
        f"/store/shelf/{shop.store.id}/adopt/", {"product": str(shop.milk.id)}, headers={"HX-Request": "true"}
    )
    assert "unshelve" in row.content.decode()
    assert shelved(shop.store.id, [shop.milk.id]) == {shop.milk.id}
    phone.post(f"/store/shelf/{shop.store.id}/unshelve/", {"product": str(shop.milk.id)})
    assert shelved(shop.store.id, [shop.milk.id]) == set()
    assert "纯牛奶" in phone.get("/store/shelf/?tab=off&q=牛奶").content.decode()
    assert phone.post(f"/store/shelf/{shop.other.id}/adopt/", {"product": str(shop.milk.id)}).status_code == 404
    assert phone.get(f"/store/shelf/?store={shop.other.id}").status_code == 404
    assert phone.post(f"/store/shelf/{shop.store.id}/shelve/", {"product": "x"}).status_code == 404
    assert not Listing.objects.filter(store_id=shop.other.id).exists()


def test_a_struck_through_price_is_on_the_clerk_s_shelf(shop, signed_in):
    from sitong.shared.clock import now as real_now

    at = real_now()
    priced(shop.sku.id, 1290, now=at - timedelta(days=30))
    priced(shop.sku.id, 990, price_list="promotion", ends_at=at + timedelta(days=1), now=at - timedelta(hours=1))
    on_shelf(shop.store, [shop.milk])
    page = signed_in("store", shop.store).get("/store/shelf/").content.decode()
    assert "9.90" in page
    assert "<s>¥12.90</s>" in page


def test_prices_are_listed_by_what_is_reduced_planned_and_new(shop, signed_in):
    from sitong.shared.clock import now as real_now

    at, day = real_now(), timedelta(days=1)
    priced(shop.sku.id, 1290, now=at - 60 * day)
    priced(shop.sku.id, 990, price_list="promotion", ends_at=at + day, now=at - day)
    priced(shop.sku.id, 1390, starts_at=at + 5 * day, now=at)
    desk = signed_in("brand", shop.brand)
    amounts = {
        tab: [price.amount_minor for price in desk.get(f"/brand/prices/?tab={tab}").context["page"]]
        for tab in ("promotions", "planned", "lately", "x")
    }
    assert amounts == {"promotions": [990], "planned": [1390], "lately": [990], "x": [990]}
    assert not desk.get("/brand/prices/?q=bread").context["page"].object_list
    assert "纯牛奶" in desk.get("/brand/prices/?q=niunai").content.decode()
