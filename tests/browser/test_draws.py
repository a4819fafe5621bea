"""A wheel's way: headquarters makes it and sees the odds, a consumer plays and wins, the clerk hands the prize over; and the other templates."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.shared.access.scope import every_brand
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.browser.test_shop import sign_in
from tests.make.draws import a_draw, cash, goods

pytestmark = pytest.mark.browser


def a_wheel_made_by(boss, name: str) -> str:
    """Make and publish a wheel that surely wins a perfume, and give the path of its page."""
    page = boss.go("/brand/draws/")
    boss.look("draws-empty")
    boss.go("/brand/draws/new/")
    page.locator("#f-name").fill(name)
    page.locator("#f-name_en").fill(name)
    page.locator("#f-conditions").fill("会员均可参加")
    page.locator("#f-conditions_en").fill("For all members")
    page.locator("#f-starts_at").fill(f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.locator("#f-free_daily").fill("2")
    page.locator("#f-0-name").fill("香水")
    page.locator("#f-0-name_en").fill("Perfume")
    page.locator("#f-0-value").fill("60000")
    page.locator("#f-0-weight").fill("99")
    page.locator("#f-0-stock_n").fill("50")
    expect(page.locator("#preview-fault")).to_contain_text(re.compile("第十一条|art. 11"))
    boss.look("draw-over-the-cap")
    page.locator("#f-0-value").fill("399")
    page.locator("#more-prizes").click()
    page.locator("#f-1-name").fill("红包")
    page.locator("#f-1-name_en").fill("Red packet")
    page.locator("#f-1-what").select_option("cash")
    page.locator("#f-1-weight").fill("1")
    page.locator("#f-1-stock").select_option("none")
    expect(page.locator("#preview")).to_contain_text("99%")
    expect(page.locator("#preview-fault")).to_have_count(0)
    boss.look("draw-form")
    page.locator("#draw-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/draws/[0-9a-f-]{36}/$"))
    boss.look("draw-draft")
    page.locator("form[action$='/publish/'] button").click()
    page.locator(".st-confirm-yes").click()
    expect(page.locator("#draw-state")).to_have_attribute("data-state", "running")
    boss.look("draw-published")
    return re.search(r"/draws/[^/]+/$", page.locator("#draw-link").get_attribute("href"))[0].strip("/")


def played_again_after_a_lost_answer(consumer, path: str) -> None:
    """Play once more, with less motion: the first answer gets lost on its way, and a second tap shows the same play at once."""
    page = consumer.page
    page.emulate_media(reduced_motion="reduce")
    consumer.go(path)

    def lose(route) -> None:
        route.fetch()
        route.abort()

    page.route("**/play/", lose, times=1)
    page.locator("#play").click()
    expect(page.locator(".st-toast").first).to_be_visible()
    consumer.wrong = [one for one in consumer.wrong if "ERR_FAILED" not in one]
    page.locator("#play").click()
    expect(page.locator("#result")).to_have_attribute("data-shown", "yes", timeout=3_000)
    consumer.look("wheel-without-motion")


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139810"), ("en-US", "13900139811")])
def test_from_the_workshop_to_the_wheel_to_the_counter(walkers, town, language, phone):
    place = town[0]
    boss = headquarters(walkers, language)
    path = a_wheel_made_by(boss, f"转盘 {language}")
    at = boss.page.url

    consumer = walkers(f"draws-consumer-{language}", phone=True, language=language)
    page = consumer.go(place.shop)
    expect(page.locator(".shop-door").first).to_be_visible()
    consumer.look("home-with-door")
    consumer.go(f"{place.shop}draws/")
    consumer.look("draws")
    consumer.go(f"{place.shop}{path}/")
    consumer.look("wheel-stranger")
    page.locator("a.draw-play").click()
    sign_in(consumer, phone)
    page.locator("#play").wait_for()
    consumer.look("wheel")
    page.locator("#play").click()
    expect(page.locator("#result")).to_have_attribute("data-shown", "yes", timeout=12_000)
    consumer.look("wheel-won")
    expect(page.locator("#result")).to_have_attribute("data-won", "yes")
    played_again_after_a_lost_answer(consumer, f"{place.shop}{path}/")
    consumer.go(f"{place.shop}me/prizes/")
    consumer.look("prizes")
    page.locator("a.draw-line").first.click()
    page.locator(".draw-won").wait_for()
    consumer.look("prize")
    if page.locator("#prize-code").count():
        code = page.locator("#prize-code").text_content().strip()
        clerk = walkers(f"draws-clerk-{language}", phone=True, language=language)
        staff_signs_in(clerk, "store", "clerk-people")
        counter = clerk.go("/store/prizes/")
        clerk.look("store-prizes")
        counter.locator("#code").fill(code)
        counter.locator("#code-form button[type=submit]").click()
        expect(counter.locator("#redeem-result")).to_have_attribute("data-outcome", "done")
        clerk.look("handed-over")
        consumer.go(page.url)
        consumer.look("prize-handed")
    consumer.go(f"{place.shop}{path}/record/")
    consumer.look("record")
    boss.go(at)
    expect(boss.page.locator("[data-figure=played]")).to_have_text("2")
    boss.look("draw-results")
    boss.go(f"{at}winners/")
    boss.look("draw-winners")
    boss.go("/brand/draws/")
    boss.look("draws")


@pytest.mark.parametrize("template", ["scratch", "egg", "box"])
def test_a_card_an_egg_and_a_box_are_opened(walkers, town, template):
    place, now = town[0], datetime.now(UTC) - timedelta(minutes=1)
    with every_brand():
        a_draw(place.brand, goods(now=now, stock=50, name_en="Perfume"), cash(100, weight=0, consolation=True), now=now, template=template,
               number=f"{template}-draw", free_daily=3, name=f"试试 {template}")  # fmt: skip
    connection.close()
    consumer = walkers(f"draws-{template}", phone=True)
    page = consumer.go(f"{place.shop}draws/{template}-draw/")
    page.locator("a.draw-play").click()
    sign_in(consumer, {"scratch": "13900139820", "egg": "13900139821", "box": "13900139822"}[template])
    page.locator("#play").wait_for()
    consumer.look(template)
    if template == "scratch":
        page.locator("#play").click()
        page.locator("#foil").wait_for()
        box = page.locator("#foil").bounding_box()
        page.mouse.move(box["x"] + 40, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 90, steps=8)
        page.mouse.up()
        consumer.look("scratch-half")
        page.locator("#show-now").click()
    else:
        page.locator("[data-choose]").nth(1).click()
    expect(page.locator("#result")).to_have_attribute("data-shown", "yes", timeout=12_000)
    consumer.look(f"{template}-won")
    expect(page.locator("#result")).to_have_attribute("data-won", "yes")
