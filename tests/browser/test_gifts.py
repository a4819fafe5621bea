"""A gift's way: headquarters adds it, the member shows it or asks at the counter, the clerk hands it over, all levels see the claim."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.distribution.reimbursement.actions import draw_statements
from sitong.marketing.gifts.actions import GiftWanted, give_gifts
from sitong.member.identity.queries import member_by_phone
from sitong.shared import clock
from sitong.shared.access.scope import every_brand
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def behind_the_scenes(django_db_blocker):
    """Do what campaigns and the calendar do: give a gift to a phone's member, let a month go by."""

    def do(act) -> None:
        with django_db_blocker.unblock(), every_brand():
            act()
        connection.close()

    return do


def a_gift_made_by(boss, name: str) -> UUID:
    page = boss.go("/brand/gifts/")
    boss.look("library-empty")
    page.locator("a[href='/brand/gifts/new/']").first.click()
    page.locator("#id_name").fill(name)
    page.locator("#id_name_en").fill(name)
    page.locator("#id_value").fill("15.00")
    page.locator("#id_handling").fill("5")
    boss.look("gift-form")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/gifts/[0-9a-f-]{36}/$"))
    page.locator("form[action$='/state/publish/'] button").click()
    expect(page.locator("form[action$='/state/end/']")).to_be_visible()
    boss.look("gift-published")
    return UUID(urlsplit(page.url).path.split("/")[3])


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139800"), ("en-US", "13900139801")])
def test_from_the_library_to_the_counter_to_the_claims(walkers, town, behind_the_scenes, language, phone):
    place = town[0]
    boss = walkers(f"gifts-hq-{language}", phone=False, language=language)
    staff_signs_in(boss, "brand", f"headquarters-{language[:2]}")
    boss.page.locator("form:has(input#code) button[type=submit]").first.click()
    boss.page.wait_for_url(re.compile("/brand/"))
    gift_id = a_gift_made_by(boss, f"帆布袋 {language}")

    shop = f"/s/{place.brand.code}/{place.franchise.code}/"
    consumer = walkers(f"gifts-consumer-{language}", phone=True, language=language)
    page = consumer.go(f"{shop}me/gifts/")
    sign_in(consumer, phone)
    page.wait_for_url(re.compile("/me/gifts/"))
    consumer.look("no-gifts")

    def give() -> None:
        member = member_by_phone(place.brand.id, phone)
        wanted = [GiftWanted((new_id(),), place.brand.id, member.id, gift_id, "walk:1") for _ in range(2)]
        assert all(isinstance(one, tuple) for one in give_gifts(wanted, now=clock.now()))

    behind_the_scenes(give)
    consumer.go(f"{shop}me/gifts/")
    expect(page.locator("a.gift-row")).to_have_count(2)
    consumer.look("my-gifts")
    page.locator("a.gift-row").first.click()
    expect(page.locator("#gift-code")).to_have_attribute("data-now", re.compile("^G"))
    consumer.look("one-gift")
    code = page.locator("#gift-code").get_attribute("data-now")

    clerk = walkers(f"gifts-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "keeper-lake")
    counter = clerk.go("/store/gifts/")
    clerk.look("counter-empty")
    counter.locator("#code").fill(code)
    counter.locator("#gift-form button[type=submit]").click()
    expect(counter.locator("#gift-result")).to_have_attribute("data-outcome", "done")
    clerk.look("handed-over")
    counter.locator("#code").fill(code)
    counter.locator("#gift-form button[type=submit]").click()
    expect(counter.locator("#gift-result")).to_have_attribute("data-outcome", "marketing.gift_already_redeemed")
    clerk.wrong = [one for one in clerk.wrong if "409" not in one]  # a refusal, said on the page
    clerk.look("handed-over-before")

    shown = clerk.go("/store/counter-code/")
    there = urlsplit(shown.locator("#counter-link").get_attribute("href"))
    clerk.go("/store/gifts/")
    consumer.go(f"{there.path}?{there.query}")
    page.locator("#to-gifts").click()
    consumer.look("at-counter")
    page.locator("form.gift-row button").first.click()
    expect(page.locator("#asked")).to_have_attribute("data-state", "waiting")
    consumer.look("waiting")
    counter.locator(".gift-ask").wait_for(timeout=20_000)
    clerk.look("it-rings")
    counter.locator(".gift-ask form button").first.click()
    expect(page.locator("#asked")).to_have_attribute("data-state", "done", timeout=15_000)
    consumer.look("fetched")
    expect(counter.locator(".clerk-lines li")).to_have_count(2 if language == "zh-CN" else 4)
    clerk.look("today")

    behind_the_scenes(lambda: drain("distribution.claims", "marketing.gift_counts"))
    clerk.go("/store/claims/")
    clerk.look("store-claims")
    boss.go(f"/brand/gifts/{gift_id}/")
    expect(boss.page.locator("#redeemed")).to_have_text("2")
    boss.look("results")
    boss.go("/brand/claims/")
    boss.look("claims")


def test_a_statement_is_doubted_answered_checked_and_settled(walkers, behind_the_scenes):
    behind_the_scenes(lambda: draw_statements(now=clock.now().replace(day=1) + timedelta(days=35)))
    dealer = walkers("claims-dealer", phone=False)
    staff_signs_in(dealer, "dealer", "dealer-east")
    desk = dealer.go("/dealer/claims/")
    dealer.look("dealer-claims")
    desk.locator("tbody a").first.click()
    dealer.look("statement")
    desk.locator("details summary").first.click()
    desk.locator("details[open] input[name=text]").fill("没有签收")
    desk.locator("details[open] button").click()
    expect(desk.locator("#statement-state")).to_have_attribute("data-state", "doubted")
    dealer.look("doubted")

    clerk = walkers("claims-store", phone=True)
    staff_signs_in(clerk, "store", "keeper-lake")
    phone = clerk.go("/store/claims/")
    phone.locator("a.st-card").first.click()
    clerk.look("statement")
    phone.locator("input[name=text]").fill("有照片")
    phone.locator("form[action$='/stand/'] button").first.click()
    expect(phone.locator("[data-line-state=answered]")).to_have_count(1)
    clerk.look("answered")

    desk.reload()
    desk.locator("form[action$='/accept/'] button").click()
    desk.locator("#check").click()
    desk.locator("#st-confirm-yes, .st-confirm-yes").first.click()
    expect(desk.locator("#statement-state")).to_have_attribute("data-state", "checked")
    dealer.look("checked")
    desk.locator("input[name=reference]").fill("TR-2026-11")
    desk.locator("#settle").click()
    desk.locator("#st-confirm-yes, .st-confirm-yes").first.click()
    expect(desk.locator("#statement-state")).to_have_attribute("data-state", "settled")
    dealer.look("settled")
