"""The channels and scenes in which goods meet members: codes, and what they mean for an order."""

from __future__ import annotations

CHANNELS = ("mini_shop", "pos", "livestream", "marketplace", "group", "guide")
"""Where an order is placed. Prices may differ by channel."""

SCENES = (
    "store", "scan", "search", "livestream", "short_video", "group", "guide", "note", "friend", "ad", "poster", "card",
    "coupon", "campaign", "marketplace", "phone", "till", "other",
)  # fmt: skip
"""What brought the member: the known kinds. Any other short code is kept as it is, so that a brand can add its own."""

ONLINE = frozenset(CHANNELS) - {"pos"}
"""Channels that take a store's stock from afar; a store may refuse them."""
