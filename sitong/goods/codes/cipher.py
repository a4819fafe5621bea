"""FF1, the format-preserving cipher of NIST SP 800-38G, over whole arrays: a keyed permutation of all 80-bit numbers.

AES stands in the `cryptography` library; here is only the Feistel network around it, ten rounds with one AES block each,
computed for many numbers at once. An 80-bit number is kept as its two halves of 40 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

HALF_BITS = 40
HALF_MASK = (1 << HALF_BITS) - 1
ROUNDS = 10
BLOCK = 16

PREAMBLE = bytes([1, 2, 1, 0, 0, 2, 10, HALF_BITS, 0, 0, 0, 2 * HALF_BITS, 0, 0, 0, 0])
"""P of the standard: version 1, method 2, addition 1, radix 2, ten rounds, u = 40, n = 80, no tweak."""

Numbers = NDArray[np.uint64]
_MASK = np.uint64(HALF_MASK)


class Permutation:
    """FF1 under one key of 16, 24 or 32 bytes, radix 2, 80 digits, no tweak. One object serves one thread at a time."""

    def __init__(self, key: bytes) -> None:
        self._block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the PRF of FF1, never used as a mode
        start = self._block.update(PREAMBLE)
        self._start = int.from_bytes(start, "big")
        self._high = np.uint64(int.from_bytes(start[:8], "big"))
        self._low = int.from_bytes(start[8:], "big")
        self._size = -1

    def hide(self, left: int, right: int) -> tuple[int, int]:
        """Encrypt one number, given and returned as its halves."""
        for turn in range(ROUNDS):
            left, right = right, (left + self._of(turn, right)) & HALF_MASK
        return left, right

    def show(self, left: int, right: int) -> tuple[int, int]:
        """Decrypt one number: the inverse of `hide`."""
        for turn in reversed(range(ROUNDS)):
            left, right = (right - self._of(turn, left)) & HALF_MASK, left
        return left, right

    def hide_all(self, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
        """Encrypt many numbers. Memory: 50 bytes for each."""
        self._make_room(len(left))
        for turn in range(ROUNDS):
            left, right = right, (left + self._of_all(turn, right)) & _MASK
        return left, right

    def show_all(self, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
        """Decrypt many numbers."""
        self._make_room(len(left))
        for turn in reversed(range(ROUNDS)):
            left, right = (right - self._of_all(turn, left)) & _MASK, left
        return left, right

    def _of(self, turn: int, half: int) -> int:
        """The round's function: AES of (AES of P, xor Q); y is the first twelve bytes of it, modulo 2^40."""
        mixed = self._block.update((self._start ^ (turn << HALF_BITS | half)).to_bytes(BLOCK, "big"))
        return int.from_bytes(mixed[7:12], "big")

    def _of_all(self, turn: int, half: Numbers) -> Numbers:
        np.bitwise_xor(half, np.uint64(self._low ^ (turn << HALF_BITS)), out=self._lows)
        self._block.update_into(self._asked, self._answered)  # type: ignore[arg-type]  # arrays are buffers, too
        return self._mixed.astype(np.uint64)  # bytes 4 to 11; the caller's mask leaves 7 to 11

    def _make_room(self, size: int) -> None:
        """Keep the blocks for the next array of this size: making them anew costs as much as AES itself."""
        if size == self._size:
            return
        blocks: NDArray[Any] = np.empty((size, 2), dtype=">u8")
        blocks[:, 0] = self._high
        self._lows, self._asked = blocks[:, 1], blocks.view(np.uint8).reshape(-1)
        self._answered: NDArray[Any] = np.empty(
            size * BLOCK + BLOCK - 1, dtype=np.uint8
        )  # the library asks for this much
        self._mixed: NDArray[Any] = np.ndarray((size,), ">u8", self._answered.data, 4, (BLOCK,))
        self._size = size
