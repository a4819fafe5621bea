"""Pictures of the four consoles for the READMEs: `make pictures`. Starts the demo under var/pictures, or takes a running one:

python -m tests.browser.pictures [http://127.0.0.1:8000]
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.serving import a_free_port

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SHOP = "/s/sitong/367/"
LOADS_WITHIN_S = 600
PAGES_OF_MEMBERS = {
    "identity": "/brand/identity/",
    "growth": "/brand/boards/growth/",
    "messages": "/brand/messages/",
    "lake": "/brand/lake/",
}
FIRST_OF = {"segments": "/brand/segments/", "journeys": "/brand/journeys/"}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def take(address: str) -> None:
    """Take all pictures of the platform at `address`, which has the demo brand."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        buyer = _page(browser, phone=True)
        _go(buyer, address, SHOP)
        _keep(buyer, "shop")
        for name, words in (("shop-search", "mianbao"), ("shop-cart", "")):
            _go(buyer, address, f"{SHOP}search/?q={words or 'milk'}")
            if name == "shop-cart":
                for add in buyer.locator(".shop-add:not([disabled])").all()[:3]:
                    add.click()
                    buyer.locator(".st-toast").last.wait_for()
                _go(buyer, address, f"{SHOP}cart/")
            _keep(buyer, name)
        _order(buyer, address)
        _keep(buyer, "shop-order")
        _go(buyer, address, f"{SHOP}coupons/")
        _keep(buyer, "shop-coupons")
        _go(buyer, address, f"{SHOP}me/")
        _keep(buyer, "shop-me")
        for name in ("draws", "deals", "check-in", "scan", "flash"):
            _go(buyer, address, f"{SHOP}{name}/")
            _keep(buyer, f"shop-{name}")
        clerk = _page(browser, phone=True)
        _staff(clerk, address, "store", "clerk")
        _go(clerk, address, "/store/")
        _keep(clerk, "store")
        keeper = _page(browser, phone=True)
        _staff(keeper, address, "store", "manager")
        for name in ("campaigns", "gifts", "claims"):
            _go(keeper, address, f"/store/{name}/")
            _keep(keeper, f"store-{name}")
        for system in ("brand", "dealer"):
            desk = _page(browser, phone=False)
            _staff(desk, address, system, system)
            _go(desk, address, f"/{system}/?period=all")
            desk.wait_for_timeout(1_500)  # charts draw themselves in
            _keep(desk, system)
            if system == "brand":
                _headquarters(desk, address)
        till = _page(browser, phone=False)
        _staff(till, address, "store", "manager")
        _till(till, address)
        browser.close()


def _headquarters(desk: Page, address: str) -> None:
    """The desks of members and marketing."""
    for name in ("members", "tiers", "points", "coupons", "campaigns"):
        _go(desk, address, f"/brand/{name}/")
        desk.wait_for_timeout(800)
        _keep(desk, f"brand-{name}")
    for name in ("codes", "diversion", "draws", "deals", "promotions", "templates", "claims"):
        _go(desk, address, f"/brand/{name}/")
        _keep(desk, f"brand-{name}")
    for name, path in PAGES_OF_MEMBERS.items():
        _go(desk, address, path)
        desk.wait_for_timeout(1_500)  # charts draw themselves in
        _keep(desk, f"brand-{name}")
    for name, path in FIRST_OF.items():
        _go(desk, address, path)
        desk.locator(f"main a[href^='{path}']:not([href$='/new/'])").first.click()
        desk.wait_for_load_state("load")
        desk.wait_for_timeout(1_500)
        _keep(desk, f"brand-{name}")
    _go(desk, address, "/brand/members/")
    desk.locator("table a[href*='/brand/members/']").first.click()
    desk.wait_for_load_state("load")
    _keep(desk, "brand-member")


def _till(page: Page, address: str) -> None:
    """The till, with its register set up and its shift open, and milk in the basket."""
    _go(page, address, "/store/till/")
    if page.locator("form[action='/store/till/registers/']").count():
        page.locator("input[name=name]").fill("1")
        page.locator(".till-big").click()
        page.wait_for_load_state("load")
    if page.locator("form[action='/store/till/shift/open/']").count():
        page.locator(".till-big").click()
        page.wait_for_load_state("load")
    page.locator("#scan").fill("milk")
    for at in range(3):
        page.locator(".till-found button").nth(at).click()
        page.locator("#scan").fill("milk")
        page.wait_for_timeout(800)
    page.locator("#scan").fill("")
    page.wait_for_timeout(1_000)
    _keep(page, "till")


def _page(browser: Browser, *, phone: bool) -> Page:
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800}
    context = browser.new_context(
        viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", is_mobile=phone, has_touch=phone
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def _go(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}", wait_until="load")


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=str(FOLDER / f"{name}.png"))
    print(f"{name}.png {(FOLDER / f'{name}.png').stat().st_size // 1024} KiB", file=sys.stderr)


def _staff(page: Page, address: str, system: str, username: str) -> None:
    _go(page, address, f"/sign-in/{system}/")
    page.locator(f"form:has(input[name=username][value='{username}']) button").first.click()
    if re.search("digits|second-factor", page.url):
        page.locator("form:has(input#code) button[type=submit]").first.click()
    page.wait_for_url(re.compile(f"/{system}/"))


def _order(page: Page, address: str) -> None:
    page.locator("a.st-big").click()
    page.locator("input[name=phone]").fill("13900139000")
    page.locator("form:has(input[name=phone]) button").click()
    page.locator("form:has(input[name=code]) button[type=submit]").first.click()
    page.locator(".shop-buy button").click()
    page.locator("#pay").click()
    page.locator("form button").click()
    page.locator("#pickup-code").wait_for()


@contextlib.contextmanager
def _demo() -> Iterator[str]:
    port = a_free_port()
    shutil.rmtree(
        ROOT / "var" / "pictures", ignore_errors=True
    )  # anew each time: no orders of the last run, no data of an older demo
    environment = {
        **os.environ, "SITONG_VAR": str(ROOT / "var" / "pictures"), "SITONG_DEMO": "1", "SITONG_LISTEN": f"127.0.0.1:{port}",
        "SITONG_PUBLIC_URL": f"http://127.0.0.1:{port}", "SITONG_DEMO_PROVIDER_PORT": str(a_free_port()),
        "SITONG_DEMO_WECHAT_PORT": str(a_free_port()),
    }  # fmt: skip
    platform = subprocess.Popen([sys.executable, "-m", "sitong", "up"], cwd=ROOT, env=environment, stdout=sys.stderr)
    try:
        until = time.monotonic() + LOADS_WITHIN_S
        while True:
            if platform.poll() is not None or time.monotonic() > until:
                raise SystemExit("the demo did not start")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{SHOP}", timeout=5):
                break
            time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        platform.send_signal(signal.SIGINT)
        platform.wait(60)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(sys.argv[1].rstrip("/"))
    else:
        with _demo() as started:
            take(started)
