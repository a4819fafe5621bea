"""The watch in Chromium: consumers scan, the worker counts, headquarters looks and decides, the dealer sees what is its own."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from playwright.sync_api import expect

from sitong.goods.diversion.actions import judge_brand
from sitong.goods.diversion.models import CodeAlert, DiversionCount
from sitong.org.dealers.actions import change_dealer
from sitong.shared.access.scope import every_brand
from tests.browser.test_figures import signed_in
from tests.make.diversion import CHENGDU, HANGZHOU, a_market, goods_of, scanned, territory_around

pytestmark = pytest.mark.browser
COUNTED_WITHIN_S = 30


@pytest.fixture(scope="module")
def watched(town, django_db_blocker):
    """Four honest dealers, and the town's own: of its goods every third scan is in Chengdu, 1,500 km away."""
    founded, _ = town
    now = datetime.now(UTC) - timedelta(minutes=30)
    with django_db_blocker.unblock(), every_brand():
        a_market(founded.brand, dealers=4, items=48, now=now, scan=scanned)
        south = (HANGZHOU[0] - 1.2, HANGZHOU[1])
        change_dealer(founded.dealer.id, {"territory": list(territory_around(south, 8))}, by=None, now=now)
        tree = goods_of(founded.brand, founded.dealer, items=192, now=now)
        scanned(tree, range(1, 193, 4), south, now=now)
        scanned(tree, range(2, 193, 8), CHENGDU, now=now)
        until = time.monotonic() + COUNTED_WITHIN_S
        while (DiversionCount.objects.aggregate(sum=Sum("scans"))["sum"] or 0) < 4 * 12 + 48 + 24:
            assert time.monotonic() < until, "the worker did not count the scans"
            time.sleep(0.2)
        judge_brand(founded.brand.id, zone="Asia/Shanghai", now=datetime.now(UTC))
        alert = CodeAlert.objects.get(kind="dealer")
        yield alert
        connection.close()


def test_headquarters_looks_into_an_alert_and_decides(walkers, town, watched):
    desk = signed_in(walkers, town, "diversion-zh", "headquarters", phone=False, language="zh-CN")
    page = desk.go("/brand/diversion/")
    expect(page.locator(f"[data-alert='{watched.number}']")).to_contain_text("华东商贸")
    expect(page.locator("main svg circle").first).to_be_visible()
    desk.look("list")
    page.locator(f"[data-alert='{watched.number}'] a").click()
    page.wait_for_url(re.compile(r"/brand/diversion/[0-9a-f-]{36}/$"))
    expect(page.locator("main")).to_contain_text("其中 24 个（33.3 %）")
    desk.look("alert")
    with page.expect_download() as loading:
        page.locator("a[href$='evidence.zip']").click()
    assert loading.value.suggested_filename == f"evidence-{watched.number}.zip"
    page.locator("button", has_text="我来调查").click()
    expect(page.locator("h1 .badge")).to_have_text("调查中")
    page.locator("#reason").fill("成都买家处查到 24 瓶，已约谈")
    page.locator("button[value=confirmed]").click()
    expect(page.locator("h1 .badge")).to_have_text("已确认")
    expect(page.locator("main")).to_contain_text("成都买家处查到 24 瓶，已约谈")
    desk.look("confirmed")


def test_in_english_and_on_a_narrow_screen(walkers, town, watched):
    desk = signed_in(walkers, town, "diversion-en", "headquarters", phone=False, language="en-US")
    desk.go("/brand/diversion/?state=all")
    desk.look("list")
    page = desk.go(f"/brand/diversion/{watched.id}/")
    expect(page.locator("main")).to_contain_text("Consumers scanned 72 codes")
    desk.look("alert")
    page.set_viewport_size({"width": 390, "height": 844})
    desk.look("narrow")


def test_the_dealer_sees_its_own_alert_and_decides_nothing(walkers, town, watched):
    desk = signed_in(walkers, town, "diversion-dealer", "dealer-east", phone=False, language="zh-CN")
    page = desk.go("/dealer/diversion/?state=all")
    desk.look("list")
    page.locator(f"[data-alert='{watched.number}'] a").click()
    page.wait_for_url(re.compile(r"/dealer/diversion/[0-9a-f-]{36}/$"))
    expect(page.locator("button", has_text="我来调查")).to_have_count(0)
    desk.look("alert")
