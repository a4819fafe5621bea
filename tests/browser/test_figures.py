"""Figures in Chromium: charts are drawn, filters work, and what is sold meanwhile appears by itself."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

from sitong.shared.access.models import Account
from sitong.shared.access.scope import every_brand
from tests.make.access import open_session
from tests.make.insight import an_imported_order, imported
from tests.make.member import a_member

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sold(town, django_db_blocker):
    """Half a year of orders from another till; gives what sells one more order now."""
    founded, _ = town
    chance, now = random.Random(7), datetime.now(UTC)
    skus = list(founded.skus.values())
    stores = [founded.direct, founded.franchise]
    with django_db_blocker.unblock(), every_brand():
        members = [a_member(founded.brand).id for _ in range(25)]
        orders = [
            an_imported_order(
                stores[chance.random() < 0.3], f"old-{at}", now - timedelta(hours=1 + 4 * (1100 - at)),
                *((sku, chance.randint(1, 3), chance.randint(500, 9000)) for sku in chance.sample(skus, 4)), member_id=chance.choice(members),
            )
            for at in range(1100)
        ]  # fmt: skip
        imported(orders, brand_id=founded.brand.id)

        def sell(number: str, amount_minor: int) -> None:
            with every_brand():
                order = an_imported_order(founded.direct, number, datetime.now(UTC), (skus[0], 1, amount_minor))
                imported([order], brand_id=founded.brand.id, source="another till")

        yield sell
        connection.close()


def signed_in(walkers, town, name: str, username: str, *, phone: bool, language: str):
    """A person at a place, past the sign-in pages."""
    client = Client()
    with every_brand():
        open_session(client, Account.objects.get(username=username))
    walker = walkers(name, phone=phone, language=language)
    walker.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": town[1]}])
    return walker


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_sees_a_sale_without_asking_again(walkers, town, sold, language):
    sold(f"today-{language}", 1000)  # just after midnight nothing else was sold today
    walker = signed_in(walkers, town, f"headquarters-{language}", "headquarters", phone=False, language=language)
    page = walker.go("/brand/?period=today")
    expect(page.locator("[data-chart=days] canvas")).to_be_visible()
    expect(page.locator("[data-figure=orders]")).not_to_have_text("0", timeout=20_000)
    revenue = page.locator("[data-figure=revenue]").text_content()
    sold(f"now-{language}", 12_345_600)
    expect(page.locator("[data-figure=revenue]")).not_to_have_text(revenue, timeout=15_000)
    assert (
        int(page.locator("[data-figure=revenue]").text_content().replace("¥", "").replace(",", "").split(".")[0])
        > 123_456
    )
    walker.look("today")
    page.locator("a[href*='period=all']").first.click()
    expect(page.locator("[data-chart=stores] canvas")).to_be_visible()
    walker.look("all")
    page.locator("select[name=department]").select_option(index=1)
    expect(page.locator("[data-figure=customers]")).to_have_text("–")
    walker.look("department")


def test_the_dealer_and_the_store_have_their_own(walkers, town, sold):
    dealer = signed_in(walkers, town, "dealer", "dealer-east", phone=False, language="zh-CN")
    page = dealer.go("/dealer/?period=all")
    expect(page.locator("[data-chart=days] canvas")).to_be_visible()
    assert page.locator("select[name=place] option").count() == 2
    dealer.look("dealer")
    keeper = signed_in(walkers, town, "keeper", "keeper-lake", phone=True, language="zh-CN")
    page = keeper.go("/store/figures/?period=all")
    expect(page.locator("[data-chart=days] canvas")).to_be_visible()
    keeper.look("store")
    own = page.locator("[data-figure=revenue]").text_content()
    expect(dealer.page.locator("[data-figure=revenue]")).to_have_text(own)


def test_events_and_webhooks_read_well(walkers, town, sold):
    walker = signed_in(walkers, town, "it", "headquarters", phone=False, language="zh-CN")
    page = walker.go("/brand/events/")
    expect(page.locator("text=insight.totals").first).to_be_visible()
    walker.look("events")
    page = walker.go("/brand/webhooks/")
    page.locator("#url").fill("https://shop.example.com/hooks")
    page.locator("form:has(#url) button[type=submit]").click()
    page.wait_for_url("**/brand/webhooks/*/")
    walker.look("webhook")
