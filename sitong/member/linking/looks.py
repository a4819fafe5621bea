"""How linking speaks: fields, levels, bands and states in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

FIELDS = {
    "name": _("Name"),
    "phone": _("Phone"),
    "birthday": _("Birthday"),
    "email": _("E-mail"),
    "city": _("City"),
    "address": _("Address"),
    "card": _("Card number"),
    "store": _("Store"),
}

LEVELS: Mapping[tuple[str, str], Any] = {
    ("name", "same"): _("same name"),
    ("name", "sound"): _("name sounds the same"),
    ("name", "turned"): _("same name, the other way round"),
    ("name", "title"): _("same surname, no given name"),
    ("name", "one_sign"): _("name differs in one sign"),
    ("name", "surname"): _("same surname, another given name"),
    ("name", "other"): _("another name"),
    ("phone", "same"): _("same phone"),
    ("phone", "one_sign"): _("phone differs in one digit"),
    ("phone", "other"): _("another phone"),
    ("birthday", "same"): _("same birthday"),
    ("birthday", "day"): _("same day and month of birth"),
    ("birthday", "one_sign"): _("birthday differs in one digit"),
    ("birthday", "month"): _("born in the same month"),
    ("birthday", "other"): _("another birthday"),
    ("email", "same"): _("same e-mail"),
    ("email", "other"): _("another e-mail"),
    ("address", "same"): _("same address"),
    ("address", "place"): _("same street and number"),
    ("address", "city"): _("same city"),
    ("address", "other"): _("another address"),
    ("card", "same"): _("same card"),
    ("card", "other"): _("another card"),
    ("store", "same"): _("same store"),
    ("store", "other"): _("another store"),
}

RUN_STATES = {
    "waiting": _("Waiting"),
    "running": _("Being linked"),
    "done": _("Linked"),
    "failed": _("Stopped, tried again"),
    "undone": _("Taken back as a whole"),
}
RUN_COLORS = {"waiting": "secondary", "running": "azure", "done": "green", "failed": "red", "undone": "orange"}
WIDEST = 24.0
"""The weight at which a bar of the chart is full."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason of a pair: what it says, its weight in bits, and how wide its bar is (percent of a half)."""

    field: str
    text: str
    weight: float
    width: int

    @property
    def shown(self) -> str:
        return f"{self.weight:+.0f}"


def reasons_said(reasons: Mapping[str, Sequence[Any]]) -> list[Bar]:
    """Say the reasons of a pair in plain words, the strongest first; what neither side says is left out."""
    bars = [
        Bar(field, str(LEVELS[field, level]), weight, min(100, round(abs(weight) / WIDEST * 100)))
        for field, (level, weight) in reasons.items()
        if (field, level) in LEVELS
    ]
    return sorted(bars, key=lambda one: (-abs(one.weight), one.field))


def likely_said(probability: float) -> str:
    """Say a probability as a person does."""
    if probability > 0.9999:
        return str(_("more than 99.99 % likely"))
    return str(_("{percent} % likely")).format(percent=f"{probability * 100:.2f}".rstrip("0").rstrip("."))
