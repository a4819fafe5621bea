"""What providers push: proven, kept once, in any order; and what members say by it."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from sitong.marketing.messages.actions import Report, note_read, note_reports
from sitong.marketing.messages.links import message_of, token_of
from sitong.marketing.messages.messenger import pull_wecom_results
from sitong.marketing.messages.models import Message, MessageAttempt, MessageCredit, MessageUnsubscribe
from sitong.marketing.messages.queries.desk import credits_left
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.messages import (
    a_channel,
    a_credit,
    a_key,
    a_message,
    a_reader,
    a_template,
    carriers,
    send,
)
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")
APP = "wx0123456789abcdef"


@pytest.fixture
def carrier():
    with carriers() as server:
        yield server


@pytest.fixture
def brand(carrier):
    made = a_brand()
    a_channel(made, "sms", gateway=carrier.address, callback_secret="a guard")
    return made


def pushed(client, brand, body, *, path="aliyun/{}/sms", secret="a guard"):
    address = f"/api/v1/message-callbacks/{path.format(brand.id)}?secret={secret}"
    return client.post(address, orjson.dumps(body), content_type="application/json")


def told() -> list[str]:
    return [
        name.removeprefix("marketing.message_")
        for name in Event.objects.filter(name__startswith="marketing.message_")
        .order_by("seq")
        .values_list("name", flat=True)
    ]


def test_aliyun_s_report_makes_it_delivered_once_however_often_it_comes(client, carrier, brand):
    a_message(a_reader(brand), a_template(brand, opened=False))
    send()
    for _ in range(3):
        assert pushed(client, brand, carrier.aliyun.reports).json() == {"code": 0, "msg": "成功"}
    row = Message.objects.get()
    assert row.state == "delivered" and row.delivered_at is not None
    assert told() == ["sent", "delivered"]
    assert check_books() == []


def test_a_report_that_overtakes_the_answer_says_that_it_was_sent(client, carrier, brand):
    a_message(a_reader(brand), a_template(brand, opened=False))
    carrier.mishaps = ["loses_answer"]
    send()
    assert Message.objects.get().state == "sending"
    pushed(client, brand, carrier.aliyun.reports)
    assert (Message.objects.get().state, MessageAttempt.objects.get().state) == ("delivered", "answered")
    assert sorted(told()) == ["delivered", "sent"]


@pytest.mark.parametrize("secret", ["", "another"])
def test_a_push_without_the_account_s_secret_changes_nothing(client, carrier, brand, secret):
    a_message(a_reader(brand), a_template(brand, opened=False))
    send()
    assert pushed(client, brand, carrier.aliyun.reports, secret=secret).status_code == 404
    assert Message.objects.get().state == "sent"


def test_another_brand_s_account_tells_nothing_of_ours(client, carrier, brand):
    other = a_brand()
    a_channel(other, "sms", gateway=carrier.address, callback_secret="a guard")
    a_message(a_reader(brand), a_template(brand, opened=False))
    send()
    assert pushed(client, other, carrier.aliyun.reports).status_code == 200
    assert Message.objects.get().state == "sent"


def test_who_answers_t_gets_no_more_by_sms(client, brand):
    member = a_reader(brand)
    number = member.phone.removeprefix("+86")
    pushed(client, brand, [{"phone_number": number, "content": " t ", "send_time": "2026-03-03 10:00:00"}])
    pushed(client, brand, [{"phone_number": number, "content": "谢谢"}])
    (row,) = MessageUnsubscribe.objects.all()
    assert (row.member_id, row.channel, row.purpose, row.how) == (member.id, "sms", "marketing", "reply")
    assert told() == ["unsubscribed"]


def test_tencent_s_report_is_found_by_its_serial_number(client, carrier):
    brand = a_brand()
    a_channel(brand, "sms", provider="tencent", account="AKID-test", application="1400000000", gateway=carrier.address,
              callback_secret="a guard")  # fmt: skip
    a_message(a_reader(brand), a_template(brand, opened=False, provider_code="100"))
    send()
    answer = pushed(client, brand, carrier.tencent.reports, path="tencent/{}")
    assert answer.json() == {"result": 0, "errmsg": "OK"}
    assert Message.objects.get().state == "delivered"


def wechat_pushed(client, brand, body: str, *, token="a token"):
    stamp, nonce = "1772503200", "n"
    signature = hashlib.sha1("".join(sorted([token, stamp, nonce])).encode()).hexdigest()
    address = f"/api/v1/message-callbacks/wechat/{brand.id}?signature={signature}&timestamp={stamp}&nonce={nonce}"
    return client.post(address, body, content_type="text/xml")


def popup(
    openid: str, code: str, status: str, *, event="subscribe_msg_popup_event", box="SubscribeMsgPopupEvent"
) -> str:
    return (
        f"<xml><FromUserName>{openid}</FromUserName><CreateTime>1772503200</CreateTime><MsgType>event</MsgType><Event>{event}</Event>"
        f"<{box}><List><TemplateId>{code}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString></List></{box}></xml>"
    )


def test_wechat_s_pop_up_gives_one_credit_once_and_a_later_no_ends_them(client, carrier):
    brand = a_brand()
    a_channel(brand, "wechat", gateway=carrier.address)
    template, member = a_template(brand, "wechat", opened=False), a_reader(brand)
    a_key(member, "wechat_open", "o-1", app=APP)
    body = popup("o-1", "tmpl-weekend", "accept")
    assert wechat_pushed(client, brand, body, token="another").status_code == 403
    for _ in range(2):
        assert wechat_pushed(client, brand, body).content == b"success"
    assert credits_left(member.id) == {template.id: 1}
    change = popup("o-1", "tmpl-weekend", "reject", event="subscribe_msg_change_event", box="SubscribeMsgChangeEvent")
    wechat_pushed(client, brand, change)
    assert credits_left(member.id) == {}
    assert MessageUnsubscribe.objects.get().how == "blocked"
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>'
    assert wechat_pushed(client, brand, bomb).status_code == 200
    assert wechat_pushed(client, brand, "<xml>").status_code == 409


def test_wechat_tells_of_a_message_whose_answer_was_lost(client, carrier):
    brand = a_brand()
    a_channel(brand, "wechat", gateway=carrier.address)
    template, member = a_template(brand, "wechat", opened=False), a_reader(brand)
    a_key(member, "wechat_open", "o-1", app=APP)
    carrier.wechat.credits["o-1", "tmpl-weekend"] = 1
    a_credit(member, template)
    a_message(member, template)
    carrier.mishaps = ["", "loses_answer"]
    send()
    body = {"FromUserName": "o-1", "CreateTime": 1772503200, "Event": "subscribe_msg_sent_event",
            "List": {"TemplateId": "tmpl-weekend", "MsgID": "77", "ErrorCode": 0}}  # fmt: skip
    wechat_pushed(client, brand, orjson.dumps(body).decode())
    row = Message.objects.get()
    assert (row.state, row.provider_id) == ("delivered", "77")
    assert MessageCredit.objects.get().message_id == row.id


def test_wecom_is_asked_what_became_of_each_customer(carrier):
    brand = a_brand()
    a_channel(brand, "wecom", gateway=carrier.address)
    template = a_template(brand, "wecom", opened=False, text="周末全场八折。")
    for number in range(2):
        member = a_reader(brand)
        a_key(member, "wecom_contact", f"wm-{number}")
        a_message(member, template)
    carrier.wecom.friends |= {"wm-0", "wm-1"}
    send()
    assert pull_wecom_results(now=NOW + timedelta(minutes=5)) == 0
    carrier.wecom.friends.discard("wm-1")
    carrier.wecom.confirm()
    assert pull_wecom_results(now=NOW + timedelta(minutes=10)) == 2
    assert sorted(Message.objects.values_list("state", flat=True)) == ["delivered", "failed"]


def test_reports_in_any_order_come_to_the_same():
    brand = a_brand()
    template, member = a_template(brand), a_reader(brand)
    results = set()
    for order in itertools.permutations(["sent", "failed", "delivered"]):
        message = a_message(member, template)
        Message.objects.filter(id=message.id).update(state="sending", attempt_id=new_id())
        for what in order:
            note_reports([Report(brand.id, "sms", what, NOW, message_id=message.id)], now=NOW)
        note_read(message.id, "clicked", now=NOW)
        row = Message.objects.get(id=message.id)
        results.add((row.state, row.sent_at, row.delivered_at, row.opened_at, row.clicked_at))
    assert results == {("clicked", NOW, NOW, NOW, NOW)}


def test_a_link_names_its_message_and_nobody_can_make_one_up():
    id = new_id()
    assert message_of(token_of(id)) == id
    assert message_of(token_of(id)[:-1] + "x") is None
    assert message_of("not a token") is None
    assert datetime.now(UTC) > NOW
