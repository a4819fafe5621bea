"""A promotion's way: headquarters makes one with a sample basket beside, the shop's shelf and flash page say it, the cart takes it off."""

import re

import pytest
from playwright.sync_api import expect

from sitong.marketing.promotions.rules import Rule
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from tests.browser.test_coupons import headquarters
from tests.browser.test_shop import sign_in
from tests.browser.test_till import DESKTOP, Keys, at_the_till, barcode_of, counter  # noqa: F401 a fixture
from tests.make.promotions import a_promotion

pytestmark = pytest.mark.browser


def begun(boss, name: str):
    """Begin a promotion that holds for some days."""
    page = boss.go("/brand/promotions/new/")
    page.locator("#id_name").fill(name)
    page.locator("#id_name_en").fill(name)
    page.locator("#id_starts_at").fill("2026-01-01T00:00")
    page.locator("#id_ends_at").fill("2027-12-30T00:00")
    return page


def published(boss) -> None:
    page = boss.page
    page.locator("#promotion-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/promotions/[0-9a-f-]{36}/$"))
    boss.look("promotion-draft")
    page.locator("form[action$='/state/publish/'] button").click()
    page.locator("dialog button[value=yes]").click()
    expect(page.locator("#promotion-state")).to_have_class(re.compile("coupon-state-running"))


@pytest.mark.parametrize(
    ("language", "phone", "code", "price", "words"),
    [
        ("zh-CN", "13900139710", "milk-1l", "1.99", ("限时抢购", "第二件半价", "第二件减 40%")),
        ("en-US", "13900139711", "juice-orange", "2.99", ("Flash sale", "2nd at half price", "2nd at 40 % off")),
    ],
)
def test_from_the_workshop_to_the_shelf_to_the_cart_to_the_results(walkers, town, language, phone, code, price, words):
    place = town[0]
    flash, half, rate = words
    boss = headquarters(walkers, language)
    page = boss.go("/brand/promotions/")
    boss.look("promotions")
    page = begun(boss, f"{half} {language}")
    page.locator("input[name=goods][value=products]").check()
    page.locator("input[name=goods_q]").fill("曲奇" if language == "zh-CN" else "香皂")
    page.locator("[data-pick]").first.click()
    expect(page.locator("#preview tfoot")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text(half)
    page.locator("#id_percent").fill("40")
    expect(page.locator("#preview")).to_contain_text(rate)
    boss.look("promotion-form")
    published(boss)
    page = begun(boss, f"{flash} {language}")
    page.locator("label[for=kind-flash]").click()
    page.locator("input[name=flash_code_1]").fill(code)
    page.locator("input[name=flash_price_1]").fill(price)
    page.locator("input[name=flash_stock_1]").fill("12")
    page.locator("input[name=flash_limit_1]").fill("2")
    expect(page.locator("#preview tfoot")).to_be_visible()
    boss.look("flash-form")
    published(boss)
    results = page.url

    consumer = walkers(f"promotions-consumer-{language}", phone=True, language=language)
    page = consumer.go(f"{place.shop}flash/")
    expect(page.locator("article.flash-item").first).to_be_visible()
    consumer.look("flash")
    consumer.go(f"{place.shop}all/")
    expect(page.locator(".shop-promotion").first).to_be_visible()
    consumer.look("shelf")
    consumer.go(f"{place.shop}p/{place.products[code]}/")
    expect(page.locator(".shop-promotion").first).to_contain_text(flash)
    consumer.look("product")
    page.locator("button[form=buy]").click()
    page.locator(".st-toast").wait_for()
    consumer.go(f"{place.shop}checkout/")
    if "sign-in" in page.url:
        sign_in(consumer, phone)
    page.wait_for_url(re.compile("/checkout/"))
    expect(page.locator(".cart-promotion-used").first).to_contain_text(flash)
    consumer.look("checkout")
    page.locator("form[data-once] button.st-big").click()
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/"))
    consumer.look("ordered")
    consumer.go(f"{place.shop}cart/")

    page = boss.go(results)
    expect(page.locator("#promotion-results")).to_contain_text("1")
    expect(page.locator("table").first).to_contain_text("11")
    boss.look("results")


def test_the_till_says_what_is_used_and_what_is_missing(browser, town, counter):  # noqa: F811
    place = town[0]
    with every_brand():
        terms = {"sku_ids": [place.skus["eggs-12"]]}
        a_promotion(
            place.brand.id, "nth", Rule(count=2, percent_bp=5_000), now=clock_now(), name="鸡蛋第二件半价", terms=terms
        )
    walker, page = at_the_till(browser, town, "一号收银台", screen=DESKTOP)
    eggs = barcode_of(list(place.skus).index("eggs-12"))
    keys = Keys(page)
    keys.scan(eggs)
    expect(page.locator(".till-promotions")).to_contain_text("再买 1 件可享")
    keys.scan(eggs)
    expect(page.locator(".till-promotion-used")).to_contain_text("鸡蛋第二件半价")
    expect(page.locator(".till-sums")).to_contain_text("29.85")
    walker.look("till-promotions")
    walker.context.close()
    assert counter
