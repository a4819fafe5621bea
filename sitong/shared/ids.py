"""Identifiers: UUIDv7 (RFC 9562, section 5.7) made in Python, in rising order within a process."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_guard = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> UUID:
    """Give a new UUIDv7: 48 bits of milliseconds, a 12-bit counter that rises within the millisecond, 62 random bits.

    Ids made by one process sort in the order in which they were made; across processes, by the clock only.
    """
    global _last_ms, _counter
    random = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    with _guard:
        ms = time.time_ns() // 1_000_000
        if ms > _last_ms:
            _last_ms, _counter = ms, random & 0x3FF
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        stamp, counter = _last_ms, _counter
    return UUID(int=(stamp << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random)


def new_ids(count: int) -> list[UUID]:
    """Give `count` new ids in rising order."""
    return [new_id() for _ in range(count)]


def id_in(text: str | None) -> UUID | None:
    """Read an id that came from outside: an address, a form, a file. None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
