"""Lifetime value on the desk and the phone: what is expected, of whom, and how good the forecast was."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.insight.boards import shown
from sitong.insight.boards.actions import show_board
from sitong.insight.boards.framing import SYSTEMS, Page, context_of
from sitong.insight.boards.looks import board_look
from sitong.insight.value.actions import ask_for_values
from sitong.insight.value.models import ValueRun
from sitong.insight.value.queries import newest_run, newest_values
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import SENTENCES


def value_for(system: str) -> Page:
    """Make the page of lifetime value for one system."""

    @require_safe
    @never_cache
    @page_for(system, permission="figures.see")
    def value(request: HttpRequest) -> HttpResponse:
        """Show the tenths of members by expected value, and the proof; or how far the reckoning has come."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        now = clock_now()
        look = board_look(viewer, {key: str(said) for key, said in request.GET.items()}, now=now)
        run, last = newest_values(look.brand_id), newest_run(look.brand_id)
        row = show_board(look.brand_id, f"value:{run.id.hex[-12:]}", asked=look.asked, now=now) if run else None
        filled: dict[str, Any] = {
            **context_of(request, look, system, "value"), "run": run, "row": row,
            "waiting": bool((last and last.ended_at is None) or (row and row.made_at is None)), "ready": bool(row and row.result),
            "trouble": trouble_of(last), "last": last, "may_ask": system == "brand" and viewer.may("plan.change"),
            "seen": shown.value(row.result, run) if row and row.result else None,
        }  # fmt: skip
        return render(request, "insight/boards/value.html", filled)

    return value


@require_POST
@page_for("brand", permission="plan.change")
def ask(request: HttpRequest) -> HttpResponse:
    """Let the worker reckon the values anew."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    assert viewer.brand_id is not None
    ask_for_values(viewer.brand_id, by=viewer.account_id, now=clock_now())
    messages.success(request, _("The values are being reckoned; that takes a minute or two."))
    return HttpResponseRedirect("/brand/boards/value/")


def trouble_of(last: ValueRun | None) -> str:
    """Say why a run failed; "" if it did not."""
    if last is None or not last.trouble:
        return ""
    said = SENTENCES.get(last.trouble)
    return str(said).format(least=50) if said else _("The numbers could not be reckoned. The operator's log says why.")


urlpatterns = [
    *(path(f"{system}/boards/value/", value_for(system), name=f"{system}_board_value") for system in SYSTEMS),
    path("brand/boards/value/ask/", ask),
]
