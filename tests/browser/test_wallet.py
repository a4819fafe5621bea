"""The wallet in Chromium, in both languages: headquarters makes an offer, a clerk takes cash and a code, a member pays with it."""

import re
import urllib.request

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.scene.payments.queries import merchants_of
from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now
from tests.browser.test_org import come_in
from tests.browser.test_shop import sign_in
from tests.make.access import a_staff
from tests.make.wallet import a_plan

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def staff(town, django_db_blocker):
    """Headquarters and a manager of the direct store, for each language; and an offer that stands."""
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        a_plan(founded.brand, 20_000, 1_000, now=now())
        for language in ("zh-cn", "en-us"):
            a_staff("brand", founded.brand, username=f"wallet.hq.{language}", name="钱进", password=DEMO_PASSWORD)
            a_staff("store", founded.direct, username=f"wallet.keeper.{language}", name="何静", password=DEMO_PASSWORD)
        gateway = merchants_of(founded.brand.id)[0].gateway
    yield gateway
    connection.close()


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900138101"), ("en-US", "13900138102")])
def test_a_member_pays_in_and_pays_an_order_with_it(walkers, town, language, phone):
    shop = town[0].shop
    walker = walkers(f"wallet-member-{language}", phone=True, language=language)
    page = walker.go(f"{shop}me/wallet/")
    sign_in(walker, phone)
    page.wait_for_url(re.compile("/me/wallet/$"))
    walker.look("empty")
    page.locator(".wallet-plan").first.click()
    page.wait_for_url(re.compile("/top-ups/"))
    walker.look("top-up")
    page.locator("#pay").click()
    page.locator("form button").click()
    page.wait_for_url(re.compile("/top-ups/"))
    for _ in range(20):
        if page.locator(".st-note-good").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    walker.look("paid")
    walker.go(f"{shop}me/wallet/")
    expect(page.locator(".wallet-total")).to_contain_text("210")
    walker.look("wallet")
    walker.go(f"{shop}p/{town[0].products['tea-green']}/")
    for _ in range(2):
        page.locator("button[form=buy]").click()
        page.locator(".st-toast").last.wait_for()
        page.wait_for_timeout(400)
    walker.go(f"{shop}checkout/")
    page.locator(".shop-buy button").click()
    page.wait_for_url(re.compile("/pay/"))
    walker.look("pay")
    page.locator("#pay-from-wallet").click()
    page.locator("#pay-from-wallet").wait_for(state="detached")
    walker.look("pay-the-rest")
    page.locator("#pay").click()
    page.locator("form button").click()
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]+/$"))
    walker.go(f"{shop}me/wallet/")
    walker.look("spent")


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900138101"), ("en-US", "13900138102")])
def test_a_clerk_takes_cash_and_a_payment_code(walkers, staff, language, phone):
    walker = walkers(f"wallet-clerk-{language}", phone=True, language=language)
    page = come_in(walker, "store", f"wallet.keeper.{language.lower()}")
    walker.go("/store/wallet/")
    walker.look("find")
    page.fill("input[name=phone]", phone)
    page.locator("main form button").click()
    page.wait_for_url(re.compile(r"/store/wallet/[0-9a-f-]+/$"))
    walker.look("member")
    page.locator(".wallet-plan").first.click()
    page.wait_for_url(re.compile("/top-ups/"))
    walker.look("take")
    page.fill("input[name=given]", "220")
    page.locator("form[action$='/cash/'] button").click()
    page.locator(".clerk-answer-yes").wait_for()
    walker.look("change")
    page.locator(".buttons a").click()
    page.fill("form[action$='/top-up/'] input[name=amount]", "50")
    page.locator("form[action$='/top-up/'] button.st-big-quiet").click()
    page.wait_for_url(re.compile("/top-ups/"))
    page.fill("input[name=code]", _payment_code(staff))
    page.locator("form[action$='/code/'] button").click()
    page.locator(".clerk-answer-yes").wait_for()
    page.locator(".buttons a").click()
    page.locator("details summary").click()
    walker.look("pay-out")


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_sees_what_is_owed_and_makes_an_offer(walkers, language):
    walker = walkers(f"wallet-headquarters-{language}", phone=False, language=language)
    page = come_in(walker, "brand", f"wallet.hq.{language.lower()}")
    walker.go("/brand/wallet/")
    walker.look("wallet")
    for name, value in (("name", "充100送5"), ("name_en", "Pay 100 get 5"), ("pay", "100"), ("gift", "5")):
        page.fill(f"input[name={name}]", value)
    page.locator("form[action='/brand/wallet/plans/'] button").click()
    page.wait_for_load_state()
    walker.look("plan")
    walker.go("/brand/payments/")
    walker.look("payments")
    page.locator("form[action='/brand/payments/check/'] button").click()
    page.wait_for_load_state()
    walker.look("compared")


def _payment_code(gateway: str) -> str:
    """Look at the customer's phone, as the demo provider shows it."""
    with urllib.request.urlopen(f"{gateway}/phone/?mode=pay", timeout=5) as answer:
        return answer.read().decode().split('id="code">')[1].split("<")[0].replace(" ", "")
