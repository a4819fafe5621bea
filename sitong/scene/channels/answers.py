"""How a page says no, and what it tells the page's scripts."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from sitong.shared.errors import Refused, sentence


def by_htmx(request: HttpRequest) -> bool:
    """Tell whether a part of a page is asked for."""
    return "HX-Request" in request.headers


def say_no(request: HttpRequest, refused: Refused, *, back: str) -> HttpResponse:
    """Answer a refusal: a message to show on the page that asked, or a page with a way back."""
    if by_htmx(request):
        return JsonResponse({"code": refused.code, "message": sentence(refused)}, status=409)
    context = {"message": sentence(refused), "code": refused.code, "back": back}
    return render(request, "console/refused.html", context, status=409)


def with_toast(response: HttpResponse, text: str, kind: str = "success") -> HttpResponse:
    """Let the page show a short message with this answer."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "kind": kind}})  # ASCII: headers carry no Chinese
    return response
