"""Every endpoint there is, found from the OpenAPI document, the hot routes and the URL table; and a body for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from sitong.console.api import api
from sitong.shared.apps import topic_modules
from sitong.shared.batch.hot import HotRoute

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}|\(\?P<(\w+)>[^)]*\)")
PAGE_METHODS = ("get", "post")


@dataclass(frozen=True)
class Endpoint:
    """One method at one address. `body` is its JSON schema, None for pages."""

    method: str
    path: str
    kind: str  # "api" or "page"
    schema: Any = None
    guarded: bool = True

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return [next(filter(None, groups)) for groups in PARAMETER.findall(self.path)]

    def address(self, samples: dict[str, str]) -> str:
        filled = PARAMETER.sub(lambda match: samples[next(filter(None, match.groups()))], self.path)
        return filled.strip("^$").replace("\\.", ".")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, made once: it takes a while."""
    return api.get_openapi_schema()


def api_endpoints() -> list[Endpoint]:
    return [
        Endpoint(
            method,
            path,
            "api",
            operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema"),
            bool(operation.get("security")),
        )
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]


def page_endpoints() -> list[Endpoint]:
    return [Endpoint(method, path, "page") for path in _paths(get_resolver().url_patterns) for method in PAGE_METHODS]


def hot_routes() -> list[HotRoute[Any, Any]]:
    return [
        route
        for word in settings.WORDS
        for module in topic_modules(word, "api")
        for route in getattr(import_module(module), "HOT", [])
    ]


def _paths(patterns: list[Any], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if not before.startswith("/api/v1") and str(pattern.pattern) != "api/v1/":
                yield from _paths(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern).lstrip("^")


def body_of(schema: Any, samples: dict[str, Any]) -> Any:
    """Make a body that fits a schema: samples by property name, else the smallest thing of its type."""
    return _fill(schema, samples, document()["components"]["schemas"], "")


def _fill(schema: Any, samples: dict[str, Any], components: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        component = schema["$ref"].rsplit("/", 1)[1]
        return samples[component] if component in samples else _fill(components[component], samples, components, name)
    if name in samples and schema.get("type") not in ("array", "object"):
        return samples[name]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _fill(next(one for one in schema[choice] if one.get("type") != "null"), samples, components, name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {key: _fill(one, samples, components, key) for key, one in schema.get("properties", {}).items()}
    if kind == "array":
        return (
            [_fill(schema["items"], samples, components, name.removesuffix("s"))]
            if schema.get("minItems", 0) or "properties" in str(schema)
            else []
        )
    if kind in ("integer", "number"):
        return max(1, int(schema.get("minimum", 1)))
    if kind == "boolean":
        return False
    formats = {
        "uuid": samples["id"],
        "date-time": "2026-03-03T02:00:00Z",
        "date": "2026-03-03",
        "uri": "https://example.com/",
    }
    return formats.get(schema.get("format", ""), "x" * max(1, int(schema.get("minLength", 1))))
