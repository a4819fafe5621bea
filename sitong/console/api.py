"""The API: each topic's router under /api/v1, found by convention, in one OpenAPI 3.1 document."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from sitong import __version__
from sitong.shared.apps import topic_modules
from sitong.shared.errors import Busy, NotAllowed, NotFound, Refused, sentence

api = NinjaAPI(title="Sitong", version=__version__, urls_namespace="api", openapi_url="/openapi.json", docs_url="/docs")


def status_of(refused: Refused) -> int:
    """Give the HTTP status of a refusal."""
    return 403 if isinstance(refused, NotAllowed) else 404 if isinstance(refused, NotFound) else 503 if isinstance(refused, Busy) else 409


@api.exception_handler(Refused)
def answer_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    facts = {key: value if isinstance(value, int | str | None) else str(value) for key, value in refused.facts.items()}
    return api.create_response(request, {"code": refused.code, "message": sentence(refused), "facts": facts}, status=status_of(refused))


@api.exception_handler(ValidationError)
def answer_malformed(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    facts = {"errors": [{"at": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in wrong.errors]}
    return api.create_response(request, {"code": "shared.malformed", "message": "The request is malformed.", "facts": facts}, status=422)


for word in settings.WORDS:
    for module in topic_modules(word, "api"):
        if router := getattr(import_module(module), "router", None):
            api.add_router("", router)
