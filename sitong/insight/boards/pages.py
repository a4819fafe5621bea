"""The boards' pages: headquarters', a dealer's, a store's; the same boards, each at its own places."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.insight.boards import experiment_pages, shown, value_pages, words
from sitong.insight.boards.actions import show_board
from sitong.insight.boards.framing import SYSTEMS, Page, context_of
from sitong.insight.boards.looks import PLAIN, BoardLook, behind, board_look, everybody_behind
from sitong.insight.boards.tagging import tag_members_behind
from sitong.insight.metrics.exports import harmless
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

RESULTS = {"rfm": "cohorts"}
"""Boards that are parts of another's result."""

SHOWN: dict[str, Callable[[BoardLook, Any], dict[str, Any]]] = {
    "growth": shown.growth,
    "cohorts": shown.cohorts,
    "rfm": shown.rfm,
}
LISTED = (*SHOWN, "value")


def board_for(system: str, board: str) -> Page:
    """Make the page of a board for one system."""

    @require_safe
    @never_cache
    @page_for(system, permission="figures.see")
    def show(request: HttpRequest) -> HttpResponse:
        """Show a board; while the worker reckons, the page asks again by itself."""
        look = _look(request)
        row = show_board(look.brand_id, RESULTS.get(board, board), asked=look.asked, now=clock_now())
        ready = bool(row.result)
        return render(request, f"insight/boards/{board}.html", {
            **context_of(request, look, system, board), "row": row, "ready": ready, "waiting": row.made_at is None,
            "seen": SHOWN[board](look, row.result) if ready else None,
        })  # fmt: skip

    return show


def members_for(system: str, board: str) -> Page:
    """Make the page that lists the members behind a number."""

    @require_safe
    @never_cache
    @page_for(system, permission="member.see")
    def members(request: HttpRequest) -> HttpResponse:
        """List the members behind a number, fifty a page, masked."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        look, wanted = _look(request), wanted_of(request)
        after = int(request.GET["after"]) if request.GET.get("after", "").isdigit() else 0
        count, rows = behind(look, viewer, RESULTS.get(board, board), wanted, after=after)
        return render(request, "insight/boards/members.html", {
            **context_of(request, look, system, board), "count": count, "rows": rows, "wanted": wanted, "id": new_id(),
            "next": rows[-1].ordinal if len(rows) == 50 else 0, "may_export": viewer.may("figures.export"),
            "may_tag": viewer.may("member.tag") and system == "brand", "title": titled(board, wanted),
        })  # fmt: skip

    return members


def export_for(system: str, board: str) -> Page:
    """Make the export of the members behind a number."""

    @require_safe
    @never_cache
    @page_for(system, permission="figures.export")
    def export(request: HttpRequest) -> HttpResponse:
        """Give the members behind a number as CSV, masked as on the page."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        viewer.require("member.see")
        look, wanted = _look(request), wanted_of(request)
        lines = _csv(everybody_behind(look, viewer, RESULTS.get(board, board), wanted))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="sitong-{board}-members.csv"'
        return answer  # type: ignore[return-value]

    return export


def tag_for(board: str) -> Page:
    """Make the action that puts a tag on the members behind a number."""

    @require_POST
    @page_for("brand", permission="member.tag")
    def tag(request: HttpRequest) -> HttpResponse:
        """Put a tag on everybody behind the number, so that rules and journeys may ask for them."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        look, wanted = _look(request), wanted_of(request)
        back = f"/brand/boards/{board}/members/?{request.GET.urlencode()}"
        try:
            tag_id = UUID(request.POST.get("id", ""))
            count = tag_members_behind(
                look,
                viewer,
                RESULTS.get(board, board),
                wanted,
                tag_id=tag_id,
                name=request.POST.get("name", ""),
                now=clock_now(),
            )
        except Refused as refused:
            messages.error(request, sentence(refused))
            return HttpResponseRedirect(back)
        except ValueError:
            messages.error(request, _("Load the page anew and try again."))
            return HttpResponseRedirect(back)
        messages.success(
            request,
            _("%(count)s members have the tag now, and the segment of this name asks for it.") % {"count": count},
        )
        return HttpResponseRedirect(back)

    return tag


def titled(board: str, wanted: dict[str, str]) -> str:
    """Say in words whom a list shows."""
    if board == "growth":
        stage = words.STAGES.get(wanted.get("stage", ""), words.STAGES["acquired"])
        return _("Stopped after: %(stage)s") % {"stage": stage.name} if wanted.get("stopped") else str(stage.name)
    if wanted.get("decile"):
        return _("Tenth %(decile)s by expected value") % {"decile": wanted["decile"]}
    if wanted.get("group") in words.GROUPS:
        return str(words.GROUPS[wanted["group"]].name)
    if wanted.get("cohort"):
        return _("First bought in %(cohort)s, and bought in %(month)s") % {
            "cohort": wanted["cohort"],
            "month": wanted.get("month", wanted["cohort"]),
        }
    if wanted.get("again"):
        return _("Bought on several days") if wanted["again"] == "yes" else _("Bought on one day only")
    return _("Recency %(r)s, frequency %(f)s") % {"r": wanted.get("r", "1–5"), "f": wanted.get("f", "1–5")}


def wanted_of(request: HttpRequest) -> dict[str, str]:
    """Give what a query string says beside where and when."""
    return {key: str(value)[:64] for key, value in request.GET.items() if key not in (*PLAIN, "after")}


def _look(request: HttpRequest) -> BoardLook:
    wanted = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    return board_look(request.viewer, wanted, now=clock_now())  # type: ignore[attr-defined]


def _csv(pieces: Iterator[list[Any]]) -> Iterator[bytes]:
    yield "\ufeff".encode()
    yield _line([_("Number"), _("Name"), _("Phone"), _("Source"), _("Day"), _("Kept revenue")])
    for piece in pieces:
        for one in piece:
            member = one.member
            cells = [
                member.number,
                member.masked_name,
                member.masked_phone,
                member.source,
                one.on,
                one.kept_minor / 100,
            ]
            yield _line([harmless(cell) for cell in cells])


def _line(cells: list[Any]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


urlpatterns = [
    *(path(f"{system}/boards/", board_for(system, "growth"), name=f"{system}_boards") for system in SYSTEMS),
    *value_pages.urlpatterns,
    *experiment_pages.urlpatterns,
    *(path(f"{system}/boards/{board}/", board_for(system, board), name=f"{system}_board_{board}") for system in SYSTEMS for board in SHOWN),
    *(path(f"{system}/boards/{board}/members/", members_for(system, board)) for system in SYSTEMS for board in LISTED),
    *(path(f"{system}/boards/{board}/members.csv", export_for(system, board)) for system in SYSTEMS for board in LISTED),
    *(path(f"brand/boards/{board}/tag/", tag_for(board)) for board in LISTED),
]  # fmt: skip
