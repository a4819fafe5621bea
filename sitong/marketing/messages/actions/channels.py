"""Accounts with providers, quiet hours, caps and automatic notices: kept, checked, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.messages.models import Channel, MessageCap, MessageChannel, MessageHours, MessagePace
from sitong.marketing.messages.rules import ALL, Cap, Quiet
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "sms": ("aliyun", "tencent"), "wechat": ("wechat",), "wecom": ("wecom",), "email": ("smtp",), "voice": ("aliyun",),
}  # fmt: skip
PER_SECOND_MAX = 1_000


class MessageChannelMalformed(Refused):
    """An account names a provider of its channel and its keys; `what` is missing or cannot be."""

    code = "marketing.message_channel_malformed"


class MessageHoursMalformed(Refused):
    """Quiet hours are minutes of the day."""

    code = "marketing.message_hours_malformed"


class MessageCapMalformed(Refused):
    """A cap is a whole number from 1 to 1,000, and a longer period's is not below a shorter one's."""

    code = "marketing.message_cap_malformed"


@dataclass(frozen=True, slots=True)
class ChannelWanted:
    """An account with a provider. An empty secret keeps the one that is there."""

    brand_id: UUID
    channel: str
    provider: str
    account: str
    secret: str = ""
    application: str = ""
    sender: str = ""
    callback_secret: str = ""
    gateway: str = ""
    per_second: int = 20


def keep_channel(wanted: ChannelWanted, *, by: UUID | None, now: datetime) -> MessageChannel:
    """Keep the account for a channel and open it. Its access token is asked for anew. Refused: …_channel_malformed."""
    if wanted.provider not in PROVIDERS.get(wanted.channel, ()):
        raise MessageChannelMalformed(what="provider")
    if not 1 <= wanted.per_second <= PER_SECOND_MAX:
        raise MessageChannelMalformed(what="per_second")
    if wanted.gateway and not wanted.gateway.startswith(("https://", "http://127.0.0.1", "smtp://", "smtps://")):
        raise MessageChannelMalformed(what="gateway")
    with transaction.atomic():
        row = _locked(wanted.brand_id, wanted.channel)
        if row is None:
            row = MessageChannel(brand_id=wanted.brand_id, channel=wanted.channel)
        row.secret = wanted.secret or row.secret
        row.callback_secret = wanted.callback_secret or row.callback_secret
        if not wanted.account.strip() or not (row.secret or wanted.channel == "email"):
            raise MessageChannelMalformed(what="account" if not wanted.account.strip() else "secret")
        row.provider, row.account, row.application = wanted.provider, wanted.account.strip(), wanted.application.strip()
        row.sender, row.gateway, row.per_second = wanted.sender.strip(), wanted.gateway.strip(), wanted.per_second
        row.closed_at, row.checked_at, row.check_fault, row.kept_at, row.kept_by = None, None, "", now, by
        MessageChannel.objects.bulk_create([row], update_conflicts=True, unique_fields=["brand_id", "channel"], update_fields=[
            "provider", "account", "secret", "application", "sender", "callback_secret", "gateway", "per_second", "closed_at",
            "checked_at", "check_fault", "kept_at", "kept_by",
        ])  # fmt: skip
        MessagePace.objects.filter(brand_id=wanted.brand_id, channel=wanted.channel).delete()
        after = {"channel": row.channel, "provider": row.provider, "account": row.account, "sender": row.sender}
        record([AuditEntry("kept", "marketing.message_channel", row.brand_id, row.brand_id, by, {}, after)], at=now)
    return row


def close_channel(brand_id: UUID, channel: str, *, by: UUID | None, now: datetime) -> None:
    """Plan and send nothing more in a channel, until its account is kept again. What is planned waits."""
    with transaction.atomic():
        row = _locked(brand_id, channel)
        if row is None:
            raise NotFound(what="channel")
        if row.closed_at is None:
            MessageChannel.objects.filter(brand_id=brand_id, channel=channel).update(closed_at=now)
            record(
                [AuditEntry("closed", "marketing.message_channel", brand_id, brand_id, by, {}, {"channel": channel})],
                at=now,
            )


def note_check(brand_id: UUID, channel: str, *, fault: str, now: datetime) -> None:
    """Keep whether the provider answered when it was asked; '' is well."""
    MessageChannel.objects.filter(brand_id=brand_id, channel=channel).update(checked_at=now, check_fault=fault[:200])


def keep_hours(brand_id: UUID, quiet: Quiet, *, by: UUID | None, now: datetime) -> MessageHours:
    """Keep a brand's quiet hours, in minutes of the day; the same minute twice: none. Refused: …_hours_malformed."""
    if not (0 <= quiet.start < 1440 and 0 <= quiet.end < 1440):
        raise MessageHoursMalformed()
    with transaction.atomic():
        facts = {"quiet_from": quiet.start, "quiet_until": quiet.end}
        row, _ = MessageHours.objects.update_or_create(
            brand_id=brand_id, defaults={**facts, "kept_at": now, "kept_by": by}
        )
        record([AuditEntry("kept", "marketing.message_hours", brand_id, brand_id, by, {}, facts)], at=now)
    return row


def keep_caps(brand_id: UUID, caps: Mapping[str, Cap], *, by: UUID | None, now: datetime) -> None:
    """Keep a brand's caps by channel ('' is all together), in place of those that were. Refused: …_cap_malformed."""
    for channel, cap in caps.items():
        said = [one for one in (cap.day, cap.week, cap.month) if one is not None]
        if channel not in (*Channel.values, ALL) or any(not 1 <= one <= 1_000 for one in said) or said != sorted(said):
            raise MessageCapMalformed()
    with transaction.atomic():
        MessageCap.objects.filter(brand_id=brand_id).delete()
        MessageCap.objects.bulk_create(
            MessageCap(brand_id=brand_id, channel=channel, per_day=cap.day, per_week=cap.week, per_month=cap.month)
            for channel, cap in sorted(caps.items())
            if cap != Cap()
        )
        after = {channel or "all": [cap.day, cap.week, cap.month] for channel, cap in caps.items()}
        record([AuditEntry("kept", "marketing.message_caps", brand_id, brand_id, by, {}, after)], at=now)


def _locked(brand_id: UUID, channel: str) -> MessageChannel | None:
    return MessageChannel.objects.select_for_update(no_key=True).filter(brand_id=brand_id, channel=channel).first()
