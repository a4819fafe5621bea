"""Talking with the carriers of messages, outside of transactions: each call is written down before it is made.

An answer may be lost, or the worker die between writing and answer. Such a call is asked about where the provider can be
asked; what it has never seen goes again, what nobody can say is left unknown for a person. Nothing is sent blindly again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from sitong.marketing.messages.actions.channels import note_check
from sitong.marketing.messages.actions.reports import Report, note_reports
from sitong.marketing.messages.actions.sending import (
    hold_channel,
    note_answers,
    take_lost,
    take_messages,
)
from sitong.marketing.messages.actions.templates import note_approval
from sitong.marketing.messages.actions.tokens import forget_token, keep_token
from sitong.marketing.messages.adapters.aliyun import AliyunSms, AliyunVoice
from sitong.marketing.messages.adapters.carrier import (
    Answer,
    Call,
    Carrier,
    CarrierNotAsked,
    CarrierRefused,
    CarrierUnreachable,
)
from sitong.marketing.messages.adapters.http import Tokens
from sitong.marketing.messages.adapters.mail import Mail
from sitong.marketing.messages.adapters.nowhere import Nowhere
from sitong.marketing.messages.adapters.tencent import TencentSms
from sitong.marketing.messages.adapters.wechat import WechatSubscribe
from sitong.marketing.messages.adapters.wecom import Wecom
from sitong.marketing.messages.models import MessageAttempt, MessageChannel, MessageTemplate
from sitong.marketing.messages.queries.accounts import (
    account_of,
    accounts_with_due,
    customers_of_attempt,
    messages_of_attempt,
    tasks_to_ask_about,
    token_now,
)
from sitong.marketing.messages.queries.rendering import rendered
from sitong.shared.errors import NotFound

CALLS_AT_ONCE = 20
LOST_AT_ONCE = 50
HOLD = timedelta(seconds=30)
LOOKS_MAX = 12
RESULTS_BACK = timedelta(days=7)
log = structlog.get_logger(__name__)


def carrier_of(account: MessageChannel) -> Carrier:
    """Give the adapter of an account."""
    keys = {"account": account.account, "secret": account.secret, "gateway": account.gateway}
    match account.channel, account.provider:
        case "sms", "aliyun":
            return AliyunSms(**keys)
        case "sms", "tencent":
            return TencentSms(**keys, application=account.application)
        case "voice", "aliyun":
            return AliyunVoice(**keys, sender=account.sender)
        case "wechat", _:
            return WechatSubscribe(**keys, tokens=_tokens(account))
        case "wecom", _:
            return Wecom(**keys, sender=account.sender, tokens=_tokens(account))
        case "email", "smtp":
            return Mail(**keys, sender=account.sender)
    return Nowhere()


def send_due(*, now: datetime, clock: Callable[[], datetime], until: datetime | None = None) -> int:
    """Send what is due in all channels, as fast as each provider's pace allows; gives how many messages were handed over."""
    sent = 0
    for account in accounts_with_due(now=now):
        sent += send_channel(account, clock=clock, until=until or now)
    return sent


def send_channel(account: MessageChannel, *, clock: Callable[[], datetime], until: datetime) -> int:
    """Send what is due in one channel, piece by piece, until nothing is left, the pace is used up or it is `until`."""
    return send_through(carrier_of(account), account, clock=clock, until=until)


def send_through(carrier: Carrier, account: MessageChannel, *, clock: Callable[[], datetime], until: datetime) -> int:
    """Send what is due in one channel through a carrier that is given: for measuring, the one that takes everything."""
    sent = 0
    while True:
        taken = take_messages(
            account, together=carrier.together, alike=carrier.alike, calls_max=CALLS_AT_ONCE, now=clock()
        )
        for call in taken.calls:
            sent += _make(account, carrier, call, clock)
        if not taken.more or not taken.calls or clock() >= until:
            return sent


def look_for_lost(*, now: datetime) -> int:
    """Ask what became of calls whose answer never came; gives how many were asked about."""
    for asked in range(LOST_AT_ONCE):
        attempt = take_lost(now=now)
        if attempt is None:
            return asked
        _look(attempt, now)
    return LOST_AT_ONCE


def check_account(brand_id: UUID, channel: str, *, now: datetime) -> MessageChannel:
    """Ask a provider something harmless and keep whether it answered; gives the account. Raises shared.not_found."""
    account = account_of(brand_id, channel)
    if account is None:
        raise NotFound(what="channel")
    fault = ""
    try:
        carrier_of(account).check()
    except (CarrierRefused, CarrierUnreachable, CarrierNotAsked) as wrong:
        fault = " ".join(str(one) for one in wrong.facts.values()).strip() or wrong.code
    note_check(brand_id, channel, fault=fault, now=now)
    account.checked_at, account.check_fault = now, fault[:200]
    return account


def ask_approval(template: MessageTemplate, *, by: UUID | None, now: datetime) -> MessageTemplate:
    """Ask the provider how far a template's review is, and keep it. Raises CarrierRefused, CarrierUnreachable, CarrierNotAsked."""
    account = account_of(template.brand_id, template.channel)
    if account is None:
        raise NotFound(what="channel")
    told = carrier_of(account).approval(template.provider_code)
    return note_approval(template.id, told[0], note=told[1], by=by, now=now) if told else template


def pull_wecom_results(*, now: datetime) -> int:
    """Ask WeCom what became of tasks of the last week that staff may have confirmed meanwhile; gives how many messages changed."""
    changed = 0
    for attempt in tasks_to_ask_about(since=now - RESULTS_BACK):
        account = account_of(attempt.brand_id, "wecom")
        if account is None:
            continue
        try:
            carrier = carrier_of(account)
            told = carrier.results(attempt.provider_id) if isinstance(carrier, Wecom) else {}
        except (CarrierRefused, CarrierUnreachable, CarrierNotAsked) as failed:
            log.warning("message_results_missing", attempt=str(attempt.id), why=str(failed))
            continue
        customers = customers_of_attempt(attempt.id)
        reports = [
            Report(attempt.brand_id, "wecom", what, now, fault, message_id=customers[customer])
            for customer, (what, fault) in told.items()
            if customer in customers
        ]
        changed += note_reports(reports, now=now)
    return changed


def _make(account: MessageChannel, carrier: Carrier, call: Call, clock: Callable[[], datetime]) -> int:
    try:
        answers = carrier.send(call)
    except CarrierNotAsked as never:
        log.warning("message_carrier_away", channel=account.channel, why=str(never))
        answers = dict.fromkeys([one.message_id for one in call.items], Answer("later", "no connection"))
        hold_channel(account.brand_id, account.channel, until=clock() + HOLD)
    except CarrierUnreachable as lost:
        log.warning("message_answer_lost", channel=account.channel, attempt=str(call.id), why=str(lost))
        return 0
    except CarrierRefused as refused:
        log.error("message_account_refused", channel=account.channel, why=str(refused))
        answers = dict.fromkeys(
            [one.message_id for one in call.items], Answer("later", str(refused.facts.get("provider_code", "")))
        )
        hold_channel(account.brand_id, account.channel, until=clock() + HOLD)
    note_answers(call.id, answers, now=clock())
    return sum(1 for one in answers.values() if one.what == "sent")


def _look(attempt: MessageAttempt, now: datetime) -> None:
    account = account_of(attempt.brand_id, attempt.channel)
    messages = messages_of_attempt(attempt.id)
    if account is None or not messages:
        return
    carrier = carrier_of(account)
    ready = rendered(messages, account, now=now)
    items = [one.item for one in ready]
    code, signature = (ready[0].code, ready[0].signature) if ready else ("", "")
    found: dict[UUID, Answer] = {
        one.id: Answer("unknown") for one in messages if one.id not in {i.message_id for i in items}
    }
    try:
        if items:
            found |= carrier.look(Call(attempt.id, code, signature, items, attempt.asked_at))
    except (CarrierUnreachable, CarrierNotAsked, CarrierRefused) as failed:
        log.warning("message_not_found_out", attempt=str(attempt.id), why=str(failed))
        if attempt.looked < LOOKS_MAX:
            return
    settled = carrier.settled_s is None or (now - attempt.asked_at).total_seconds() >= carrier.settled_s
    if not settled:  # too early for "never seen": only what was found is kept
        found = {id: one for id, one in found.items() if one.what not in ("absent", "unknown")}
    elif len(found) < len(messages):
        found |= {one.id: Answer("unknown") for one in messages if one.id not in found}
    note_answers(attempt.id, found, now=now)


def _tokens(account: MessageChannel) -> Tokens:
    key = account.brand_id, account.channel
    return Tokens(
        read=lambda: token_now(*key),
        keep=lambda token, seconds: keep_token(*key, token=token, seconds=seconds),
        forget=lambda: forget_token(*key),
    )
