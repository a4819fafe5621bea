"""Coming in, and the organization's pages, in Chromium: headquarters with a second factor, a dealer, a store's manager on a phone."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from tests.make.access import a_staff

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def staff(town, django_db_blocker):
    """One account of each system with the demo's password; gives their user names."""
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        made = {
            "brand": a_staff("brand", founded.brand, username="org.hq", name="林岚", password=DEMO_PASSWORD),
            "dealer": a_staff("dealer", founded.dealer, username="org.dealer", name="陈东", password=DEMO_PASSWORD),
            "store": a_staff("store", founded.direct, username="org.manager", name="何静", password=DEMO_PASSWORD),
        }
    yield {system: account.username for system, account in made.items()}
    connection.close()


def come_in(walker, system, username):
    """Walk through the sign-in page, and the second factor where there is one."""
    page = walker.go(f"/sign-in/{system}/")
    walker.look("sign-in")
    page.fill("#username", username)
    page.fill("#password", DEMO_PASSWORD)
    page.locator("form").filter(has=page.locator("#password")).locator("button").click()
    if system == "brand":
        expect(page.locator("#code")).to_have_value(re.compile(r"^\d{6}$"))
        walker.look("digits")
        page.locator("main button[type=submit]").first.click()
    page.wait_for_url(re.compile(rf"/{system}/"))
    return page


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_comes_in_by_two_factors_and_looks_after_dealers_stores_and_staff(walkers, town, staff, language):
    founded, _ = town
    walker = walkers(f"org-headquarters-{language}", phone=False, language=language)
    page = come_in(walker, "brand", staff["brand"])
    for path, shot in (
        ("/brand/dealers/", "dealers"), (f"/brand/dealers/{founded.dealer.id}/", "dealer"), ("/brand/stores/", "stores"),
        ("/brand/staff/", "staff"), ("/brand/staff/new/", "new-staff"), ("/brand/audit/", "log"),
    ):  # fmt: skip
        walker.go(path)
        walker.look(shot)
    walker.go(f"/brand/stores/{founded.franchise.id}/")
    walker.look("store")
    page.fill("#id_hours_1", "08:30-12:00, 13:00-22:00")
    page.locator("form").filter(has=page.locator("#id_hours_1")).locator("button[type=submit]").click()
    page.wait_for_load_state("load")
    expect(page.locator("#id_hours_1")).to_have_value("08:30-12:00, 13:00-22:00")
    walker.look("store-saved")


def test_a_dealer_sees_its_own_branch(walkers, town, staff):
    founded, _ = town
    walker = walkers("org-dealer", phone=False)
    page = come_in(walker, "dealer", staff["dealer"])
    walker.go("/dealer/stores/")
    walker.look("stores")
    expect(page.locator("tbody tr")).to_have_count(1)
    walker.go(f"/dealer/stores/{founded.franchise.id}/")
    walker.look("store")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_manager_changes_the_store_on_a_phone(walkers, town, staff, language):
    walker = walkers(f"org-manager-{language}", phone=True, language=language)
    page = come_in(walker, "store", staff["store"])
    walker.go("/store/settings/")
    walker.look("settings")
    page.fill("[name=fence_m]", "350")
    page.locator("form").filter(has=page.locator("[name=fence_m]")).locator("button[type=submit]").click()
    page.wait_for_load_state("load")
    expect(page.locator("[name=fence_m]")).to_have_value("350")
    walker.go("/store/staff/")
    walker.look("staff")
    walker.go("/store/staff/new/")
    walker.look("new-staff")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_consumer_comes_in_by_a_code(walkers, town, staff, language):
    founded, _ = town
    walker = walkers(f"org-consumer-{language}", phone=True, language=language)
    page = walker.go(f"/sign-in/phone/?next={founded.shop}")
    walker.look("phone")
    page.fill("[name=phone]", "13900001111" if language == "zh-CN" else "13900002222")
    page.locator("main button[type=submit]").click()
    expect(page.locator("[name=code]")).to_have_value(re.compile(r"^\d{6}$"))
    walker.look("code")
    page.locator("form").filter(has=page.locator("[name=code]")).locator("button").click()
    page.wait_for_url(re.compile(r"/s/sitong/people/"))
