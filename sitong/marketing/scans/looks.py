"""How scan plans read at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as lazy

from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.scans.rules import Prize
from sitong.shared.i18n.formats import number_text

STATES = {
    "draft": lazy("Draft"), "coming": lazy("To come"), "running": lazy("Running"), "paused": lazy("Paused"), "over": lazy("Over"),
    "ended": lazy("Ended"),
}  # fmt: skip
LEVELS = {"item": lazy("Item"), "box": lazy("Box"), "pallet": lazy("Pallet")}


def prizes_said(prizes: Sequence[Prize], *, currency: str, won_each: Sequence[int] = ()) -> list[dict[str, Any]]:
    """Give each prize as people read it: its name, its chance, what it costs, how many were won of how many."""
    named = rewards_named([one.reward for one in prizes], currency=currency)
    at = 1 if (get_language() or "").startswith("en") else 0
    return [
        {"name": named[one.reward][at], "chance": chance_text(one.chance_ppm), "cost_minor": one.cost_minor, "quantity": one.quantity,
         "won": won_each[place] if place < len(won_each) else 0}
        for place, one in enumerate(prizes)
    ]  # fmt: skip


def chance_text(ppm: int) -> str:
    """Write parts of a million as a percentage, exactly: 2500 is 0.25%."""
    return f"{number_text(ppm / 10_000, 4 if ppm % 100 else 2 if ppm % 10_000 else 0)}%"
