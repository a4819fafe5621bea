"""The whole path: a consumer orders, the clerk is told at once and hands over once only, headquarters sees it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_shop import sign_in
from tests.browser.town import PASSWORD

pytestmark = pytest.mark.browser


def staff_signs_in(walker, system: str, username: str) -> None:
    page = walker.go(f"/sign-in/{system}/")
    page.locator("input#username").fill(username)
    page.locator("input#password").fill(PASSWORD)
    page.locator("form:has(input#username) button[type=submit]").click()
    page.wait_for_url(re.compile(f"/{system}/|/sign-in/(digits|second-factor)/"))


def an_order_paid_by(walker, town, phone: str) -> str:
    """Let a consumer order a bottle of milk and pay for it, and give the pickup code."""
    page = walker.go(f"{town.shop}p/{town.products['milk-1l']}/")
    page.locator("button[form=buy]").click()
    page.locator(".st-toast").wait_for()
    walker.go(f"{town.shop}checkout/")
    if "sign-in" in page.url:
        sign_in(walker, phone)
        page.wait_for_url(re.compile("checkout"))
    page.locator(".shop-buy button").click()
    page.locator("#pay").click()
    page.locator("form button").click()
    page.locator("#pickup-code").wait_for()
    return re.sub(r"\D", "", page.locator("#pickup-code").text_content())


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139100"), ("en-US", "13900139101")])
def test_from_the_shop_to_the_counter_to_headquarters(walkers, town, language, phone):
    clerk = walkers(f"clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    counter = clerk.go("/store/")
    expect(counter.locator("#live")).to_have_class(re.compile("clerk-live-on"))
    waiting_before = int(counter.locator(".clerk-count").get_attribute("data-waiting"))
    clerk.look("today")

    consumer = walkers(f"buyer-{language}", phone=True, language=language)
    code = an_order_paid_by(consumer, town[0], phone)
    expect(counter.locator("#new-order")).to_be_visible()
    expect(counter.locator(".clerk-count")).to_have_attribute("data-waiting", str(waiting_before + 1))
    clerk.look("rings")

    counter.locator(".clerk-scan").click()
    counter.locator("#code").wait_for()
    clerk.look("scan")
    counter.locator("#code").press_sequentially(code)  # the eighth digit looks it up
    counter.locator(".clerk-hand-over").wait_for()
    clerk.look("found")
    counter.locator(".clerk-hand-over").click()
    counter.locator(".clerk-answer-done").wait_for()
    clerk.look("handed-over")
    expect(consumer.page.locator("#order")).to_have_attribute("data-state", "handed_over", timeout=10_000)
    consumer.look("handed-over")

    clerk.go(f"/store/hand-over/?code={code}")
    expect(counter.locator(".clerk-answer-wait")).to_be_visible()
    assert counter.locator(".clerk-hand-over").count() == 0
    clerk.look("used-code")
    clerk.go("/store/hand-over/?code=00000000")
    expect(counter.locator(".clerk-answer-no")).to_be_visible()
    clerk.go("/store/orders/?state=done")
    clerk.look("orders")


def test_a_second_clerk_is_told_who_handed_over(walkers, town):
    consumer = walkers("buyer", phone=True)
    code = an_order_paid_by(consumer, town[0], "13900139102")
    first, second = walkers("first", phone=True), walkers("second", phone=True)
    for clerk in (first, second):
        staff_signs_in(clerk, "store", "clerk-people")
        clerk.go(f"/store/hand-over/?code={code}")
        clerk.page.locator(".clerk-hand-over").wait_for()
    first.page.locator(".clerk-hand-over").click()
    first.page.locator(".clerk-answer-done").wait_for()
    second.page.locator(".clerk-hand-over").click()
    expect(second.page.locator(".clerk-answer-no")).to_contain_text("小陈")
    second.wrong = [one for one in second.wrong if "409" not in one]  # a refusal, said on the page
    second.look("second")


def test_the_counter_catches_up_after_a_lost_network(walkers, town):
    clerk = walkers("clerk-offline", phone=True)
    staff_signs_in(clerk, "store", "clerk-people")
    page = clerk.go("/store/")
    expect(page.locator("#live")).to_have_class(re.compile("clerk-live-on"))
    before = int(page.locator(".clerk-count").get_attribute("data-waiting"))
    assert page.evaluate(
        "Promise.race([navigator.serviceWorker.ready.then(() => true), new Promise(done => setTimeout(done, 8000, false))])"
    )
    clerk.context.set_offline(True)
    an_order_paid_by(walkers("buyer-offline", phone=True), town[0], "13900139103")
    assert int(page.locator(".clerk-count").get_attribute("data-waiting")) == before
    clerk.context.set_offline(False)
    expect(page.locator(".clerk-count")).to_have_attribute("data-waiting", str(before + 1), timeout=15_000)
    clerk.context.set_offline(True)
    clerk.go("/store/orders/")
    expect(page.locator("h1")).to_have_text("没有网络")
    clerk.context.set_offline(False)
    expect(page.locator(".clerk-order").first).to_be_visible(timeout=15_000)


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139110"), ("en-US", "13900139111")])
def test_headquarters_sees_the_order_at_once(walkers, town, language, phone):
    boss = walkers(f"brand-{language}", phone=False, language=language)
    staff_signs_in(boss, "brand", f"headquarters-{language[:2]}")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    before = boss.go("/brand/").locator("main").text_content()
    an_order_paid_by(walkers(f"buyer-hq-{language}", phone=True, language=language), town[0], phone)
    expect(boss.page.locator("main")).not_to_have_text(before)  # the next look, or the page's own news
    boss.go("/brand/")
    assert boss.page.locator("main").text_content() != before
    boss.look("figures")
    boss.go("/brand/orders/")
    boss.look("orders")
    boss.page.locator("tbody a").first.click()
    boss.page.wait_for_url(re.compile(r"/brand/orders/[0-9a-f-]{36}/"))
    boss.look("order")
    for entry in boss.page.locator(".st-side .nav-link").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    ):
        boss.go(entry)
        boss.look(entry.strip("/").replace("/", "-"))


@pytest.mark.parametrize(
    ("system", "username", "as_phone"), [("dealer", "dealer-east", False), ("store", "keeper-lake", True)]
)
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_dealer_and_store_open_every_page_of_their_menu(walkers, town, system, username, as_phone, language):
    walker = walkers(f"{system}-{language}", phone=as_phone, language=language)
    staff_signs_in(walker, system, username)
    if "second-factor" in walker.page.url or "digits" in walker.page.url:
        walker.page.locator("form:has(input#code) button[type=submit]").first.click()
        walker.page.wait_for_url(re.compile(f"/{system}/"))
    walker.go(f"/{system}/")
    walker.look("first")
    for entry in walker.page.locator(".st-side .nav-link, .st-tab").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    ):
        walker.go(entry)
        walker.look(entry.strip("/").replace("/", "-"))
