"""A coupon's way: headquarters makes it, a consumer claims it by its link, the clerk redeems it once, the results show it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in

pytestmark = pytest.mark.browser


def headquarters(walkers, language):
    boss = walkers(f"coupons-hq-{language}", phone=False, language=language)
    staff_signs_in(boss, "brand", f"headquarters-{language[:2]}")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    return boss


def a_coupon_made_by(boss, name: str, sentence: str) -> str:
    """Make an exchange coupon for one bottle of milk in the workshop, publish it, and give the path of its claim page."""
    page = boss.go("/brand/coupons/")
    boss.look("coupons-empty")
    page.locator("a[href='/brand/coupons/new/']").first.click()
    page.locator("#id_name").fill(name)
    page.locator("#id_name_en").fill(name)
    expect(page.locator("#preview .coupon-card").first).to_be_hidden()
    page.locator("label[for=kind-exchange]").click()
    page.locator("input[name=goods][value=products]").check()
    page.locator("input[name=goods_q]").fill("鲜牛奶")
    page.locator("[data-pick]").first.click()
    expect(page.locator("#chosen-goods input:checked")).to_have_count(1)
    page.locator("input[name=transferable]").check()
    expect(page.locator("#preview .coupon-card").first).to_be_visible()
    expect(page.locator("#preview")).to_contain_text(sentence)
    expect(page.locator("#preview [data-reach]")).to_be_visible()
    boss.look("coupon-form")
    page.locator("#coupon-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/coupons/[0-9a-f-]{36}/$"))
    boss.look("coupon-draft")
    page.locator("form[action$='/state/publish/'] button").click()
    expect(page.locator("#coupon-state")).to_have_class(re.compile("coupon-state-running"))
    boss.look("coupon-published")
    return urlsplit(page.locator("#claim-link").get_attribute("href")).path


@pytest.mark.parametrize(
    ("language", "phone", "sentence"),
    [("zh-CN", "13900139700", "免费换 1 件"), ("en-US", "13900139701", "One item free")],
)
def test_from_the_workshop_to_the_counter_to_the_results(walkers, town, language, phone, sentence):
    place = town[0]
    boss = headquarters(walkers, language)
    link = a_coupon_made_by(boss, f"鲜奶券 {language}", sentence)
    at = boss.page.url

    consumer = walkers(f"coupons-consumer-{language}", phone=True, language=language)
    page = consumer.go(f"{link}?store={place.direct.code}")
    consumer.look("claim")
    page.locator(".voucher-claim").click()
    sign_in(consumer, phone)
    page.locator("#claim-code").wait_for()
    consumer.look("claimed")
    code = page.locator("#claim-code").text_content().strip()
    consumer.go(link)
    expect(page.locator(".voucher-claim")).to_have_count(0)
    consumer.go(f"{place.shop}me/coupons/")
    consumer.look("mine")
    page.locator("a.voucher").first.click()
    page.locator("#claim-code").wait_for()
    consumer.look("one")
    consumer.go(f"{place.shop}coupons/")
    consumer.look("center")

    clerk = walkers(f"coupons-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    counter = clerk.go("/store/redeem/")
    clerk.look("redeem")
    counter.locator("#code").fill(code)
    counter.locator("#code-form button[type=submit]").click()
    expect(counter.locator("#redeem-result")).to_have_attribute("data-outcome", "done")
    clerk.look("redeemed")
    counter.locator("#code").fill(code)
    counter.locator("#code-form button[type=submit]").click()
    expect(counter.locator("#redeem-result")).to_have_attribute("data-outcome", "marketing.already_redeemed")
    clerk.wrong = [one for one in clerk.wrong if "409" not in one]  # a refusal, said on the page
    clerk.look("redeemed-before")

    consumer.go(f"{place.shop}me/coupons/?state=used")
    expect(page.locator("a.voucher")).to_have_count(1)
    consumer.look("used")
    boss.go(at)
    expect(boss.page.locator("[data-figure=given]")).to_have_text("1")
    expect(boss.page.locator("[data-figure=redeemed]")).to_have_text("1")
    boss.look("results")
    boss.go("/brand/coupons/")
    boss.look("coupons")
    boss.go("/brand/campaigns/")
    boss.look("campaigns")


def test_the_consumer_passes_one_on_and_redeems_another_by_the_counters_code(walkers, town):
    place = town[0]
    boss = walkers("coupons-hq-third", phone=False)
    staff_signs_in(boss, "brand", "headquarters")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    link = a_coupon_made_by(boss, "转赠奶券", "免费换 1 件")

    giver = walkers("coupons-giver", phone=True)
    giver.go(f"{link}?store={place.direct.code}").locator(".voucher-claim").click()
    sign_in(giver, "13900139702")
    giver.page.locator("#claim-code").wait_for()
    giver.go(f"{place.shop}me/coupons/").locator("a.voucher", has_text="转赠奶券").click()
    giver.page.locator("form[action$='/pass/'] button").click()
    giver.page.locator("#pass-link").wait_for()
    giver.look("passing-on")
    offered = urlsplit(giver.page.locator("#pass-link").input_value()).path

    friend = walkers("coupons-friend", phone=True)
    friend.go(offered)
    friend.look("offered")
    friend.page.locator(".voucher-claim").click()
    sign_in(friend, "13900139703")
    friend.page.locator(".voucher-answer-done").wait_for()
    friend.look("taken")

    clerk = walkers("coupons-counter", phone=True)
    staff_signs_in(clerk, "store", "clerk-people")
    clerk.go("/store/coupons/")
    clerk.look("store-coupons")
    clerk.go("/store/coupons/give/")
    clerk.look("give")
    counter = clerk.go("/store/counter-code/")
    clerk.look("counter-code")
    there = urlsplit(counter.locator("#counter-link").get_attribute("href"))
    friend.go(f"{there.path}?{there.query}")
    friend.look("at-counter")
    friend.page.locator("form.voucher button").click()
    friend.page.locator(".st-confirm-yes").click()
    expect(friend.page.locator("#redeem-result")).to_have_attribute("data-outcome", "done")
    friend.look("redeemed-at-counter")
    clerk.go("/store/redeem/")
    expect(counter.locator(".clerk-lines")).to_contain_text("转赠奶券")
    clerk.look("redeemed-today")


def test_a_coupon_is_bought_by_wechat_and_is_there_when_the_money_has_come(walkers, town):
    place = town[0]
    boss = walkers("coupons-hq-sale", phone=False)
    staff_signs_in(boss, "brand", "headquarters-sale")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    page = boss.go("/brand/coupons/new/")
    page.locator("#id_name").fill("一元抵五元")
    page.locator("#id_value").fill("5")
    page.locator("input[name=ways][value=claim]").uncheck()
    page.locator("input[name=ways][value=buy]").check()
    page.locator("#id_price").fill("1")
    page.locator("#coupon-form button[type=submit]").click()
    page.locator("form[action$='/state/publish/'] button").click()
    link = urlsplit(page.locator("#claim-link").get_attribute("href")).path

    buyer = walkers("coupons-buyer", phone=True)
    buyer.go(f"{link}?store={place.direct.code}")
    buyer.look("for-sale")
    buyer.page.locator(".voucher-claim").click()
    sign_in(buyer, "13900139704")
    buyer.page.locator("button[name=pay][value=wechat]").click()
    buyer.page.locator("#pay").wait_for()
    buyer.look("pay")
    buyer.page.locator("#pay").click()
    buyer.page.locator("form button").click()
    for _ in range(20):
        if buyer.page.locator("#claim-code").count():
            break
        buyer.page.wait_for_timeout(500)
        buyer.go(f"{link}?store={place.direct.code}")
    expect(buyer.page.locator("#claim-code")).to_be_visible()
    buyer.look("bought")
