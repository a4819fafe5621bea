"""Send webhooks: to the public internet only, without following redirects, within a time, reading little of the answer."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from sitong.shared.clock import now as clock_now
from sitong.shared.events import rules
from sitong.shared.events.actions.deliveries import Answer, Claimed, claim_deliveries, record_answers
from sitong.shared.events.models import WebhookEndpoint
from sitong.shared.events.queries import announced

THREADS = 16
AT_ONCE = 64
EACH = 16
CONNECT_S = 5.0
READ_S = 10.0
WHOLE_S = 15.0
ANSWER_BYTES = 2000


class Inside(Exception):
    """The name resolves to an address that is not in the public internet."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that is ready to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def send_due(now: datetime, *, rounds_max: int = 20) -> int:
    """Send what is due, several at once, until nothing is due or `rounds_max` rounds are over. Gives how many were tried."""
    tried = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
        for _ in range(rounds_max):
            claimed = claim_deliveries(most=AT_ONCE, each=EACH, now=clock_now())
            if not claimed:
                break
            requests = prepare(claimed, now=now)
            answers = pool.map(lambda one: answer_of(one[0], one[1]), requests.items())
            record_answers(list(answers), now=clock_now())
            tried += len(claimed)
    return tried


def prepare(claimed: list[Claimed], *, now: datetime) -> dict[Claimed, Outgoing]:
    """Make the requests of these deliveries: two queries, whatever their number."""
    endpoints = WebhookEndpoint.objects.in_bulk({one.endpoint_id for one in claimed})
    events = {event.seq: event for event in announced([one.event_seq for one in claimed])}
    outgoing = {}
    for one in claimed:
        event, endpoint = events[one.event_seq], endpoints[one.endpoint_id]
        outgoing[one] = request_for(endpoint, event.id, event.brand_id, event.name, event.at, event.facts, now=now)
    return outgoing


def request_for(
    endpoint: WebhookEndpoint,
    event_id: UUID,
    brand_id: UUID | None,
    name: str,
    at: datetime,
    facts: str,
    *,
    now: datetime,
) -> Outgoing:
    """Make the signed request that brings one event to one endpoint."""
    body = rules.cloud_event(event_id, brand_id, name, at, facts, source=settings.PUBLIC_URL)
    secrets = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_until and now < endpoint.previous_until:
        secrets.append(endpoint.previous_secret)
    return Outgoing(endpoint.url, rules.headers(secrets, str(event_id), int(now.timestamp()), body), body)


def answer_of(claimed: Claimed, request: Outgoing) -> Answer:
    """Send one request; whatever goes wrong is an answer too."""
    started = time.perf_counter()
    status, text, asked_s = 0, "", 0
    try:
        status, text, asked_s = post(request)
    except Inside as inside:
        text = f"The address leads to {inside}, which is not in the public internet."
    except (http.client.HTTPException, OSError, ValueError) as failed:
        text = f"{type(failed).__name__}: {failed}"
    return Answer(claimed.id, claimed.tries, status, text, int((time.perf_counter() - started) * 1000), asked_s)


def post(request: Outgoing) -> tuple[int, str, int]:
    """Send to an address that was judged just before, so that a name cannot change its meaning in between.

    Gives the status, the answer's beginning, and the seconds of a Retry-After.
    """
    parts = urlsplit(request.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    link = http.client.HTTPConnection(host, port)
    link.sock = socket.create_connection((reachable_address(host, port), port), timeout=CONNECT_S)
    if secure:
        link.sock = ssl.create_default_context().wrap_socket(
            link.sock, server_hostname=host, do_handshake_on_connect=False
        )
    overdue = threading.Timer(WHOLE_S, _cut, [link.sock])
    overdue.daemon = True
    overdue.start()
    try:
        if isinstance(link.sock, ssl.SSLSocket):
            link.sock.do_handshake()
        link.sock.settimeout(READ_S)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        link.request("POST", target, request.body, {**request.headers, "host": parts.netloc})
        answer = link.getresponse()
        text, asked = answer.read(ANSWER_BYTES), answer.headers.get("retry-after", "")
        return answer.status, text.decode(errors="replace"), int(asked) if asked.isdigit() else 0
    finally:
        overdue.cancel()
        link.close()


def _cut(sock: socket.socket) -> None:
    """End a connection whose answer comes in drops, so that it keeps no thread."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def reachable_address(host: str, port: int) -> str:
    """Resolve the name and give an address of it. Raises Inside when any of them may not be reached."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.WEBHOOKS_INSIDE and (inside := [address for address in found if not rules.may_reach(address)]):
        raise Inside(inside[0])
    return found[0]
