"""Traces, when OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise nothing is imported and a span costs one comparison."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sitong.shared.config import setting

ENDPOINT = setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "",
    "Where traces are sent (OpenTelemetry over HTTP); empty: nowhere, at no cost.",
    str,
)
SERVICE = setting("OTEL_SERVICE_NAME", "sitong", "Name under which traces are sent.", str)
_NOTHING: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None


def start_tracing() -> None:
    """Send spans to the OTLP endpoint from now on, if there is one."""
    global _tracer
    if not ENDPOINT or _tracer is not None:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracer = trace.get_tracer("sitong")


def stop_tracing() -> None:
    """Send what has not been sent yet."""
    if _tracer is not None:
        from opentelemetry import trace

        trace.get_tracer_provider().shutdown()  # type: ignore[attr-defined]


def span(name: str, headers: Any = None, **attributes: str | int) -> AbstractContextManager[Any]:
    """Time what happens inside. `headers` of a request continue its caller's trace (traceparent)."""
    if _tracer is None:
        return _NOTHING
    context = None
    if headers is not None:
        from opentelemetry.propagate import extract

        context = extract({key.lower(): value for key, value in headers.items()})
    return _tracer.start_as_current_span(name, context=context, attributes=attributes)  # type: ignore[no-any-return]
