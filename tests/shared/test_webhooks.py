"""Webhooks: what a receiver gets, and what becomes of answers of every kind."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from django.db import transaction

from sitong.shared.access.models import Audit
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events import sending
from sitong.shared.events.actions import announce, delete_old_events
from sitong.shared.events.actions.deliveries import StillWaiting, redeliver
from sitong.shared.events.actions.endpoints import (
    EndpointWanted,
    EventUnknown,
    WebhookAddress,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from sitong.shared.events.models import Event, WebhookDelivery, WebhookEndpoint
from sitong.shared.events.reader import drain
from sitong.shared.events.sending import send_due
from sitong.shared.ids import new_id
from tests.make.events import AT, BRAND, BellRung, DoorOpened

OTHER = UUID(int=2)


class Receiver:
    """A shop's own system: checks each signature the way the standard tells receivers to, and answers as it is told."""

    def __init__(self, secret: str = "") -> None:
        self.secret, self.got, self.faults = secret, [], []
        self.answers: list[tuple[int, dict[str, str], float]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.take(dict(self.headers.items()), body)
                status, headers, wait_s = receiver.answers.pop(0) if receiver.answers else (200, {}, 0.0)
                time.sleep(wait_s)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # the sender may have left
                    self.wfile.write(b"thank you" if status == 200 else b"not now")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?from=sitong"

    def take(self, headers: dict[str, str], body: bytes) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if not any(hmac.compare_digest(one, wanted) for one in given["webhook-signature"].split()):
            self.faults.append("signature")
        if abs(int(given["webhook-timestamp"]) - time.time()) > 300:
            self.faults.append("timestamp")
        self.got.append((given, json.loads(body)))


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


@pytest.fixture
def inside(settings) -> None:
    settings.WEBHOOKS_INSIDE = True


def an_endpoint(
    url: str = "https://shop.example.com/hooks", names: tuple[str, ...] = (), brand_id: UUID = BRAND
) -> WebhookEndpoint:
    return add_endpoint(EndpointWanted(new_id(), brand_id, url, names), by=None, now=AT)


def announce_bells(*counts: int, brand_id: UUID = BRAND) -> None:
    with transaction.atomic():
        announce([BellRung(brand_id, count) for count in counts], at=AT)


def ready(receiver: Receiver, names: tuple[str, ...] = ()) -> WebhookEndpoint:
    """An endpoint at the receiver, with the subscriber's cursor before whatever is announced next."""
    drain("shared.webhooks")
    endpoint = an_endpoint(receiver.url, names)
    receiver.secret = endpoint.secret
    return endpoint


def let_due(seconds: float = 100_000) -> None:
    WebhookDelivery.objects.filter(state="waiting").update(next_at=clock_now() - timedelta(seconds=seconds))


def test_an_event_arrives_as_a_signed_cloud_event(committed_db, inside, settings):
    with receiving() as receiver:
        ready(receiver)
        announce_bells(7)
        drain("shared.webhooks")
        assert send_due(clock_now()) == 1
    (headers, event), row = receiver.got[0], Event.objects.get()
    assert receiver.faults == []
    assert event == {
        "specversion": "1.0",
        "id": str(row.id),
        "source": f"{settings.PUBLIC_URL}/brands/{BRAND}",
        "type": "tests.bell_rung",
        "time": "2026-03-03T02:00:00Z",
        "datacontenttype": "application/json",
        "data": {"brand_id": str(BRAND), "count": 7, "visitor_id": None, "rung_at": None},
    }
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["webhook-id"] == str(row.id)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.status, delivery.answer) == ("delivered", 1, 200, "thank you")
    assert send_due(clock_now()) == 0


def test_each_endpoint_gets_the_events_that_it_wants_of_its_own_brand(committed_db, inside):
    drain("shared.webhooks")
    doors, every = an_endpoint(names=("tests.door_opened",)), an_endpoint()
    an_endpoint(brand_id=OTHER)
    announce_bells(1)
    with transaction.atomic():
        announce([DoorOpened(BRAND, 2)], at=AT)
    drain("shared.webhooks")
    opened = set(WebhookDelivery.objects.values_list("endpoint_id", "event__name"))
    assert opened == {(every.id, "tests.bell_rung"), (every.id, "tests.door_opened"), (doors.id, "tests.door_opened")}


def test_a_receiver_that_fails_first_gets_the_event_later_under_the_same_id(committed_db, inside):
    with receiving() as receiver:
        ready(receiver)
        receiver.answers = [(500, {}, 0), (429, {"retry-after": "600"}, 0)]
        announce_bells(1)
        drain("shared.webhooks")
        send_due(clock_now())
        first = WebhookDelivery.objects.get()
        assert (first.state, first.tries, first.status, first.answer) == ("waiting", 1, 500, "not now")
        assert 3 < (first.next_at - clock_now()).total_seconds() < 7
        assert send_due(clock_now()) == 0
        let_due()
        send_due(clock_now())
        second = WebhookDelivery.objects.get()
        assert (second.tries, second.status) == (2, 429)
        assert 590 < (second.next_at - clock_now()).total_seconds() <= 601
        let_due()
        send_due(clock_now())
    assert WebhookDelivery.objects.get().state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3


def test_after_ten_tries_it_is_given_up_and_can_be_sent_again_by_hand(committed_db, inside):
    with receiving() as receiver:
        ready(receiver)
        receiver.answers = [(503, {}, 0)] * 10
        announce_bells(1)
        drain("shared.webhooks")
        for _ in range(12):
            let_due()
            send_due(clock_now())
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.tries, len(receiver.got)) == ("given_up", 10, 10)
        with pytest.raises(NotFound):
            redeliver(delivery.id, brand_id=OTHER, by=None, now=AT)
        redeliver(delivery.id, brand_id=BRAND, by=None, now=AT)
        with pytest.raises(StillWaiting):
            redeliver(delivery.id, brand_id=BRAND, by=None, now=AT)
        send_due(clock_now())
    assert WebhookDelivery.objects.get().state == "delivered"


def test_gone_means_gone(committed_db, inside):
    with receiving() as receiver:
        ready(receiver)
        receiver.answers = [(410, {}, 0)]
        announce_bells(1)
        drain("shared.webhooks")
        send_due(clock_now())
    assert WebhookDelivery.objects.get().state == "given_up"


def test_a_redirect_is_not_followed(committed_db, inside):
    with receiving() as receiver, receiving() as elsewhere:
        ready(receiver)
        receiver.answers = [(307, {"location": elsewhere.url}, 0)]
        announce_bells(1)
        drain("shared.webhooks")
        send_due(clock_now())
        assert elsewhere.got == []
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status) == ("waiting", 307)


def test_a_slow_receiver_is_left_and_does_not_hold_up_the_others(committed_db, inside, monkeypatch):
    monkeypatch.setattr(sending, "READ_S", 0.3)
    with receiving() as slow, receiving() as quick:
        ready(slow)
        quick_endpoint = an_endpoint(quick.url)
        quick.secret = quick_endpoint.secret
        slow.answers = [(200, {}, 1.0)] * 4
        announce_bells(1, 2, 3, 4)
        drain("shared.webhooks")
        started = time.perf_counter()
        send_due(clock_now())
        assert time.perf_counter() - started < 0.9
        states = set(WebhookDelivery.objects.values_list("endpoint_id", "state", "status"))
    assert (quick_endpoint.id, "delivered", 200) in states
    assert {status for endpoint, _, status in states if endpoint != quick_endpoint.id} == {None}


def test_nobody_there_is_an_answer_too(committed_db, inside):
    with receiving() as receiver:
        pass
    ready(receiver)
    announce_bells(1)
    drain("shared.webhooks")
    send_due(clock_now())
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status) == ("waiting", None)
    assert "refused" in delivery.answer


def test_a_name_that_leads_inside_is_not_called(committed_db, settings, monkeypatch):
    """The address is judged when it is used, so a name that changes its meaning later does not help."""
    settings.WEBHOOKS_INSIDE = False
    called = []
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.1.2.3", 443))])
    monkeypatch.setattr(sending.socket, "create_connection", lambda *at, **_: called.append(at))
    drain("shared.webhooks")
    an_endpoint("https://innocent.example.com/hooks")
    announce_bells(1)
    drain("shared.webhooks")
    send_due(clock_now())
    assert called == []
    assert "10.1.2.3" in WebhookDelivery.objects.get().answer


def test_an_unusable_endpoint_is_refused_and_nothing_is_added(db, settings):
    settings.WEBHOOKS_INSIDE = False
    with pytest.raises(WebhookAddress) as refused:
        an_endpoint("https://192.168.0.1/")
    assert refused.value.facts == {"why": "inside"}
    with pytest.raises(EventUnknown):
        an_endpoint(names=("tests.never_heard_of",))
    assert not WebhookEndpoint.objects.exists()


def test_the_same_endpoint_again_is_the_first_answer_and_another_is_refused(db):
    wanted = EndpointWanted(new_id(), BRAND, "https://shop.example.com/hooks")
    first = add_endpoint(wanted, by=None, now=AT)
    assert add_endpoint(wanted, by=None, now=AT).secret == first.secret
    with pytest.raises(RepeatDiffers):
        add_endpoint(EndpointWanted(wanted.id, BRAND, "https://other.example.com/"), by=None, now=AT)
    assert Audit.objects.filter(subject="shared.webhook", verb="added").count() == 1


def test_an_endpoint_is_changed_paused_resumed_and_removed_by_its_own_brand_with_a_trace(committed_db):
    drain("shared.webhooks")
    endpoint, own = an_endpoint(), {"brand_id": BRAND, "by": None, "now": AT}
    with pytest.raises(NotFound):
        pause_endpoint(endpoint.id, brand_id=OTHER, by=None, now=AT)
    change_endpoint(endpoint.id, url="https://new.example.com/", names=["tests.bell_rung"], **own)
    pause_endpoint(endpoint.id, **own)
    announce_bells(1)
    drain("shared.webhooks")
    assert not WebhookDelivery.objects.exists()
    resume_endpoint(endpoint.id, **own)
    announce_bells(2)
    drain("shared.webhooks")
    assert WebhookDelivery.objects.get().event.facts["count"] == 2
    remove_endpoint(endpoint.id, **own)
    assert WebhookDelivery.objects.get().state == "given_up"
    with pytest.raises(NotFound):
        resume_endpoint(endpoint.id, **own)
    verbs = list(Audit.objects.filter(subject_id=endpoint.id).order_by("id").values_list("verb", flat=True))
    assert verbs == ["added", "changed", "paused", "resumed", "removed"]
    changed = Audit.objects.get(subject_id=endpoint.id, verb="changed")
    assert changed.after == {"url": "https://new.example.com/", "names": ["tests.bell_rung"]}


def test_after_a_change_of_secret_both_hold_for_a_day(committed_db, inside):
    with receiving() as receiver:
        endpoint = ready(receiver)
        new = rotate_secret(endpoint.id, brand_id=BRAND, by=None, now=clock_now()).secret
        assert new != endpoint.secret
        announce_bells(1)
        drain("shared.webhooks")
        send_due(clock_now())
        receiver.secret = new
        announce_bells(2)
        drain("shared.webhooks")
        send_due(clock_now())
        assert receiver.faults == []
        WebhookEndpoint.objects.update(previous_until=clock_now())
        receiver.secret = endpoint.secret
        announce_bells(3)
        drain("shared.webhooks")
        send_due(clock_now())
        assert receiver.faults == ["signature"]


def test_secrets_are_sealed_in_the_database(db):
    from django.db import connection

    endpoint = an_endpoint()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM shared_webhookendpoint")
        (stored,) = cursor.fetchone()
    assert endpoint.secret not in stored
    assert "whsec" not in stored


def test_old_events_are_deleted_once_everyone_is_done_with_them(committed_db, inside):
    drain("shared.webhooks")
    with receiving() as receiver:
        ready(receiver)
        announce_bells(1, 2)
        later = AT + timedelta(days=1)
        assert delete_old_events(before=later, subscribers=["shared.webhooks"]) == 0  # not read yet
        drain("shared.webhooks")
        assert delete_old_events(before=later, subscribers=["shared.webhooks"]) == 0  # not delivered yet
        send_due(clock_now())
        assert delete_old_events(before=AT, subscribers=["shared.webhooks"]) == 0  # not old yet
        assert delete_old_events(before=later, subscribers=["shared.webhooks"], most=1) == 1
        assert delete_old_events(before=later, subscribers=["shared.webhooks"]) == 1
    assert not Event.objects.exists()
    assert not WebhookDelivery.objects.exists()
