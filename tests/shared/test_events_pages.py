"""The brand's pages and API of events and webhooks, as a person and as a program use them."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from sitong.shared.events.actions import announce
from sitong.shared.events.models import Event, Parked, WebhookDelivery, WebhookEndpoint
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.events import AT, BellRung, ring_bells, subscriber
from tests.make.org import a_brand, a_dealer, a_store

URL = "https://shop.example.com/hooks"


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def desk(brand):
    client = Client()
    open_session(client, a_staff("brand", brand, "it"))
    return client


def api(viewer, method, path, body=None):
    client = Client(headers=as_viewer(viewer))
    return getattr(client, method)(
        f"/api/v1{path}", json.dumps(body) if body is not None else None, content_type="application/json"
    )


def test_headquarters_adds_a_webhook_once_and_sees_its_secret(brand, desk):
    form = {"id": str(new_id()), "url": URL, "names": ["scene.order_paid"]}
    for _ in range(2):
        answer = desk.post("/brand/webhooks/", form)
        assert (answer.status_code, answer["Location"]) == (302, f"/brand/webhooks/{form['id']}/")
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.brand_id, endpoint.url, endpoint.names) == (brand.id, URL, ["scene.order_paid"])
    page = desk.get(f"/brand/webhooks/{endpoint.id}/").content.decode()
    assert endpoint.secret in page
    assert "网络回调" in page
    assert URL in desk.get("/brand/webhooks/", headers={"Accept-Language": "en"}).content.decode()


def test_an_address_inside_is_refused_on_the_page_and_what_was_typed_stays(desk, settings):
    settings.WEBHOOKS_INSIDE = False
    answer = desk.post(
        "/brand/webhooks/", {"id": str(new_id()), "url": "https://10.0.0.1/", "names": ["scene.order_paid"]}
    )
    assert answer.status_code == 409
    assert 'value="https://10.0.0.1/"' in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_paused_and_removed_on_its_page(desk, brand):
    key = new_id()
    desk.post("/brand/webhooks/", {"id": str(key), "url": URL})
    desk.post(f"/brand/webhooks/{key}/change/", {"url": URL + "/2", "names": ["scene.order_paid"]})
    desk.post(f"/brand/webhooks/{key}/pause/")
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.paused_at is not None) == (URL + "/2", True)
    desk.post(f"/brand/webhooks/{key}/resume/")
    secret = WebhookEndpoint.objects.get().secret
    desk.post(f"/brand/webhooks/{key}/secret/")
    assert WebhookEndpoint.objects.get().previous_secret == secret
    assert desk.post(f"/brand/webhooks/{key}/burn/").status_code == 404
    assert desk.post(f"/brand/webhooks/{key}/remove/")["Location"] == "/brand/webhooks/"
    assert desk.get(f"/brand/webhooks/{key}/").status_code == 404


def test_a_delivery_shows_its_request_and_its_answer_and_is_sent_again(desk, brand):
    key = new_id()
    desk.post("/brand/webhooks/", {"id": str(key), "url": URL})
    announce([BellRung(brand.id, 12345)], at=AT)
    row = WebhookDelivery.objects.create(
        brand_id=brand.id, endpoint_id=key, event=Event.objects.latest("seq"), state="given_up", tries=10, next_at=AT, status=503, answer="gone fishing"
    )  # fmt: skip
    page = desk.get(f"/brand/webhooks/deliveries/{row.id}/").content.decode()
    assert all(text in page for text in (f"POST {URL}", "12345", "webhook-timestamp", "503", "gone fishing", "已放弃"))
    assert "gone fishing" in desk.get(f"/brand/webhooks/{key}/?state=given_up").content.decode()
    assert "gone fishing" not in desk.get(f"/brand/webhooks/{key}/?state=waiting").content.decode()
    desk.post(f"/brand/webhooks/deliveries/{row.id}/again/")
    row.refresh_from_db()
    assert (row.state, row.tries) == ("waiting", 0)


def test_a_parked_event_is_retried_and_dropped_from_the_console(committed_db):
    brand = a_brand()
    desk = Client()
    open_session(desk, a_staff("brand", brand, "it"))
    heard, fails = [], [True]

    def handle(events):
        if fails[0]:
            raise ValueError("the bell is cracked")
        heard.extend(event.count for event in events)

    with subscriber("tests.ear", handle):
        ring_bells(1, 2, brand_id=brand.id)
        drain("tests.ear")
        page = desk.get("/brand/events/").content.decode()
        assert page.count("the bell is cracked") >= 2
        first, second = Parked.objects.order_by("event_id")
        desk.post(f"/brand/events/parked/{first.id}/retry/")
        assert Parked.objects.get(id=first.id).tries == 2
        fails[0] = False
        desk.post(f"/brand/events/parked/{first.id}/retry/")
        assert heard == [1]
        desk.post(f"/brand/events/parked/{second.id}/drop/", {"reason": " "})
        assert Parked.objects.get(id=second.id).dropped_at is None
        desk.post(f"/brand/events/parked/{second.id}/drop/", {"reason": "rung in error"})
        assert Parked.objects.get(id=second.id).drop_reason == "rung in error"
        assert "the bell is cracked" not in desk.get("/brand/events/").content.decode()


def test_a_program_does_the_same_through_the_api(brand):
    viewer, key = a_viewer("brand", brand, "it"), str(new_id())
    added = api(viewer, "post", "/webhooks", {"id": key, "url": URL, "names": []})
    assert added.status_code == 201
    assert added.json()["secret"].startswith("whsec_")
    assert api(viewer, "post", "/webhooks", {"id": key, "url": URL + "/2"}).json()["code"] == "shared.repeat_differs"
    assert (
        api(viewer, "put", f"/webhooks/{key}", {"url": URL + "/2", "names": ["scene.order_paid"]}).json()["url"]
        == URL + "/2"
    )
    assert api(viewer, "post", f"/webhooks/{key}/pause").json()["paused_at"]
    assert api(viewer, "post", f"/webhooks/{key}/resume").json()["paused_at"] is None
    assert api(viewer, "post", f"/webhooks/{key}/secret").json()["secret"] != added.json()["secret"]
    assert [one["id"] for one in api(viewer, "get", "/webhooks").json()] == [key]
    assert api(viewer, "get", f"/webhooks/{key}/deliveries").json() == []
    assert "scene.order_paid" in api(viewer, "get", "/webhooks/events").json()
    assert api(viewer, "get", "/subscribers").status_code == 200
    assert api(viewer, "delete", f"/webhooks/{key}").status_code == 204
    assert api(viewer, "get", f"/webhooks/{key}/deliveries").status_code == 404


@pytest.mark.parametrize("who", ["dealer", "store", "marketing", "another brand"])
def test_nobody_else_sees_or_changes_anything(brand, desk, who):
    key = new_id()
    desk.post("/brand/webhooks/", {"id": str(key), "url": URL})
    place = {"dealer": a_dealer, "store": a_store}.get(who, lambda brand: brand)(
        a_brand() if who == "another brand" else brand
    )
    system, role = (who, None) if who in ("dealer", "store") else ("brand", "marketing" if who == "marketing" else "it")
    viewer = a_viewer(system, place, role)
    allowed = who == "another brand"
    assert api(viewer, "get", "/webhooks").status_code == (200 if allowed else 403)
    for method, path in (("put", ""), ("post", "/pause"), ("post", "/secret"), ("delete", ""), ("get", "/deliveries")):
        answer = api(
            viewer, method, f"/webhooks/{key}{path}", {"url": URL + "/mine", "names": []} if method == "put" else None
        )
        assert answer.status_code == (404 if allowed else 403), (method, path)
    client = Client()
    open_session(client, a_staff(system, place, role))
    for path in ("/brand/events/", "/brand/webhooks/"):
        assert client.get(path).status_code == (200 if allowed else 403)
    assert client.get(f"/brand/webhooks/{key}/").status_code == (404 if allowed else 403)
    endpoint = WebhookEndpoint.objects.get(id=key)
    assert (endpoint.url, endpoint.paused_at, endpoint.previous_secret) == (URL, None, "")


def test_a_stranger_is_led_to_the_sign_in_page_and_gets_401_from_the_api(db):
    assert Client().get("/brand/events/")["Location"] == "/sign-in/brand/?next=%2Fbrand%2Fevents%2F"
    assert Client().get("/api/v1/webhooks").status_code == 401
