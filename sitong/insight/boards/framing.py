"""What every board's page has in common: its tabs, its choices, its definitions, the desk's or the phone's frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from sitong.insight.boards import shown, words
from sitong.insight.boards.looks import DEFAULT, PLAIN, PRESETS, BoardLook
from sitong.member.sources.queries import sources_of_brand
from sitong.shared.access.viewer import Viewer

Page = Callable[..., HttpResponse]
SYSTEMS = ("brand", "dealer", "store")
TABS = {
    "growth": gettext_lazy("Growth"),
    "cohorts": gettext_lazy("Cohorts"),
    "rfm": gettext_lazy("RFM map"),
    "value": gettext_lazy("Lifetime value"),
    "experiments": gettext_lazy("Experiments"),
}
MEANINGS = {
    "growth": words.GROWTH,
    "cohorts": words.COHORTS,
    "rfm": words.RFM,
    "value": words.VALUE,
    "experiments": words.EXPERIMENTS,
}


def context_of(request: HttpRequest, look: BoardLook, system: str, board: str) -> dict[str, Any]:
    """Give what every board's page needs."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    plain = {key: request.GET[key] for key in PLAIN if request.GET.get(key)}
    return {
        "look": look, "system": system, "board": board, "tabs": TABS, "base": f"/{system}/boards/", "presets": [*PRESETS, "all"],
        "shell": "insight/boards/phone.html" if system == "store" else "insight/boards/desk.html", "currency": look.places.currency,
        "zone": look.places.zone, "meanings": words_of(board), "plain": plain, "default": DEFAULT,
        "sources": sources_of_brand(look.brand_id), "may_list": viewer.may("member.see"),
    }  # fmt: skip


def words_of(board: str) -> list[words.Meaning]:
    """Give the definitions that stand below a board."""
    return shown.meanings(MEANINGS.get(board, {}))
