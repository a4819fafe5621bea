"""What a caller gets when something cannot be answered: JSON below /api/, a page elsewhere, always with a stable code."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist

from sitong.shared.batch.answers import Broken, Malformed, NotThisWay, TooLarge, body_of, headers_of, status_of
from sitong.shared.errors import Busy, NotAllowed, NotFound, NotSignedIn, Refused, TooMany, sentence

log = logging.getLogger("sitong.request")

REFUSALS: dict[int, type[Refused]] = {
    400: Malformed, 401: NotSignedIn, 403: NotAllowed, 404: NotFound, 405: NotThisWay, 413: TooLarge, 422: Malformed, 429: TooMany,
    503: Busy,
}  # fmt: skip


def is_api(request: HttpRequest) -> bool:
    """Tell whether the address belongs to the API, known or not."""
    return request.path.startswith("/api/")


def answer_fault(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Answer a refusal: JSON below /api/, the refusal's page elsewhere."""
    status = status_of(refused)
    if is_api(request):
        return HttpResponse(
            body_of(refused), status=status, content_type="application/json", headers=headers_of(refused)
        )
    context = {"message": sentence(refused), "code": refused.code, "back": _back(request)}
    response = render(request, "console/refused.html", context, status=status)
    for name, value in headers_of(refused).items():
        if name != "WWW-Authenticate":
            response[name] = value
    return response


def as_json_fault(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give an error of the framework below /api/ the API's own form; what has it already stays."""
    if response.get("Content-Type", "").startswith("application/json"):
        return response
    kind = REFUSALS.get(response.status_code, Broken if response.status_code >= 500 else Malformed)
    facts: dict[str, Any] = {"request_id": getattr(request, "id", "")} if kind is Broken else {}
    if kind in {Busy, TooMany}:
        facts = {"retry_after_s": 2}
    refused = kind(**facts)
    made = HttpResponse(
        body_of(refused), status=response.status_code, content_type="application/json", headers=headers_of(refused)
    )
    for name in ("Allow", "Retry-After"):
        if response.has_header(name):
            made[name] = response[name]
    made.cookies = response.cookies
    return made


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 400: a request that no page of ours makes."""
    return _page(request, "400.html", 400, Malformed())


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 403."""
    return _page(request, "403.html", 403, NotAllowed())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 404."""
    return _page(request, "404.html", 404, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 with the request's id, under which Django has logged the bug."""
    return _page(request, "500.html", 500, Broken(request_id=getattr(request, "id", "")))


def _page(request: HttpRequest, template: str, status: int, refused: Refused) -> HttpResponse:
    """Give the fault's page; one that cannot be drawn itself is answered in plain text."""
    if is_api(request):
        return HttpResponse(
            body_of(refused), status=status, content_type="application/json", headers=headers_of(refused)
        )
    try:
        return render(
            request, template, {"request_id": getattr(request, "id", ""), "code": refused.code}, status=status
        )
    except TemplateDoesNotExist:
        return HttpResponse(sentence(refused), status=status, content_type="text/plain; charset=utf-8")
    except Exception:
        log.exception("request.fault_page_failed")
        return HttpResponse(sentence(refused), status=status, content_type="text/plain; charset=utf-8")


def _back(request: HttpRequest) -> str:
    """Give the page that the visitor came from when it is ours."""
    came_from = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    return came_from if came_from.startswith(own) else "/"
