"""What a gift is worth to whom, and how its codes are read: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's letters: none that people mistake for another."""
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
CODE_BYTES = 9
CODE_LENGTH = 15
LEVELS_MAX = 10
BP = 10_000


@dataclass(frozen=True, slots=True)
class GiftTerms:
    """What deciding needs to know of a gift, apart from its counts."""

    id: UUID
    brand_id: UUID
    name: str
    name_en: str
    sku_id: UUID | None
    quantity: int
    value_minor: int
    handling_bp: int
    levels_minor: tuple[int, ...]
    store_kinds: frozenset[str]
    store_ids: frozenset[UUID]
    clerk_confirms: bool
    signed_only: bool
    valid_from: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    quota_total: int | None
    published: bool
    ended: bool


def levels_of(terms: GiftTerms, dealers: int) -> tuple[int, ...]:
    """Give what each level claims of the one above it, the store first, then each of its `dealers` going up.

    A level that `levels_minor` names claims that; beyond it each claims `handling_bp` of the value more than the level below,
    rounded down.
    """
    return tuple(_level(terms, at) for at in range(dealers + 1))


def make_gift_code(random: bytes) -> str:
    """Make a gift's code, "G" and 14 letters, of nine random bytes: 70 bits, and never what a barcode or a coupon could be."""
    bits = int.from_bytes(random, "big")
    return "G" + "".join(BASE32[bits >> shift & 31] for shift in range(0, 70, 5))


def read_gift_code(typed: str) -> str:
    """Read a code as people type it: small letters, spaces and dashes, O for 0, I and L for 1. '' when it is none."""
    code = typed.strip().upper().translate(READ_AS)
    return code if len(code) == CODE_LENGTH and code[0] == "G" and set(code) <= set(BASE32) else ""


def honors(terms: GiftTerms, store_id: UUID, kind: str) -> bool:
    """Tell whether a store of this kind hands the gift over."""
    if terms.store_ids and store_id not in terms.store_ids:
        return False
    return not terms.store_kinds or kind in terms.store_kinds


def _level(terms: GiftTerms, at: int) -> int:
    stated: Sequence[int] = terms.levels_minor
    if at < len(stated):
        return stated[at]
    first = stated[-1] if stated else terms.value_minor
    above = at - (len(stated) - 1 if stated else 0)
    return first + above * (terms.value_minor * terms.handling_bp // BP)
