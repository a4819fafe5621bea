"""Check-in's pages without a browser: the counter's code as a link, forms that are sent twice, what staff decide."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.models import CheckIn
from sitong.member.identity.queries import member_facts
from sitong.scene.channels.shop import forget_stores
from sitong.shared.clock import now as clock_now
from tests.make.access import a_consumer, a_staff, a_viewer, as_viewer, open_session
from tests.make.checkin import AT_STORE, a_plan, agrees, checks_in
from tests.make.member import a_member
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop():
    forget_stores()
    now = clock_now()
    brand = a_brand(code="living", now=now)
    store = a_store(brand, code="people", now=now)
    a_plan(brand, now=now, crowd_members=2)
    return brand, store, "/s/living/people/check-in/"


def signed_in(brand):
    account, member = a_consumer(brand)
    client = Client()
    open_session(client, account, member)
    return client, member


def challenge_of(answer) -> str:
    return re.search(r'name="challenge" value="([^"]+)"', answer.content.decode())[1]


def test_a_stranger_is_led_to_sign_in_and_back(shop):
    answer = Client().get(f"{shop[2]}?k=ABCD1234")
    assert answer.status_code == 302
    assert "next=" in answer["Location"] and "ABCD1234" in answer["Location"]


def test_the_counter_s_link_checks_in_with_one_tap_and_once(shop):
    brand, store, path = shop
    client, member = signed_in(brand)
    page = client.get(path, {"k": counter_code(store.id, at=clock_now())})
    said = {"challenge": challenge_of(page), "code": counter_code(store.id, at=clock_now())}
    first = client.post(path, said)
    again = client.post(path, said)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    assert 'id="check-in-done"' in client.get(first["Location"]).content.decode()
    row = CheckIn.objects.get()
    assert (row.member_id, row.way, row.streak) == (member.id, "code", 1)
    other, _ = signed_in(brand)
    stolen = other.post(path, said)
    assert stolen.status_code == 409 and "marketing.challenge_forged" in stolen.content.decode()
    assert 'id="check-in-done"' not in other.get(first["Location"]).content.decode()


def test_a_link_that_is_pasted_and_letters_that_are_typed_badly_are_read(shop):
    brand, store, path = shop
    client, _ = signed_in(brand)
    code = counter_code(store.id, at=clock_now())
    challenge = challenge_of(client.get(path))
    wrong = client.post(path, {"challenge": challenge, "code": "AAAA1111"})
    assert "marketing.counter_code_old" in wrong.content.decode()
    typed = f" {code[:4].lower()} {code[4:].lower()} "
    assert client.post(path, {"challenge": challenge, "code": typed}).status_code == 302
    another, _ = signed_in(brand)
    pasted = f"https://x.example/s/living/people/check-in/?k={code}"
    assert another.post(path, {"challenge": challenge_of(another.get(path)), "code": pasted}).status_code == 302


def test_the_first_yes_and_the_check_in_are_one_tap(shop):
    brand, _, path = shop
    client, member = signed_in(brand)
    page = client.get(path).content.decode()
    said = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]
        for name in ("challenge", "agree", "wording", "consent")
    }
    said |= {"latitude": AT_STORE.latitude, "longitude": AT_STORE.longitude, "accuracy": "12.4", "code": ""}
    without = client.post(path, {**said, "agree": ""})
    assert "marketing.location_not_agreed" in without.content.decode()
    assert client.post(path, said).status_code == 302
    assert CheckIn.objects.get().member_id == member.id
    for nonsense in ("", "nan", "1e999", "200"):
        answer = client.post(path, {**said, "latitude": nonsense})
        assert answer.status_code in (302, 409)


def test_headquarters_decides_about_those_that_wait(shop):
    brand, store, _ = shop
    now = clock_now()
    members = [a_member(brand, now=now) for _ in range(4)]
    agrees(brand, *members, now=now)
    done = [checks_in(store, one, now=now) for one in members]
    assert [one.state for one in done] == ["counted", "counted", "waiting", "waiting"]
    owner = as_viewer(a_viewer("brand", brand))
    page = Client().get("/brand/check-ins/waiting/", headers=owner).content.decode()
    assert [str(one.id) in page for one in done] == [False, False, True, True]
    for verb, one in (("accept", done[2]), ("refuse", done[3])):
        answer = Client().post(
            "/brand/check-ins/waiting/settle/", {"verb": verb, "check_in": str(one.id)}, headers=owner
        )
        assert answer.status_code == 302
    assert [CheckIn.objects.get(id=one.id).state for one in done[2:]] == ["counted", "refused"]


def test_the_store_s_phone_shows_the_code_and_who_came(shop):
    brand, store, _ = shop
    member = a_member(brand)
    checks_in(store, member, position=None, at_counter=True, now=clock_now())
    client = Client()
    open_session(client, a_staff("store", store, "clerk"))
    page = client.get("/store/check-ins/").content.decode()
    code = counter_code(store.id, at=clock_now())
    assert f"{code[:4]} {code[4:]}" in page
    assert member_facts([member.id])[member.id].masked_name in page
    part = client.get("/store/check-ins/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and code[:4] in part
    assert client.post("/store/check-ins/own/", {}).status_code == 403
