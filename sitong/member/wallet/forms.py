"""Read what forms hold: ids and amounts."""

from __future__ import annotations

import re
from uuid import UUID

YUAN = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")


def a_uuid(text: str) -> UUID | None:
    """Give the id that a text is, None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def minor_of(text: str, *, of_yuan: bool = True) -> int | None:
    """Give an amount in minor units: "12.5" is 1250 when it is in yuan. None when it is no amount."""
    match = YUAN.fullmatch(text.strip().replace(",", "")) if text.isascii() else None
    if match is None or (not of_yuan and match[2]):
        return None
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if of_yuan else int(match[1])
