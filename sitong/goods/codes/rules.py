"""What a code says, how it is written, and how it is read: pure, given the key.

A code names one number of a brand's number space (2^39 for each key) and one of two sides. It is written with 17 letters of
Crockford's alphabet: the first says which generation of keys (modulo 32), the others are FF1 of 80 bits: 39 of the number,
one of the side, and 40 zeros. Whoever does not have the key can find none: of 2^40 texts one shows 40 zeros by chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from sitong.goods.codes.cipher import HALF_BITS, Permutation

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's letters: none that people mistake for another."""
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
LENGTH = 17
NUMBER_BITS = HALF_BITS - 1
NUMBERS_MAX = 1 << NUMBER_BITS
GENERATIONS = 32
OUTER, INNER = "outer", "inner"
SIDES = (OUTER, INNER)
_AS_DIGITS = str.maketrans(ALPHABET, DIGITS)
_AS_LETTERS = str.maketrans(DIGITS, ALPHABET)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LINK = re.compile(
    r"^(?:[a-z]+://[^/]+)?/?(?:.*/)?(?:01/(\d{8,14})/(?:10/[^/]+/)?21|Q/[^/]+)/([^/?#]+)/?(?:[?#].*)?$", re.IGNORECASE
)
_LETTERS = frozenset(ALPHABET)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on a package: the code's 17 letters, and the GTIN beside them when it was a GS1 Digital Link."""

    letters: str
    gtin: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The number that a genuine code names within its brand and generation of keys, and its side."""

    generation: int
    number: int
    side: str


def read_written(text: str) -> Written | None:
    """Find a code in what was scanned or typed: bare, or in one of its links; small letters, dashes, O for 0, I and L for 1."""
    text, gtin = text.strip()[:400], None
    if "/" in text:
        found = _LINK.match(text)
        if found is None:
            return None
        gtin, text = found.groups()
    letters = text.upper().translate(_READ_AS)
    if len(letters) != LENGTH or not _LETTERS.issuperset(letters):
        return None
    return Written(letters, gtin.zfill(14) if gtin else None)


def generation_letter(generation: int) -> str:
    """Give the first letter of the codes made with this generation of keys."""
    return ALPHABET[generation % GENERATIONS]


def generation_in(letters: str) -> int:
    """Give which generation of keys, modulo 32, a code says it was made with."""
    return ALPHABET.index(letters[0])


def write_code(permutation: Permutation, named: Named) -> str:
    """Write one code."""
    left, right = permutation.hide(named.number << 1 | SIDES.index(named.side), 0)
    return generation_letter(named.generation) + _letters_of(left) + _letters_of(right)


def open_code(permutation: Permutation, generation: int, letters: str) -> Named | None:
    """Read one code with the key of a generation; None when its 40 zeros are not there: it is forged, or another brand's."""
    digits = letters.translate(_AS_DIGITS)
    left, proof = permutation.show(int(digits[1:9], 32), int(digits[9:], 32))
    return None if proof else Named(generation, left >> 1, SIDES[left & 1])


def links_of(letters: str, *, site: str, brand_code: str, gtin: str = "") -> tuple[str, str]:
    """Give a code's bare short link, and its GS1 Digital Link ('' without a GTIN); in capitals, which make a QR code smaller."""
    start = link_start(site, brand_code)
    return f"{start}{letters}", f"{start}01/{gtin}/21/{letters}" if gtin else ""


def link_start(site: str, brand_code: str) -> str:
    """Give what stands before each code of a brand in its links. `site` is scheme and host."""
    return f"{site.rstrip('/').upper()}/Q/{brand_code.upper()}/"


def purpose_of(brand_id: UUID) -> str:
    """Give the name under which a brand's key for codes is derived from the platform's."""
    return f"codes:{brand_id}"


def _letters_of(half: int) -> str:
    return "".join(ALPHABET[half >> shift & 31] for shift in range(35, -1, -5))
