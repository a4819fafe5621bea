"""Templates, accounts with providers, members who may be told something, and messages, made through their actions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sitong.marketing.messages.actions import (
    ChannelWanted,
    CreditGiven,
    MessageWanted,
    TemplateWanted,
    define_template,
    give_credits,
    keep_channel,
    note_approval,
    plan_messages,
)
from sitong.marketing.messages.demo.inbox import DemoTemplate
from sitong.marketing.messages.demo.mail import DemoMail
from sitong.marketing.messages.demo.server import DemoCarriers
from sitong.marketing.messages.messenger import send_due
from sitong.member.consent.actions import ConsentSaid, WordingWanted, publish_wordings, say_consents
from sitong.member.identity.actions import KeyProven, prove_keys
from sitong.shared.ids import new_id
from tests.make.member import a_member
from tests.make.org import NOW, done

ACCOUNTS: dict[str, dict[str, Any]] = {
    "sms": {"provider": "aliyun", "account": "LTAI-test", "secret": "a secret", "sender": "四通"},
    "wechat": {"provider": "wechat", "account": "wx0123456789abcdef", "secret": "an app secret", "callback_secret": "a token"},
    "wecom": {"provider": "wecom", "account": "ww0123456789abcdef", "secret": "a corp secret", "sender": "zhangsan", "callback_secret": "a token"},
    "email": {"provider": "smtp", "account": "shop", "secret": "a password", "sender": "shop@example.com"},
    "voice": {"provider": "aliyun", "account": "LTAI-test", "secret": "a secret", "sender": "05710000000"},
}  # fmt: skip

TEXTS: dict[str, dict[str, Any]] = {
    "sms": {"text": "{member_name}，周末全场八折。拒收请回复R", "provider_code": "SMS_100", "signature": "四通",
            "slots": [("name", "member_name")]},
    "wechat": {"text": "{member_name}，周末全场八折。", "provider_code": "tmpl-weekend", "slots": [("thing1", "member_name")]},
    "wecom": {"text": "{member_name}，周末全场八折。"},
    "email": {"text": "{member_name}，周末全场八折。", "subject": "周末八折"},
    "voice": {"text": "{member_name}，您的商品到了。", "provider_code": "TTS_100", "slots": [("name", "member_name")]},
}  # fmt: skip


def a_channel(brand: Any, channel: str = "sms", *, now: datetime = NOW, **fields: Any):
    """The brand's open account for a channel."""
    wanted = ChannelWanted(brand.id, channel, **{**ACCOUNTS[channel], **fields})
    return keep_channel(wanted, by=None, now=now)


def a_template(
    brand: Any,
    channel: str = "sms",
    *,
    approved: bool = True,
    opened: bool = True,
    purpose: str = "marketing",
    now: datetime = NOW,
    **fields: Any,
):
    """A template that the provider has approved, in a channel that is open."""
    if opened:
        a_channel(brand, channel, now=now)
    values = {"name": "周末", "name_en": "Weekend", **TEXTS[channel], **fields}
    template = define_template(TemplateWanted(new_id(), brand.id, channel, purpose, **values), by=None, now=now)
    return note_approval(template.id, "approved", by=None, now=now) if approved else template


def says(member: Any, *, yes: bool = True, now: datetime = NOW):
    """The member says yes or no to marketing."""
    wording = done(
        publish_wordings([WordingWanted(new_id(), member.brand_id, "marketing", "可以发我优惠吗？")], by=None, now=now)
    )
    return done(say_consents([ConsentSaid(new_id(), member.brand_id, member.id, wording.id, yes, "self")], now=now))


def a_reader(brand: Any, *, now: datetime = NOW, **fields: Any):
    """A member with a phone who agreed to marketing."""
    member = a_member(brand, now=now, **fields)
    says(member, now=now)
    return member


def a_message_wanted(member: Any, template: Any, *, cause: str = "test", **fields: Any) -> MessageWanted:
    return MessageWanted(new_id(), template.brand_id, member.id, template.id, cause, **fields)


def a_message(member: Any, template: Any, *, now: datetime = NOW, **fields: Any):
    """A planned message."""
    return done(plan_messages([a_message_wanted(member, template, **fields)], now=now))


def a_credit(member: Any, template: Any, *, now: datetime = NOW):
    """The member allowed one subscribe message."""
    return done(give_credits([CreditGiven(new_id(), member.brand_id, member.id, template.id)], now=now))


@contextmanager
def carriers(now: datetime = NOW) -> Iterator[DemoCarriers]:
    """Run the demo carriers in a thread, with the builders' accounts and templates; their clock stands at `now`."""
    server = DemoCarriers(clock=lambda: server.at)
    server.at = now.timestamp()
    for cloud in (server.aliyun, server.tencent):
        cloud.signatures.add("四通")
    server.aliyun.templates |= {
        "SMS_100": DemoTemplate("${name}，周末全场八折。拒收请回复R", ("name",)), "TTS_100": DemoTemplate("${name}，您的商品到了。", ("name",)),
        "SMS_101": DemoTemplate("${name}，周末全场八折。拒收请回复R", ("name",), approved=False),
    }  # fmt: skip
    server.tencent.templates["100"] = DemoTemplate("{1}，周末全场八折。拒收请回复R", ("name",))
    server.wechat.templates["tmpl-weekend"] = DemoTemplate("{{thing1.DATA}}，周末全场八折。", ("thing1",))
    server.wecom.staff.add("zhangsan")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def a_mail_server(server: DemoCarriers) -> Iterator[DemoMail]:
    """Run the demo's mail server; its letters lie in the carriers' inbox."""
    mail = DemoMail(server.inbox)
    thread = threading.Thread(target=mail.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield mail
    finally:
        mail.shutdown()
        mail.server_close()
        thread.join(5)


def a_key(member: Any, kind: str, value: str, *, app: str = "", now: datetime = NOW):
    """The member's id in WeChat or WeCom."""
    return done(
        prove_keys([KeyProven(new_id(), member.brand_id, member.id, kind, value, "signed_in", app=app)], now=now)
    )


def send(now: datetime = NOW) -> int:
    """Let the worker send what is due, at one instant."""
    return send_due(now=now, clock=lambda: now)
