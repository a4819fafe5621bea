"""A check-in's way and an advertisement's: headquarters sets them up, a consumer stands in the store, the clerk's phone shows it."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.marketing.ads.actions import DayTold, begin_campaign, grant_campaigns, keep_days
from sitong.marketing.models import AdCampaign
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in
from tests.make.ads import receives
from tests.make.checkin import AT_STORE, a_card

pytestmark = pytest.mark.browser
HERE = {"latitude": AT_STORE.latitude, "longitude": AT_STORE.longitude, "accuracy": 15}
FAR = {"latitude": AT_STORE.latitude + 0.05, "longitude": AT_STORE.longitude, "accuracy": 15}


def in_database(action):
    """Do something beside the people who walk."""
    try:
        with every_brand():
            return action()
    finally:
        connection.close()


def a_plan_made_by(boss, name: str, card) -> None:
    """Ask members for consent, set up the check-in, publish it."""
    page = boss.go("/brand/check-ins/")
    boss.look("check-ins-empty")
    boss.go("/brand/members/wordings/")
    page.locator("#purpose").select_option("location")
    page.locator("#text").fill("签到时，我们会查看一次您的位置，用来确认您在店里；不会保存。")
    page.locator("#text_en").fill(
        "When you check in we look once at where you are, to see that you are in the store. We do not keep it."
    )
    page.locator("form:has(#purpose) button[type=submit]").click()
    with page.expect_navigation():
        page.locator("#confirm .st-confirm-yes").click()
    boss.go("/brand/check-ins/new/")
    boss.look("check-in-form")
    page.locator("#name").fill(name)
    page.locator("#name_en").fill(name)
    page.locator("select[name=reward_what_0]").select_option(f"coupon:{card.id}")
    page.locator("select[name=reward_what_2]").select_option(f"coupon:{card.id}")
    page.locator("form:has(#name) button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/check-ins/[0-9a-f-]{36}/$"))
    boss.look("check-in-draft")
    page.locator("form[action$='/state/publish/'] button").click()
    page.locator("#confirm .st-confirm-yes").click()
    page.locator("form[action$='/state/end/']").wait_for()
    boss.look("check-in-published")


def ends_the_plan(boss) -> None:
    boss.page.locator("form[action$='/state/end/'] button").click()
    boss.page.locator("#confirm .st-confirm-yes").click()
    boss.page.locator("form[action$='/state/end/']").wait_for(state="detached")


@pytest.mark.parametrize(
    ("language", "phone", "agree"),
    [("zh-CN", "13900139810", "同意并签到"), ("en-US", "13900139811", "Agree and check in")],
)
def test_from_the_desk_to_the_store_and_back(walkers, town, language, phone, agree):
    place = town[0]
    card = in_database(lambda: a_card(place.brand, now=clock_now()))
    boss = headquarters(walkers, language)
    a_plan_made_by(boss, f"七天签到 {language[:2]}", card)
    detail = boss.page.url

    consumer = walkers(f"checkin-consumer-{language}", phone=True, language=language)
    page = consumer.go(f"{place.shop}check-in/")
    sign_in(consumer, phone)
    page.locator("#by-position").wait_for()
    expect(page.locator("#by-position")).to_contain_text(agree)
    consumer.look("asked")
    page.locator("#by-position").click()
    expect(page.locator("#position-problem")).to_be_visible()
    consumer.look("location-denied")
    consumer.context.grant_permissions(["geolocation"], origin=consumer.address)
    consumer.context.set_geolocation(FAR)
    page.locator("#by-position").click()
    expect(page.locator("#check-in-problem")).to_have_attribute("data-code", "marketing.not_in_store")
    consumer.wrong = [one for one in consumer.wrong if "409" not in one]
    consumer.look("too-far")
    consumer.context.set_geolocation(HERE)
    page.locator("#by-position").click()
    page.locator("#check-in-done").wait_for()
    expect(page.locator("#streak")).to_have_text("1")
    expect(page.locator(".checkin-won")).to_be_visible()
    expect(page.locator(".checkin-today.checkin-day-counted")).to_have_count(1)
    consumer.look("checked-in")
    consumer.go(f"{place.shop}check-in/")
    expect(page.locator("#check-in")).to_have_attribute("data-state", "counted")
    consumer.look("tomorrow")

    clerk = walkers(f"checkin-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    counter = clerk.go("/store/check-ins/")
    expect(counter.locator("#counter-letters")).to_be_visible()
    clerk.look("store-check-ins")
    keeper = walkers(f"checkin-keeper-{language}", phone=True, language=language)
    staff_signs_in(keeper, "store", "keeper-lake")
    own = keeper.go("/store/check-ins/")
    own.locator("#own select[name=reward_what]").select_option(f"coupon:{card.id}")
    own.locator("#own button[type=submit]").click()
    own.locator("form[action$='/own/end/']").wait_for()
    keeper.look("store-own-reward")
    own.locator("form[action$='/own/end/'] button").click()
    own.locator("#confirm .st-confirm-yes").click()
    own.locator("form[action$='/own/']").wait_for()

    boss.go(detail)
    expect(boss.page.locator("#days")).to_have_text("1")
    boss.look("check-in-results")
    boss.go("/brand/check-ins/waiting/")
    boss.look("check-ins-waiting-empty")
    boss.go(detail)
    ends_the_plan(boss)
    boss.go("/brand/check-ins/")
    boss.look("check-ins")


@pytest.mark.parametrize(("language", "goods"), [("zh-CN", "coffee-beans"), ("en-US", "tea-green")])
def test_supply_earns_a_campaign_near_the_store(walkers, town, language, goods):
    place, short = town[0], language[:2]
    boss = walkers(f"ads-hq-{language}", phone=False, language=language)
    staff_signs_in(boss, "brand", {"zh": "headquarters", "en": "headquarters-sale"}[short])
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    page = boss.go("/brand/ads/")
    boss.look("ads")
    boss.go("/brand/ads/targets/new/")
    page.locator("#name").fill(f"月度进货 {short}")
    page.locator("#name_en").fill(f"Monthly supply {short}")
    page.locator("#quantity").fill("2000")
    page.locator("#products").fill(goods)
    page.locator("#title").fill("附近好店")
    page.locator("#text").fill("新鲜直达，三公里内半小时到店")
    boss.look("target-form")
    page.locator("form:has(#quantity) button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/ads/targets/[0-9a-f-]{36}/$"))
    boss.look("target-draft")
    page.locator("form[action$='/state/publish/'] button").click()
    page.locator("#confirm .st-confirm-yes").click()
    page.locator("form[action$='/state/end/']").wait_for()
    target = page.url
    now = clock_now()
    product = type("product", (), {"id": place.products[goods]})
    in_database(lambda: receives(place.franchise, product, 760, now=now))

    store = walkers(f"ads-store-{language}", phone=True, language=language)
    staff_signs_in(store, "store", "keeper-lake")
    phone = store.go("/store/ads/")
    expect(phone.locator("#goal-1")).to_contain_text("1,240")
    store.look("store-progress")
    in_database(lambda: (receives(place.franchise, product, 1_240, now=now), grant_campaigns(now=now)))
    boss.go(target)
    boss.look("target-reached")
    boss.go("/brand/ads/")
    page.locator("a[href^='/brand/ads/0'], td a[href^='/brand/ads/']").first.click()
    page.locator("#starts_on").wait_for()
    boss.look("campaign-granted")
    page.locator("form[action$='/decide/approve/'] .btn-primary").click()
    page.locator("#confirm .st-confirm-yes").click()
    page.locator("#starts_on").wait_for(state="detached")
    boss.look("campaign-approved")

    def runs() -> None:
        campaign = AdCampaign.objects.filter(state="approved").latest("granted_at")
        begin_campaign(campaign.id, now=now)
        on = business_date(now, place.brand.zone)
        keep_days([DayTold(campaign.brand_id, campaign.id, on, 1_286, 51, 4_590)], now=now)

    in_database(runs)
    page.reload()
    expect(page.locator("#shown")).to_have_text("1,286")
    boss.look("campaign-running")
    phone.reload()
    expect(phone.locator(".ad-figures").first).to_contain_text("1,286")
    store.look("store-figures")
    dealer = walkers(f"ads-dealer-{language}", phone=False, language=language)
    staff_signs_in(dealer, "dealer", "dealer-east")
    dealer.go("/dealer/ads/")
    dealer.look("dealer-ads")
    boss.go(target)
    page.locator("form[action$='/state/end/'] button").click()
    page.locator("#confirm .st-confirm-yes").click()
    page.locator("form[action$='/state/end/']").wait_for(state="detached")
