"""Chromium and the running platform, once for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from sitong.shared.access.scope import every_brand
from tests.browser.serving import a_platform
from tests.browser.town import Town, a_town
from tests.conftest import empty_tables
from tests.make.payments import a_merchant, a_provider

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def chromium_path() -> str:
    """The machine's own Chromium; none: the tests are skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def town(cluster, django_db_blocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str]]:
    """A town and the address of the platform that serves it."""
    folder = tmp_path_factory.mktemp("town")
    now = datetime.now(UTC)
    with django_db_blocker.unblock():
        try:
            with a_provider(folder) as provider:
                with every_brand():
                    founded = a_town(now)
                    a_merchant(founded.brand.id, provider, now=now)
                connection.close()
                with a_platform(cluster, folder) as address:
                    yield founded, address
        finally:
            connection.close()
            empty_tables()


class Walker:
    """One person's browser: what goes wrong in it is collected, and each stop is checked."""

    def __init__(self, context: BrowserContext, address: str, name: str) -> None:
        self.context, self.address, self.name = context, address, name
        self.page: Page = context.new_page()
        self.page.set_default_timeout(8_000)
        self.wrong: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._see)
        self._shots = 0

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and self.page.url.startswith(
            self.address
        ):  # the payment provider's page is not ours
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _see(self, response) -> None:
        if response.status >= 400 and response.url.startswith(self.address):
            self.wrong.append(f"{response.status} {response.request.method} {response.url}")

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else f"{self.address}{path}", wait_until="load")
        return self.page

    def look(self, shot: str) -> None:
        """Check the page that is open: nothing wrong was said, nothing hangs over the edge; keep a picture when asked."""
        try:
            wide = self.page.evaluate(TOO_WIDE)
        except Error:  # a page that shows progress has just loaded itself anew
            self.page.wait_for_load_state("load")
            wide = self.page.evaluate(TOO_WIDE)
        if folder := os.environ.get("SITONG_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._shots += 1
            self.page.screenshot(path=f"{folder}/{self.name}-{self._shots:02}-{shot}.png")
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the screen"
        assert self.wrong == []


@pytest.fixture
def walkers(browser: Browser, town: tuple[Town, str]) -> Iterator:
    """Make people: `walkers("consumer", phone=True, language="en")`."""
    opened: list[BrowserContext] = []

    def make(name: str, *, phone: bool, language: str = "zh-CN") -> Walker:
        context = browser.new_context(
            viewport=PHONE if phone else DESK, locale=language, timezone_id="Asia/Shanghai", has_touch=phone, is_mobile=phone,
            device_scale_factor=2 if phone else 1,
        )  # fmt: skip
        opened.append(context)
        return Walker(context, town[1], name)

    yield make
    for context in opened:
        context.close()
