"""What providers push is proven, read and kept: the way in from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from sitong.marketing.messages.actions import CreditGiven, Stop, give_credits, note_replies, note_reports, unsubscribe
from sitong.marketing.messages.actions.wishes import end_credits
from sitong.marketing.messages.callbacks import (
    News,
    prove_secret,
    prove_wechat,
    read_aliyun,
    read_tencent,
    read_wechat,
)
from sitong.marketing.messages.models import MessageChannel, MessageTemplate
from sitong.marketing.messages.queries.accounts import account_of
from sitong.member.identity.queries import member_by_key
from sitong.shared.errors import Refused


class MessagePushMalformed(Refused):
    """What the provider pushed cannot be read."""

    code = "marketing.message_push_malformed"


def hear_aliyun(brand_id: UUID, channel: str, secret: str, body: bytes, *, now: datetime) -> None:
    """Keep what Alibaba Cloud pushed. Raises shared.not_found without the account's secret."""
    account = prove_secret(account_of(brand_id, channel), secret)
    _keep(account, _read(read_aliyun, account, body), now)


def hear_tencent(brand_id: UUID, secret: str, body: bytes, *, now: datetime) -> None:
    """Keep what Tencent Cloud pushed. Raises shared.not_found without the account's secret."""
    account = prove_secret(account_of(brand_id, "sms"), secret)
    _keep(account, _read(read_tencent, account, body), now)


def hear_wechat(brand_id: UUID, asked: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Keep what WeChat pushed. Raises shared.not_allowed without its signature."""
    account = prove_wechat(account_of(brand_id, "wechat"), asked)
    if body:
        _keep(account, _read(read_wechat, account, body), now)


def _read(read, account: MessageChannel, body: bytes) -> News:  # type: ignore[no-untyped-def]
    try:
        news: News = read(account, body)
    except (orjson.JSONDecodeError, ValueError, SyntaxError, TypeError, KeyError):
        raise MessagePushMalformed() from None
    return news


def _keep(account: MessageChannel, news: News, now: datetime) -> None:
    note_reports(news.reports, now=now)
    note_replies(news.replies, now=now)
    if not news.allowed and not news.refused:
        return
    codes = {code for _, _, code in news.allowed} | {code for _, code in news.refused}
    templates = {
        row.provider_code: row
        for row in MessageTemplate.objects.filter(brand_id=account.brand_id, channel="wechat", provider_code__in=codes)
    }
    given, ended = [], []
    for id, openid, code in news.allowed:
        member = member_by_key(account.brand_id, "wechat_open", openid, app=account.account)
        if member is not None and code in templates:
            given.append(CreditGiven(id, account.brand_id, member.id, templates[code].id))
    for openid, code in news.refused:
        member = member_by_key(account.brand_id, "wechat_open", openid, app=account.account)
        if member is not None and code in templates:
            ended.append((member.id, templates[code]))
    give_credits(given, now=now)
    end_credits({(member_id, template.id) for member_id, template in ended}, now=now)
    unsubscribe([Stop(account.brand_id, id, "wechat", template.purpose, "blocked") for id, template in ended], now=now)
