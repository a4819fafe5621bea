"""Addresses, signatures and waits of webhooks."""

from __future__ import annotations

import pytest

from sitong.shared.events import rules
from tests.make.events import AT


def test_the_standards_own_example_gets_the_standards_own_signature():
    """From the reference implementation's tests: github.com/standard-webhooks/standard-webhooks."""
    secret, message_id, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    body = b'{"test": 2432232314}'
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert rules.signature(secret, message_id, timestamp, body) == wanted
    assert rules.signature_holds(f"v1,bm90IHRoaXM= {wanted}", secret, message_id, timestamp, body)
    assert not rules.signature_holds(wanted, secret, message_id, timestamp + 1, body)
    assert not rules.signature_holds("", secret, message_id, timestamp, body)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://shop.example.com/hooks", ""),
        ("https://8.8.8.8:8443/hooks", ""),
        ("http://shop.example.com/hooks", "not_https"),
        ("ftp://shop.example.com", "not_https"),
        ("https://", "malformed"),
        ("https://shop.example.com:99999/", "malformed"),
        ("https://shop.example.com/a b", "malformed"),
        ("https://shop.example.com/\r\nx: y", "malformed"),
        ("https://" + "a" * 600, "malformed"),
        ("https://me:secret@shop.example.com/", "credentials"),
        ("https://localhost/", "inside"),
        ("https://127.0.0.1/", "inside"),
        ("https://10.0.0.8/", "inside"),
        ("https://169.254.169.254/latest/", "inside"),
        ("https://100.64.0.1/", "inside"),
        ("https://[::1]/", "inside"),
        ("https://[::ffff:192.168.1.1]/", "inside"),
        ("https://[64:ff9b::a00:1]/", "inside"),
        ("https://[fe80::1]/", "inside"),
    ],
)
def test_an_address_is_judged(url, why):
    assert rules.address_fault(url, inside_allowed=False) == why


def test_waits_grow_fourfold_up_to_eight_hours_and_end_after_ten_tries():
    waits = [rules.next_try_at(tries, now=AT, chance=0.5) for tries in range(1, 11)]
    assert [round((at - AT).total_seconds()) for at in waits[:-1]] == [5, 20, 80, 320, 1280, 5120, 20480, 28800, 28800]
    assert waits[-1] is None
    spread = [(rules.next_try_at(3, now=AT, chance=chance) - AT).total_seconds() for chance in (0.0, 0.999)]
    assert 63 < spread[0] < spread[1] < 97
