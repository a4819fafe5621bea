"""Sending: every carrier through its own protocol, sent once whatever breaks, and looked at again before it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.marketing.messages.actions import (
    Stop,
    cancel_messages,
    keep_address,
    keep_hours,
    unsubscribe,
)
from sitong.marketing.messages.actions.sending import decide_unknown
from sitong.marketing.messages.demo.server import BREAKS, LOSES_ANSWER
from sitong.marketing.messages.messenger import carrier_of, look_for_lost
from sitong.marketing.messages.models import Message, MessageAttempt, MessageChannel, MessageCount, MessageCredit
from sitong.marketing.messages.rules import Quiet
from sitong.shared.errors import Refused
from sitong.shared.ledger.books import check_books
from tests.make.member import a_phone
from tests.make.messages import (
    a_channel,
    a_credit,
    a_key,
    a_mail_server,
    a_message,
    a_reader,
    a_template,
    carriers,
    says,
    send,
)
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")
LATER = NOW + timedelta(minutes=20)


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


@pytest.fixture
def carrier():
    with carriers() as server:
        yield server


@pytest.fixture
def brand(carrier):
    made = a_brand()
    a_channel(made, "sms", gateway=carrier.address)
    return made


def a_weekend(brand, channel="sms", **fields):
    return a_template(brand, channel, opened=False, **fields)


def test_an_sms_arrives_with_its_signature_and_the_member_s_name(carrier, brand):
    phone = a_phone()
    member, template = a_reader(brand, phone=phone, name="王小明"), a_weekend(brand)
    message = a_message(member, template)
    assert send() == 1
    (got,) = carrier.inbox.to(phone)
    assert (got.sender, got.text) == ("四通", "王小明，周末全场八折。拒收请回复R")
    row = Message.objects.get(id=message.id)
    assert (row.state, row.sent_at, row.attempts, row.provider_id) == ("sent", NOW, 1, got.number)
    assert MessageAttempt.objects.get().state == "answered"
    assert send() == 0


def test_a_hundred_and_one_go_in_two_calls(carrier, brand):
    template = a_weekend(brand)
    for _ in range(101):
        a_message(a_reader(brand), template)
    assert send() == 101
    assert [one.count for one in MessageAttempt.objects.order_by("-count")] == [100, 1]
    assert carrier.asked == ["SendBatchSms"] * 2


def test_one_number_over_its_limit_does_not_stop_its_neighbors(carrier, brand):
    template, often, other = a_weekend(brand), a_reader(brand), a_reader(brand)
    a_message(often, template)
    send()
    a_message(often, template)
    a_message(other, template)
    send()
    assert states() == ["planned", "planned", "sent"]
    send(NOW + timedelta(seconds=1))
    assert states() == ["failed", "sent", "sent"]
    assert Message.objects.get(state="failed").fault == "isv.BUSINESS_LIMIT_CONTROL"


def test_a_lost_answer_is_asked_for_and_nobody_gets_it_twice(carrier, brand):
    template, member = a_weekend(brand), a_reader(brand)
    a_message(member, template)
    carrier.mishaps = [LOSES_ANSWER]
    send()
    assert states() == ["sending"] and len(carrier.inbox.arrived) == 1
    assert look_for_lost(now=NOW) == 0
    assert look_for_lost(now=NOW + timedelta(minutes=3)) == 1
    assert states() == ["delivered"] and len(carrier.inbox.arrived) == 1


def test_what_the_provider_has_never_seen_goes_again_once_that_is_sure(carrier, brand):
    template, member = a_weekend(brand), a_reader(brand)
    a_message(member, template)
    carrier.mishaps = [BREAKS]
    send()
    assert states() == ["sending"] and not carrier.inbox.arrived
    look_for_lost(now=NOW + timedelta(minutes=3))
    assert states() == ["sending"]
    look_for_lost(now=LATER)
    assert states() == ["planned"]
    assert send(LATER) == 1
    assert len(carrier.inbox.arrived) == 1


def test_nobody_listens_so_it_waits_and_the_channel_is_held(carrier):
    brand = a_brand()
    a_channel(brand, "sms", gateway="http://127.0.0.1:9")
    a_message(a_reader(brand), a_weekend(brand))
    assert send() == 0
    assert states() == ["planned"]
    a_channel(brand, "sms", gateway=carrier.address)
    assert send(NOW + timedelta(minutes=5)) == 1


@pytest.mark.parametrize("fields", [{"secret": "another"}, {"account": "LTAI-unknown"}])
def test_a_wrong_signature_is_refused_and_the_message_waits(carrier, fields):
    brand = a_brand()
    a_channel(brand, "sms", gateway=carrier.address, **fields)
    a_message(a_reader(brand), a_weekend(brand))
    send()
    assert states() == ["planned"] and not carrier.inbox.arrived
    with pytest.raises(Refused):
        carrier_of(MessageChannel.objects.get()).check()


def test_a_template_that_the_provider_does_not_know_fails_for_good(carrier, brand):
    a_message(a_reader(brand), a_weekend(brand, provider_code="SMS_101"))
    send()
    row = Message.objects.get()
    assert (row.state, row.fault) == ("failed", "isv.SMS_TEMPLATE_ILLEGAL")
    assert carrier_of(MessageChannel.objects.get()).approval("SMS_101") == ("waiting", "")


def test_consent_withdrawn_between_plan_and_send_stops_the_message_and_gives_the_credit_back(carrier, brand):
    member, gone = a_reader(brand), a_reader(brand)
    a_channel(brand, "wechat", gateway=carrier.address)
    sms, wechat = a_weekend(brand), a_weekend(brand, "wechat")
    a_key(member, "wechat_open", "o-1", app="wx0123456789abcdef")
    a_credit(member, wechat)
    a_message(member, sms)
    a_message(member, wechat)
    a_message(gone, sms)
    says(member, yes=False, now=NOW + timedelta(seconds=1))
    unsubscribe([Stop(brand.id, gone.id, "sms")], now=NOW)
    assert send(NOW + timedelta(seconds=2)) == 0
    assert sorted(Message.objects.values_list("state", "fault")) == [
        ("canceled", "no_consent"), ("canceled", "no_consent"), ("canceled", "unsubscribed"),
    ]  # fmt: skip
    assert MessageCredit.objects.get().message_id is None
    assert not carrier.inbox.arrived


def test_quiet_hours_that_began_meanwhile_put_it_off(carrier, brand):
    a_message(a_reader(brand), a_weekend(brand))
    keep_hours(brand.id, Quiet(0, 23 * 60 + 59), by=None, now=NOW)
    assert send() == 0
    row = Message.objects.get()
    assert row.state == "planned" and row.send_after > NOW


def test_tencent_groups_those_with_the_same_words_and_answers_for_each(carrier):
    brand = a_brand()
    a_channel(brand, "sms", provider="tencent", account="AKID-test", application="1400000000", gateway=carrier.address)
    template = a_weekend(brand, provider_code="100")
    for name in ("王小明", "王小明", "李雷"):
        a_message(a_reader(brand, name=name), template)
    assert send() == 3
    assert carrier.asked == ["SendSms"] * 2
    assert sorted(one.text[:3] for one in carrier.inbox.arrived) == ["李雷，", "王小明", "王小明"]
    a_message(a_reader(brand), template)
    carrier.mishaps = [LOSES_ANSWER]
    send()
    look_for_lost(now=NOW + timedelta(minutes=3))
    assert states() == ["delivered", "sent", "sent", "sent"]
    a_message(a_reader(brand), template)
    carrier.mishaps = [BREAKS]
    send()
    look_for_lost(now=NOW + timedelta(minutes=3))
    assert "sending" in states()
    look_for_lost(now=NOW + timedelta(hours=2))
    assert "unknown" in states()


def test_wechat_takes_one_consent_for_one_message_and_its_token_is_shared_and_renewed(carrier):
    brand = a_brand()
    a_channel(brand, "wechat", gateway=carrier.address)
    template, member = a_weekend(brand, "wechat"), a_reader(brand, name="王小明")
    a_key(member, "wechat_open", "o-1", app="wx0123456789abcdef")
    carrier.wechat.credits["o-1", "tmpl-weekend"] = 2
    for _ in range(3):
        a_credit(member, template)
        a_message(member, template)
    assert send() == 2
    assert states() == ["failed", "sent", "sent"] and Message.objects.get(state="failed").fault == "43101"
    assert carrier.wechat.tokens_given == 1
    carrier.wechat.token = "ended elsewhere"
    carrier.wechat.credits["o-1", "tmpl-weekend"] = 1
    a_credit(member, template)
    a_message(member, template)
    assert send(NOW + timedelta(seconds=5)) == 1
    carrier.wechat.day_left = 0
    a_credit(member, template)
    a_message(member, template)
    send(NOW + timedelta(seconds=9))
    assert states() == ["failed", "planned", "sent", "sent", "sent"]


def test_a_wechat_message_whose_answer_is_lost_is_left_for_a_person(carrier):
    brand = a_brand()
    a_channel(brand, "wechat", gateway=carrier.address)
    template, member = a_weekend(brand, "wechat"), a_reader(brand)
    a_key(member, "wechat_open", "o-1", app="wx0123456789abcdef")
    carrier.wechat.credits["o-1", "tmpl-weekend"] = 1
    a_credit(member, template)
    message = a_message(member, template)
    carrier.mishaps = ["", LOSES_ANSWER]
    send()
    look_for_lost(now=LATER)
    assert states() == ["unknown"] and send(LATER) == 0
    assert decide_unknown([message.id], "sent", by=None, now=LATER) == 1
    assert states() == ["sent"]


def test_wecom_waits_for_staff_and_finds_its_task_by_its_text(carrier):
    brand = a_brand()
    a_channel(brand, "wecom", gateway=carrier.address)
    template = a_weekend(brand, "wecom", text="周末全场八折。")
    for number in range(2):
        member = a_reader(brand)
        a_key(member, "wecom_contact", f"wm-{number}")
        a_message(member, template)
    carrier.wecom.friends |= {"wm-0", "wm-1"}
    carrier.mishaps = ["", LOSES_ANSWER]
    send()
    assert states() == ["sending", "sending"]
    look_for_lost(now=LATER)
    assert states() == ["sent", "sent"] and not carrier.inbox.arrived
    assert carrier.wecom.confirm() == 2
    assert len(carrier.wecom.tasks) == 1


def test_mail_has_a_way_out_and_a_letter_that_may_have_gone_is_not_sent_again(carrier):
    brand = a_brand()
    template, member = a_weekend(brand, "email"), a_reader(brand, name="王小明")
    keep_address(member.id, "wang@example.com", now=NOW)
    with a_mail_server(carrier) as mail:
        a_channel(brand, "email", gateway=mail.address)
        a_message(member, template)
        assert send() == 1
        (letter,) = carrier.inbox.to("wang@example.com")
        assert "王小明，周末全场八折。" in letter.text and letter.link.endswith("/stop/")
        mail.drops = 1
        a_message(member, template)
        send()
        look_for_lost(now=LATER)
        assert states() == ["sent", "unknown"]
        mail.refused.add("wang@example.com")
        a_message(member, template)
        send(LATER)
        assert states() == ["failed", "sent", "unknown"]


def test_a_voice_notice_is_read_out(carrier):
    brand = a_brand()
    a_channel(brand, "voice", gateway=carrier.address)
    member = a_reader(brand, name="王小明")
    a_message(member, a_weekend(brand, "voice"))
    assert send() == 1
    assert carrier.inbox.arrived[0].text == "王小明，您的商品到了。"


def test_the_pace_of_the_provider_is_kept(carrier):
    brand = a_brand()
    a_channel(brand, "sms", gateway=carrier.address, per_second=1)
    template = a_weekend(brand)
    for _ in range(150):
        a_message(a_reader(brand), template)
    assert send() == 100
    assert send() == 0
    assert send(NOW + timedelta(seconds=1)) == 50


def test_the_calendar_s_counts_agree_with_the_messages(carrier, brand):
    template = a_weekend(brand)
    reader, gone = a_reader(brand), a_reader(brand)
    a_message(reader, template, cause="journey:1:n2")
    a_message(gone, template, cause="journey:1:n3")
    unsubscribe([Stop(brand.id, gone.id, "sms")], now=NOW)
    cancel_messages([a_message(reader, template, cause="giving:2").id], why="stopped")
    send()
    look = {row.cause: (row.planned, row.sent, row.canceled) for row in MessageCount.objects.all()}
    assert look == {"journey:1": (2, 1, 1), "giving:2": (1, 0, 1)}
    assert check_books() == []
