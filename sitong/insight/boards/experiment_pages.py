"""Experiments on headquarters' desk: what journeys brought beside their control groups, and how many members the next one takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sitong.insight.boards.actions import show_board
from sitong.insight.boards.framing import context_of
from sitong.insight.boards.looks import board_look
from sitong.insight.experiments.rules import members_needed, uplift_seen
from sitong.shared.access.gates import page_for
from sitong.shared.clock import now as clock_now

USUAL = {"share": "10", "uplift": "2", "control": "10", "members": "2000"}


@require_safe
@never_cache
@page_for("brand", permission="figures.see")
def experiments(request: HttpRequest) -> HttpResponse:
    """Show what came of experiments, and reckon how large one must be."""
    now = clock_now()
    look = board_look(request.viewer, {}, now=now)  # type: ignore[attr-defined]
    row = show_board(look.brand_id, "experiments", asked=look.asked, now=now)
    return render(request, "insight/boards/experiments.html", {
        **context_of(request, look, "brand", "experiments"), "row": row, "ready": bool(row.result), "waiting": row.made_at is None,
        "seen": [_shown(one) for one in row.result.get("experiments", [])], "size": size_of(request.GET), "plain_choice": True,
    })  # fmt: skip


def size_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read the calculator and answer it: how many members, or the smallest uplift that so many let one see."""
    fields = {name: str(said.get(name) or usual)[:8] for name, usual in USUAL.items()}
    try:
        share, uplift, control = (float(fields[name]) / 100 for name in ("share", "uplift", "control"))
        needed = members_needed(share, uplift, control=control)
        seen = uplift_seen(share, min(int(fields["members"]), 1_000_000_000), control=control)
    except (ValueError, OverflowError):
        return {**fields, "problem": _("Shares lie between 0 and 100 percent, and the uplift is not zero.")}
    return {**fields, "needed": needed, "seen": round(seen * 10_000)}


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    uplift, spend, sharp = one["uplift"], one["spend"], one["sharp"]
    return {
        **one,
        "share": _bp(one["converted"] / one["members"]) if one["members"] else 0,
        "control_share": _bp(one["control_converted"] / one["control"]) if one["control"] else 0,
        "uplift": [_bp(part) for part in uplift] if uplift else None,
        "clear": bool(uplift) and (uplift[1] > 0 or uplift[2] < 0),
        "spend": [round(part) for part in spend] if spend else None,
        "sharp": [round(part) for part in sharp] if sharp else None,
        "sharp_clear": bool(sharp) and (sharp[1] > 0 or sharp[2] < 0),
        "narrower": _bp(one["narrower"]),
    }


def _bp(share: float) -> int:
    return round(share * 10_000)


urlpatterns = [path("brand/boards/experiments/", experiments, name="brand_board_experiments")]
