"""Planning messages: who is told, who is not and why, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.messages.actions import (
    ChannelWanted,
    MessageWanted,
    Planned,
    Stop,
    close_channel,
    end_template,
    keep_address,
    keep_caps,
    keep_channel,
    keep_hours,
    plan_many,
    plan_messages,
    unsubscribe,
)
from sitong.marketing.messages.models import Message, MessageCredit
from sitong.marketing.messages.rules import Cap, Quiet
from sitong.member.identity.actions import KeyProven, prove_keys
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.member import a_member, joined_as_one
from tests.make.messages import a_credit, a_message_wanted, a_reader, a_template, says
from tests.make.org import NOW, a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def code(outcome) -> str:
    return outcome.code if isinstance(outcome, Refused) else ""


def codes(wanted, now=NOW) -> list[str]:
    return [code(one) for one in plan_messages(wanted, now=now)]


def test_a_member_who_agreed_is_planned_a_message_and_the_row_holds_no_text():
    brand = a_brand()
    template, member = a_template(brand), a_reader(brand)
    (planned,) = plan_messages([a_message_wanted(member, template, cause="journey:1")], now=NOW)
    assert isinstance(planned, Planned)
    row = Message.objects.get()
    assert (row.id, row.member_id, row.state, row.cause, row.channel, row.purpose, row.fields) == (
        planned.id, member.id, "planned", "journey:1", "sms", "marketing", None,
    )  # fmt: skip
    assert row.send_after == NOW


def test_each_reason_has_its_code_and_nothing_is_kept():
    brand, other = a_brand(), a_brand()
    template = a_template(brand)
    silent, gone, reader = a_member(brand), a_reader(brand), a_reader(brand)
    unsubscribe([Stop(brand.id, gone.id, "sms")], now=NOW)
    mail = a_template(brand, "email")
    draft = a_template(brand, approved=False)
    ended = a_template(brand)
    end_template(ended.id, by=None, now=NOW)
    needs = a_template(brand, text="{coupon}快到期了，拒收请回复R", slots=[("name", "coupon")])
    foreign = a_reader(other)
    wanted = [
        a_message_wanted(silent, template), a_message_wanted(gone, template), a_message_wanted(reader, mail),
        a_message_wanted(reader, draft), a_message_wanted(reader, ended), a_message_wanted(reader, needs),
        a_message_wanted(reader, template, fields={"phone": "13800000000"}), a_message_wanted(foreign, template),
    ]  # fmt: skip
    assert codes(wanted) == [
        "marketing.message_no_consent", "marketing.message_unsubscribed_from", "marketing.message_no_address",
        "marketing.message_template_unready", "marketing.message_template_unknown", "marketing.message_field_missing",
        "marketing.message_field_unknown", "marketing.message_member_unknown",
    ]  # fmt: skip
    close_channel(brand.id, "sms", by=None, now=NOW)
    assert codes([a_message_wanted(reader, template)]) == ["marketing.message_channel_off"]
    assert not Message.objects.exists()


def test_a_service_message_needs_no_consent_but_stops_when_the_member_says_so():
    brand = a_brand()
    template, member = a_template(brand, purpose="service"), a_member(brand)
    assert codes([a_message_wanted(member, template)]) == [""]
    unsubscribe([Stop(brand.id, member.id, "sms", "service")], now=NOW)
    assert codes([a_message_wanted(member, template)]) == ["marketing.message_unsubscribed_from"]


def test_the_newest_word_of_two_who_are_one_decides():
    brand = a_brand()
    template, stays, goes = a_template(brand), a_reader(brand), a_member(brand)
    says(goes, yes=False, now=NOW + timedelta(minutes=1))
    joined_as_one(stays, goes, survivor=stays)
    assert codes([a_message_wanted(stays, template)]) == ["marketing.message_no_consent"]
    says(goes, now=NOW + timedelta(minutes=2))
    (planned,) = plan_messages([a_message_wanted(goes, template)], now=NOW)
    assert planned.member_id == stays.id


def test_the_same_id_gets_the_first_answer_and_with_other_content_a_refusal():
    brand = a_brand()
    template, member, other = a_template(brand), a_reader(brand), a_reader(brand)
    wanted = a_message_wanted(member, template)
    (first,) = plan_messages([wanted], now=NOW)
    (again,) = plan_messages([wanted], now=NOW + timedelta(days=1))
    assert again == first
    assert codes([MessageWanted(wanted.id, brand.id, other.id, template.id, "test")]) == ["shared.repeat_differs"]
    assert plan_many([wanted.id], [member.id], template_id=template.id, cause="test", now=NOW).codes == [""]
    assert plan_many([wanted.id], [member.id], template_id=template.id, cause="else", now=NOW).codes == [
        "shared.repeat_differs"
    ]
    assert Message.objects.count() == 1


def test_caps_count_over_all_causes_by_day_week_and_month_in_the_channel_and_in_all():
    brand = a_brand()
    sms, mail, member = a_template(brand), a_template(brand, "email"), a_reader(brand)
    keep_address(member.id, "a@example.com", now=NOW)
    keep_caps(brand.id, {"sms": Cap(1, 2, 3), "": Cap(None, 3, None)}, by=None, now=NOW)
    monday = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert codes([a_message_wanted(member, sms, cause=cause) for cause in ("a", "b")], monday) == [
        "",
        "marketing.message_capped",
    ]
    assert codes([a_message_wanted(member, sms)], monday + timedelta(days=1)) == [""]
    assert codes([a_message_wanted(member, sms)], monday + timedelta(days=2)) == ["marketing.message_capped"]
    assert codes([a_message_wanted(member, mail) for _ in range(2)], monday) == ["", "marketing.message_capped"]
    assert codes([a_message_wanted(member, sms)], monday + timedelta(days=7)) == [""]
    (capped,) = plan_messages([a_message_wanted(member, sms)], now=monday + timedelta(days=15))
    assert capped.facts == {"cap": 3, "period": "month", "channel": "sms"}
    service = a_template(brand, purpose="service")
    assert codes([a_message_wanted(member, service) for _ in range(5)], monday) == [""] * 5


def test_a_customer_takes_four_wecom_messages_a_month_whatever_the_brand_allows():
    brand = a_brand()
    template, member = a_template(brand, "wecom", purpose="service"), a_member(brand)
    prove_keys([KeyProven(new_id(), brand.id, member.id, "wecom_contact", "wm-1", "staff")], now=NOW)
    outcomes = codes([a_message_wanted(member, template) for _ in range(6)])
    assert outcomes == [""] * 4 + ["marketing.message_capped"] * 2


def test_a_subscribe_message_spends_one_consent():
    brand = a_brand()
    template, member = a_template(brand, "wechat"), a_reader(brand)
    app = "wx0123456789abcdef"
    prove_keys([KeyProven(new_id(), brand.id, member.id, "wechat_open", "openid-1", "signed_in", app=app)], now=NOW)
    assert codes([a_message_wanted(member, template)]) == ["marketing.message_no_credit"]
    a_credit(member, template)
    a_credit(member, template)
    wanted = [a_message_wanted(member, template) for _ in range(3)]
    assert codes(wanted) == ["", "", "marketing.message_no_credit"]
    assert set(MessageCredit.objects.values_list("message_id", flat=True)) == {wanted[0].id, wanted[1].id}


def test_quiet_hours_of_the_member_s_store_put_a_message_off_until_their_end():
    brand = a_brand()
    keep_hours(brand.id, Quiet(21 * 60, 9 * 60), by=None, now=NOW)
    template, service = a_template(brand), a_template(brand, purpose="service", opened=False)
    member = a_reader(brand)
    evening = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai
    (planned,) = plan_messages([a_message_wanted(member, template)], now=evening)
    assert planned.send_after == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    assert Message.objects.get(id=planned.id).due_on == date(2026, 3, 3)
    (now_then,) = plan_messages([a_message_wanted(member, service)], now=evening)
    assert now_then.send_after == evening
    (later,) = plan_messages(
        [a_message_wanted(member, template, not_before=evening + timedelta(hours=20))], now=evening
    )
    assert later.send_after == evening + timedelta(hours=20, minutes=0) or later.send_after > evening


def test_twenty_take_as_many_statements_as_two():
    brand = a_brand()
    template = a_template(brand)
    keep_caps(brand.id, {"": Cap(5, None, None)}, by=None, now=NOW)
    members = [a_reader(brand) for _ in range(22)]
    counts = []
    for some in (members[:2], members[2:]):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert codes([a_message_wanted(one, template) for one in some]) == [""] * len(some)
        counts.append(len(seen))
        with CaptureQueriesContext(connection) as seen:
            ids = [new_id() for _ in some]
            assert plan_many(
                ids, [one.id for one in some], template_id=template.id, cause="many", now=NOW
            ).planned == len(some)
        counts.append(len(seen))
    assert counts[0] == counts[2] and counts[1] == counts[3]


def test_an_account_keeps_its_secret_when_none_is_said():
    brand = a_brand()
    a_template(brand)
    row = keep_channel(ChannelWanted(brand.id, "sms", "tencent", "AKID", application="1400000000"), by=None, now=NOW)
    assert (row.provider, row.secret, row.closed_at) == ("tencent", "a secret", None)


def test_a_store_s_own_zone_counts():
    brand = a_brand()
    keep_hours(brand.id, Quiet(21 * 60, 9 * 60), by=None, now=NOW)
    store = a_store(brand, zone="Asia/Urumqi")
    template, member = a_template(brand), a_reader(brand, home_store_id=store.id)
    at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, 08:00 in Ürümqi
    (planned,) = plan_messages([a_message_wanted(member, template)], now=at)
    assert planned.send_after == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
