"""Products at the desk of headquarters and of a dealer, and a store's shelf on the clerk's phone, in both languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_figures import signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_looks_after_its_products(walkers, town, language):
    desk = signed_in(walkers, town, f"desk-{language}", "headquarters", phone=False, language=language)
    page = desk.go("/brand/products/")
    desk.look("products")
    page.locator("input[name=q]").fill("niunai" if language == "zh-CN" else "mlik")
    page.locator("form[role=search] button").click()
    page.wait_for_load_state()
    assert page.locator("tbody tr").count() >= 2
    desk.look("found")
    desk.go(f"/brand/products/{town[0].products['milk-1l']}/")
    desk.look("product")
    page.locator("summary").first.click()
    desk.look("price-form")
    code = f"kiwi-{language.lower()}"
    desk.go("/brand/products/new/")
    desk.look("new")
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=name]").fill("奇异果")
    page.locator("input[name=name_en]").fill("Kiwi fruit")
    page.locator("input[name=price]").fill("3.50")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/products/[0-9a-f-]{36}/$"))
    page.locator("input[name=place]").first.check()
    page.locator("button[type=submit]:not([name]):has(.icon)").last.click()
    page.wait_for_load_state()
    desk.look("offered")
    desk.go("/brand/products/adoption/")
    desk.look("adoption")
    desk.go("/brand/prices/")
    desk.look("prices")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_keeper_adopts_with_one_tap(walkers, town, language):
    phone = signed_in(walkers, town, f"keeper-{language}", "keeper-lake", phone=True, language=language)
    page = phone.go("/store/shelf/?tab=offered")
    phone.look("offered")
    if page.locator("article").count():
        page.locator("article button").first.click()
        expect(page.locator("article form").first).to_have_attribute("action", re.compile("unshelve"))
        phone.look("adopted")
    phone.go("/store/shelf/")
    phone.look("shelf")
    page.locator("article button").first.click()
    expect(page.locator("article form").first).to_have_attribute("action", re.compile("/shelve/"))
    page.locator("article button").first.click()
    expect(page.locator("article form").first).to_have_attribute("action", re.compile("unshelve"))
    phone.go("/store/shelf/?tab=off")
    phone.look("off")


def test_a_dealer_sees_what_its_stores_may_sell(walkers, town):
    desk = signed_in(walkers, town, "dealer", "dealer-east", phone=False, language="zh-CN")
    desk.go("/dealer/products/")
    desk.look("products")
    desk.go(f"/dealer/products/{town[0].products['milk-1l']}/")
    desk.look("product")
