"""The API's document as a page: drawn by the server from the same document, so that it needs no script."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sitong.console.api import api


@lru_cache(maxsize=1)
def _document() -> bytes:
    return orjson.dumps(api.get_openapi_schema(), default=str)


@require_safe
def give_document(_request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI 3.1 document."""
    return HttpResponse(_document(), content_type="application/json")


@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """List every operation by topic, with what it takes and gives."""
    document = orjson.loads(_document())
    topics: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            topics.setdefault((operation.get("tags") or ["other"])[0], []).append(
                _shown(document, path, method, operation)
            )
    context = {
        "topics": sorted(topics.items()),
        "version": document["info"]["version"],
        "about": document["info"]["description"],
    }
    return render(request, "console/api_docs.html", context)


def _shown(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    answers = []
    for status, said in sorted(operation["responses"].items()):
        if "$ref" in said:
            said = document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        content = said.get("content", {}).get("application/json", {}).get("schema")
        answers.append(
            {
                "status": status,
                "meaning": said.get("description", ""),
                "schema": _text(document, content) if status < "400" else "",
            }
        )
    return {
        "method": method.upper(),
        "path": path,
        "anchor": operation.get("operationId", ""),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "signed_in": bool(operation.get("security")),
        "parameters": operation.get("parameters", []),
        "body": _text(document, next(iter(body.values())).get("schema")) if body else "",
        "answers": answers,
    }


def _text(document: dict[str, Any], schema: Any) -> str:
    return json.dumps(_resolved(document, schema, 0), indent=2, ensure_ascii=False) if schema else ""


def _resolved(document: dict[str, Any], schema: Any, depth: int) -> Any:
    """Put the named schemas in place of their references, to a depth that stays readable."""
    if isinstance(schema, list):
        return [_resolved(document, one, depth) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return (
            _resolved(document, document["components"]["schemas"].get(name, {}), depth + 1)
            if depth < 4
            else {"see": name}
        )
    return {
        key: _resolved(document, one, depth)
        for key, one in schema.items()
        if key != "title" or not isinstance(one, str)
    }
