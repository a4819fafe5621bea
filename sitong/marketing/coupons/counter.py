"""The code that a store's counter shows: a consumer who scans it redeems its coupon there at once.

It changes each minute and is good for three, so whoever has it stands at the counter; it says nothing but the store.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from sitong.marketing.coupons.claiming import PAIRS, READ_AS
from sitong.shared.errors import Refused

WINDOW_S = 60
WINDOWS = 3


class CounterCodeOld(Refused):
    """The counter's code is another store's, or older than three minutes."""

    code = "marketing.counter_code_old"


def counter_code(store_id: UUID, *, at: datetime) -> str:
    """Give the code that the store's counter shows at an instant: eight letters and digits."""
    return _code(store_id, _window(at))


def counter_code_until(at: datetime) -> datetime:
    """Give the instant at which the counter shows the next code."""
    return datetime.fromtimestamp((_window(at) + 1) * WINDOW_S, UTC)


def counter_code_holds(store_id: UUID, code: str, *, at: datetime) -> bool:
    """Tell whether this is the store's code of now or of the two minutes before, however it is typed."""
    typed = code.strip().upper().translate(READ_AS)
    windows = range(_window(at) - WINDOWS + 1, _window(at) + 1)
    return any(hmac.compare_digest(typed.encode(), _code(store_id, one).encode()) for one in windows)


def require_counter_code(store_id: UUID, code: str, *, at: datetime) -> None:
    """Refuse with marketing.counter_code_old unless the code holds."""
    if not counter_code_holds(store_id, code, at=at):
        raise CounterCodeOld(minutes=WINDOWS * WINDOW_S // int(timedelta(minutes=1).total_seconds()))


def _window(at: datetime) -> int:
    return int(at.timestamp()) // WINDOW_S


def _code(store_id: UUID, window: int) -> str:
    key = settings.KEYS.derive("counter code")
    bits = int.from_bytes(hmac.new(key, store_id.bytes + window.to_bytes(8, "big"), hashlib.sha256).digest()[:5], "big")
    return "".join([PAIRS[bits >> shift & 1023] for shift in (0, 10, 20, 30)])
