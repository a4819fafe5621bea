"""Bounds of tags and notes."""

from __future__ import annotations

COLORS = ("blue", "azure", "green", "lime", "yellow", "orange", "red", "pink", "purple", "teal")
NAME_MAX = 30
NOTE_MAX = 2_000
