"""Tokens say who asks, for minutes, and nobody else can make one."""

import base64
import time
from datetime import timedelta

import orjson
import pytest
from django.conf import settings

from sitong.shared.access.keys import KeyRing
from sitong.shared.access.tokens import TokenExpired, TokenForged, issue, verify
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.ids import new_id

VIEWER = Viewer(
    new_id(), "store", new_id(), (Place("store", new_id(), "clerk"), Place("store", new_id(), "manager")), None
)
CONSUMER = Viewer(new_id(), "consumer", new_id(), (), new_id())


@pytest.mark.parametrize("viewer", [VIEWER, CONSUMER])
def test_a_token_gives_back_who_asked(viewer, now):
    assert verify(issue(viewer, ttl_s=60, now=now), now=now) == viewer


def test_a_token_ends_on_its_second(now):
    token = issue(VIEWER, ttl_s=60, now=now)
    assert verify(token, now=now + timedelta(seconds=59)) == VIEWER
    with pytest.raises(TokenExpired):
        verify(token, now=now + timedelta(seconds=60))


def test_changed_claims_are_refused(now):
    number, claims, signature = issue(VIEWER, ttl_s=60, now=now).split(".")
    facts = orjson.loads(base64.urlsafe_b64decode(claims + "=="))
    facts[3] = "brand"
    forged = base64.urlsafe_b64encode(orjson.dumps(facts)).rstrip(b"=").decode()
    for token in (
        f"{number}.{forged}.{signature}",
        f"{number}.{claims}.{signature[:-1]}",
        f"{number}.{claims}.",
        f"9.{claims}.{signature}",
    ):
        with pytest.raises(TokenForged):
            verify(token, now=now)


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        ".",
        "..",
        "1",
        "1..",
        "a.b.c",
        "1.é.x",
        "²." + "x" * 9,
        "1." + "x" * 9000,
        "-1.x.y",
        "1.e30.",
        "\x00.\x00.\x00",
    ],
)
def test_nonsense_is_refused_and_never_breaks(nonsense, now):
    with pytest.raises(TokenForged):
        verify(nonsense, now=now)


def test_a_token_signed_by_an_older_key_still_holds_after_a_rotation(now, tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    monkeypatch.setattr(settings, "KEYS", KeyRing.read(path))
    old = issue(VIEWER, ttl_s=60, now=now)
    monkeypatch.setattr(settings, "KEYS", KeyRing.rotate(path))
    new = issue(VIEWER, ttl_s=60, now=now)
    assert (old.split(".")[0], new.split(".")[0]) == ("1", "2")
    assert (verify(old, now=now), verify(new, now=now)) == (VIEWER, VIEWER)


def test_a_process_started_before_a_rotation_takes_the_new_key_s_tokens(now, tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    early = KeyRing.read(path)
    monkeypatch.setattr(settings, "KEYS", KeyRing.rotate(path))
    new = issue(VIEWER, ttl_s=60, now=now)
    monkeypatch.setattr(settings, "KEYS", early)
    assert verify(new, now=now) == VIEWER


def test_checking_a_token_costs_microseconds(now):
    token = issue(VIEWER, ttl_s=60, now=now)
    best = min(_seconds(token, now) for _ in range(5))
    assert best / 2_000 < 60e-6, f"{best / 2_000 * 1e6:.1f} µs"


def _seconds(token, now):
    started = time.perf_counter()
    for _ in range(2_000):
        verify(token, now=now)
    return time.perf_counter() - started
