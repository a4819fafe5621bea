"""The lake's page in Chromium: nothing yet, being made, made; a full disk is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.insight.lake import files
from sitong.insight.lake.handlers import write_lakes
from sitong.shared.access.scope import every_brand
from tests.browser.test_figures import signed_in
from tests.make.insight import an_imported_order, imported
from tests.make.member import a_member

pytestmark = pytest.mark.browser

WORDS = {
    "zh-CN": ("重建", "正在重建", "还没有数据湖", "磁盘已满"),
    "en-US": ("Make it anew", "It is being made anew", "There is no lake yet", "no space left"),
}


@pytest.mark.parametrize("language", list(WORDS))
def test_headquarters_makes_the_lake_anew_and_sees_what_is_in_it(
    walkers, town, language, django_db_blocker, monkeypatch
):
    founded, _ = town
    anew, running, nothing, full = WORDS[language]
    walker = signed_in(walkers, town, f"lake-{language}", "headquarters", phone=False, language=language)
    page = walker.go("/brand/lake/")
    if language == "zh-CN":
        expect(page.get_by_text(nothing)).to_be_visible()
        walker.look("lake-empty")
    with django_db_blocker.unblock(), every_brand():
        order = an_imported_order(
            founded.direct, f"lake-{language}", datetime.now(UTC), (next(iter(founded.skus.values())), 1, 700),
            member_id=a_member(founded.brand).id,
        )  # fmt: skip
        imported([order], brand_id=founded.brand.id, source="another till")
        page.get_by_role("button", name=anew).click()
        expect(page.get_by_text(running, exact=True)).to_be_visible()
        walker.look("lake-running")
        with monkeypatch.context() as patched:
            patched.setattr(files, "_keep", no_space)
            write_lakes(datetime.now(UTC))
        expect(page.get_by_role("alert").filter(has_text=full)).to_be_visible()
        walker.look("lake-full")
        write_lakes(datetime.now(UTC))
        expect(page.get_by_text(running, exact=True)).to_have_count(0)
        expect(page.get_by_role("alert").filter(has_text=full)).to_have_count(0)
        expect(page.locator("tr", has=page.get_by_text("orders", exact=True)).locator("td").nth(1)).not_to_have_text(
            "0"
        )
        walker.look("lake-made")
        connection.close()


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")
