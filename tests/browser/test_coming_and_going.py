"""Staff come by a link, take the till over by PIN, and leave, in Chromium, in both languages."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from tests.browser.test_org import come_in
from tests.make.access import a_staff
from tests.make.org import a_code

pytestmark = pytest.mark.browser
PIN = "204060"


@pytest.fixture
def manager(town, django_db_blocker):
    """A store's manager of this test alone; gives the user name."""
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        account = a_staff("store", founded.direct, username=a_code("boss"), name="何静", password=DEMO_PASSWORD)
    yield account.username
    connection.close()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_newcomer_joins_by_link_sets_a_pin_takes_the_till_over_and_leaves(walkers, manager, language):
    name = f"小芳{language[:2]}"  # each walk's own: lists show who came before
    boss = walkers(f"going-manager-{language}", phone=True, language=language)
    page = come_in(boss, "store", manager)
    boss.go("/store/staff/invite/")
    page.fill("[name=name]", name)
    page.select_option("[name=role]", "store clerk")
    page.locator("form.st-card button[type=submit]").click()
    link = page.locator(".org-link-text").input_value()
    boss.look("invite")

    newcomer = walkers(f"going-clerk-{language}", phone=True, language=language)
    other = newcomer.go(link)
    newcomer.look("join")
    username = a_code("fang")
    other.fill("[name=username]", username)
    other.fill("[name=password]", "a long secret 7")
    other.locator("main form button[type=submit]").first.click()
    other.wait_for_url(re.compile(r"/store/$"))
    newcomer.go("/account/")
    other.fill("#pin [name=pin]", PIN)
    other.locator("#pin form button").first.click()
    expect(other.locator("#pin [name=remove]")).to_be_visible()
    newcomer.look("account")

    boss.go("/store/clerks/?next=/store/")
    boss.look("clerks")
    page.locator(".org-face", has_text=name).last.click()
    for digit in PIN:
        page.locator(f"[data-digit='{digit}']").click()
    page.wait_for_url(re.compile(r"/store/$"))
    boss.go("/account/")
    expect(page.locator(".org-part h2").first).to_have_text(name)
    boss.look("taken-over")

    boss.go("/sign-in/store/")
    again = walkers(f"going-again-{language}", phone=True, language=language)
    come_in(again, "store", manager)
    again.go("/store/staff/")
    again.page.locator("a.st-row", has_text=name).last.click()
    again.look("clerk")
    again.page.locator("a[href$='/leave/']").click()
    again.page.fill("[name=reason]", "moved away")
    again.page.locator("form.st-card button[type=submit]").click()
    again.page.locator("#confirm .st-confirm-yes").click()
    expect(again.page.locator(".org-part h2")).to_have_text(name)
    again.look("left")
    newcomer.go("/account/")
    expect(other).to_have_url(re.compile(r"/sign-in/store/"))


def test_headquarters_sees_its_own_account_and_the_brand_s_wechat_apps(walkers, town, django_db_blocker):
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        owner = a_staff("brand", founded.brand, username=a_code("hq"), name="林岚", password=DEMO_PASSWORD)
    connection.close()
    walker = walkers("going-headquarters", phone=False)
    come_in(walker, "brand", owner.username)
    for path, shot in (("/account/", "account"), ("/brand/wechat/", "wechat"), ("/brand/staff/invite/", "invite")):
        walker.go(path)
        walker.look(shot)
