"""The pages of messages, at the desk and in the shop, and what can be done on them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.messages.actions import submit_template
from sitong.marketing.messages.links import link_of, stop_link_of
from sitong.marketing.messages.models import (
    Message,
    MessageAddress,
    MessageCap,
    MessageChannel,
    MessageHours,
    MessageNotice,
    MessageTemplate,
    MessageUnsubscribe,
)
from sitong.marketing.messages.queries.desk import credits_left
from sitong.shared import clock
from sitong.shared.access.scope import show_every_brand
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, open_session
from tests.make.messages import a_channel, a_message, a_reader, a_template, carriers, says, send
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


class Browser:
    """A signed-in browser; afterwards the test sees every brand again."""

    def __init__(self, account=None, member=None):
        self.client = Client()
        if account:
            open_session(self.client, account, member)

    def get(self, *said):
        answer = self.client.get(*said)
        show_every_brand()
        return answer

    def post(self, *said):
        answer = self.client.post(*said)
        show_every_brand()
        return answer


@pytest.fixture
def carrier():
    with carriers(clock.now()) as server:
        yield server


@pytest.fixture
def brand(carrier):
    made = a_brand()
    a_channel(made, "sms", gateway=carrier.address, now=clock.now())
    return made


@pytest.fixture
def desk(brand):
    return Browser(a_staff("brand", brand))


def test_a_template_is_written_previewed_approved_and_tried(desk, brand, carrier):
    now = clock.now()
    own = str(new_id())
    said = {"id": own, "channel": "sms", "purpose": "service", "name": "取货", "text": "{member_name}，订单{order}可以取了", "signature": "四通",
            "provider_code": "SMS_100", "slots": "name=member_name"}  # fmt: skip
    assert desk.post("/brand/messages/templates/new/", {**said, "text": "{phone}"}).status_code == 409
    made = desk.post("/brand/messages/templates/new/", said)
    assert made["Location"] == f"/brand/messages/templates/{own}/"
    page = desk.get(made["Location"]).content.decode()
    assert "王小明，订单A1024可以取了" in page
    member = a_reader(brand, name="赵六", now=now)
    assert "赵六，订单A1024" in desk.get(made["Location"], {"phone": member.phone}).content.decode()
    desk.post(f"/brand/messages/templates/{own}/ask/")
    assert MessageTemplate.objects.get(id=own).approval == "approved"
    desk.post(f"/brand/messages/templates/{own}/test/", {"id": str(new_id()), "phone": member.phone})
    message = Message.objects.get()
    assert (message.cause, message.member_id) == ("test", member.id)
    assert send(clock.now()) == 1
    assert (
        "测试" in desk.get("/brand/messages/").content.decode()
        or "Test" in desk.get("/brand/messages/").content.decode()
    )


def test_settings_keep_hours_caps_accounts_and_notices(desk, brand, carrier):
    said = {"quiet_from": "21:30", "quiet_until": "08:00", "cap-sms-day": "1", "cap-sms-week": "2", "cap--month": "9"}
    assert desk.post("/brand/messages/settings/", said).status_code == 302
    hours = MessageHours.objects.get()
    assert (hours.quiet_from, hours.quiet_until) == (21 * 60 + 30, 8 * 60)
    assert sorted(MessageCap.objects.values_list("channel", "per_day", "per_week", "per_month")) == [
        ("", None, None, 9),
        ("sms", 1, 2, None),
    ]
    assert desk.post("/brand/messages/settings/", {**said, "cap-sms-day": "5"}).status_code == 409
    account = {
        "provider": "wechat",
        "account": "wx0123456789abcdef",
        "secret": "wrong",
        "per_second": "5",
        "gateway": carrier.address,
    }
    desk.post("/brand/messages/settings/wechat/", account)
    assert "40125" in MessageChannel.objects.get(channel="wechat").check_fault
    desk.post("/brand/messages/settings/wechat/", {**account, "secret": "an app secret"})
    assert MessageChannel.objects.get(channel="wechat").check_fault == ""
    page = desk.get("/brand/messages/settings/").content.decode()
    assert "an app secret" not in page and "21:30" in page
    template = a_template(
        brand, opened=False, purpose="service", text="{coupon}快到期", slots=[("name", "coupon")], now=clock.now()
    )
    desk.post("/brand/messages/notices/coupon_expiring/", {"template": str(template.id)})
    assert MessageNotice.objects.get().kind == "coupon_expiring"
    desk.post("/brand/messages/notices/tier_changed/", {"template": str(template.id)})
    assert MessageNotice.objects.count() == 1
    desk.post("/brand/messages/notices/coupon_expiring/", {"template": ""})
    assert not MessageNotice.objects.exists()


def test_the_log_is_narrowed_and_what_nobody_knows_is_decided(desk, brand, carrier):
    now = clock.now()
    member = a_reader(brand, name="赵六", now=now)
    template = a_template(brand, opened=False, now=now)
    message = a_message(member, template, now=now)
    Message.objects.filter(id=message.id).update(state="unknown", attempt_id=new_id())
    page = desk.get("/brand/messages/log/", {"state": "unknown", "phone": member.phone}).content.decode()
    assert "赵六" not in page and str(message.id) in page
    desk.post("/brand/messages/unknown/", {"message": [str(message.id)], "verdict": "sent"})
    assert Message.objects.get().state == "sent"
    assert desk.get("/brand/messages/log/", {"before": "nonsense"}).status_code == 200
    assert desk.get("/brand/messages/", {"month": "2026-02"}).status_code == 200


def test_a_clerk_sees_no_messages_of_the_brand(brand):
    store = a_store(brand)
    assert Browser(a_staff("store", store)).get("/brand/messages/").status_code == 403


def test_a_consumer_switches_messages_off_and_on_and_allows_one(brand, carrier):
    now = clock.now()
    store = a_store(brand)
    a_channel(brand, "wechat", gateway=carrier.address, now=now)
    a_channel(brand, "email", gateway="smtp://127.0.0.1:9", now=now)
    template = a_template(brand, "wechat", opened=False, now=now)
    account, member = a_consumer(brand)
    mine = Browser(account, member)
    address = f"/s/{brand.code}/{store.code}/me/messages/"
    assert mine.get(address).status_code == 200
    mine.post(address, {"do": "stop", "channel": "sms", "purpose": "marketing"})
    assert MessageUnsubscribe.objects.get().ended_at is None
    mine.post(address, {"do": "again", "channel": "sms", "purpose": "marketing"})
    assert MessageUnsubscribe.objects.get().ended_at is not None
    once = {"do": "allow", "template": str(template.id), "id": str(new_id())}
    mine.post(address, once)
    mine.post(address, once)
    assert credits_left(member.id) == {template.id: 1}
    assert mine.post(address, {"do": "address", "address": "nonsense"}).status_code == 409
    mine.post(address, {"do": "address", "address": "wang@example.com"})
    assert MessageAddress.objects.get().address == "wang@example.com"
    page = mine.get(address).content.decode()
    assert "wang@example.com" not in page and "object (" not in page


def test_links_note_the_click_and_stop_by_one_post_without_a_form(brand, carrier):
    client = Browser()
    now = clock.now()
    member, template = (
        a_reader(brand, now=now),
        a_template(brand, opened=False, link="https://shop.example/sale", now=now),
    )
    message = a_message(member, template, now=now)
    send(now)
    link, stop = (one(message.id).split("/m/")[1] for one in (link_of, stop_link_of))
    assert client.get(f"/m/{link}")["Location"] == "https://shop.example/sale"
    assert Message.objects.get().state == "clicked"
    assert client.get(f"/m/{stop}").status_code == 200 and not MessageUnsubscribe.objects.exists()
    assert client.post(f"/m/{stop}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    row = MessageUnsubscribe.objects.get()
    assert (row.member_id, row.channel, row.purpose, row.how) == (member.id, "sms", "marketing", "link")
    assert client.get("/m/made-up/").status_code == 404


def test_a_submitted_template_is_frozen(desk, brand):
    template = a_template(brand, opened=False, approved=False, now=clock.now())
    submit_template(template.id, by=None, now=clock.now() + timedelta(seconds=1))
    said = {
        "channel": "sms",
        "purpose": "marketing",
        "name": "x",
        "text": "新的，退订回T",
        "signature": "四通",
        "provider_code": "SMS_1",
    }
    assert desk.post(f"/brand/messages/templates/{template.id}/edit/", said).status_code == 409
    assert says(a_reader(brand), yes=False).yes is False
