"""Who is who, in Chromium, in both languages: by keys, beside each other, a word taken back; then the run and its undoing."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now
from tests.browser.test_org import come_in
from tests.make.access import a_staff
from tests.make.linking import a_file, linked
from tests.make.member import a_member

pytestmark = pytest.mark.browser

LINES = {
    "zh-CN": ("13844440001", "邱女士", "邱梓涵", "龚女士", "龚若曦"),
    "en-US": ("13844450001", "雷先生", "雷博瑞", "龙女士", "龙语桐"),
}


@pytest.fixture(scope="module")
def headquarters(town, django_db_blocker):
    """For each language an owner, and a file that was linked: one is known by name, phone and birthday, two wait for a person."""
    founded, _ = town
    runs = {}
    with django_db_blocker.unblock(), every_brand():
        for language, (phone, called, name, other, other_name) in LINES.items():
            a_staff(
                "brand", founded.brand, username=f"identity.{language.lower()}", name="钱进", password=DEMO_PASSWORD
            )
            second = str(int(phone) + 1)
            a_member(founded.brand, phone=phone, name=name, now=now())
            a_member(founded.brand, phone=second, name=other_name, now=now())
            lines = [
                f"{called},{phone},,,,,",
                f"{other},{second},,1990-02-03,上海,中山路1号,",
                f"{name},{phone},,1988-03-04,苏州,人民路12号,",
            ]
            runs[language] = linked(a_file(founded.brand, lines, name=f"old {language}.csv", now=now()), now=now())
    connection.close()
    return runs


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_decides_who_is_who(walkers, headquarters, language):
    walker = walkers(f"identity-{language}", phone=False, language=language)
    page = come_in(walker, "brand", f"identity.{language.lower()}")
    walker.go("/brand/identity/")
    expect(page.locator("#pair")).to_be_visible()
    walker.look("pair")
    before = page.locator("#pair thead").inner_text()
    page.keyboard.press("l")
    page.wait_for_load_state("load")
    expect(page.locator("#pair thead")).not_to_have_text(before)
    page.keyboard.press("j")
    page.locator("form[action*='take-back'] button").click()
    page.wait_for_load_state("load")
    walker.look("taken-back")
    walker.go("/brand/identity/runs/")
    walker.look("runs")
    walker.go(f"/brand/identity/runs/{headquarters[language].id}/")
    expect(page.locator("#bands-chart canvas")).to_be_visible()
    walker.look("run")
    asked = page.locator("#asked").inner_text()
    page.locator("#ask").evaluate("one => { one.value = 100; one.dispatchEvent(new Event('input')); }")
    assert page.locator("#ask-shown").inner_text() == "99.99 %"
    assert page.locator("#asked").inner_text() <= asked
    page.locator("#undo").click()
    walker.look("asked")
    page.locator("#confirm button[value=yes]").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]+/$"))
    expect(page.locator(".alert-warning")).to_be_visible()
    walker.look("undone")
