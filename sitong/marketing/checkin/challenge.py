"""A page's challenge: it names the check-in that may come of it, for one member in one store, for five minutes.

Sent again it is the same check-in and gets the first answer, so a replay counts nothing; another member's, another
store's, or one of yesterday is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

GOOD_FOR = timedelta(minutes=5)
EARLY = timedelta(seconds=5)
"""How far the clocks of two web processes may be apart."""


class ChallengeForged(Refused):
    """The challenge was not made by us, or for another member or store."""

    code = "marketing.challenge_forged"


class ChallengeOld(Refused):
    """The challenge is older than five minutes."""

    code = "marketing.challenge_old"


def make_challenge(member_id: UUID, store_id: UUID, *, now: datetime) -> str:
    """Give a new challenge for a member in a store."""
    body = new_id().bytes + int(now.timestamp()).to_bytes(6, "big")
    return base64.urlsafe_b64encode(body + _seal(body, member_id, store_id)).decode()


def read_challenge(challenge: str, member_id: UUID, store_id: UUID, *, now: datetime) -> UUID:
    """Give the id of the check-in that the challenge names. Refused: marketing.challenge_forged, marketing.challenge_old."""
    try:
        raw = base64.b64decode(challenge.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ChallengeForged() from None
    body, seal = raw[:22], raw[22:]
    if len(raw) != 38 or not hmac.compare_digest(seal, _seal(body, member_id, store_id)):
        raise ChallengeForged()
    made_at = int.from_bytes(body[16:], "big")
    if not made_at - EARLY.total_seconds() <= now.timestamp() < made_at + GOOD_FOR.total_seconds():
        raise ChallengeOld(minutes=int(GOOD_FOR.total_seconds()) // 60)
    return UUID(bytes=body[:16])


def _seal(body: bytes, member_id: UUID, store_id: UUID) -> bytes:
    key = settings.KEYS.derive("check-in")
    return hmac.new(key, body + member_id.bytes + store_id.bytes, hashlib.sha256).digest()[:16]
