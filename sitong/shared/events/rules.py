"""Pure arithmetic of webhooks: addresses, signatures, bodies, when to try again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson

TRIES_MAX = 10
FIRST_WAIT_S = 5
WAIT_MAX_S = 8 * 3600
SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32
URL_CHARS_MAX = 500


def address_fault(url: str, *, inside_allowed: bool) -> str:
    """Say what is wrong with a webhook's address as a code, '' for nothing.

    Only the form is judged, and an address written as numbers; what a name resolves to is judged at each sending.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "malformed"
    if (
        len(url) > URL_CHARS_MAX
        or not parts.hostname
        or port == 0
        or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url)
    ):
        return "malformed"
    if parts.scheme != "https" and not (inside_allowed and parts.scheme == "http"):
        return "not_https"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "credentials"
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        inside = parts.hostname == "localhost" or parts.hostname.endswith((".localhost", ".local", ".internal"))
    else:
        inside = not may_reach(str(address))
    return "inside" if inside and not inside_allowed else ""


def may_reach(address: str) -> bool:
    """Tell whether an IP address lies in the public internet: no loopback, private, link-local, shared or reserved one.

    IPv4 inside of IPv6 (mapped, 6to4, NAT64) is judged as what it carries.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[-4:]) if ip in NAT64 else None)
        if carried is not None:
            return may_reach(str(carried))
    return ip.is_global and not ip.is_multicast


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign as Standard Webhooks says (v1, symmetric): base64 of HMAC-SHA256 over "id.timestamp.body" under the secret's bytes.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def signature_holds(header: str, secret: str, message_id: str, timestamp: int, body: bytes) -> bool:
    """Check a `webhook-signature` header as a receiver does: one of its signatures matches, compared in constant time."""
    wanted = signature(secret, message_id, timestamp, body).encode()
    return any(hmac.compare_digest(one.encode(), wanted) for one in header.split(" "))


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Give the headers of a webhook; it is signed with each of the secrets (the current and, for a while, the previous one)."""
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in secrets),
        "user-agent": "Sitong-Webhooks/1",
    }


def cloud_event(event_id: UUID, brand_id: UUID | None, name: str, at: datetime, facts: str, *, source: str) -> bytes:
    """Give the event as CloudEvents 1.0 structured JSON; the facts go in as they stand."""
    envelope = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"{source}/brands/{brand_id}",
        "type": name,
        "time": at,
        "datacontenttype": "application/json",
        "data": orjson.Fragment(facts),
    }
    return orjson.dumps(envelope, option=orjson.OPT_UTC_Z)


def next_try_at(tries: int, *, now: datetime, chance: float, asked_s: int = 0) -> datetime | None:
    """Say when to try again after `tries` failed ones, None for giving up: 5 s, 20 s, 80 s … up to 8 h, ± a fifth.

    `chance` in [0, 1) spreads receivers that failed together; `asked_s` is the receiver's own Retry-After. Ten tries
    take about a day.
    """
    if tries >= TRIES_MAX:
        return None
    wait_s = min(WAIT_MAX_S, FIRST_WAIT_S * 4 ** (tries - 1)) * (0.8 + 0.4 * chance)
    return now + timedelta(seconds=max(wait_s, min(asked_s, WAIT_MAX_S)))
