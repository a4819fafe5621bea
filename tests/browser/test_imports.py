"""A file of customers in Chromium, in both languages: it is sent in pieces, its columns named, its lines checked, and taken."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.member.imports.actions import continue_imports
from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now
from tests.browser.test_org import come_in
from tests.make.access import a_staff
from tests.make.imports import customers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def headquarters(town, django_db_blocker):
    """An owner for each language; and a hand that works as the worker does."""
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        for language in ("zh-cn", "en-us"):
            a_staff("brand", founded.brand, username=f"imports.{language}", name="钱进", password=DEMO_PASSWORD)

    def work() -> None:
        with django_db_blocker.unblock(), every_brand():
            continue_imports(now=now())
            connection.close()

    yield work
    connection.close()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_imports_a_file(walkers, headquarters, tmp_path, language):
    content, counts = customers(3_000, seed=len(language) + ord(language[0]), broken=0.1)
    file = tmp_path / "老会员.csv"
    file.write_bytes(content)
    walker = walkers(f"imports-{language}", phone=False, language=language)
    page = come_in(walker, "brand", f"imports.{language.lower()}")
    walker.go("/brand/members/imports/")
    walker.look("none" if language == "zh-CN" else "list")
    walker.go("/brand/members/imports/new/")
    page.set_input_files("#file", str(file))
    page.fill("#purpose", "服务持卡的老会员")
    page.fill("#origin", "2019 至 2024 年登记表")
    walker.look("file")
    page.locator("#import-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/imports/[0-9a-f-]+/$"))
    walker.look("opening")
    headquarters()
    page.reload()
    expect(page.locator("select[name=field]")).to_have_count(6)
    walker.look("columns")
    page.locator("select[name=field]").nth(2).select_option("")
    page.wait_for_load_state("load")
    expect(page.locator("select[name=field]").nth(2)).to_have_value("")
    walker.look("without-email")
    page.locator("button[value=check]").click()
    page.wait_for_url(re.compile(r"/imports/[0-9a-f-]+/$"))
    walker.look("checking")
    headquarters()
    page.reload()
    expect(page.locator(".text-success").first).to_contain_text(f"{counts['good']:,}")
    walker.look("checked")
    page.locator("form[action$='/accept/'] button").click()
    walker.look("asked")
    page.locator("#confirm button[value=yes]").click()
    page.locator(".datagrid-title").first.wait_for()
    walker.look("accepted")
    walker.go("/brand/members/imports/")
    walker.look("list-after")
