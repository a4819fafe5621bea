"""Gifts on phones: the consumer's codes, asking at the counter, the clerk's page; the library at the desk."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.gifts.models import Gift, GiftAsk, GiftClaim, GiftCounter, GiftRedemption
from sitong.marketing.gifts.signing import read_shown, signature_holds, signed_code
from sitong.scene.gifts.looks import STEP, codes_beforehand
from sitong.shared import clock
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_staff, open_session
from tests.make.gifts import a_gift, a_held_gift
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


class Place:
    """A store with a clerk and a consumer who has a gift, each with a browser."""

    def __init__(self) -> None:
        now = clock.now()
        self.brand = a_brand(now=now)
        self.store = a_store(self.brand, now=now)
        account, self.member = a_consumer(self.brand, now=now)
        self.held = a_held_gift(a_gift(self.brand, now=now), self.member, now=now)
        self.consumer, self.clerk, self.desk = (Client(headers={"Accept-Language": "en"}) for _ in range(3))
        open_session(self.consumer, account, self.member)
        open_session(self.clerk, a_staff("store", self.store))
        open_session(self.desk, a_staff("brand", self.brand))
        self.shop = f"/s/{self.brand.code}/{self.store.code}/"

    def at_counter(self) -> str:
        return f"/c/{self.brand.code}/at/{self.store.code}/gifts/?k={counter_code(self.store.id, at=clock.now())}"


def test_codes_made_beforehand_leave_no_minute_without_one():
    now, code = clock.now(), "G0123456789ABCD"
    made = codes_beforehand(code, at=now)
    assert len(made) == 15 and made[0]["image"].startswith("data:image/svg")
    for minute in range(60):
        at = now + minute * STEP / 4
        passed = (at - now).total_seconds()
        shown = [one for one in made if one["from_s"] <= passed][-1]
        assert signature_holds(read_shown(shown["text"]), at=at)


def test_the_member_s_page_holds_the_codes_and_tells_when_it_was_fetched():
    there = Place()
    page = there.consumer.get(f"{there.shop}me/gifts/").content.decode()
    assert "Tote bag" in page and "My gifts" in page
    page = there.consumer.get(f"{there.shop}me/gifts/{there.held.id}/").content.decode()
    codes = json.loads(re.search(r'id="gift-codes" type="application/json">(.*?)</script>', page).group(1))
    answer = there.clerk.post("/store/gifts/", {"code": codes[0]["text"], "nonce": str(new_id())})
    assert answer.status_code == 200 and 'data-outcome="done"' in answer.content.decode()
    assert 'id="gift-fetched"' in there.consumer.get(f"{there.shop}me/gifts/{there.held.id}/").content.decode()
    assert "Tote bag" in there.consumer.get(f"{there.shop}me/gifts/?state=used").content.decode()
    again = there.clerk.post("/store/gifts/", {"code": codes[0]["text"], "nonce": str(new_id())})
    assert again.status_code == 409 and "marketing.gift_already_redeemed" in again.content.decode()
    assert there.consumer.get(f"{there.shop}me/gifts/{new_id()}/").status_code == 404
    assert check_books() == []


def test_the_consumer_asks_the_clerk_confirms_and_both_see_it():
    there = Place()
    door = there.consumer.get(there.at_counter().replace("gifts/", ""))
    assert 'id="to-gifts"' in door.content.decode()
    assert "Fetch it" in there.consumer.get(there.at_counter()).content.decode()
    sent = there.consumer.post(there.at_counter(), {"claim": str(there.held.id), "id": str(new_id())})
    assert sent.status_code == 302
    assert 'data-state="waiting"' in there.consumer.get(sent.url).content.decode()
    page = there.clerk.get("/store/gifts/").content.decode()
    ask = GiftAsk.objects.get()
    assert (
        f'data-ask="{ask.id}"' in page
        and f'data-ask="{ask.id}"' in there.clerk.get("/store/gifts/asks/").content.decode()
    )
    assert there.clerk.post(f"/store/gifts/asks/{ask.id}/confirm/").status_code == 302
    assert 'data-state="done"' in there.consumer.get(sent.url, headers={"HX-Request": "true"}).content.decode()
    row = GiftRedemption.objects.get()
    assert (row.way, row.store_id) == ("counter", there.store.id)
    assert there.clerk.post(f"/store/gifts/{row.id}/back/", {"reason": "changed the mind"}).status_code == 302
    assert GiftClaim.objects.get().state == "ready" and check_books() == []


def test_a_declined_ask_leaves_the_gift_and_an_old_counter_code_opens_nothing():
    there = Place()
    sent = there.consumer.post(there.at_counter(), {"claim": str(there.held.id), "id": str(new_id())})
    there.clerk.post(f"/store/gifts/asks/{GiftAsk.objects.get().id}/decline/")
    assert 'data-state="declined"' in there.consumer.get(sent.url).content.decode()
    old = there.consumer.get(f"/c/{there.brand.code}/at/{there.store.code}/gifts/?k=ABCD1234")
    assert old.status_code == 409
    stranger = Client().get(there.at_counter())
    assert stranger.status_code == 302 and "/sign-in/phone/" in stranger.url


def test_a_counter_that_confirms_itself_hands_over_at_once():
    there = Place()
    there.clerk.post("/store/gifts/confirms/", {"itself": "1"})
    assert GiftCounter.objects.get().confirms_itself
    sent = there.consumer.post(there.at_counter(), {"claim": str(there.held.id), "id": str(new_id())})
    assert sent.url.endswith("/done/") and 'data-state="done"' in there.consumer.get(sent.url).content.decode()
    assert GiftRedemption.objects.get().way == "self"
    there.clerk.post("/store/gifts/confirms/", {"itself": "0"})
    assert not GiftCounter.objects.get().confirms_itself


def test_what_was_scanned_without_network_is_sent_later_and_answered_as_such():
    there = Place()
    scanned_at = clock.now()
    body = {
        "code": signed_code(there.held.code, at=scanned_at),
        "nonce": str(new_id()),
        "scanned_at": scanned_at.isoformat(),
        "kept": "1",
    }
    assert there.clerk.post("/store/gifts/", body).json() == {"outcome": "done", "why": ""}
    assert there.clerk.post("/store/gifts/", body).json()["outcome"] == "done"
    assert there.clerk.post("/store/gifts/", {**body, "nonce": str(new_id())}).json()["outcome"] == "no"
    assert there.clerk.post("/store/gifts/", {**body, "scanned_at": "nonsense"}).json()["outcome"] == "done"
    assert GiftRedemption.objects.count() == 1


def test_the_library_is_kept_at_the_desk():
    there = Place()
    assert "Tote bag" in there.desk.get("/brand/gifts/").content.decode()
    assert there.desk.get("/brand/gifts/new/").status_code == 200
    gift_id = new_id()
    said = {
        "id": str(gift_id),
        "name": "水杯",
        "name_en": "Mug",
        "value": "12.50",
        "handling": "5",
        "valid_days": "30",
        "store_kinds": "",
    }
    wrong = there.desk.post("/brand/gifts/new/", {**said, "sku": "no such"})
    assert wrong.status_code == 422
    assert there.desk.post("/brand/gifts/new/", said).url == f"/brand/gifts/{gift_id}/"
    gift = Gift.objects.get(id=gift_id)
    assert (gift.value_minor, gift.handling_bp, gift.published_at) == (1250, 500, None)
    there.desk.post(f"/brand/gifts/{gift_id}/state/publish/")
    assert there.desk.post(f"/brand/gifts/{gift_id}/edit/", {**said, "value": "13"}).status_code == 302
    page = there.desk.get(f"/brand/gifts/{gift_id}/").content.decode()
    assert "Mug" in page and "¥13.00" in page and "Running" in page
    there.desk.post(f"/brand/gifts/{gift_id}/state/end/")
    assert Gift.objects.get(id=gift_id).ended_at is not None
    assert there.desk.get(f"/brand/gifts/{new_id()}/").status_code == 404
