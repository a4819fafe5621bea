"""The mini shop on a phone of 390 px, in both languages."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def sign_in(walker, phone: str) -> None:
    walker.page.locator("input[name=phone]").fill(phone)
    walker.page.get_by_role("button", name=re.compile("code|验证码")).first.click()
    walker.page.locator("input[name=code]").wait_for()
    walker.look("code")
    walker.page.locator("form:has(input[name=code]) button[type=submit]").click()


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "牛奶"), ("en-US", "milk")])
def test_a_consumer_finds_orders_pays_and_sees_the_pickup_code(walkers, town, language, words):
    shop = town[0].shop
    walker = walkers(f"consumer-{language}", phone=True, language=language)
    page = walker.go(shop)
    walker.look("home")
    page.mouse.wheel(0, 5000)
    walker.look("home-end")
    walker.go(f"{shop}c/")
    walker.look("categories")
    page.locator("main h2 a").first.click()
    page.wait_for_load_state()
    walker.look("category")
    walker.go(f"{shop}search/?q={words}")
    assert page.locator(".shop-item").count() >= 2
    walker.look("search")
    page.locator(".shop-item .shop-add").first.click()
    page.locator(".st-toast").wait_for()
    assert page.locator("[data-cart-count]").first.text_content() == "1"
    walker.go(f"{shop}p/{town[0].products['shirt']}/")
    walker.look("product")
    page.locator("button[form=buy]").click()
    page.locator(".st-toast").wait_for()
    walker.go(f"{shop}cart/")
    walker.look("cart")
    page.locator(".shop-stepper button").nth(1).click()
    expect(page.locator(".shop-stepper output").first).to_have_text("2")
    page.locator("a.st-big").click()
    page.wait_for_url(re.compile("sign-in"))
    walker.look("sign-in")
    sign_in(walker, "139 0013 8000" if language == "zh-CN" else "139 0013 8001")
    page.wait_for_url(re.compile("checkout"))
    walker.look("checkout")
    page.locator(".shop-buy button").click()
    page.wait_for_url(re.compile("/pay/"))
    walker.look("pay")
    page.locator("#pay").click()
    page.locator("form button").click()
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]+/$"))
    page.locator("#pickup-code").wait_for()
    walker.look("order")
    assert re.fullmatch(r"\d{4} \d{4}", page.locator("#pickup-code").text_content())
    walker.go(f"{shop}orders/")
    walker.look("orders")
