"""A campaign's way: headquarters makes and pushes it, a store takes part with one tap, a visitor finds it, the desk compares."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared import clock
from sitong.shared.access.scope import every_brand
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.make.marketing import a_coupon

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_made_once_and_run_with_one_tap(walkers, town, django_db_blocker, language):
    place = town[0]
    with django_db_blocker.unblock():
        with every_brand():
            a_coupon(
                place.brand,
                now=clock.now(),
                name=f"到店券 {language}",
                name_en=f"Visit coupon {language}",
                stores_choose=True,
            )
        connection.close()
    boss = headquarters(walkers, language)
    page = boss.go("/brand/templates/")
    boss.look("templates")
    page.locator("a[href='/brand/templates/new/']").first.click()
    page.locator("#id_name").fill(f"常来月 {language}")
    page.locator("#id_name_en").fill(f"Come back {language}")
    today = clock.now().date()
    page.locator("#id_starts_on").fill(str(today.replace(day=1)))
    page.locator("#id_ends_on").fill(str(today.replace(year=today.year + 1, day=1)))
    page.locator("#id_script").fill("请主动介绍")
    page.locator("input[name=freedoms][value=notice]").check()
    page.locator("label", has_text=re.compile(language)).locator("input[name=part]").first.check()
    boss.look("template-form")
    page.locator("form[data-once] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/templates/[0-9a-f-]{36}/$"))
    template = page.url
    page.locator("button[name=all]").click()
    expect(page.locator(".rollout-places li")).to_have_count(1)
    boss.look("template-tried")
    page.locator("form[action$='/state/publish/'] button").click()
    expect(page.locator("#state")).to_have_class(re.compile("rollout-running"))

    keeper = walkers(f"template-keeper-{language}", phone=True, language=language)
    staff_signs_in(keeper, "store", "keeper-lake")
    store = keeper.go("/store/campaigns/")
    card = store.locator("article.campaign", has_text=re.compile(language))
    keeper.look("offered")
    card.locator("button.st-big").click()
    expect(card.locator(".campaign-on")).to_be_visible()
    card.locator("summary", has=store.locator("use[href*=pencil]")).click()
    card.locator("input[name=notice]").fill(f"欢迎 {language}")
    card.locator(".campaign-own button").click()
    expect(card.locator(".campaign-notice")).to_contain_text(f"欢迎 {language}")
    keeper.look("running")

    visitor = walkers(f"template-visitor-{language}", phone=True, language=language)
    shop = visitor.go(f"/s/{place.brand.code}/{place.franchise.code}/")
    door = shop.locator(".shop-door", has_text=f"欢迎 {language}")
    for _ in range(8):  # the home page is up to five seconds old
        if door.count():
            break
        shop.wait_for_timeout(1_000)
        shop.reload()
    visitor.look("door")
    door.click()
    expect(shop.locator(".campaign-hero")).to_contain_text(f"欢迎 {language}")
    visitor.look("campaign")

    boss.page.goto(template)
    expect(boss.page.locator("[data-figure=stores]")).to_have_text("1")
    boss.look("template-results")
