"""The watch on the desks of brand and dealer: alerts with a map, one alert with its evidence, and what people make of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.diversion import words
from sitong.goods.diversion.actions import StepWanted, take_alert_steps
from sitong.goods.diversion.evidence import pack_pdf, pack_zip
from sitong.goods.diversion.looks import is_masked, looks_of, overview_of, whole_of
from sitong.goods.diversion.maps import Drawing, svg_of
from sitong.goods.diversion.periods import period_of
from sitong.goods.diversion.queries.alerts import alert_seen, alerts_visible_to, counted_by_state
from sitong.goods.diversion.queries.watched import dealers_watched
from sitong.org.brands.queries import brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

PAGE = 30
TABS = ("new", "looked_at", "reopened", "confirmed", "dismissed")
OPEN_TABS = ("new", "looked_at", "reopened")
SCANS_SHOWN = 100


@require_safe
@never_cache
@page_for("brand", "dealer", permission="diversion.see")
def alert_list(request: ViewerRequest) -> HttpResponse:
    """The alerts that the viewer may see, with a map, and how all dealers stand this quarter."""
    viewer = request.viewer
    if viewer.brand_id is None:
        raise NotFound()
    brand, counts = brand_facts([viewer.brand_id])[viewer.brand_id], counted_by_state(viewer)
    state = request.GET.get("state", "open")
    found = alerts_visible_to(viewer).order_by("-weight_db", "-opened_at")
    if state != "all":
        found = found.filter(state__in=[state] if state in TABS else OPEN_TABS)  # type: ignore[misc]
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    tabs = [("open", _("Undecided"), sum(counts[one] for one in OPEN_TABS)), ("confirmed", str(words.STATES["confirmed"]), counts["confirmed"]),
            ("dismissed", str(words.STATES["dismissed"]), counts["dismissed"]), ("all", _("All"), sum(counts.values()))]  # fmt: skip
    alerts = list(page)
    overview = overview_of(alerts, masked=is_masked(viewer))
    period_on = period_of(clock.now(), brand.zone)
    return render(request, "goods/diversion/list.html", {
        "page": page, "looks": looks_of(alerts), "tabs": tabs, "state": state if state in {key for key, _, _ in tabs} else "open",
        "home": home_of(request), "zone": brand.zone, "map": drawn(overview, _("Where goods were scanned outside of their territory")),
        "watched": dealers_watched(viewer, period_on), "period_on": period_on,
    })  # fmt: skip


@require_safe
@never_cache
@page_for("brand", "dealer", permission="diversion.see")
def alert_detail(request: ViewerRequest, alert_id: UUID) -> HttpResponse:
    """One alert: the statistic in plain words, the map, the scans, where the goods had been, and what people did."""
    viewer, alert = request.viewer, seen(request, alert_id)
    whole = whole_of(alert, viewer)
    return render(request, "goods/diversion/alert.html", {
        "alert": alert, "look": whole.look, "whole": whole, "zone": whole.zone, "home": home_of(request), "step_id": new_id(),
        "map": drawn(whole.drawing, whole.heading), "scans": whole.evidence.scans[:SCANS_SHOWN], "shown": min(SCANS_SHOWN, len(whole.evidence.scans)),
        "may_decide": viewer.system == "brand" and viewer.may("diversion.change"), "decided": alert.state in ("confirmed", "dismissed"),
        "moves": whole.evidence.moves,
    })  # fmt: skip


@require_POST
@page_for("brand", permission="diversion.change")
def step(request: ViewerRequest, alert_id: UUID) -> HttpResponse:
    """Take down that somebody looks at an alert, dismisses it, confirms it or opens it again."""
    alert, said = seen(request, alert_id, "diversion.change"), request.POST
    wanted = StepWanted(_id(said.get("id", "")), alert.brand_id, alert.id, said.get("verb", ""), said.get("reason", ""))
    (outcome,) = take_alert_steps([wanted], by=request.viewer.account_id, now=clock.now())
    if isinstance(outcome, NotFound):
        raise outcome
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, _("Taken down."))
    return HttpResponseRedirect(f"/brand/diversion/{alert.id}/")


@require_safe
@never_cache
@page_for("brand", "dealer", permission="diversion.see")
def evidence_file(request: ViewerRequest, alert_id: UUID, form: str) -> HttpResponse:
    """Give the evidence pack as a zip, or its report as a PDF."""
    pack = whole_of(seen(request, alert_id), request.viewer).pack(now=clock.now())
    content, kind = (pack_zip(pack), "application/zip") if form == "zip" else (pack_pdf(pack), "application/pdf")
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="evidence-{pack.number}.{form}"'
    return answer


def seen(request: ViewerRequest, alert_id: UUID, permission: str = "diversion.see") -> Any:
    """Give an alert that the viewer may see."""
    alert = alert_seen(request.viewer, alert_id, permission)
    if alert is None:
        raise NotFound(what="alert")
    return alert


def home_of(request: ViewerRequest) -> str:
    """Give where the watch's pages are on the viewer's desk."""
    return f"/{request.viewer.system}/diversion/"


def drawn(drawing: Drawing | None, label: str) -> str:
    """Give a map as SVG for a page; its texts are escaped where it is written."""
    return mark_safe(svg_of(drawing, label=label)) if drawing is not None else ""  # noqa: S308 `svg_of` escapes


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return new_id()


urlpatterns = [
    path("brand/diversion/<uuid:alert_id>/step/", step, name="brand_diversion_step"),
    *[
        path(f"{system}/diversion/{rest}", view, kwargs, name=f"{system}_{name}")
        for system in ("brand", "dealer")
        for rest, view, kwargs, name in (
            ("", alert_list, {}, "diversion"),
            ("<uuid:alert_id>/", alert_detail, {}, "diversion_alert"),
            ("<uuid:alert_id>/evidence.zip", evidence_file, {"form": "zip"}, "diversion_zip"),
            ("<uuid:alert_id>/evidence.pdf", evidence_file, {"form": "pdf"}, "diversion_pdf"),
        )
    ],
]
