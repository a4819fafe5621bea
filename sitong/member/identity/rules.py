"""The number by which people call a member."""

from __future__ import annotations

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
