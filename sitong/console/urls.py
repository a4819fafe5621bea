"""All addresses: the API, and each topic's pages, found by convention."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from sitong.console.api import api
from sitong.shared.apps import topic_modules

urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", api.urls)]
for word in settings.WORDS:
    for module in topic_modules(word, "pages"):
        urlpatterns += import_module(module).urlpatterns
