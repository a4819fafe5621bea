"""Headquarters builds a segment by clicks, sees at once how many belong, keeps it, and looks at who they are."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.scope import every_brand
from tests.browser.test_path import staff_signs_in
from tests.make.lake import written_lake

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_segment_is_built_by_clicks(walkers, town, django_db_blocker, language):
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        written_lake(founded.brand.id)
    connection.close()
    boss = walkers(f"segments-{language}", phone=False, language=language)
    staff_signs_in(boss, "brand", f"headquarters-{language[:2]}")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    page = boss.go("/brand/segments/")
    boss.look("list")
    page.locator("a[href='/brand/segments/new/']").first.click()
    everybody = page.locator("[data-counted]")
    expect(everybody).to_have_attribute("data-counted", re.compile(r"\d+"))
    all_of_them = int(everybody.get_attribute("data-counted"))
    adders = page.locator("#rule-builder > .rule-group > .rule-adders button")
    adders.nth(0).click()  # did: goods bought in the last 30 days
    line = page.locator(".rule-line").first
    line.locator(".rule-where > button").click()
    line.locator(".rule-where .rule-condition select").nth(0).select_option("scene")
    line.locator(".rule-where .rule-condition select").nth(1).select_option("in")
    line.locator(".rule-chips input, .rule-chips select").first.fill("livestream")
    line.locator(".rule-chips input, .rule-chips select").first.blur()
    expect(line.locator(".rule-chip")).to_have_count(2)
    adders = page.locator("#rule-builder > .rule-group > .rule-adders button")
    adders.nth(2).click()  # a sequence
    page.locator(".rule-line").nth(1).locator(".rule-head select").select_option("1")
    boss.look("two-lines")
    rule = json.loads(page.locator("#rule-kept").input_value())
    assert [sorted(one) for one in rule["all"]] == [["did", "last_days", "measure", "op", "value", "where"], ["not"]]
    assert rule["all"][0]["where"] == [["scene", "in", ["store", "livestream"]]]
    page.locator(".rule-line").nth(1).locator(".rule-head .btn-close").click()
    page.locator(".rule-line").nth(0).locator(".rule-head .btn-close").click()
    expect(page.locator("[data-counted]")).to_have_attribute("data-counted", str(all_of_them))
    page.locator("#rule-builder > .rule-group > .rule-adders button").nth(1).click()  # is: day of joining
    page.locator(".rule-line select[aria-label]").nth(1).select_option("joined_days")
    expect(page.locator("#rule-answer table, #rule-answer p").first).to_be_visible()
    page.locator("#name").fill(f"新来的 {language}")
    page.locator("#name_en").fill(f"Newcomers {language}")
    boss.look("before-keeping")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/brand/segments/[0-9a-f-]{36}/$"))
    boss.look("segment")
    page.locator("a[href='build/']").click()
    expect(page.locator(".rule-line")).to_have_count(1)
    boss.look("again")
