"""The number by which people call a member, the code it shows, the form of its keys, and who stays when two are one."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that it can be read out and typed."""

NUMBER_LENGTH = 12


def member_number(member_id: UUID) -> str:
    """Give the number of a member, from the last 60 random bits of its UUIDv7: the same id, the same number."""
    rest = member_id.int & ((1 << 60) - 1)
    return "".join(ALPHABET[(rest >> shift) & 31] for shift in range(55, -1, -5))


def normal_number(written: str) -> str:
    """Read what somebody typed: spaces and dashes fall away, small letters count, O is 0, I and L are 1."""
    return written.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))


@dataclass(frozen=True, slots=True)
class Claim:
    """What speaks for a member being the one who stays when two are joined."""

    id: UUID
    has_phone: bool
    has_account: bool
    joined_at: datetime


def who_stays(first: Claim, second: Claim) -> Claim:
    """Give the one who stays: with a phone before without, with an account before without, then who joined earlier.

    The order of the two does not matter; of two that joined at the same instant the smaller id stays.
    """
    return min(first, second, key=lambda one: (not one.has_phone, not one.has_account, one.joined_at, one.id.int))


KEY_LENGTH_MAX = 128
CARD = re.compile(r"[0-9A-Z]{4,40}")
CODE_BITS = 60
CODE_LENGTH = 20
CODE_SIGN = "9"
CODE_HOLDS_S = 60
ROUNDS = 6


def normal_key(kind: str, value: str) -> str:
    """Give a key as it is kept: trimmed; a card's number without spaces and dashes, in capitals. '' when it is none."""
    value = value.strip()
    if kind == "card":
        value = value.upper().replace(" ", "").replace("-", "")
        return value if CARD.fullmatch(value) else ""
    return value if 0 < len(value) <= KEY_LENGTH_MAX and value.isprintable() else ""


def number_bits(number: str) -> int:
    """Give the 60 bits behind a member's number."""
    bits = 0
    for sign in number:
        bits = bits << 5 | ALPHABET.index(sign)
    return bits


def code_of(number: str, key: bytes, window: int) -> str:
    """Give the code that a member shows during one window of time: 20 digits, the first a 9.

    The number goes through a Feistel network under the key and the window, so that a code tells nothing without the key
    and none of it is the same in the next window. Payment codes have 16 to 24 digits that begin with 1, 2 or 3; GTINs
    have 14 at most.
    """
    return f"{CODE_SIGN}{_feistel(number_bits(number), key, window, range(ROUNDS)):019d}"


def number_of(code: str, key: bytes, window: int) -> str | None:
    """Read the member's number out of a code of one window; None when it cannot be a code. Any window gives some number:
    whether it is a member's, the table says (a wrong one hits one of ten million members once in 10^11 tries)."""
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isdecimal() or code[0] != CODE_SIGN:
        return None
    bits = int(code[1:])
    if bits >> CODE_BITS:
        return None
    plain = _feistel(bits, key, window, reversed(range(ROUNDS)))
    return "".join(ALPHABET[(plain >> shift) & 31] for shift in range(55, -1, -5))


def window_at(at: datetime) -> int:
    """Give the number of the window of time in which an instant lies."""
    return int(at.timestamp()) // CODE_HOLDS_S


def _feistel(bits: int, key: bytes, window: int, rounds: Iterable[int]) -> int:
    half = CODE_BITS // 2
    low = (1 << half) - 1
    left, right = bits >> half, bits & low
    for turn in rounds:
        said = f"{window}:{turn}:{right}".encode()
        mixed = int.from_bytes(hmac.digest(key, said, "sha256")[:4], "big") & low
        left, right = right, left ^ mixed
    return right << half | left


def mask_key(value: str) -> str:
    """Show the last four signs of a key, fewer of a short one."""
    shown = value[-min(4, len(value) // 3) :] if len(value) >= 3 else ""
    return f"****{shown}"
