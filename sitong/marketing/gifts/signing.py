"""The code that a member's phone makes by itself, without network: good for five minutes, proof that the phone is at the counter.

While it has network, the page gets a secret of its own for each gift. Each minute it makes a new code of it: the gift's code,
the minute, and 50 bits of HMAC-SHA256 over the minute under the secret. Whoever has photographed one has nothing after five
minutes, and a gift is redeemed once only, whichever code was shown. Nothing has to be looked up to check one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sitong.marketing.gifts.rules import BASE32, CODE_LENGTH, READ_AS, read_gift_code

WINDOW_S = 60
GOOD_FOR = 5
"""Minutes for which a code holds after the one in which it was made."""
AHEAD = 2
"""Minutes by which a phone's clock may be ahead of ours."""
MINUTE_LETTERS = 6
MAC_LETTERS = 10
SIGNED_LENGTH = CODE_LENGTH + MINUTE_LETTERS + MAC_LETTERS


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as it was shown. `minute` and `mac` are None and '' where only the gift's own code was."""

    code: str
    minute: int | None = None
    mac: str = ""


def secret_of(code: str) -> bytes:
    """Give the secret with which the phone of whoever holds the gift signs."""
    return hmac.new(settings.KEYS.derive("gift codes"), code.encode(), hashlib.sha256).digest()


def signed_code(code: str, *, at: datetime) -> str:
    """Make the signed code of a minute, as the member's page does."""
    minute = int(at.timestamp()) // WINDOW_S
    return code + _letters(minute, MINUTE_LETTERS) + _mac(code, minute)


def read_shown(typed: str) -> ShownCode | None:
    """Read what was scanned or typed: a signed code, or the gift's own; None when it is neither."""
    text = typed.strip().upper().translate(READ_AS)
    code = read_gift_code(text[:CODE_LENGTH])
    if not code or len(text) not in (CODE_LENGTH, SIGNED_LENGTH) or not set(text) <= set(BASE32):
        return None
    if len(text) == CODE_LENGTH:
        return ShownCode(code)
    rest = text[CODE_LENGTH:]
    minute = 0
    for letter in rest[:MINUTE_LETTERS]:
        minute = minute * 32 + BASE32.index(letter)
    return ShownCode(code, minute, rest[MINUTE_LETTERS:])


def signature_holds(shown: ShownCode, *, at: datetime) -> bool:
    """Tell whether a signed code was made under the gift's secret in the minutes before `at`."""
    if shown.minute is None:
        return False
    age = int(at.timestamp()) // WINDOW_S - shown.minute
    return -AHEAD <= age <= GOOD_FOR and hmac.compare_digest(shown.mac, _mac(shown.code, shown.minute))


def _mac(code: str, minute: int) -> str:
    made = hmac.new(secret_of(code), minute.to_bytes(8, "big"), hashlib.sha256).digest()
    return _letters(int.from_bytes(made[:8], "big") >> 14, MAC_LETTERS)


def _letters(number: int, count: int) -> str:
    return "".join(BASE32[number >> 5 * place & 31] for place in reversed(range(count)))
