"""The pages of promotions: headquarters' workshop, the dealer's and the store's choice, the consumer's page, cart and shelf."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.marketing.models import Promotion, PromotionStore
from sitong.marketing.promotions.actions import push_promotion
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.marketing.promotions.rules import rule_of
from sitong.org.brands.models import Brand
from sitong.scene.cart.actions import CartKey, change_cart
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.channels.shelves import DEPARTMENTS, HOMES
from sitong.scene.channels.shop import forget_stores
from sitong.scene.orders.actions import place_orders
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff
from tests.make.org import a_brand, a_dealer, done
from tests.make.promotions import a_bundle, a_flash_sale, a_gift, a_member_day, second_at_half_price
from tests.make.scene import a_selling_store
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def town():
    for forget in (forget_plans, forget_promotions, forget_stores, HOMES.forget, DEPARTMENTS.forget):
        forget()
    now = clock_now() - timedelta(minutes=1)
    brand = a_brand(now=now)
    selling = a_selling_store(prices=(1000, 250), stock=50, brand=brand, now=now)
    return selling, Brand.objects.get(id=brand.id), now


def desk_of(brand) -> Asker:
    return Asker(a_staff("brand", brand))


def filled(**said):
    """The form of the second at half price."""
    now = clock_now()
    return {"name": "第二件半价", "name_en": "2nd at half price", "kind": "nth", "count": "2", "percent": "50", "goods": "all", "stores": "all",
            "stacking": "group", "measure": "amount", "bundle_kind": "each", "starts_at": f"{now:%Y-%m-%dT%H:%M}",
            "ends_at": f"{now + timedelta(days=9):%Y-%m-%dT%H:%M}", **said}  # fmt: skip


def test_headquarters_makes_publishes_and_stops_a_promotion(town):
    selling, brand, _now = town
    desk, form = desk_of(brand), filled(id=str(new_id()), weekdays=["5", "6"], month_days="8, 18、28")
    answers = [desk.post("/brand/promotions/new/", form) for _ in range(2)]
    (promotion,) = Promotion.objects.filter(brand_id=brand.id)
    assert [(one.status_code, one["Location"]) for one in answers] == [(302, f"/brand/promotions/{promotion.id}/")] * 2
    assert (promotion.rule, promotion.terms) == ({"count": 2, "percent_bp": 5000}, {"weekdays": [5, 6]})
    assert (promotion.month_days, promotion.published_at) == ([8, 18, 28], None)
    assert "第二件半价" in desk.get(f"/brand/promotions/{promotion.id}/").content.decode()
    assert desk.post(f"/brand/promotions/{promotion.id}/edit/", filled(percent="30")).status_code == 302
    desk.post(f"/brand/promotions/{promotion.id}/state/publish/")
    promotion.refresh_from_db()
    assert (promotion.rule["percent_bp"], promotion.published_at is not None) == (3000, True)
    refused = desk.post(f"/brand/promotions/{promotion.id}/edit/", filled(percent="90"))
    assert (refused.status_code, Promotion.objects.get().rule["percent_bp"]) == (422, 3000)
    desk.post(f"/brand/promotions/{promotion.id}/state/stop/")
    assert Promotion.objects.get().stopped_at is not None
    assert desk.get("/brand/promotions/?state=stopped").content.decode().count(str(promotion.id)) == 1
    assert selling.store.brand_id == brand.id


def test_each_kind_is_read_from_its_part_of_the_form(town):
    selling, brand, _now = town
    desk, code, other = desk_of(brand), selling.goods[0].sku.code, selling.goods[1].sku.code
    forms = [
        filled(
            kind="gift",
            buy="2",
            gift_count="1",
            gifts=other,
            goods="products",
            product_ids=[str(selling.goods[0].product.id)],
        ),
        filled(kind="steps", reach_1="50", off_1="8", reach_2="100", off_2="20"),
        filled(kind="steps", measure="quantity", reach_1="3", rate_1="10"),
        filled(kind="bundle", bundle=f"{code} {other}", price="9.90"),
        filled(kind="bundle", bundle_kind="any", bundle=f"{code}, {other}", bundle_count="3", price="9.90"),
        filled(kind="flash", flash_code_1=code, flash_price_1="1", flash_stock_1="20", flash_limit_1="2"),
        filled(kind="member_day", percent="12"),
    ]
    for form in forms:
        answer = desk.post("/brand/promotions/new/", {"id": str(new_id()), **form})
        assert answer.status_code == 302, answer.content.decode()
    rules = [(one.kind, rule_of(one.rule), one.members_only) for one in Promotion.objects.order_by("created_at", "id")]
    assert [kind for kind, _, _ in rules] == ["gift", "steps", "steps", "bundle", "bundle", "flash", "member_day"]
    assert rules[0][1].gift_product_ids == {selling.goods[1].product.id}
    assert [(one.reach, one.off_minor) for one in rules[1][1].steps] == [(5000, 800), (10000, 2000)]
    assert [(one.reach, one.percent_bp) for one in rules[2][1].steps] == [(3, 1000)]
    assert [(len(one.product_ids), one.count) for one in rules[3][1].parts] == [(1, 1), (1, 1)]
    assert [(len(one.product_ids), one.count) for one in rules[4][1].parts] == [(2, 3)]
    assert [(one.price_minor, one.stock, one.per_member) for one in rules[5][1].flash] == [(100, 20, 2)]
    assert [members for _, _, members in rules] == [False] * 5 + [True, True]
    for promotion in Promotion.objects.all():  # what was saved is shown again, and saved again unchanged
        page = desk.get(f"/brand/promotions/new/?like={promotion.id}")
        assert page.status_code == 200


def test_a_form_that_says_too_little_is_given_back_and_nothing_is_kept(town):
    _selling, brand, _now = town
    desk = desk_of(brand)
    for form in (
        filled(percent=""),
        filled(kind="gift"),
        filled(kind="flash", flash_code_1="nothing"),
        filled(kind="bundle", bundle=""),
    ):
        assert desk.post("/brand/promotions/new/", {"id": str(new_id()), **form}).status_code == 422
    assert Promotion.objects.count() == 0


def test_the_preview_prices_a_sample_basket(town):
    _selling, brand, _now = town
    desk = desk_of(brand)
    page = desk.post("/brand/promotions/preview/", filled()).content.decode()
    assert "−¥5" in page or "−¥1.25" in page
    assert "¥" in page
    assert "请" in desk.post("/brand/promotions/preview/", filled(percent="")).content.decode()
    assert Promotion.objects.count() == 0


def test_stores_and_dealers_choose_and_leave(town):
    selling, brand, now = town
    dealer = a_dealer(brand)
    promotion = second_at_half_price(selling, stores_choose=True, now=now)
    push_promotion(promotion.id, [selling.store.id], by=None, now=now)
    manager = Asker(a_staff("store", selling.store))
    assert "第二件半价" in manager.get("/store/promotions/").content.decode()
    manager.post(f"/store/promotions/{promotion.id}/choose/", {"chosen": "1"})
    row = PromotionStore.objects.get()
    assert (row.chosen_at is not None, row.left_at) == (True, None)
    manager.post(f"/store/promotions/{promotion.id}/choose/", {"chosen": "0"})
    assert PromotionStore.objects.get().left_at is not None
    assert Asker(a_staff("dealer", dealer)).get("/dealer/promotions/").status_code == 200


def test_the_shelf_the_product_and_the_flash_page_say_what_is_on(town):
    selling, brand, now = town
    second_at_half_price(selling, 1, now=now)
    a_flash_sale(selling, 0, price_minor=199, stock=7, per_member=2, now=now)
    a_member_day(selling, now=now)
    account, member = a_consumer(brand)
    shop, home = Asker(account, member), f"/s/{brand.code}/{selling.store.code}/"
    shelf = shop.get(f"{home}all/").content.decode()
    assert "限时抢购 ¥1.99 · 剩 7 件" in shelf
    assert "第二件半价" in shelf
    assert "限时抢购" in shop.get(home).content.decode()
    product = shop.get(f"{home}p/{selling.goods[0].product.id}/").content.decode()
    assert "限时抢购 ¥1.99" in product
    page = shop.get(f"{home}flash/").content.decode()
    assert "剩 7 / 7 件" in page
    assert "您还可买 2 件" in page
    assert "平时 ¥10" in page
    assert "会员日" in page


def test_the_cart_says_what_is_used_and_what_is_missing(town):
    selling, brand, now = town
    a_gift(selling, 0, 1, now=now)
    account, member = a_consumer(brand)
    shop, home = Asker(account, member), f"/s/{brand.code}/{selling.store.code}/"
    key = CartKey(brand.id, member.id, selling.store.id)
    change_cart(key, selling.goods[0].sku_id, quantity=1, now=now)
    assert "再买 1 件可享" in shop.get(f"{home}cart/").content.decode()
    change_cart(key, selling.goods[0].sku_id, quantity=2, now=now)
    page = shop.get(f"{home}cart/").content.decode()
    assert "可免费领 1 件赠品" in page
    assert f"{home}p/{selling.goods[1].product.id}/" in page
    change_cart(key, selling.goods[1].sku_id, quantity=1, now=now)
    page = shop.get(f"{home}cart/").content.decode()
    assert "−¥2.50" in page
    checkout = shop.get(f"{home}checkout/").content.decode()
    assert "买赠" in checkout
    assert "−¥2.50" in checkout


def test_results_count_orders_sales_and_what_was_given(town):
    selling, brand, now = town
    a_bundle(selling, 0, 1, price_minor=1000, now=now)
    promotion = Promotion.objects.get()
    done(place_orders([selling.wanted((0, 1), (1, 1))], now=clock_now()))
    page = desk_of(brand).get(f"/brand/promotions/{promotion.id}/").content.decode()
    assert "¥10" in page
    assert "¥2.50" in page
