"""What providers push to us, read and proven: signed where they sign, else guarded by the account's own secret in the address."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid5
from xml.etree import ElementTree

import orjson

from sitong.marketing.messages.actions.reports import Reply, Report
from sitong.marketing.messages.models import MessageChannel
from sitong.shared.errors import NotAllowed, NotFound
from sitong.shared.ids import id_in

CHINA = timezone(timedelta(hours=8))
XML_MAX = 64_000


@dataclass(slots=True)
class News:
    """What one push says. `allowed` and `refused` are (id, openid, the provider's template) of subscribe messages."""

    reports: list[Report] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    allowed: list[tuple[UUID, str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def prove_secret(account: MessageChannel | None, said: str) -> MessageChannel:
    """Give the account when the secret in the address is its own. Raises NotFound, so that nobody learns which there are."""
    if account is None or not account.callback_secret or not hmac.compare_digest(account.callback_secret, said):
        raise NotFound(what="account")
    return account


def prove_wechat(account: MessageChannel | None, asked: Mapping[str, str]) -> MessageChannel:
    """Give the account when WeChat signed the push with the account's token. Raises NotAllowed."""
    secret = account.callback_secret if account else ""
    parts = sorted([secret, asked.get("timestamp", ""), asked.get("nonce", "")])
    right = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    if account is None or not secret or not hmac.compare_digest(right, asked.get("signature", "")):
        raise NotAllowed(what="signature")
    return account


def read_aliyun(account: MessageChannel, body: bytes) -> News:
    """Read SmsReport, SmsUp and VoiceReport pushes: a JSON list each."""
    news, brand_id = News(), account.brand_id
    for one in _list(body):
        if "content" in one and "phone_number" in one:
            news.replies.append(Reply(brand_id, _mainland(str(one["phone_number"])), str(one["content"])))
        elif "call_id" in one:
            well = str(one.get("status_code")) == "200000"
            news.reports.append(Report(
                brand_id, "voice", "delivered" if well else "failed", _at(one.get("end_time")), "" if well else str(one.get("status_code", "")),
                str(one["call_id"]), id_in(str(one.get("out_id"))),
            ))  # fmt: skip
        elif "phone_number" in one:
            well = one.get("success") in (True, "true")
            news.reports.append(Report(
                brand_id, "sms", "delivered" if well else "failed", _at(one.get("report_time")), "" if well else str(one.get("err_code", "")),
                str(one.get("biz_id", "")), id_in(str(one.get("out_id"))), _mainland(str(one["phone_number"])),
            ))  # fmt: skip
    return news


def read_tencent(account: MessageChannel, body: bytes) -> News:
    """Read status and reply pushes: a JSON list, or one object."""
    news, brand_id = News(), account.brand_id
    for one in _list(body):
        phone = f"+{one.get('nationcode', '86')}{one.get('mobile', '')}"
        if "text" in one:
            news.replies.append(Reply(brand_id, phone, str(one["text"])))
        elif "sid" in one:
            well = one.get("report_status") == "SUCCESS"
            news.reports.append(Report(
                brand_id, "sms", "delivered" if well else "failed", _at(one.get("user_receive_time")), "" if well else str(one.get("errmsg", "")),
                str(one["sid"]),
            ))  # fmt: skip
    return news


def read_wechat(account: MessageChannel, body: bytes) -> News:
    """Read events of subscribe messages: what was allowed and refused in the pop-up and later, and what became of messages."""
    news, brand_id = News(), account.brand_id
    if len(body) > XML_MAX or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return news
    said = _event(body)
    event, openid = str(said.get("Event", "")), str(said.get("FromUserName", ""))
    at = datetime.fromtimestamp(int(said.get("CreateTime") or 0), UTC)
    for one in said.get("rows", ()):
        code = str(one.get("TemplateId", ""))
        if event == "subscribe_msg_popup_event" and one.get("SubscribeStatusString") == "accept":
            news.allowed.append((uuid5(brand_id, f"{openid}:{code}:{said.get('CreateTime')}"), openid, code))
        elif event == "subscribe_msg_change_event" and one.get("SubscribeStatusString") == "reject":
            news.refused.append((openid, code))
        elif event == "subscribe_msg_sent_event":
            well = str(one.get("ErrorCode")) == "0"
            news.reports.append(Report(
                brand_id, "wechat", "delivered" if well else "failed", at, "" if well else str(one.get("ErrorCode", "")),
                str(one.get("MsgID", "")), None, openid, code,
            ))  # fmt: skip
    return news


def _event(body: bytes) -> dict[str, Any]:
    """Read an event that came as XML or as JSON; its rows stand under `rows`."""
    if body.lstrip().startswith(b"{"):
        said: dict[str, Any] = orjson.loads(body)
        rows = said.get("List") or []
        return {**said, "rows": rows if isinstance(rows, list) else [rows]}
    root = ElementTree.fromstring(body)  # noqa: S314 - no entities: refused before
    said = {one.tag: one.text or "" for one in root if len(one) == 0}
    return {**said, "rows": [{part.tag: part.text or "" for part in row} for row in root.iter("List")]}


def _list(body: bytes) -> Sequence[dict[str, Any]]:
    said = orjson.loads(body)
    rows = said if isinstance(said, list) else [said]
    return [one for one in rows if isinstance(one, dict)]


def _mainland(number: str) -> str:
    return number if number.startswith("+") else f"+86{number}"


def _at(text: Any) -> datetime:
    """Read the provider's wall clock (Beijing)."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
