"""The code of a prize that is fetched in a store: "W" and 14 of Crockford's letters and digits, 70 random bits. Pure."""

from __future__ import annotations

from sitong.marketing.coupons.claiming import BASE32, CODE_LENGTH, READ_AS, make_code


def make_prize_code(random: bytes) -> str:
    """Make a code of nine random bytes, told apart from a coupon's by its first letter."""
    return "W" + make_code(random)[1:]


def read_prize_code(typed: str) -> str:
    """Read a code as people type it: small letters, spaces and dashes, O for 0, I and L for 1."""
    return typed.strip().upper()[:40].translate(READ_AS)


def is_prize_code(typed: str) -> bool:
    """Tell whether what somebody scanned is a prize's code."""
    code = read_prize_code(typed)
    return len(code) == CODE_LENGTH and code[0] == "W" and set(code) <= set(BASE32)
