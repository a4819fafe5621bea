"""The promise of a quote: for its time, an order of the same lines by the same member costs what the quote said.

A promise is a signed token, kept nowhere: it names member, store, channel and lines, the instant of its prices, the tier, the
coupons and points, and the total. Prices of that instant are read again from their history when the order is placed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing

from sitong.member.tiers.rules import TierNow
from sitong.scene.cart.rules import LineWanted, Quote, Tier
from sitong.shared.config import counted, setting
from sitong.shared.errors import Refused

HELD = timedelta(
    minutes=setting("SITONG_PROMISE_MINUTES", "10", "Minutes for which an order may be placed at the prices of its quote.", counted)
)  # fmt: skip
SALT = "sitong.scene.promise"


class PromiseWrong(Refused):
    """The promise is not of this member, store, channel or these lines, coupons and points, or it was tampered with."""

    code = "scene.promise_wrong"


@dataclass(frozen=True, slots=True)
class Buying:
    """Who wants to buy what, and where: what a promise is bound to."""

    brand_id: UUID
    store_id: UUID
    member_id: UUID | None
    channel: str
    lines: Sequence[LineWanted]

    def digest(self) -> str:
        """Give a digest of all of it; the order of lines does not matter."""
        lines = ";".join(sorted([f"{line.sku_id.hex}:{line.quantity}" for line in self.lines]))
        member = self.member_id.hex if self.member_id else ""
        text = f"{self.brand_id.hex}|{self.store_id.hex}|{member}|{self.channel}|{lines}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Promise:
    """What a quote promised."""

    digest: str
    quoted_at: datetime
    total_minor: int
    claim_ids: tuple[UUID, ...]
    points: int
    tier: Tier | None

    def holds(self, at: datetime) -> bool:
        """Tell whether its time is not over."""
        return self.quoted_at <= at < self.quoted_at + HELD


def promise_of(quote: Quote, buying: Buying, *, at: datetime) -> str:
    """Sign what a quote says; '' for one that no order could keep: nothing in it, or something that cannot be sold."""
    if quote.refused or not quote.lines:
        return ""
    tier = [quote.tier.code, quote.tier.name, quote.tier.name_en, quote.tier.discount_bp] if quote.tier else None
    content = [
        buying.digest(), round(at.timestamp() * 1_000_000), quote.total_minor, [one.hex for one in quote.claim_ids], quote.points, tier,
    ]  # fmt: skip
    return signing.dumps(content, salt=SALT)


def read_promise(token: str) -> Promise | None:
    """Read a promise; None for one that nobody here signed."""
    try:
        digest, microseconds, total, claims, points, tier = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    seconds, rest = divmod(microseconds, 1_000_000)
    quoted_at = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest)
    held = TierNow(tier[0], 0, tier[1], tier[2], tier[3]) if tier else None
    return Promise(digest, quoted_at, total, tuple([UUID(one) for one in claims]), points, held)
