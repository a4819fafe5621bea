"""Traces go to the endpoint that is configured, and nothing of them is there when none is."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from sitong.shared.observe import tracing


def test_without_an_endpoint_nothing_is_imported_and_a_span_is_nothing():
    code = (
        "import sys; from sitong.shared.observe.tracing import span, start_tracing; start_tracing()\n"
        "with span('x', headers={}, a=1): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
    assert tracing.span("a") is tracing.span("b")


def test_requests_and_batches_are_sent_as_spans(web):
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    try:
        running = web(
            module="tests.console.a_front:application",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
            OTEL_BSP_SCHEDULE_DELAY="100",
        )
        assert running.ask("/hot/open")[0] == 200
        assert running.ask("/readyz", traceparent="00-11111111111111111111111111111111-2222222222222222-01")[0] == 200
        running.process.terminate()
        assert running.process.wait(20) == 0
    finally:
        collector.shutdown()
    sent = b"".join(got)
    for name in (b"hot /hot/open", b"lane", b"request", b"/readyz", b"\x11" * 16):
        assert name in sent
