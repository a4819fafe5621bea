"""The load generator counts what was answered, whole answers only; pgbench's output is read strictly."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator

import pytest

from bench import Figure, claim, compared, load, orders, pgbench
from sitong.shared.ids import new_id

ANSWERS = [
    b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}",
    b'HTTP/1.1 409 Conflict\r\nContent-Length: 31\r\nx: y\r\n\r\n{"code":"goods.out_of_stock"}  ',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
]


class Replying(socketserver.StreamRequestHandler):
    """Answers the path /n with the n-th answer, in two pieces; closes on /close."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            path = line.split()[1].decode()
            length = 0
            while (header := self.rfile.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            self.rfile.read(length)
            if path == "/close":
                return
            answer = ANSWERS[int(path[1:])]
            self.wfile.write(answer[:20])
            self.wfile.flush()
            self.wfile.write(answer[20:])


@pytest.fixture
def port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Replying) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_every_request_is_sent_once_and_answers_are_counted_by_status_and_code(port):
    requests = (
        [load.post("/0", b'{"a": 1}', "token")] * 5
        + [load.get("/1", Accept_Language="en")] * 3
        + [load.get("/2"), load.get("/3")]
    )
    fired = load.fire(port, requests, callers=3)
    assert (fired.answers, fired.broken) == (10, 0)
    assert fired.statuses == {"201": 5, "409": 3, "200": 1, "204": 1}
    assert fired.codes == {"goods.out_of_stock": 3}
    assert fired.p50_ms <= fired.p90_ms <= fired.p99_ms <= fired.max_ms
    with pytest.raises(RuntimeError, match="unexpected answers"):
        fired.only(201)


def test_a_broken_connection_is_no_answer(port):
    fired = load.fire(port, [load.get("/0"), load.get("/close")], callers=2)
    assert (fired.answers, fired.broken) == (1, 1)
    with pytest.raises(RuntimeError, match="unexpected answers"):
        fired.only(201)


def test_requests_are_repeated_for_the_time_wanted_and_the_warm_up_is_left_out(port):
    fired = load.fire(port, [load.get("/0")], callers=2, seconds=0.3, warm_up=5)
    assert fired.answers > 10
    assert 0.1 < fired.seconds < 2


def test_pgbench_s_rate_is_read_and_failures_are_not_overlooked():
    assert (
        pgbench._rate(
            "number of failed transactions: 0 (0.000%)\ntps = 3702.966225 (without initial connection time)\n"
        )
        == 3702.966225
    )
    with pytest.raises(RuntimeError):
        pgbench._rate("number of failed transactions: 2 (0.1%)\ntps = 1.0\n")
    with pytest.raises(RuntimeError):
        pgbench._rate("")


def test_a_figure_is_one_flat_json_object():
    said = compared("orders", 8812.345, "orders/s", 3400.0, tpcb_ratio=2.37891, p99_ms=31.5).as_json()
    assert json.loads(json.dumps(said)) == {
        "name": "orders", "value": 8812, "unit": "orders/s", "reference": 3400, "ratio": 2.592, "tpcb_ratio": 2.379, "p99_ms": 31.5,
    }  # fmt: skip
    assert Figure("import", 12.5, "s").as_json()["ratio"] is None


def test_the_reference_runs_the_statements_as_they_are_now():
    """A statement that got another parameter makes no script, and says so here instead of in the middle of a benchmark."""
    assert "INSERT INTO scene_order" in orders.script(orders.Shop(new_id(), new_id()))
    assert "INSERT INTO marketing_couponclaim" in claim.script(new_id(), [new_id()])
