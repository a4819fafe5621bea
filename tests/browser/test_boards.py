"""Growth boards in Chromium: charts are drawn, numbers lead to members, each level sees its own."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.insight.lake.queries import lake_seen
from sitong.shared.access.scope import every_brand
from tests.browser.test_figures import signed_in
from tests.make.insight import an_imported_order, imported
from tests.make.member import a_member

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def grown(town, django_db_blocker):
    """Ten months of purchases by ninety members of several sources, in the lake that the platform reads."""
    founded, _ = town
    chance, now = random.Random(3), datetime.now(UTC)
    skus = list(founded.skus.values())
    stores = [founded.direct, founded.franchise]
    with django_db_blocker.unblock(), every_brand():
        orders = []
        for at in range(90):
            store = stores[chance.random() < 0.3]
            member = a_member(founded.brand, source=chance.choice(["scan", "friend", "ad"]), home_store_id=store.id)
            day = now - timedelta(days=chance.randint(5, 300))
            for number in range(chance.choice([1, 1, 2, 4, 9])):
                lines = [(chance.choice(skus), 1, chance.randint(800, 9_000)) for _ in range(3)]
                orders.append(an_imported_order(store, f"grown-{at}-{number}", day, *lines, member_id=member.id))
                day = min(day + timedelta(days=chance.randint(1, 60)), now - timedelta(hours=1))
        imported(sorted(orders, key=lambda one: one.placed_at), brand_id=founded.brand.id, source="grown")
        ends = time.monotonic() + 90
        while time.monotonic() < ends and not _is_written(founded.brand.id, len(orders)):
            time.sleep(0.5)
        yield
        connection.close()


def _is_written(brand_id, orders: int) -> bool:
    """The worker has written what was announced."""
    lake = lake_seen(brand_id)
    rows = {one.name: one.rows for one in lake.tables}
    return rows["orders"] >= orders and lake.waiting == 0


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_looks_at_growth_and_finds_the_members(walkers, town, grown, language):
    walker = signed_in(walkers, town, f"growth-{language}", "headquarters", phone=False, language=language)
    walker.page.goto(town[1] + "/brand/boards/growth/", timeout=60_000)  # the first reading of a lake loads its engine
    page = walker.go("/brand/boards/growth/")
    expect(page.locator("#board-funnel canvas")).to_be_visible()
    walker.look("growth")
    page.locator("[data-stage=retained] a").click()
    expect(page.locator("table tbody tr").first).to_be_visible()
    walker.look("members")
    walker.go("/brand/boards/cohorts/")
    expect(page.locator("#board-curve canvas")).to_be_visible()
    walker.look("cohorts")
    walker.go("/brand/boards/rfm/")
    expect(page.locator("#rfm td").first).to_be_visible()
    walker.look("rfm")
    walker.go("/brand/boards/experiments/?share=10&uplift=2&control=50")
    expect(page.locator("#size strong")).to_contain_text("7,677")
    walker.look("experiments")


def test_the_store_has_its_own_on_the_phone(walkers, town, grown):
    keeper = signed_in(walkers, town, "keeper-growth", "keeper-lake", phone=True, language="zh-CN")
    page = keeper.go("/store/boards/growth/")
    expect(page.locator("#board-funnel canvas")).to_be_visible()
    keeper.look("growth")
    keeper.go("/store/boards/cohorts/")
    keeper.look("cohorts")
    keeper.go("/store/boards/rfm/")
    keeper.look("rfm")


def test_values_are_reckoned_while_one_waits(walkers, town, grown):
    walker = signed_in(walkers, town, "value", "headquarters", phone=False, language="en-US")
    page = walker.go("/brand/boards/value/")
    page.locator("form[action$='/value/ask/'] button").click()
    expect(page.locator("[data-figure=worth]")).to_be_visible(timeout=180_000)
    expect(page.locator("#board-proof canvas")).to_be_visible()
    walker.look("value")
    page.locator("#tenths a").first.click()
    expect(page.locator("table tbody tr").first).to_be_visible()
    walker.look("tenth")
    walker.go("/brand/tiers/")
    walker.look("tiers")
