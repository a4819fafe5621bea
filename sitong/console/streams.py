"""Who may hear a stream: Django says so, with all of its middleware; the ASGI front then sends the news."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from sitong.shared.batch.streams import STREAMS
from sitong.shared.errors import NotFound


def listen(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """Open a stream to a viewer who may hear it; else 401 to a stranger, 404 to everybody else."""
    viewer = request.viewer  # type: ignore[attr-defined]
    if viewer is None:
        return HttpResponse(status=401)
    may_hear = STREAMS.get(name)
    if may_hear is None or not may_hear(viewer, key):
        raise NotFound()
    return HttpResponse("news comes here", content_type="text/plain", headers={"X-Sitong-Stream": f"{name}/{key}"})


urlpatterns = [path("events/<slug:name>/<str:key>", listen)]
