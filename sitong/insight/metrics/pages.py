"""The figures' pages: headquarters' dashboard, a dealer's, a store's; the same look, each at its own places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sitong.insight.metrics import exports
from sitong.insight.metrics.looks import PRESETS, Look, Named, change_bp, drawn, look_of, see
from sitong.insight.metrics.places import places_of
from sitong.insight.metrics.queries import scenes_of
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound

STORES_SHOWN = 50
DAYS_SHOWN = 62
TEMPLATES = {
    "brand": "insight/metrics/desk.html",
    "dealer": "insight/metrics/desk.html",
    "store": "insight/metrics/phone.html",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Page = Callable[..., HttpResponse]


def _figures_for(system: str) -> Page:
    @require_safe
    @never_cache
    @page_for(system, permission="figures.see")
    def figures(request: HttpRequest) -> HttpResponse:
        """Show a place's figures; htmx asks again for the part that changes."""
        look = _look(request)
        part = "HX-Request" in request.headers and request.GET.get("part") == "figures"
        return render(
            request, "insight/metrics/figures.html" if part else TEMPLATES[system], _context(request, look, system)
        )

    return figures


def _export_for(system: str) -> Page:
    @require_safe
    @never_cache
    @page_for(system, permission="figures.export")
    def export(request: HttpRequest, table: str, form: str) -> HttpResponse:
        """Give the figures as a file: one table as CSV, or all of them as XLSX."""
        look = _look(request)
        named = exports.tables(see(look), look.places.currency, _said)
        name = f"sitong-{look.asked.period.start}-{look.asked.period.last}"
        if form == "xlsx" and table == "figures":
            return FileResponse(  # type: ignore[return-value]
                exports.as_xlsx(named), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
            )
        if form != "csv" or table not in named:
            raise NotFound()
        answer = StreamingHttpResponse(exports.as_csv(named[table][1]), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}-{table}.csv"'
        return answer  # type: ignore[return-value]

    return export


def _look(request: HttpRequest) -> Look:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    brand_id: UUID | None = viewer.brand_id
    assert brand_id is not None
    wanted = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    return look_of(places_of(viewer), brand_id, wanted, now=clock_now())


def _context(request: HttpRequest, look: Look, system: str) -> dict[str, Any]:
    seen = see(look)
    now, before = seen.now, seen.before
    return {
        "look": look,
        "seen": seen,
        "system": system,
        "base": "/store/figures/" if system == "store" else f"/{system}/",
        "presets": PRESETS,
        "scenes": scenes_of(look.place.id),
        "stores": seen.stores[:STORES_SHOWN],
        "days": list(reversed(seen.days))[:DAYS_SHOWN],
        "currency": look.places.currency,
        "changes": {
            "revenue": change_bp(now.revenue_minor, before.revenue_minor),
            "orders": change_bp(now.orders, before.orders),
            "customers": change_bp(now.customers, before.customers),
            "basket": change_bp(now.basket_minor, before.basket_minor),
        },
        "drawn": drawn(seen, look.asked.period, look.places.currency, _said),
        "may_export": request.viewer.may("figures.export"),  # type: ignore[attr-defined]
        "query": request.GET.urlencode(),
    }


def _said(one: Named) -> str:
    return one.name_en if one.name_en and (get_language() or "").startswith("en") else one.name


urlpatterns = [
    path("brand/", _figures_for("brand"), name="brand_figures"),
    path("dealer/", _figures_for("dealer"), name="dealer_figures"),
    path("store/figures/", _figures_for("store"), name="store_figures"),
    path("brand/figures/<slug:table>.<slug:form>", _export_for("brand")),
    path("dealer/figures/<slug:table>.<slug:form>", _export_for("dealer")),
    path("store/figures/<slug:table>.<slug:form>", _export_for("store")),
]
