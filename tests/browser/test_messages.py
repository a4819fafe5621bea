"""A message's way: headquarters sets the account up, writes a template and sends itself a test; the member says what it gets."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.marketing.messages.links import token_of
from sitong.marketing.messages.messenger import send_due
from sitong.marketing.models import Message
from sitong.member.identity.queries import member_by_phone
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from tests.browser.test_coupons import headquarters
from tests.browser.test_shop import sign_in
from tests.make.messages import a_template, carriers, says

pytestmark = pytest.mark.browser


def in_database(act):
    """Do something in the town's database, as the worker would."""
    with every_brand():
        try:
            return act()
        finally:
            connection.close()


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139820"), ("en-US", "13900139821")])
def test_from_the_settings_to_the_member_and_back(walkers, town, language, phone):
    place = town[0]
    consumer = walkers(f"messages-consumer-{language}", phone=True, language=language)
    consumer.go(f"{place.shop}me/messages/")
    sign_in(consumer, phone)
    consumer.page.locator(".st-topbar h1").wait_for()
    boss = headquarters(walkers, language)
    page = boss.go("/brand/messages/")
    boss.look("messages-calendar")
    with carriers(clock_now()) as carrier:
        boss.go("/brand/messages/settings/sms/")
        for field, value in (
            ("account", "LTAI-test"),
            ("secret", "a secret"),
            ("sender", "四通"),
            ("gateway", carrier.address),
        ):
            page.locator(f"#{field}").fill(value)
        boss.look("messages-channel")
        page.locator("form.card button[type=submit]").click()
        page.wait_for_url(re.compile("/settings/$"))
        page.locator("#quiet_from").fill("00:00")
        page.locator("#quiet_until").fill("00:00")
        page.locator("[name='cap-sms-day']").fill("3")
        page.locator("form.card:has(#quiet_from) button[type=submit]").click()
        page.wait_for_load_state("load")
        boss.look("messages-settings")
        boss.go("/brand/messages/templates/new/")
        for field, value in (("name", "周末八折"), ("name_en", "Weekend"), ("text", "{member_name}，周末全场八折。拒收请回复R"),
                             ("text_en", "{member_name}, 20% off this weekend. Reply R to stop"), ("provider_code", "SMS_100"),
                             ("signature", "四通"), ("slots", "name=member_name")):  # fmt: skip
            page.locator(f"#{field}").fill(value)
        boss.look("messages-form")
        page.locator("form.card button[type=submit]").click()
        page.wait_for_url(re.compile(r"/templates/[0-9a-f-]{36}/$"))
        page.locator("form[action$='/ask/'] button").click()
        page.locator("form[action$='/test/'] input[name=phone]").fill(phone)
        boss.look("messages-template")
        page.locator("form[action$='/test/'] button").click()
        page.wait_for_load_state("load")
        member = in_database(lambda: member_by_phone(place.brand.id, f"+86{phone}"))
        in_database(lambda: send_due(now=clock_now(), clock=clock_now))
        assert next(one.text for one in carrier.inbox.to(f"+86{phone}")).endswith("周末全场八折。拒收请回复R")
    boss.go("/brand/messages/log/")
    expect(page.locator("tbody tr").first).to_contain_text(re.compile("周末八折|Weekend"))
    boss.look("messages-log")
    boss.go("/brand/messages/")
    boss.look("messages-calendar-filled")
    boss.go(f"/brand/members/{member.id}/")
    boss.look("messages-member")
    in_database(lambda: a_template(place.brand, "wechat", now=clock_now(), name="取货提醒", name_en="Pickup"))
    in_database(lambda: says(member, now=clock_now()))
    phone_page = consumer.go(f"{place.shop}me/messages/")
    consumer.look("messages-mine")
    phone_page.locator("form:has(input[value=sms]):has(input[value=marketing]) button").click()
    expect(phone_page.locator("form:has(input[value=sms]):has(input[value=marketing]) button")).to_have_attribute(
        "aria-checked", "false"
    )
    phone_page.locator(".notice-allow").first.click()
    phone_page.wait_for_load_state("load")
    consumer.look("messages-switched-off")
    message = in_database(lambda: Message.objects.filter(member_id=member.id).first())
    consumer.go(f"/m/{token_of(message.id)}/stop/")
    consumer.look("messages-stop")
