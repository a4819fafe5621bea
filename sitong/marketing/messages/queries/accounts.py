"""Accounts with providers, and what waits for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.marketing.messages.models import Message, MessageAttempt, MessageChannel, MessagePace
from sitong.member.identity.queries import key_values
from sitong.shared.clock import now as clock_now


def account_of(brand_id: UUID, channel: str) -> MessageChannel | None:
    """Give the brand's account for a channel, also a closed one: what it was asked can still be asked about."""
    return MessageChannel.objects.filter(brand_id=brand_id, channel=channel).first()


def accounts_of(brand_id: UUID) -> list[MessageChannel]:
    """Give all accounts of a brand."""
    return list(MessageChannel.objects.filter(brand_id=brand_id).order_by("channel"))


def accounts_with_due(*, now: datetime) -> list[MessageChannel]:
    """Give the open accounts that have messages to send now."""
    due = Message.objects.filter(state="planned", send_after__lte=now)
    return [
        row
        for row in MessageChannel.objects.filter(closed_at=None).order_by("brand_id", "channel")
        if due.filter(brand_id=row.brand_id, channel=row.channel).exists()
    ]


def messages_of_attempt(attempt_id: UUID) -> list[Message]:
    """Give the messages of a call of which nothing is known yet."""
    return list(Message.objects.filter(attempt_id=attempt_id, state="sending").order_by("id"))


def token_now(brand_id: UUID, channel: str) -> str:
    """Give the account's access token while it holds, else ''."""
    pace = MessagePace.objects.filter(brand_id=brand_id, channel=channel, token_until__gt=clock_now()).first()
    return pace.token if pace else ""


def tasks_to_ask_about(*, since: datetime) -> list[MessageAttempt]:
    """Give WeCom's tasks since then with customers of whom nothing is known yet."""
    waiting = Message.objects.filter(channel="wecom", state="sent", sent_at__gte=since).values("attempt_id")
    return list(
        MessageAttempt.objects.filter(channel="wecom", asked_at__gte=since, id__in=waiting).exclude(provider_id="")
    )


def customers_of_attempt(attempt_id: UUID) -> dict[str, UUID]:
    """Give the messages of a WeCom task by the customer's id in WeCom."""
    rows = {row.member_id: row.id for row in Message.objects.filter(attempt_id=attempt_id)}
    return {customer: rows[member_id] for member_id, customer in key_values(rows, "wecom_contact").items()}
