"""Visit cards in Chromium, in both languages: headquarters offers one, a member buys it by WeChat, a clerk uses it and sells another."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.member.cards.models import Card
from sitong.member.identity.queries import member_by_phone
from sitong.scene.payments.queries import merchants_of
from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now
from tests.browser.test_org import come_in
from tests.browser.test_shop import sign_in
from tests.browser.test_wallet import _payment_code as payment_code
from tests.make.access import a_staff
from tests.make.cards import a_kind

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def staff(town, django_db_blocker):
    """Headquarters and a manager for each language, and a card on offer; and a look at the code of a member's card."""
    founded, _ = town
    with django_db_blocker.unblock(), every_brand():
        a_kind(founded.brand, gift_visits=1, family_max=2, name_en="Ten washes", what_en="one wash", now=now())
        a_kind(
            founded.brand,
            months=1,
            price_minor=199_00,
            name="咖啡月卡",
            name_en="Coffee for a month",
            what="每天一杯",
            what_en="a cup a day",
            now=now(),
        )
        for language in ("zh-cn", "en-us"):
            a_staff("brand", founded.brand, username=f"cards.hq.{language}", name="钱进", password=DEMO_PASSWORD)
            a_staff("store", founded.direct, username=f"cards.keeper.{language}", name="何静", password=DEMO_PASSWORD)

        gateway = merchants_of(founded.brand.id)[0].gateway

    def code_of(phone: str) -> str:
        with django_db_blocker.unblock(), every_brand():
            code = Card.objects.get(member_id=member_by_phone(founded.brand.id, phone).id).code
            connection.close()
            return code

    yield code_of, gateway
    connection.close()


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900138201"), ("en-US", "13900138202")])
def test_a_member_buys_a_card_shares_it_and_a_clerk_uses_it(walkers, town, staff, language, phone):
    code_of, gateway = staff
    shop = town[0].shop
    walker = walkers(f"cards-member-{language}", phone=True, language=language)
    page = walker.go(f"{shop}cards/")
    walker.look("offer")
    page.locator(".card-offer button").first.click()
    sign_in(walker, phone)
    walker.go(f"{shop}me/cards/")
    walker.look("none")
    walker.go(f"{shop}cards/")
    page.locator(".card-offer button").first.click()
    page.wait_for_url(re.compile("/cards/sales/"))
    walker.look("pay")
    page.locator("#pay").click()
    page.locator("form button").click()
    page.wait_for_url(re.compile("/cards/sales/"))
    for _ in range(20):
        if page.locator(".st-note-good").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    walker.look("paid")
    page.locator(".buttons a").click()
    page.wait_for_url(re.compile("/me/cards/"))
    page.fill("input[name=name]", "小明")
    page.locator("form[action$='/people/'] button").click()
    page.wait_for_load_state("load")
    expect(page.locator(".card-family")).to_contain_text("小明")
    walker.look("card")
    walker.go(f"{shop}me/cards/")
    walker.look("mine")

    clerk = walkers(f"cards-clerk-{language}", phone=True, language=language)
    desk = come_in(clerk, "store", f"cards.keeper.{language.lower()}")
    clerk.go("/store/cards/")
    clerk.look("counter")
    desk.fill("input[name=code]", code_of(phone))
    desk.locator("form[method=get] button").click()
    desk.locator("form[action='/store/cards/use/']").wait_for()
    clerk.look("card")
    desk.locator(".card-people label").last.click()
    desk.locator("form[action='/store/cards/use/'] button").click()
    desk.locator(".clerk-answer-yes").wait_for()
    clerk.look("used")
    clerk.go("/store/cards/sell/")
    desk.fill("input[name=phone]", phone)
    desk.locator("form[method=get] button").click()
    desk.locator("form[action='/store/cards/sell/begin/']").first.wait_for()
    clerk.look("sell")
    desk.locator("form[action='/store/cards/sell/begin/'] button").last.click()
    desk.wait_for_url(re.compile("/store/cards/sales/"))
    clerk.look("take")
    if language == "zh-CN":
        desk.fill("input[name=given]", "200")
        desk.locator("form[action$='/cash/'] button").click()
    else:
        desk.fill("input[name=code]", payment_code(gateway))
        desk.locator("form[action$='/code/'] button").click()
    desk.locator(".clerk-answer-yes").wait_for()
    clerk.look("sold")


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_headquarters_offers_a_card(walkers, language):
    walker = walkers(f"cards-headquarters-{language}", phone=False, language=language)
    page = come_in(walker, "brand", f"cards.hq.{language.lower()}")
    walker.go("/brand/cards/")
    walker.look("cards")
    for name, value in (("name", "瑜伽季卡"), ("name_en", "Yoga for a quarter"), ("what", "瑜伽课"), ("price", "899")):
        page.fill(f"input[name={name}]", value)
    page.select_option("select[name=form]", "period")
    page.select_option("select[name=months]", "3")
    page.locator("form[action='/brand/cards/offer/'] button").click()
    page.wait_for_load_state("load")
    expect(page.locator("table").first).to_contain_text("899")
    walker.look("offered")
