"""Members in Chromium: headquarters reads a story and joins two, a clerk serves who shows the code, a consumer looks after itself."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.member.profile.actions import tag_members
from sitong.member.sources.actions import SourceWanted, name_sources
from sitong.shared.access.actions.factors import DEMO_PASSWORD
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from tests.browser.test_org import come_in
from tests.make.access import a_staff
from tests.make.member import a_key, a_member, a_note, a_tag, a_visit, a_wording, said

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(town, django_db_blocker):
    """Members with a story, and the staff who look at them."""
    founded, _ = town
    brand, store, now = founded.brand, founded.direct, datetime.now(UTC)
    with django_db_blocker.unblock(), every_brand():
        wordings = [
            a_wording(
                brand, "service", "为了给您提供会员服务，我们会保存您的手机号和订单。", now=now - timedelta(days=30)
            ),
            a_wording(brand, "marketing", "可以给我发优惠券和活动消息。", now=now - timedelta(days=30)),
        ]
        name_sources(
            [SourceWanted(new_id(), brand.id, "spring", "春季海报", "store_scan", "Spring poster")], by=None, now=now
        )
        members = [
            a_member(
                brand,
                phone=f"138{number:08}",
                name=name,
                home_store_id=store.id,
                now=now - timedelta(days=days),
                source=source,
            )
            for number, (name, days, source) in enumerate(
                [("王小明", 25, "spring"), ("李雷", 12, "mini-shop"), ("韩梅梅", 3, "spring"), ("", 1, "friend")], 1
            )
        ]
        first, second = members[:2]
        tags = [a_tag(brand, "常客", color="green", now=now), a_tag(brand, "爱喝咖啡", color="orange", now=now)]
        tag_members([one.id for one in members[:3]], tags[0].id, by=None, now=now - timedelta(days=2))
        tag_members([first.id], tags[1].id, by=None, now=now - timedelta(days=1))
        a_note(first, "周末常带孩子来，喜欢低糖。", now=now - timedelta(days=4)), a_note(second, "同一个人？", now=now)
        a_visit(first, store, at=now - timedelta(days=9)), a_visit(first, store, "scanned", at=now - timedelta(days=2))
        a_key(first, "card", "8800123456781234", now=now - timedelta(days=20))
        a_key(second, "wechat_open", "oWx-123456789", app="wx-shop", now=now - timedelta(days=11))
        said(first, wordings[0], True, now=now - timedelta(days=25))
        (
            said(first, wordings[1], True, now=now - timedelta(days=20)),
            said(first, wordings[1], False, now=now - timedelta(days=1)),
        )
        a_staff("brand", brand, username="crm.hq", name="林岚", password=DEMO_PASSWORD)
        a_staff("brand", brand, username="crm.hq2", name="林岚", password=DEMO_PASSWORD)
        a_staff("store", store, username="crm.store", name="何静", password=DEMO_PASSWORD)
    yield members
    connection.close()


@pytest.mark.parametrize(("language", "account"), [("zh-CN", "crm.hq"), ("en-US", "crm.hq2")])
def test_headquarters_reads_a_story_joins_two_and_makes_them_two_again(walkers, people, language, account):
    first, second = people[:2]
    walker = walkers(f"members-hq-{language}", phone=False, language=language)
    page = come_in(walker, "brand", account)
    for path, shot in (
        ("/brand/members/", "list"), (f"/brand/members/{first.id}/", "story"), ("/brand/members/tags/", "tags"),
        ("/brand/members/wordings/", "wordings"), ("/brand/sources/", "sources"), (f"/brand/members/{first.id}/erase/", "erase"),
    ):  # fmt: skip
        walker.go(path)
        page.wait_for_timeout(300)
        walker.look(shot)
    walker.go(f"/brand/members/{first.id}/join/?q={second.number}")
    walker.look("join")
    page.fill("#note", "电话里确认")
    page.locator("form[method=post] button.btn-primary").click()
    page.locator(".st-confirm-yes").click()
    page.wait_for_url(re.compile(rf"/brand/members/{first.id}/$"))
    walker.look("joined")
    page.locator("a[href*='/undo/']").first.click()
    walker.look("undo")
    page.fill("#reason", "两个人")
    page.locator("button.btn-danger").click()
    page.locator(".st-confirm-yes").click()
    page.wait_for_url(re.compile(rf"/brand/members/{first.id}/$"))


def test_a_consumer_shows_the_code_and_the_clerk_finds_who_it_is(walkers, town, people):
    founded, _ = town
    consumer = walkers("members-consumer", phone=True)
    page = consumer.go(f"/sign-in/phone/?next={founded.shop}me/")
    page.fill("input[name=phone]", "13800000003")
    page.locator("main button[type=submit]").first.click()
    expect(page.locator("input[name=code]")).to_have_value(re.compile(r"^\d{6}$"))
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/me/$"))
    consumer.look("me")
    consumer.go(f"{founded.shop}me/consents/")
    consumer.look("consents")
    page.locator("button[value=yes]").first.click()
    page.wait_for_load_state("load")
    consumer.look("agreed")
    for path, shot in (("me/data/", "data"), ("me/data/erase/", "erase"), ("me/card/", "card")):
        consumer.go(f"{founded.shop}{path}")
        consumer.look(shot)
    code = page.locator(".me-digits").inner_text()
    clerk = walkers("members-clerk", phone=True)
    desk = come_in(clerk, "store", "crm.store")
    clerk.go("/store/members/")
    clerk.look("members")
    desk.fill("input[name=q]", code)
    desk.locator("form[role=search] button").click()
    expect(desk.locator("h2").first).to_contain_text("韩*")
    clerk.look("shown")
    desk.locator("a[href^='/store/members/']").first.click()
    clerk.look("member")
    desk.fill("textarea[name=text]", "下次给她留一份酸奶")
    desk.locator("form[action$='/note/'] button").click()
    expect(desk.locator("body")).to_contain_text("下次给她留一份酸奶")
