"""Traces, when OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise nothing is imported and a span costs one comparison."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

CONFIGURED = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
_NOTHING: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None


def start_tracing(service: str) -> None:
    """Send spans to the OTLP endpoint, under the name of this process's work, unless OTEL_SERVICE_NAME says another."""
    global _tracer
    if not CONFIGURED or _tracer is not None:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracer = trace.get_tracer("sitong")


def span(name: str, headers: Any = None, **attributes: str | int) -> AbstractContextManager[Any]:
    """Time what happens inside. `headers` of a request continue its caller's trace (traceparent)."""
    if _tracer is None:
        return _NOTHING
    context = None
    if headers is not None:
        from opentelemetry.propagate import extract

        context = extract({key.lower(): value for key, value in headers.items()})
    return _tracer.start_as_current_span(name, context=context, attributes=attributes)  # type: ignore[no-any-return]
