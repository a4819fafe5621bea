"""The demo brand's messages: accounts with the demo's carriers, templates, notices, and what was sent in the last days."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import orjson
from django.conf import settings

from sitong.console.demo.files import made_id
from sitong.marketing.messages.actions import (
    ChannelWanted,
    MessageWanted,
    TemplateWanted,
    define_template,
    keep_caps,
    keep_channel,
    keep_hours,
    note_approval,
    note_read,
    plan_messages,
)
from sitong.marketing.messages.actions.notices import keep_notice
from sitong.marketing.messages.demo.brand import EXPIRING, PICKUP, SIGNATURE, WEEKEND, stocked
from sitong.marketing.messages.demo.server import DemoCarriers
from sitong.marketing.messages.hearing import hear_aliyun
from sitong.marketing.messages.messenger import send_channel
from sitong.marketing.messages.queries.accounts import account_of
from sitong.marketing.messages.rules import Cap, Quiet
from sitong.member.consent.actions import ConsentSaid, say_consents
from sitong.member.consent.queries import wordings_now

GUARD = "demo-carriers"
DAYS_BACK = 3
OPENED_EACH = 3


def load_messages(brand_id: UUID, member_ids: Sequence[UUID], *, now: datetime) -> None:
    """Open the accounts, write the templates, let some members agree, and send what the last days and tomorrow hold.

    Loaded again, everything is there already.
    """
    templates = _templates(brand_id, now)
    _accounts(brand_id, f"http://127.0.0.1:{settings.DEMO_CARRIERS_PORT}", now)
    keep_hours(brand_id, Quiet(21 * 60, 9 * 60), by=None, now=now)
    keep_caps(brand_id, {"sms": Cap(1, 3, 8), "": Cap(2, None, None)}, by=None, now=now)
    _agree(brand_id, member_ids, now)
    with _running() as carriers:
        _accounts(brand_id, carriers.address, now)
        for back in range(DAYS_BACK, 0, -1):
            _send_day(brand_id, templates, member_ids[back - 1 :: DAYS_BACK], carriers, now - timedelta(days=back))
    _accounts(brand_id, f"http://127.0.0.1:{settings.DEMO_CARRIERS_PORT}", now)
    tomorrow = (now + timedelta(days=1)).replace(hour=4, minute=0, second=0, microsecond=0)
    plan_messages([
        MessageWanted(uuid5(member, f"demo {tomorrow:%F}"), brand_id, member, templates["weekend"], "campaign:weekend", {}, tomorrow)
        for member in member_ids
    ], now=now)  # fmt: skip
    for kind, key in (("coupon_expiring", "expiring"), ("pickup_ready", "pickup")):
        keep_notice(brand_id, kind, template_id=templates[key], by=None, now=now)


def _templates(brand_id: UUID, now: datetime) -> dict[str, UUID]:
    def one(
        key: str, purpose: str, name: str, name_en: str, text: str, text_en: str, code: str, **more: object
    ) -> TemplateWanted:
        return TemplateWanted(made_id("message template", key), brand_id, "sms", purpose, name, _ours(text), name_en=name_en,
                              text_en=text_en, provider_code=code, signature=SIGNATURE, **more)  # type: ignore[arg-type]  # fmt: skip

    wanted = {
        "weekend": one("weekend", "marketing", "周末果蔬八五折", "Weekend fruit", WEEKEND,
                       "{member_name}, 15% off fruit and vegetables this weekend. Reply R to stop (拒收请回复R)", "SMS_WEEKEND",
                       slots=(("name", "member_name"),), link="/"),
        "expiring": one("expiring", "service", "优惠券到期提醒", "Coupon expires", EXPIRING,
                        "{member_name}, your coupon {coupon} ends on {until}.", "SMS_EXPIRING",
                        slots=(("name", "member_name"), ("coupon", "coupon"), ("until", "until"))),
        "pickup": one("pickup", "service", "取货通知", "Ready for pickup", PICKUP, "{member_name}, order {order} waits for you at {place}.",
                      "SMS_PICKUP", slots=(("name", "member_name"), ("order", "order"), ("place", "place"))),
    }  # fmt: skip
    for template in wanted.values():
        made = define_template(template, by=None, now=now)
        note_approval(made.id, "approved", by=None, now=now)
    wechat = TemplateWanted(
        made_id("message template", "wechat"), brand_id, "wechat", "service", "取货提醒", "{order}已备好，取货门店{place}", name_en="Pickup in WeChat",
        text_en="{order} waits for you at {place}.", provider_code="tmpl-pickup", slots=(("thing1", "order"), ("thing2", "place")),
    )  # fmt: skip
    note_approval(define_template(wechat, by=None, now=now).id, "approved", by=None, now=now)
    return {key: one.id for key, one in wanted.items()}


def _ours(text: str) -> str:
    """Say the provider's text with our fields."""
    return text.replace("${name}", "{member_name}").replace("${", "{")


def _accounts(brand_id: UUID, gateway: str, now: datetime) -> None:
    keys = DemoCarriers.ACCOUNTS
    for channel, sender in (("sms", SIGNATURE), ("wechat", ""), ("wecom", "guide01")):
        account, secret = keys[channel]
        provider = "aliyun" if channel == "sms" else channel
        keep_channel(ChannelWanted(
            brand_id, channel, provider, account, secret, sender=sender, callback_secret=GUARD, gateway=gateway, per_second=50,
        ), by=None, now=now)  # fmt: skip


def _agree(brand_id: UUID, member_ids: Sequence[UUID], now: datetime) -> None:
    wording = next((one for one in wordings_now(brand_id) if one.purpose == "marketing"), None)
    if wording is not None:
        at = now - timedelta(days=DAYS_BACK + 1)
        said = [
            ConsentSaid(uuid5(one, "demo messages"), brand_id, one, wording.id, True, "sign_up") for one in member_ids
        ]
        say_consents(said, now=at)


def _send_day(
    brand_id: UUID, templates: dict[str, UUID], member_ids: Sequence[UUID], carriers: DemoCarriers, day: datetime
) -> None:
    at = day.replace(hour=4, minute=0, second=0, microsecond=0)
    wanted = [
        MessageWanted(uuid5(member, f"demo {at:%F}"), brand_id, member, templates["weekend"], "campaign:weekend") for member in member_ids
    ] + [
        MessageWanted(uuid5(member, f"demo coupon {at:%F}"), brand_id, member, templates["expiring"], "notice:coupon_expiring",
                      {"coupon": "满 50 减 8", "until": f"{at + timedelta(days=3):%Y-%m-%d}"})
        for member in member_ids[:2]
    ]  # fmt: skip
    plan_messages(wanted, now=at)
    account = account_of(brand_id, "sms")
    if account is None:
        return
    carriers.aliyun.rates.times.clear()
    send_channel(account, clock=lambda: at, until=at)
    hear_aliyun(brand_id, "sms", GUARD, orjson.dumps(carriers.aliyun.reports), now=at)
    for one in wanted[::OPENED_EACH]:
        note_read(one.id, "clicked", now=at + timedelta(minutes=9))


@contextmanager
def _running() -> Iterator[DemoCarriers]:
    carriers = stocked(DemoCarriers())
    thread = threading.Thread(target=carriers.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield carriers
    finally:
        carriers.shutdown()
        carriers.server_close()
        thread.join(5)
