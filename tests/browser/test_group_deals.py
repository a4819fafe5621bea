"""A group deal's way: headquarters makes it, two people come together, one draws a ticket, the clerk claims it, the day is drawn."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.marketing.deals.actions import draw_due_days
from sitong.marketing.deals.queries import days_of, published_deal
from sitong.shared.access.scope import every_brand
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in
from tests.make.deals import a_deal_coupon

pytestmark = pytest.mark.browser
DEAL = re.compile(r"/brand/deals/([0-9a-f-]{36})/$")


@pytest.fixture
def coupons(town, django_db_blocker):
    """What the deal gives, and what its draw gives."""
    with django_db_blocker.unblock(), every_brand():
        now = datetime.now(UTC) - timedelta(hours=1)
        made = (a_deal_coupon(town[0].brand, now=now, name="百元券", name_en="A hundred off", per_member=9),
                a_deal_coupon(town[0].brand, now=now, name="香水券", name_en="Perfume", per_member=9))  # fmt: skip
    connection.close()
    return made


def a_deal_made_by(boss, coupons, name):
    """Make a deal for two people with a draw of three days, publish it, and give its id."""
    page = boss.go("/brand/deals/")
    boss.look("deals")
    page.locator("a[href='/brand/deals/new/']").first.click()
    page.locator("#id_name").fill(name)
    page.locator("#id_name_en").fill(name)
    page.locator("#id_coupon_id").select_option(str(coupons[0].id))
    page.locator("#id_price").fill("10")
    page.locator("#id_worth").fill("100")
    page.locator("#id_people").fill("2")
    page.locator("#id_starts_at").fill(f"{datetime.now(UTC):%Y-%m-%dT00:00}")
    page.locator("input[name=draw]").check()
    page.locator("#id_days").fill("3")
    page.locator("#id_prize_name").fill("香水一瓶")
    page.locator("#id_prize_name_en").fill("A bottle of perfume")
    page.locator("select[name=prize_what]").select_option(f"coupon:{coupons[1].id}")
    page.locator("#id_prize_value").fill("299")
    page.locator("#id_conditions").fill("成团并到店领取奖券者参加。")
    page.locator("#id_conditions_en").fill(
        "Whoever is in a complete group and claims the ticket in a store takes part."
    )
    expect(page.locator("#preview .deal-phone")).to_be_visible()
    boss.look("deal-form")
    page.locator("#deal-form button[type=submit]").click()
    page.wait_for_url(DEAL)
    page.locator("form[action$='/state/publish/'] button").click()
    confirm(page)
    expect(page.locator("#deal-state")).to_have_attribute("data-state", "running")
    boss.look("deal-published")
    return DEAL.search(page.url)[1]


def confirm(page):
    button = page.locator("dialog[open] button, .modal.show button").last
    if button.count():
        button.click()


def joins_and_pays(walker, link, phone):
    page = walker.go(link)
    walker.look("deal")
    page.locator("#join").click()
    page.wait_for_url(re.compile("sign-in"))
    sign_in(walker, phone)
    page.locator("#join").click()
    page.wait_for_url(re.compile("/deals/groups/"))
    expect(page.locator("#own")).to_have_attribute("data-state", "held")
    walker.look("group-to-pay")
    page.locator("button[name=pay][value=wechat]").click()
    walker.look("pay")
    page.locator("#pay").click()
    page.locator("form button").click()
    page.wait_for_url(re.compile("/deals/groups/"))
    walker.look("group-paid")


@pytest.mark.parametrize(
    ("language", "phones"), [("zh-CN", ("13900139810", "13900139811")), ("en-US", ("13900139812", "13900139813"))]
)
def test_from_the_desk_to_the_group_to_the_store_to_the_draw(
    walkers, town, coupons, django_db_blocker, language, phones
):
    place = town[0]
    boss = headquarters(walkers, language)
    deal_id = a_deal_made_by(boss, coupons, f"百人拼团 {language}")
    link = f"{place.shop}deals/{deal_id}/"

    first = walkers(f"deals-first-{language}", phone=True, language=language)
    first.go(f"{place.shop}deals/")
    first.look("list")
    joins_and_pays(first, link, phones[0])
    expect(first.page.locator("#own")).to_have_attribute("data-state", "paid")
    second = walkers(f"deals-second-{language}", phone=True, language=language)
    joins_and_pays(second, link, phones[1])
    expect(second.page.locator("#group")).to_have_attribute("data-state", "complete")

    page = first.go(f"{place.shop}me/deals/")
    first.look("mine")
    page.locator("a[href$='/ticket/']").first.click()
    first.look("ticket-none")
    page.locator("#draw-ticket").click()
    expect(page.locator("#ticket")).to_have_attribute("data-state", "sealed")
    first.look("ticket-sealed")
    code = page.locator("#ticket-code").text_content()

    clerk = walkers(f"deals-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    counter = clerk.go("/store/tickets/")
    clerk.look("tickets")
    counter.locator("#code").fill(code.lower())
    counter.locator("#code-form button[type=submit]").click()
    expect(counter.locator("#ticket-result")).to_have_attribute("data-outcome", "done")
    clerk.look("claimed")
    counter.locator("#code").fill(code)
    counter.locator("#code-form button[type=submit]").click()
    expect(counter.locator("#ticket-result")).to_have_attribute("data-outcome", "again")
    page.reload()
    expect(page.locator("#ticket")).to_have_attribute("data-state", "in")
    first.look("ticket-in")

    with django_db_blocker.unblock(), every_brand():
        days = days_of(published_deal(place.brand.id, deal_id).id)
        draw_due_days(now=days[0].closes_at + timedelta(seconds=1))
    connection.close()
    page.reload()
    expect(page.locator("#ticket")).to_have_attribute("data-state", "won")
    first.look("won")
    page.locator("a[href$='/draw/1/']").click()
    expect(page.locator("#proof")).to_have_attribute("data-outcome", "deal-own-done")
    first.look("day")
    first.go(f"{link}draw/")
    first.look("draw")
    boss.go(f"/brand/deals/{deal_id}/")
    expect(boss.page.locator("#came")).to_have_text("1")
    boss.look("results")
