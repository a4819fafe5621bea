"""The page of the lake for headquarters: what is in it, how fresh it is, and a button that makes it anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.insight.lake.actions import ask_rebuild
from sitong.insight.lake.queries import lake_seen
from sitong.insight.lake.schema import TABLES, VERSION
from sitong.member.segments.subjects import SUBJECTS
from sitong.shared.access.gates import page_for
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import SENTENCES

ours = page_for("brand", permission="events.change")

LABELS: dict[str, Any] = {
    "stores": gettext_lazy("stores, by name"),
    "products": gettext_lazy("products, by name"),
    "categories": gettext_lazy("categories, by name"),
    "coupon_names": gettext_lazy("coupons, by name"),
}


@require_safe
@never_cache
@ours
def lake(request: HttpRequest) -> HttpResponse:
    """Show the lake's tables and how fresh they are."""
    return render(request, "insight/lake/lake.html", _context(request))


@require_safe
@never_cache
@ours
def progress(request: HttpRequest) -> HttpResponse:
    """Give the part of the page that changes while the lake is made anew."""
    return render(request, "insight/lake/state.html", _context(request))


@require_POST
@ours
def rebuild(request: HttpRequest) -> HttpResponse:
    """Ask that the lake is made anew; the worker does it, and questions are answered meanwhile."""
    viewer = request.viewer  # type: ignore[attr-defined]
    ask_rebuild(viewer.brand_id, by=viewer.account_id, now=clock_now())
    messages.success(request, _("The lake will be made anew. Questions are answered from the old files meanwhile."))
    return HttpResponseRedirect("/brand/lake/")


def _context(request: HttpRequest) -> dict[str, Any]:
    seen = lake_seen(request.viewer.brand_id)  # type: ignore[attr-defined]
    return {
        "seen": seen,
        "tables": [(LABELS.get(one.name) or SUBJECTS[one.name].label, one) for one in seen.tables],
        "trouble": SENTENCES.get(seen.trouble, seen.trouble),
        "running": seen.rebuild_asked_at is not None,
        "percent": 100 * seen.rebuild_done // len(TABLES),
        "version": VERSION,
    }


urlpatterns = [
    path("brand/lake/", lake, name="lake"),
    path("brand/lake/progress/", progress),
    path("brand/lake/rebuild/", rebuild),
]
