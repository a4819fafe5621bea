"""Stock on the clerk's phone and at headquarters' desk, in both languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_figures import signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_keeper_receives_and_counts(walkers, town, language):
    phone = signed_in(walkers, town, f"stock-{language}", "keeper-lake", phone=True, language=language)
    page = phone.go("/store/stock/")
    phone.look("levels")
    page.locator("a.goods-row").first.click()
    page.wait_for_url(re.compile(r"/store/stock/[0-9a-f-]{36}/[0-9a-f-]{36}/$"))
    phone.look("sku")
    page.locator("details", has=page.locator("form[action$='/count/']")).locator("summary").click()
    page.locator("form[action$='/count/'] input[name=quantity]").fill("37")
    phone.look("count")
    page.locator("form[action$='/count/'] button").click()
    expect(page.locator(".goods-stock b").first).to_have_text("37")
    phone.look("counted")
    phone.go("/store/stock/?q=" + ("牛奶" if language == "zh-CN" else "milk"))
    assert page.locator("a.goods-row").count() >= 1
    phone.look("found")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_looks_into_a_store_s_stock(walkers, town, language):
    desk = signed_in(walkers, town, f"stock-desk-{language}", "headquarters", phone=False, language=language)
    page = desk.go(f"/brand/stock/?place={town[0].direct.id}")
    desk.look("levels")
    page.locator("tbody tr a").first.click()
    page.wait_for_url(re.compile(r"/brand/stock/[0-9a-f-]{36}/[0-9a-f-]{36}/$"))
    page.locator("summary").first.click()
    desk.look("sku")
