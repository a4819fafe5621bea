"""Seven days of check-in, day by day over HTTP: headquarters sets it up, a member comes every day, and the seventh brings a card."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.models import CheckIn, CheckInStanding
from sitong.member.profile.queries import visits_of
from sitong.shared import clock
from sitong.shared.events.reader import drain
from sitong.shared.geo import Position, to_gcj02
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_viewer, as_viewer, viewer_of_account
from tests.make.checkin import AT_STORE, a_card
from tests.make.org import a_brand, a_store

FIRST = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
"""Seven in the evening in Shanghai, in whose zone the store is."""


class Caller:
    """Somebody's program: asks with a token of its own at the clock's own time."""

    def __init__(self, viewer) -> None:
        self.client, self.viewer = Client(), viewer

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        headers = {"Accept-Language": "en", **as_viewer(self.viewer, now=clock.now())}
        content = b"" if body is None else json.dumps(body, default=str).encode()
        answer = self.client.generic(method, f"/api/v1{path}", content, "application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def checks_in(self, store, **said) -> tuple[int, dict]:
        status, challenge = self.ask("POST", f"/stores/{store.id}/check-in-challenges")
        assert status == 201, challenge
        where = {
            "latitude": AT_STORE.latitude,
            "longitude": AT_STORE.longitude,
            "accuracy_m": 12.5,
            "device": "own phone",
        }
        return self.ask(
            "POST", "/check-ins", {"challenge": challenge["challenge"], "store_id": store.id, **where, **said}
        )


@pytest.fixture
def the_clock(monkeypatch):
    """A clock that stands where the story is."""
    stands = {"at": FIRST}
    monkeypatch.setattr(clock, "now", lambda: stands["at"])

    def put(at: datetime) -> None:
        stands["at"] = at

    return put


def test_seven_days_bring_a_card(committed_db, the_clock):
    brand = a_brand(now=FIRST)
    store, (account, member) = a_store(brand, now=FIRST), a_consumer(brand, now=FIRST)
    card = a_card(brand, now=FIRST)
    owner, manager = Caller(a_viewer("brand", brand)), Caller(a_viewer("store", store))
    consumer = Caller(viewer_of_account(account, member))

    plan_id = new_id()
    plan = {
        "id": plan_id, "name": "七天签到", "name_en": "Seven days", "starts_on": "2026-03-03", "per": "brand",
        "steps": [{"on": "streak", "count": 7, "reward": {"kind": "coupon", "amount": 1, "ref_id": card.id}}],
    }  # fmt: skip
    assert owner.ask("PUT", "/check-in-plans", plan)[0] == 200
    refused = owner.ask("POST", f"/check-in-plans/{plan_id}/publish")
    assert (refused[0], refused[1]["code"]) == (409, "marketing.location_wording_missing")
    wording = {"id": new_id(), "purpose": "location", "text": "签到时看一次位置，不保存。", "text_en": "We look once."}
    assert owner.ask("POST", "/consent-wordings", wording)[0] in (200, 201)
    assert owner.ask("POST", f"/check-in-plans/{plan_id}/publish")[0] == 200
    assert manager.ask("PUT", "/check-in-plans", plan)[0] == 403

    status, answer = consumer.checks_in(store)
    assert (status, answer["code"]) == (409, "marketing.location_not_agreed")
    consent = {"id": new_id(), "wording_id": wording["id"], "yes": True}
    assert consumer.ask("POST", "/me/consents", consent)[0] in (200, 201)
    status, answer = consumer.checks_in(store, latitude=31.24)
    assert (status, answer["code"]) == (409, "marketing.not_in_store")

    for day in range(7):
        the_clock(FIRST + timedelta(days=day, minutes=day))
        if day == 2:  # WeChat gives the position on its own map
            shifted = to_gcj02(Position(AT_STORE.latitude_e6, AT_STORE.longitude_e6))
            status, done = consumer.checks_in(
                store, latitude=shifted.latitude, longitude=shifted.longitude, datum="gcj02"
            )
        elif day == 4:  # no position in the cellar: the counter's code
            code = counter_code(store.id, at=clock.now())
            status, done = consumer.checks_in(store, latitude=None, longitude=None, counter_code=code)
        else:
            status, done = consumer.checks_in(store)
        assert (status, done["streak"], done["state"]) == (201, day + 1, "counted"), done
        status, again = consumer.checks_in(store)
        assert (status, again["code"]) == (409, "marketing.checked_in_already")
        coupons = consumer.ask("GET", "/my-coupons")[1]
        assert len(coupons) == (1 if day == 6 else 0)

    assert coupons[0]["name_en"] == "Seven-day card"
    status, standing = consumer.ask("GET", f"/stores/{store.id}/check-in")
    assert (standing["streak"], standing["total"], standing["next_in_days"], standing["today"]) == (7, 7, 7, "counted")
    status, today = manager.ask("GET", f"/stores/{store.id}/check-ins")
    assert [(one["streak"], one["way"]) for one in today] == [(7, "position")]
    assert [one.way for one in CheckIn.objects.order_by("at")] == ["position"] * 4 + ["code"] + ["position"] * 2
    the_position_is_not_kept()

    drain("marketing.check_in_visits")
    assert [one.kind for one in visits_of(member.id)] == ["checked_in"] * 7
    the_clock(FIRST + timedelta(days=8))
    standing = consumer.ask("GET", f"/stores/{store.id}/check-in")[1]
    assert (standing["streak"], standing["total"]) == (0, 7)
    assert consumer.checks_in(store)[1]["streak"] == 1
    assert check_books() == []


def the_position_is_not_kept() -> None:
    """No row says where the member was: its cell is the same for everybody within kilometers."""
    kept = {(one.near, one.cell) for one in CheckIn.objects.all()}
    assert {near for near, _ in kept} == {"center", "counter"}
    assert {len(cell) for _, cell in kept} == {0, 15}
    numbers = [str(AT_STORE.latitude_e6), str(AT_STORE.longitude_e6), "31.23", "121.473"]
    for row in [*CheckIn.objects.values(), *CheckInStanding.objects.values()]:
        assert not any(number in str(row) for number in numbers)
