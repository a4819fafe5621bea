"""Draws that anybody can compute again: a seed, known by its commitment before, and what is drawn with it.

A stream of random blocks is HMAC-SHA256(seed, message ‖ i), i = 0, 1, 2, … as eight bytes, most significant first (the
construction of NIST SP 800-108 in counter mode, the counter last). A number below n takes of each block the leading
⌈bits/8⌉ bytes, keeps the lowest `bits` of them, where bits is the length of n − 1, and passes over what is n or more: so all
numbers are equally likely, without a remainder. Tickets are drawn by the first k steps of a Fisher-Yates shuffle.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence

SEED_BYTES = 32
BELOW_MAX = 1 << 256


def commitment_of(seed: bytes) -> str:
    """Give what is published before a draw: the SHA-256 of the seed, in hexadecimal. It says nothing about the seed."""
    return hashlib.sha256(seed).hexdigest()


def number_below(seed: bytes, message: bytes, n: int) -> int:
    """Draw a number from 0 to n − 1, each with the same probability. The same seed and message always give the same.

    Raises ValueError unless 1 ≤ n ≤ 2²⁵⁶. Half of the blocks or more are kept, so the loop ends.
    """
    if not 1 <= n <= BELOW_MAX:
        raise ValueError(f"cannot draw a number below {n}")
    bits = (n - 1).bit_length()
    size, mask = (bits + 7) // 8, (1 << bits) - 1
    for block in _blocks(seed, message):
        number = int.from_bytes(block[:size], "big") & mask
        if number < n:
            return number
    raise AssertionError


def chosen(seed: bytes, message: bytes, tickets: Sequence[str], k: int) -> list[str]:
    """Draw k of the tickets, none twice, in the order in which they are drawn; all of them where there are fewer.

    Step i (from 0) exchanges ticket i with ticket i + number_below(seed, message ‖ "/" ‖ i in decimal, how many are left).
    The order of the tickets counts: sort them first.
    """
    left = list(tickets)
    for i in range(min(k, len(left))):
        at = i + number_below(seed, b"%b/%d" % (message, i), len(left) - i)
        left[i], left[at] = left[at], left[i]
    return left[: max(k, 0)]


def digest_of(lines: Iterable[str]) -> str:
    """Give the SHA-256 of lines in their order, each ended by a line feed, in hexadecimal."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _blocks(seed: bytes, message: bytes) -> Iterator[bytes]:
    for i in range(1 << 63):
        yield hmac.digest(seed, message + i.to_bytes(8, "big"), "sha256")
