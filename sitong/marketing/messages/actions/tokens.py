"""The access token of an account, kept for all workers while it holds."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sitong.marketing.messages.models import MessagePace
from sitong.shared.clock import now as clock_now

EARLY_S = 300
"""So long before its end a token is fetched anew."""


def keep_token(brand_id: UUID, channel: str, *, token: str, seconds: int) -> None:
    """Keep a token for all workers."""
    now = clock_now()
    facts = {"token": token, "token_until": now + timedelta(seconds=max(seconds - EARLY_S, 30))}
    MessagePace.objects.bulk_create(
        [MessagePace(brand_id=brand_id, channel=channel, filled_at=now, **facts)],
        update_conflicts=True, unique_fields=["brand_id", "channel"], update_fields=["token", "token_until"],
    )  # fmt: skip


def forget_token(brand_id: UUID, channel: str) -> None:
    """Forget a token that the provider knows no more."""
    MessagePace.objects.filter(brand_id=brand_id, channel=channel).update(token="", token_until=None)
