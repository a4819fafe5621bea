"""The web process under Granian: hot routes, Django, news, the worst day."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from uuid import UUID

import pytest
from django.db import connection, connections

from sitong.shared.access.viewer import Viewer
from sitong.shared.batch import streams
from tests.make.access import as_viewer

FRONT = "tests.console.a_front:application"
CONSUMER = Viewer(UUID(int=5), "consumer", UUID(int=6), member_id=UUID(int=7))


def lines(web, path: str, **headers: str):
    """Open a stream; gives the connection's answer, to be read line by line."""
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    line.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return line.getresponse()


def until_event(answer, name: str) -> str:
    """Read on until an event of this name; gives its data."""
    while True:
        line = answer.readline().decode().strip()
        if line == f"event: {name}":
            return answer.readline().decode().removeprefix("data:").strip()


def test_hot_routes_django_and_files_are_answered_by_one_process(web):
    running = web(module=FRONT)
    status, headers, body = running.ask("/hot/open", X_Request_ID="from-a-caller-1")
    assert status == 200
    assert json.loads(body)["backend"] > 0
    assert (headers["x-request-id"], headers["content-type"]) == ("from-a-caller-1", "application/json; charset=utf-8")
    assert running.ask("/hot/closed", "POST", b"{}")[0] == 404, (
        "without a token Django is asked, which has no such address"
    )
    token = as_viewer(CONSUMER)["Authorization"]
    assert running.ask("/hot/closed", "POST", b"{}", Authorization=token)[0] == 200
    assert running.ask("/hot/closed", "POST", b"x" * 101, Authorization=token)[0] == 413
    assert running.ask("/hot/closed", "POST", b"{}", Authorization=token + "x")[0] == 401
    assert running.ask("/readyz")[0] == 200, running.ask("/readyz")
    assert running.ask("/static/console/logo.svg")[0] == 200


def test_two_processes_share_the_port_and_their_numbers(web):
    running = web(workers=2, module=FRONT)
    seen: Counter[int] = Counter()
    callers = [http.client.HTTPConnection("127.0.0.1", running.port, timeout=20) for _ in range(80)]
    for caller in callers:
        caller.connect()
    for caller in callers:
        caller.request("GET", "/hot/open")
    for caller in callers:
        seen[json.loads(caller.getresponse().read())["backend"]] += 1
        caller.close()
    assert len(seen) == 2
    said = running.ask("/metrics")[2].decode()
    assert 'sitong_hot_answers_total{method="GET",path="/hot/open",status="200"} 80.0' in said
    assert "sitong_events_lag_seconds" in said


def test_what_was_accepted_is_finished_when_the_process_stops(web):
    running = web(module=FRONT)
    got: list[int] = []
    asking = threading.Thread(target=lambda: got.append(running.ask("/hot/open?sleep_s=1")[0]))
    asking.start()
    time.sleep(0.4)
    running.process.terminate()
    asking.join()
    assert got == [200]
    assert running.process.wait(20) == 0


def test_lanes_and_pages_go_on_after_the_database_was_killed(web, cluster):
    running = web(module=FRONT, SITONG_THREADS="2")
    assert running.ask("/readyz")[0] == 200
    assert running.ask("/hot/open")[0] == 200
    for alias in ("default", "owner"):
        connections[alias].close()
    os.kill(cluster.pid(), signal.SIGKILL)
    try:
        until = time.monotonic() + 10
        while cluster.runs() or running.ask("/readyz")[0] == 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        status, _, body = running.ask("/readyz")
        assert (status, json.loads(body)["ready"]) == (503, False)
        assert running.ask("/healthz")[0] == 200
    finally:
        cluster.start()
    assert [running.ask("/readyz")[0] for _ in range(6)] == [200] * 6
    assert [running.ask("/hot/open")[0] for _ in range(6)] == [200] * 6


def test_a_body_that_is_too_large_is_refused_before_django_sees_it(web):
    running = web(SITONG_BODY_BYTES_MAX="1000")
    status, _, body = running.ask("/api/v1/nothing", "POST", b"x" * 2000, Accept_Language="en")
    assert status == 413
    assert json.loads(body) == {
        "code": "shared.too_large",
        "message": "The request is too large; 1000 bytes are allowed.",
        "facts": {"bytes_max": 1000},
    }
    line = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    line.request(
        "POST",
        "/api/v1/nothing",
        iter([b"x" * 600, b"x" * 600]),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert line.getresponse().status == 413


def test_news_reach_the_pages_that_may_hear_them(web, monkeypatch):
    running = web(module=FRONT)
    key = str(CONSUMER.account_id)
    token = as_viewer(CONSUMER)["Authorization"]
    assert running.ask(f"/events/front-test/{key}")[0] == 401
    assert running.ask("/events/front-test/another", Authorization=token)[0] == 404
    assert running.ask(f"/events/unknown/{key}", Authorization=token)[0] == 404

    heard = lines(running, f"/events/front-test/{key}", Authorization=token)
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "x-sitong-stream" not in heard.headers
    until_event(heard, "open")
    monkeypatch.setitem(streams.STREAMS, "front-test", lambda viewer, key: True)
    streams.tell("front-test", [("another", {"number": "A1"}), (key, {"number": "门店"})])
    assert json.loads(until_event(heard, "news")) == {"number": "门店"}

    with connection.cursor() as cursor:  # the hub's connection breaks: pages are told to look again
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sitong streams'"
        )
    until_event(heard, "again")
    streams.tell("front-test", [(key, 2)])
    assert until_event(heard, "news") == "2"
    running.process.terminate()
    assert heard.read().decode().strip() in {"", ": still here"}
    assert running.process.wait(20) == 0


def test_news_that_are_too_long_or_of_no_stream_are_bugs(db, monkeypatch):
    with pytest.raises(ValueError, match="no stream is named"):
        streams.tell("nobody", [("key", 1)])
    monkeypatch.setitem(streams.STREAMS, "front-test", lambda viewer, key: True)
    with pytest.raises(ValueError, match="send ids"):
        streams.tell("front-test", [("key", "x" * 8000)])
    streams.tell("front-test", [])
