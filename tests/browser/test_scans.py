"""A code's way: headquarters says what it wins, a consumer scans it, joins on the way, and receives money; others see what is left."""

import re

import pytest
from playwright.sync_api import expect

from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in
from tests.make.codes import a_batch, code_texts
from tests.make.member import a_key

pytestmark = pytest.mark.browser


def codes_of(place, name: str) -> list[str]:
    """Twenty codes on green tea, in use."""
    with every_brand():
        batch = a_batch(place.brand.id, 20, name=name, sku_id=place.skus["tea-green"], now=clock_now())
        return code_texts(batch, *range(1, 21))


def a_plan_made_by(boss, name: str) -> str:
    """Make a plan for the newest batch in the form: money for certain. Gives the address of its page."""
    page = boss.go("/brand/scan-plans/")
    boss.look("scan-plans")
    page.locator("a[href='/brand/scan-plans/new/']").first.click()
    page.locator("#id_name").fill(name)
    page.locator("#id_name_en").fill(name)
    page.locator("#id_batch").select_option(index=1)
    page.locator("#id_starts_at").fill("2026-01-01T00:00")
    page.locator("#id_ends_at").fill("2099-01-01T00:00")
    page.locator("[name=prize0_what]").select_option("cash")
    page.locator("[name=prize0_amount]").fill("1.88")
    page.locator("#chance0").fill("100")
    page.locator("#id_budget").fill("500")
    boss.look("scan-plan-form")
    page.locator("#plan-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/scan-plans/[0-9a-f-]{36}/$"))
    page.locator("form[action$='/state/publish/'] button").click()
    expect(page.locator("#plan-state")).to_have_class(re.compile("coupon-state-running"))
    return page.url


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139730"), ("en-US", "13900139731")])
def test_from_the_plan_to_the_code_to_money_in_the_phone(walkers, town, language, phone):
    place = town[0]
    first, second, *_ = codes_of(place, f"茶 {language}")
    boss = headquarters(walkers, language)
    plan = a_plan_made_by(boss, f"扫码 {language}")

    consumer = walkers(f"scans-consumer-{language}", phone=True, language=language)
    page = consumer.go(f"{place.shop}scan/")
    consumer.look("scan")
    page.locator("#code").fill(first.lower())
    page.locator("#code-form button[type=submit]").click()
    expect(page.locator("#seal")).to_have_attribute("data-standing", "active")
    consumer.look("code-stranger")
    page.locator("#draw-form button").click()
    sign_in(consumer, phone)
    page.locator("#reward h2").wait_for()
    expect(page.locator("#reward h2")).to_contain_text("1.88")
    consumer.look("won")
    page.locator("#reward a.st-big").click()
    page.locator("article.payout").wait_for()
    consumer.look("payout-waiting")
    _know_wechat(place, phone)
    receive = page.locator("article.payout button")
    for _ in range(20):
        if receive.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    consumer.look("payout-offered")
    receive.click()
    page.locator("#receive").wait_for()
    consumer.look("receive")
    page.locator("#receive").click()
    page.locator("form button").first.click()
    page.locator("article.payout").wait_for()
    for _ in range(20):
        if page.locator(".payout-state-done").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    consumer.look("payout-received")

    other = walkers(f"scans-other-{language}", phone=True, language=language)
    other.go(f"/Q/{place.brand.code.upper()}/{first}")
    other.page.locator("#reward").wait_for()
    other.look("code-taken")
    forged = second[:-1] + ("0" if second[-1] != "0" else "1")
    other.go(f"/Q/{place.brand.code.upper()}/{forged}")
    expect(other.page.locator("#seal")).to_have_attribute("data-reason", "goods.code_unknown")
    other.wrong = [one for one in other.wrong if "404" not in one]  # a refusal, said on the page
    other.look("code-forged")
    other.go(f"/Q/{place.brand.code.upper()}/{second}")
    other.page.locator("details summary").click()
    other.look("code-rules")

    boss.page.goto(plan)
    expect(boss.page.locator("#drawn")).to_have_text("1")
    boss.look("scan-plan")
    boss.go("/brand/payouts/")
    boss.look("payouts")
    boss.go("/brand/scan-plans/rebates/")
    boss.look("rebates")
    clerk = walkers(f"scans-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    clerk.go("/store/rebates/")
    clerk.look("store-rebates")


def _know_wechat(place, phone: str) -> None:
    from sitong.member.identity.queries import member_by_phone
    from sitong.scene.payments.queries import merchant_of

    with every_brand():
        member = member_by_phone(place.brand.id, f"+86{phone}")
        merchant = merchant_of(brand_id=place.brand.id, entity_id=None)
        a_key(member, "wechat_open", f"o-{phone}", app=merchant.app_id, now=clock_now())
