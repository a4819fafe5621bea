"""Returns in Chromium: a clerk takes goods back and exchanges some, on a phone and on the counter's tablet; headquarters reads why."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.scope import every_brand
from tests.browser.test_figures import signed_in
from tests.make.goods import Shelved
from tests.make.member import a_member
from tests.make.returns import a_return, a_sold_order
from tests.make.scene import Selling

pytestmark = pytest.mark.browser
TABLET = {"width": 1100, "height": 800}


@pytest.fixture(scope="module")
def bought(town, django_db_blocker):
    """What sells four things to somebody, in cash, at a store."""
    founded, _ = town

    def sell(store):
        goods = [
            Shelved(None, type("Sku", (), {"id": founded.skus[code]})())
            for code in ("milk-1l", "coffee-beans", "soap-olive")
        ]
        with every_brand():
            return a_sold_order(
                Selling(store, goods, a_member(founded.brand)), (0, 3), (1, 1), (2, 2), now=datetime.now(UTC)
            )

    with django_db_blocker.unblock():
        yield sell
        connection.close()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_clerk_takes_back_what_another_store_sold(walkers, town, bought, language):
    order = bought(town[0].franchise)
    phone = signed_in(walkers, town, f"returns-{language}", "clerk-people", phone=True, language=language)
    page = phone.go("/store/returns/")
    phone.look("start")
    page.fill("#receipt", order.number)
    page.press("#receipt", "Enter")
    page.wait_for_url(re.compile(r"/store/returns/new/"))
    page.locator("li", has=page.locator("[name=good_1]")).locator("[data-by='1']").first.click()
    page.locator("[name=damaged_2]").fill("1")
    page.locator("[name=damaged_2]").blur()
    expect(page.locator("#sums [data-refund]")).to_have_attribute("data-refund", "6790")
    phone.look("chosen")
    page.locator("form#return-form button[type=submit]").click()
    page.locator("dialog button[value=yes]").click()
    page.wait_for_url(re.compile(r"/store/returns/[0-9a-f-]{36}/$"))
    expect(page.locator("[data-hand-out]")).to_have_attribute("data-hand-out", "6790")
    phone.look("done")
    page.goto(page.url + "slip/")
    phone.look("slip")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_an_exchange_on_the_counters_tablet(walkers, town, bought, language):
    order = bought(town[0].direct)
    desk = signed_in(walkers, town, f"exchange-{language}", "clerk-people", phone=False, language=language)
    page = desk.go("/store/till/return/")
    page.set_viewport_size(TABLET)
    desk.look("start")
    page = desk.go(f"/store/returns/exchange/?receipt={order.number}")
    page.locator("li", has=page.locator("[name=good_1]")).locator("[data-all]").click()
    page.locator("[name=find]").fill("coffee" if language == "en-US" else "咖啡")
    page.press("[name=find]", "Enter")
    page.locator("[data-add]").first.click()
    expect(page.locator("[name=due]")).to_have_value("2830")
    page.locator("[name=given]").fill("50")
    desk.look("chosen")
    page.locator("form#return-form button[type=submit]").click()
    page.locator("dialog button[value=yes]").click()
    page.wait_for_url(re.compile(r"/store/returns/[0-9a-f-]{36}/$"))
    desk.look("done")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_reads_why_goods_come_back(walkers, town, bought, language):
    with every_brand():
        for reason, at in (("defect", 1), ("unwanted", 3), ("wrong", 2)):
            order = bought(town[0].direct)
            a_return(order.id, town[0].franchise, (at, 1), reason=reason, now=datetime.now(UTC))
    desk = signed_in(walkers, town, f"returns-desk-{language}", "headquarters", phone=False, language=language)
    page = desk.go("/brand/returns/")
    desk.look("list")
    page.locator("tbody tr a").first.click()
    page.wait_for_url(re.compile(r"/brand/returns/[0-9a-f-]{36}/$"))
    desk.look("one")
