"""Structured logs: one JSON object a line on standard error, with the id of the request that it belongs to."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SANE = re.compile(r"[A-Za-z0-9._-]{8,40}")


def sane_request_id(given: str) -> str:
    """Give the request id that a caller sent when it is harmless to log and store, else ''."""
    return given if SANE.fullmatch(given) else ""


def _without_query_values(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out Django's request object; its repr has the query, which may hold what people type."""
    entry.pop("request", None)
    return entry


def _is_a_bug(record: logging.LogRecord) -> bool:
    """Keep Django's record of an exception; that an answer was 4xx or 5xx stands in the request's own line."""
    return bool(record.exc_info)


def start_logs(level: str, *, readable: bool) -> None:
    """Send structlog's and the standard library's logs the same way. `readable`: for people's eyes instead of JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_query_values,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared[:3], *shared[4:], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    ends: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("django.request").addFilter(_is_a_bug)
    logging.getLogger("django.security").setLevel("ERROR")
    logging.getLogger("procrastinate.blueprints").setLevel("WARNING")
    for name in ("django", "django.server", "granian", "_granian"):
        logging.getLogger(name).handlers.clear()


def start_logs_of(settings: dict[str, Any]) -> None:
    """Be Django's LOGGING_CONFIG: `LOGGING` has `level` and `readable`."""
    start_logs(settings["level"], readable=settings["readable"])
