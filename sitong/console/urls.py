"""All addresses: the API, and each topic's pages, found by convention."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from sitong.console import health, streams
from sitong.console.api import api
from sitong.console.api_docs import give_document, show_docs
from sitong.shared.apps import topic_modules

handler400 = "sitong.console.faults.bad_request"
handler403 = "sitong.console.faults.not_allowed"
handler404 = "sitong.console.faults.not_found"
handler500 = "sitong.console.faults.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/docs", show_docs, name="api-docs"),
    path("api/v1/openapi.json", give_document, name="api-document"),
    path("api/v1/", api.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    *streams.urlpatterns,
]
for word in settings.WORDS:
    for module in topic_modules(word, "pages"):
        urlpatterns += import_module(module).urlpatterns
