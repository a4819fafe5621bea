"""The clerk's page "More": what does not stand in the bar at the foot."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from sitong.console.menu import MenuEntry, menu_of
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest


@require_safe
@page_for("store")
def more(request: ViewerRequest) -> HttpResponse:
    """Show the store's pages by section."""
    sections: list[dict[str, Any]] = []
    heading: Any = ""
    for entry in menu_of(request.viewer):
        heading = entry.section or heading
        if entry.address == "/store/more/" or (entry.tab and not heading):
            continue
        if not sections or sections[-1]["heading"] != heading:
            sections.append({"heading": heading, "entries": list[MenuEntry]()})
        sections[-1]["entries"].append(entry)
    return render(request, "console/more.html", {"sections": sections})


urlpatterns = [path("store/more/", more, name="store_more")]
