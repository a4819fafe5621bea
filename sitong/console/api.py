"""The API: each topic's router under /api/v1, found by convention, in one OpenAPI 3.1 document."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from sitong import __version__
from sitong.console.faults import REFUSALS, answer_fault, log
from sitong.shared.apps import topic_modules
from sitong.shared.batch.answers import Malformed, TooLarge, where_wrong
from sitong.shared.errors import NotFound, Refused

FAULT = {
    "type": "object",
    "required": ["code", "message", "facts"],
    "properties": {
        "code": {
            "type": "string",
            "description": "Stable, as in goods.out_of_stock.",
            "examples": ["goods.out_of_stock"],
        },
        "message": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "facts": {
            "type": "object",
            "description": "What fills the message, for programs.",
            "additionalProperties": True,
        },
    },
}
FAULTS = {
    "401": ("NotSignedIn", "No session and no token, or a token that is forged or has run out."),
    "403": ("NotAllowed", "The account may not do this here."),
    "404": ("NotFound", "No such thing, or none that this account may see."),
    "409": ("Refused", "Understood, but it cannot be done now; the code says why. Nothing was changed."),
    "413": ("TooLarge", "The body is larger than allowed."),
    "422": ("Malformed", "The request cannot be read; facts.errors says where."),
    "429": ("TooMany", "Asked too often; Retry-After says when to come back."),
    "500": ("Broken", "A bug of ours, logged under facts.request_id."),
    "503": ("Busy", "More to do than can be taken now; Retry-After says when to come back."),
    "504": ("TooSlow", "No outcome in time; it may still be done. Repeat with the same id."),
}


class SitongAPI(NinjaAPI):
    """Ninja's API whose document also says how every operation can fail."""

    def get_openapi_schema(self, **named: Any) -> OpenAPISchema:
        """Give the OpenAPI 3.1 document."""
        document = super().get_openapi_schema(**named)
        parts = document.setdefault("components", {})
        parts.setdefault("schemas", {})["Fault"] = FAULT
        parts["responses"] = {name: _fault_response(meaning) for name, meaning in FAULTS.values()}
        for operations in document["paths"].values():
            for operation in operations.values():
                for status in _statuses(operation):
                    operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{FAULTS[status][0]}"})
                operation["responses"] = {str(status): said for status, said in operation["responses"].items()}
        return document


def _statuses(operation: dict[str, Any]) -> list[str]:
    """Give the statuses with which an operation can fail beside its own."""
    always = ["404", "409", "422", "429", "500", "503", "504"]
    signed_in = ["401", "403"] if operation.get("security") else []
    return sorted([*always, *signed_in, *(["413"] if "requestBody" in operation else [])])


def _fault_response(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}}


api = SitongAPI(
    title="Sitong",
    version=__version__,
    description="What a brand, its dealers, its stores and its consumers can do in a page, a program can do here. "
    "Money in minor units, instants in UTC, ids are UUIDs made by the caller: the same id with the same content gets the first answer.",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)


@api.exception_handler(Refused)
def answer_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    return answer_fault(request, refused)


@api.exception_handler(ValidationError)
def answer_malformed(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    return answer_fault(request, Malformed(errors=where_wrong(wrong.errors)))


@api.exception_handler(HttpError)
def answer_http_error(request: HttpRequest, wrong: HttpError) -> HttpResponse:
    kind = REFUSALS.get(wrong.status_code, Malformed)
    return answer_fault(request, kind(errors=[{"at": "body", "what": str(wrong)}]) if kind is Malformed else kind())


@api.exception_handler(Http404)
def answer_not_found(request: HttpRequest, _missing: Http404) -> HttpResponse:
    return answer_fault(request, NotFound())


@api.exception_handler(RequestDataTooBig)
def answer_too_large(request: HttpRequest, _wrong: RequestDataTooBig) -> HttpResponse:
    return answer_fault(request, TooLarge(bytes_max=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


@api.exception_handler(DataError)
def answer_unstorable(request: HttpRequest, wrong: DataError) -> HttpResponse:
    """A value that no column takes (a NUL in a text, a number past 64 bits): the caller's fault, and a schema's that let it in."""
    log.warning("request.value_not_storable", exc_info=wrong)
    return answer_fault(request, Malformed(errors=[{"at": "", "what": "a value cannot be stored"}]))


for word in settings.WORDS:
    for module in topic_modules(word, "api"):
        if router := getattr(import_module(module), "router", None):
            api.add_router("", router)
