"""The closed catalog of what a message may say of a member, and how a text is filled. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LOOKED_UP = frozenset({"member_name", "tier", "points", "store", "brand", "link"})
"""Looked up at the moment of sending; personal, so nobody hands them in."""

SAID = frozenset({"coupon", "until", "amount", "order", "prize", "count", "product", "day", "time", "place"})
"""Said by whoever plans the message; never personal."""

FIELDS = LOOKED_UP | SAID
VALUE_MAX = 60

_FIELD = re.compile(r"\{([a-z_]+)\}")


def fields_in(*texts: str) -> frozenset[str]:
    """Give the fields that texts name in braces, known or not."""
    return frozenset(name for text in texts for name in _FIELD.findall(text))


def unknown_fields(names: Iterable[str]) -> list[str]:
    """Give the names that are not in the catalog, sorted."""
    return sorted(set(names) - FIELDS)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of the fields; a field without a value becomes nothing."""
    return _FIELD.sub(lambda found: values.get(found[1], ""), text)


NOTICES: Mapping[str, tuple[str, ...]] = {
    "coupon_expiring": ("coupon", "until"), "points_expiring": ("count", "until"), "draw_won": ("prize",), "tier_changed": (),
    "pickup_ready": ("order", "place"),
}  # fmt: skip
"""What can be told by itself, and the fields that are said with it."""
