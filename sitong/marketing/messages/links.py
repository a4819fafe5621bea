"""The short links of a message: they name it, and nobody can make one up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings

SEAL_BYTES = 6


def token_of(message_id: UUID) -> str:
    """Give the text that names a message in a link: its id and a seal, 30 signs."""
    return base64.urlsafe_b64encode(message_id.bytes + _seal(message_id)).decode().rstrip("=")


def message_of(token: str) -> UUID | None:
    """Give the message that a link names; None for one that we have not made."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + SEAL_BYTES:
        return None
    message_id = UUID(bytes=raw[:16])
    return message_id if hmac.compare_digest(token_of(message_id).encode(), token.encode()) else None


def link_of(message_id: UUID) -> str:
    """Give the link that notes the click and leads to the template's page."""
    return f"{settings.PUBLIC_URL}/m/{token_of(message_id)}/"


def stop_link_of(message_id: UUID) -> str:
    """Give the link by which the member wants no more."""
    return f"{settings.PUBLIC_URL}/m/{token_of(message_id)}/stop/"


def _seal(message_id: UUID) -> bytes:
    return hmac.new(settings.KEYS.derive("message link"), message_id.bytes, hashlib.sha256).digest()[:SEAL_BYTES]
