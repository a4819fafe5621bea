"""Signed tokens that say who asks without a query: for programs, and for the hot lanes.

A token is "<key number>.<claims>.<signature>": claims are a JSON list in base64url, the signature is HMAC-SHA256 over
everything before it under the key of that number. It cannot be called back, so it lives for minutes; what it says about
roles is as old as the token.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson
from django.conf import settings

from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotSignedIn

FORM = 1
TTL_S_MAX = 24 * 3600
LENGTH_MAX = 8_000


class TokenExpired(NotSignedIn):
    """The token was ours and has run out."""

    code = "shared.token_expired"


class TokenForged(NotSignedIn):
    """The token is not one of ours, or its key is gone."""

    code = "shared.token_forged"


def issue(viewer: Viewer, *, ttl_s: int, now: datetime) -> str:
    """Give a token for a viewer that holds for `ttl_s` seconds (a day at most), signed with the newest key."""
    if not 0 < ttl_s <= TTL_S_MAX:
        raise ValueError(f"a token lives 1 to {TTL_S_MAX} seconds")
    claims = [
        FORM,
        int(now.timestamp()) + ttl_s,
        viewer.account_id.hex,
        viewer.system,
        viewer.brand_id.hex if viewer.brand_id else None,
        viewer.member_id.hex if viewer.member_id else None,
        [[place.kind, place.id.hex, place.role] for place in viewer.places],
        *([1] if viewer.by_pin else []),
    ]
    number = settings.KEYS.current
    body = f"{number}.".encode() + base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
    return (body + b"." + _signature(_master(number), body)).decode()


def verify(token: str, *, now: datetime) -> Viewer:
    """Give the viewer of a token. Refused: shared.token_forged, shared.token_expired. No query.

    About 30 µs for the first look at a token, 1 µs for the next ones.
    """
    number, _, _ = token.partition(".")
    if len(token) > LENGTH_MAX or not number.isascii() or not number.isdecimal() or len(number) > 6:
        raise TokenForged()
    viewer, expires = _opened(token, _master(int(number)))
    if now.timestamp() >= expires:
        raise TokenExpired()
    return viewer


@lru_cache(maxsize=20_000)
def _opened(token: str, master: bytes) -> tuple[Viewer, int]:
    """Check the signature under a master key; give the viewer, and the second at which the token runs out.

    Remembered, because the same token comes again and again, and a signature takes longer than all the rest. What is
    forged is not remembered.
    """
    head, _, signature = token.rpartition(".")
    claims = head.partition(".")[2]
    try:
        if not hmac.compare_digest(_signature(master, head.encode("ascii")), signature.encode("ascii")):
            raise TokenForged()
        form, expires, account, system, brand, member, places, *by_pin = orjson.loads(
            base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        )
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise TokenForged() from None
    if form != FORM:
        raise TokenForged()
    viewer = Viewer(
        UUID(account),
        system,
        UUID(brand) if brand else None,
        tuple(Place(kind, UUID(id), role) for kind, id, role in places),
        UUID(member) if member else None,
        bool(by_pin),
    )
    return viewer, expires


def _master(number: int) -> bytes:
    ring = settings.KEYS
    if number not in ring.keys:
        try:
            ring.derive("tokens", number)  # reads the file again, in case of a rotation
        except KeyError:
            raise TokenForged() from None
    return ring.keys[number]


def _signature(master: bytes, body: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(_key(master), body, "sha256")).rstrip(b"=")


@lru_cache(maxsize=16)
def _key(master: bytes) -> bytes:
    """The signing key under a master key, derived once for each."""
    return hmac.digest(master, b"sitong:tokens", "sha256")
