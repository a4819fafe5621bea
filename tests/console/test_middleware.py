"""What every request passes: its id, its headers, its log line; and what a caller gets when it cannot be answered."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from django.core.exceptions import PermissionDenied
from django.db import DataError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from ninja import Schema

from sitong.console import urls
from sitong.console.api import api
from sitong.shared.access.scope import shown
from sitong.shared.errors import Busy, NotAllowed, Refused
from tests.make.access import a_viewer, as_viewer
from tests.make.org import a_brand

CSP = "script-src 'self'; style-src 'self'"


class Wanted(Schema):
    number: int


def refuse(request, what: str) -> HttpResponse:
    """A page that fails as asked."""
    raise {
        "refused": Refused(), "not_allowed": NotAllowed(), "busy": Busy(retry_after_s=5), "bug": ZeroDivisionError("secret"),
        "denied": PermissionDenied(), "away": OperationalError("server closed the connection"), "data": DataError("NUL"),
    }[what]  # fmt: skip


def wall(request) -> HttpResponse:
    return HttpResponse(shown(), content_type="text/plain")


urlpatterns = [
    path("fail/<str:what>", refuse),
    path("api/v1/fail/<str:what>", refuse),
    path("wall", wall),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.fixture
def client(db) -> Client:
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False, headers={"Accept-Language": "en"})


def test_a_request_keeps_a_sane_id_and_gets_one_otherwise(client):
    assert client.get("/healthz", headers={"X-Request-ID": "till-7.order_42"})["X-Request-ID"] == "till-7.order_42"
    for bad in ("short", "x" * 41, "with space 1", "bad\tid-12345", "<script>alert"):
        made = client.get("/healthz", headers={"X-Request-ID": bad})["X-Request-ID"]
        assert made != bad
        assert len(made) == 16


def test_a_page_carries_strict_headers(client):
    answer = client.get("/nothing-here")
    policy = answer["Content-Security-Policy"]
    assert CSP in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-cache"


def test_json_may_load_nothing_and_is_not_kept(client):
    answer = client.get("/api/v1/nothing-here")
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("refused", 409, "shared.refused"),
        ("not_allowed", 403, "shared.not_allowed"),
        ("denied", 403, "shared.not_allowed"),
        ("busy", 503, "shared.busy"),
        ("away", 503, "shared.busy"),
        ("bug", 500, "shared.broken"),
    ],
)
def test_what_fails_is_json_below_the_api_and_a_page_elsewhere(client, what, status, code):
    answer = client.get(f"/api/v1/fail/{what}")
    said = json.loads(answer.content)
    assert (answer.status_code, said["code"], set(said)) == (status, code, {"code", "message", "facts"})
    assert answer.headers["Content-Type"] == "application/json"
    page = client.get(f"/fail/{what}")
    assert page.status_code == status
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert b"secret" not in page.content + answer.content


def test_busy_says_when_to_come_back(client):
    assert client.get("/api/v1/fail/busy")["Retry-After"] == "5"
    assert client.get("/fail/busy")["Retry-After"] == "5"


def test_a_bug_names_the_request_and_is_logged_once_with_it(client, caplog):
    with caplog.at_level(logging.INFO):
        answer = client.get("/api/v1/fail/bug", headers={"X-Request-ID": "request-4711"})
    assert json.loads(answer.content)["facts"] == {"request_id": "request-4711"}
    assert [record.name for record in caplog.records if record.exc_info] == ["django.request"]


def test_unknown_addresses_and_methods_of_the_api_are_json(client):
    assert json.loads(client.get("/api/").content)["code"] == "shared.not_found"
    assert json.loads(client.get("/api/v9/orders").content)["code"] == "shared.not_found"
    wrong = client.put("/api/v1/openapi.json")
    assert (wrong.status_code, json.loads(wrong.content)["code"]) == (405, "shared.not_this_way")


def test_a_strange_host_is_turned_away(client):
    answer = client.get("/api/v1/openapi.json", headers={"Host": "evil.example"})
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "shared.malformed")


def test_the_brand_wall_is_set_for_every_request_also_a_strangers(client):
    brand = a_brand()
    assert client.get("/wall", headers=as_viewer(a_viewer("brand", brand))).content.decode() == str(brand.id)
    assert client.get("/wall").content == b""
    assert client.get("/wall", headers={"Authorization": "Bearer forged"}).content == b""
    assert shown() == "*"


def test_a_request_leaves_a_line_with_its_id_its_route_and_no_query(client, caplog):
    brand = a_brand()
    viewer = a_viewer("brand", brand)
    with caplog.at_level(logging.INFO, "sitong.request"):
        client.get("/fail/refused?phone=13800000000", headers={**as_viewer(viewer), "X-Request-ID": "request-0815"})
    (line,) = [record.msg for record in caplog.records if record.name == "sitong.request"]
    assert line["event"] == "request.answered"
    assert (line["method"], line["route"], line["status"], line["account"]) == (
        "GET",
        "fail/<str:what>",
        409,
        str(viewer.account_id),
    )
    assert line["request_id"] == "request-0815"
    assert "13800000000" not in str(line)


def test_logs_are_one_json_object_a_line(capfd):
    from sitong.shared.observe.logs import start_logs

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        start_logs("INFO", readable=False)
        structlog.contextvars.bind_contextvars(request_id="request-1")
        structlog.get_logger("sitong.test").warning("stock.low", left=3)
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            logging.getLogger("a.library").exception("failed", extra={"size": 5})
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.contextvars.clear_contextvars()
    first, second = (json.loads(line) for line in capfd.readouterr().err.splitlines())
    assert (first["event"], first["left"], first["request_id"], first["level"]) == (
        "stock.low",
        3,
        "request-1",
        "warning",
    )
    assert (second["event"], second["size"], second["request_id"], second["level"]) == (
        "failed",
        5,
        "request-1",
        "error",
    )
    assert "ZeroDivisionError" in second["exception"]


def test_the_document_describes_every_failure_and_the_ways_to_sign_in():
    document = api.get_openapi_schema()
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"BearerGate", "SessionGate"}
    for operations in document["paths"].values():
        for operation in operations.values():
            assert {"404", "409", "422", "429", "500", "503"} <= set(operation["responses"])


def test_the_docs_page_lists_every_operation_and_needs_no_script(client):
    page = client.get("/api/v1/docs").content.decode()
    for path_, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            assert f"{method.upper()} {path_}" in page
    assert "unsafe-inline" not in page
    assert "<script>" not in page


def test_readiness_names_what_is_missing(client):
    said = client.get("/readyz")
    assert (said.status_code, json.loads(said.content)) == (
        200, {"ready": True, "checks": {"database": "ok", "migrations": "ok", "subscribers": "ok"}},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = 'scene' ORDER BY name DESC LIMIT 1")
        (name,) = cursor.fetchone()
        cursor.execute("DELETE FROM django_migrations WHERE app = 'scene' AND name = %s", [name])
    said = client.get("/readyz")
    assert (said.status_code, json.loads(said.content)["checks"]["migrations"]) == (
        503,
        f"1 to apply, first scene.{name}",
    )


def test_metrics_are_for_this_machine_or_who_has_the_token(client):
    assert b"sitong_request_seconds_bucket" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404, (
        "it came through a proxy"
    )
    with override_settings(METRICS_TOKEN="scrape-me"):
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
        assert (
            client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer scrape-me"}).status_code
            == 200
        )
