"""Coupons on phones: the consumer claims, holds, passes on; the clerk redeems, gives, takes part; the counter's code."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sitong.marketing.coupons.actions import pause_coupon, push_coupon
from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.models import CouponClaim, CouponPass, CouponStore, Redemption
from sitong.member.wallet.queries import wallets_now
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff
from tests.make.goods import a_product
from tests.make.marketing import a_claim, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.wallet import a_topped_up_wallet
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def town():
    brand = a_brand()
    store = a_store(brand)
    account, member = a_consumer(brand)
    return brand, store, member, Asker(account, member)


def nobody(path, said=None):
    client = Client()
    answer = client.post(path, said) if said is not None else client.get(path)
    show_every_brand()
    return answer


def test_a_stranger_sees_the_coupon_and_is_led_to_sign_in_and_back(town):
    brand, store, _member, _asker = town
    coupon = a_coupon(brand, now=clock_now(), number="tea")
    page = nobody(f"/c/{brand.code}/tea/")
    assert page.status_code == 200
    assert "减 ¥5" in page.content.decode()
    claim_id = str(new_id())
    answer = nobody(f"/c/{brand.code}/tea/", {"id": claim_id, "store": store.code, "from": "poster"})
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith("/sign-in/phone/?")
    assert asked["brand"] == [brand.code]
    assert asked["next"] == [f"/c/{brand.code}/tea/?claim={claim_id}&store={store.code}&from=poster"]
    assert CouponClaim.objects.filter(coupon_id=coupon.id).count() == 0


def test_after_signing_in_the_form_goes_on_by_itself_and_a_repeat_gives_the_same_coupon(town):
    brand, store, member, asker = town
    a_coupon(brand, now=clock_now(), number="tea")
    claim_id = str(new_id())
    back = asker.get(f"/c/{brand.code}/tea/?claim={claim_id}&store={store.code}&from=poster").content.decode()
    assert "data-go-on" in back
    assert f'value="{claim_id}"' in back
    for _ in range(2):
        answer = asker.post(f"/c/{brand.code}/tea/", {"id": claim_id, "store": store.code, "from": "poster"})
        assert answer.status_code == 200
    (claim,) = CouponClaim.objects.all()
    assert (str(claim.id), claim.member_id, claim.source, claim.store_id) == (claim_id, member.id, "poster", store.id)
    assert claim.code[:5] in answer.content.decode()
    again = asker.get(f"/c/{brand.code}/tea/?claim={claim_id}").content.decode()
    assert "您已领取。" in again
    assert "data-go-on" not in again


def test_the_claim_page_says_why_a_coupon_cannot_be_had(town):
    brand, _store, _member, asker = town
    now = clock_now()
    gone = a_coupon(brand, now=now, number="gone", quota_total=1)
    a_claim(gone, a_member(brand), now=now)
    paused = a_coupon(brand, now=now, number="paused")
    pause_coupon(paused.id, by=None, now=now)
    a_coupon(brand, now=now, number="over", claim_until=now - timedelta(minutes=1))
    a_coupon(brand, now=now, number="draft", published=False)
    assert "领完" in asker.get(f"/c/{brand.code}/gone/").content.decode()
    assert "领完" in asker.post(f"/c/{brand.code}/gone/", {"id": str(new_id())}).content.decode()
    for number in ("paused", "over"):
        assert 'id="claim-form"' not in asker.get(f"/c/{brand.code}/{number}/").content.decode()
    assert asker.get(f"/c/{brand.code}/draft/").status_code == 404
    assert asker.get(f"/c/{brand.code}/nothing/").status_code == 404
    assert CouponClaim.objects.count() == 1


def test_the_center_shows_what_holds_in_the_store_and_what_one_has_already(town):
    brand, store, member, asker = town
    now = clock_now()
    a_coupon(brand, now=now, number="here")
    had = a_coupon(brand, now=now, number="had")
    a_claim(had, member, now=now)
    a_coupon(brand, now=now, number="elsewhere", terms={"store_ids": [a_store(brand).id]})
    chosen = a_coupon(brand, now=now, number="chosen", stores_choose=True)
    a_coupon(brand, now=now, number="welcome", ways=("join",))
    page = asker.get(f"/s/{brand.code}/{store.code}/coupons/").content.decode()
    assert [f'data-coupon="{number}"' in page for number in ("here", "had", "elsewhere", "chosen", "welcome")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert page.count("去使用") == 1
    push_coupon(chosen.id, [store.id], by=None, now=now)
    CouponStore.objects.update(chosen_at=now)
    assert 'data-coupon="chosen"' in asker.get(f"/s/{brand.code}/{store.code}/coupons/").content.decode()


def test_my_coupons_stand_under_ready_used_and_expired_and_nobody_else_sees_them(town):
    brand, store, member, asker = town
    now, product = clock_now(), a_product(brand.id)
    ready = a_claim(a_coupon(brand, now=now, name="能用的"), member, now=now)
    exchange = a_claim(an_exchange(brand, product.id, now=now), member, now=now)
    old = now - timedelta(days=9)
    a_claim(a_coupon(brand, now=old, name="过期的"), member, now=old)
    home = f"/s/{brand.code}/{store.code}/me/coupons/"
    clerk = Asker(a_staff("store", store, "clerk"))
    assert clerk.post("/store/redeem/", {"code": exchange.code, "nonce": str(new_id())}).status_code == 200
    pages = {state: asker.get(f"{home}?state={state}").content.decode() for state in ("ready", "used", "expired")}
    assert ["能用的" in pages[state] for state in pages] == [True, False, False]
    assert ["提领券" in pages[state] for state in pages] == [False, True, False]
    assert ["过期的" in pages[state] for state in pages] == [False, False, True]
    assert ready.code[:5] in asker.get(f"{home}{ready.id}/").content.decode()
    stranger = Asker(*a_consumer(brand))
    assert stranger.get(f"{home}{ready.id}/").status_code == 404
    assert nobody(home).status_code == 302


def test_a_coupon_is_passed_on_by_a_link_and_the_first_who_takes_it_has_it(town):
    brand, store, member, asker = town
    claim = a_claim(a_coupon(brand, now=clock_now(), transferable=True), member, now=clock_now())
    home = f"/s/{brand.code}/{store.code}/me/coupons/{claim.id}/"
    asker.post(f"{home}pass/", {"id": str(new_id())})
    offer = CouponPass.objects.get()
    assert f"/c/{brand.code}/pass/{offer.id}/" in asker.get(home).content.decode()
    first, second = (Asker(*a_consumer(brand)) for _ in range(2))
    assert nobody(f"/c/{brand.code}/pass/{offer.id}/", {}).status_code == 302
    assert first.post(f"/c/{brand.code}/pass/{offer.id}/").status_code == 200
    assert second.post(f"/c/{brand.code}/pass/{offer.id}/").status_code == 409
    assert asker.get(home).status_code == 404
    claim_now = CouponClaim.objects.get()
    assert (claim_now.member_id != member.id, claim_now.taken_by) == (True, member.id)


def test_an_offer_is_taken_back_while_nobody_has_taken_it(town):
    brand, store, member, asker = town
    claim = a_claim(a_coupon(brand, now=clock_now(), transferable=True), member, now=clock_now())
    home = f"/s/{brand.code}/{store.code}/me/coupons/{claim.id}/"
    asker.post(f"{home}pass/", {"id": str(new_id())})
    asker.post(f"{home}keep/")
    offer = CouponPass.objects.get()
    assert Asker(*a_consumer(brand)).post(f"/c/{brand.code}/pass/{offer.id}/").status_code == 409
    assert CouponClaim.objects.get().member_id == member.id


def test_the_clerk_redeems_once_and_hears_when_and_where_it_was_redeemed_before(town):
    brand, store, member, _asker = town
    product = a_product(brand.id, name="鲜牛奶")
    claim = a_claim(an_exchange(brand, product.id, now=clock_now()), member, now=clock_now())
    clerk = Asker(a_staff("store", store, "clerk"))
    nonce = str(new_id())
    first = clerk.post("/store/redeem/", {"code": f" {claim.code.lower()} ", "nonce": nonce})
    assert first.status_code == 200
    assert 'data-outcome="done"' in first.content.decode()
    assert "请发放 1 件：鲜牛奶" in first.content.decode()
    again = clerk.post("/store/redeem/", {"code": claim.code, "nonce": nonce})
    assert 'data-outcome="done"' in again.content.decode()
    other = clerk.post("/store/redeem/", {"code": claim.code, "nonce": str(new_id())})
    assert other.status_code == 409
    assert 'data-outcome="marketing.already_redeemed"' in other.content.decode()
    assert store.name in other.content.decode()
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize(("code", "reason"), [("CXXXX", "coupon_unknown"), ("", "coupon_unknown")])
def test_a_wrong_code_is_said_to_be_unknown(town, code, reason):
    _brand, store, _member, _asker = town
    clerk = Asker(a_staff("store", store, "clerk"))
    answer = clerk.post("/store/redeem/", {"code": code, "nonce": str(new_id())})
    assert answer.status_code == 409
    assert f'data-outcome="marketing.{reason}"' in answer.content.decode()
    assert Redemption.objects.count() == 0


def test_a_coupon_for_a_sale_is_not_redeemed_at_the_counter(town):
    brand, store, member, _asker = town
    claim = a_claim(a_coupon(brand, now=clock_now()), member, now=clock_now())
    clerk = Asker(a_staff("store", store, "clerk"))
    answer = clerk.post("/store/redeem/", {"code": claim.code, "nonce": str(new_id())})
    assert 'data-outcome="marketing.needs_sale"' in answer.content.decode()
    assert Redemption.objects.count() == 0


def test_the_consumer_redeems_by_the_counters_code_and_only_with_it(town):
    brand, store, member, asker = town
    now, product = clock_now(), a_product(brand.id)
    claim = a_claim(an_exchange(brand, product.id, now=now), member, now=now)
    address = f"/c/{brand.code}/at/{store.code}/"
    said = {"claim": str(claim.id), "nonce": str(new_id())}
    assert asker.get(address).status_code == 409
    assert asker.post(f"{address}?k=WRONG123", said).status_code == 409
    assert Redemption.objects.count() == 0
    k = counter_code(store.id, at=clock_now())
    assert "提领券" in asker.get(f"{address}?k={k}").content.decode()
    assert nobody(f"{address}?k={k}").status_code == 302
    for _ in range(2):
        answer = asker.post(f"{address}?k={k}", said)
        assert 'data-outcome="done"' in answer.content.decode()
    assert Redemption.objects.get().store_id == store.id
    other = Asker(*a_consumer(brand))
    assert other.post(f"{address}?k={k}", {**said, "nonce": str(new_id())}).status_code == 404


def test_the_counter_shows_its_code_to_its_own_clerk(town):
    _brand, store, _member, _asker = town
    clerk = Asker(a_staff("store", store, "clerk"))
    page = clerk.get("/store/counter-code/").content.decode()
    assert counter_code(store.id, at=clock_now()) in page


def test_a_clerk_gives_a_coupon_by_phone_number_once(town):
    brand, store, member, _asker = town
    coupon = a_coupon(brand, now=clock_now(), ways=("clerk",))
    a_coupon(brand, now=clock_now(), name="不给发", ways=("claim",))
    clerk = Asker(a_staff("store", store, "clerk"))
    assert "不给发" not in clerk.get("/store/coupons/give/").content.decode()
    said = {"id": str(new_id()), "coupon": str(coupon.id), "member": member.phone}
    for _ in range(2):
        assert clerk.post("/store/coupons/give/", said).status_code == 302
    claim = CouponClaim.objects.get()
    assert (claim.member_id, claim.way, claim.store_id) == (member.id, "clerk", store.id)
    missing = clerk.post("/store/coupons/give/", {**said, "id": str(new_id()), "member": "13900000000"})
    assert missing.status_code == 409
    assert CouponClaim.objects.count() == 1


def test_a_store_takes_part_with_one_tap_and_leaves_with_another(town):
    brand, store, _member, _asker = town
    coupon = a_coupon(brand, now=clock_now(), stores_choose=True)
    push_coupon(coupon.id, [store.id], by=None, now=clock_now())
    keeper = Asker(a_staff("store", store))
    assert coupon.name in keeper.get("/store/coupons/").content.decode()
    keeper.post(f"/store/coupons/{coupon.id}/choose/", {"chosen": "1"})
    assert CouponStore.objects.get().chosen_at is not None
    keeper.post(f"/store/coupons/{coupon.id}/choose/", {"chosen": "0"})
    assert CouponStore.objects.get().chosen_at is None
    clerk = Asker(a_staff("store", store, "clerk"))
    assert clerk.post(f"/store/coupons/{coupon.id}/choose/", {"chosen": "1"}).status_code == 403


def test_a_coupon_is_bought_from_the_wallet_or_not_at_all(town):
    brand, store, member, asker = town
    product = a_product(brand.id)
    an_exchange(brand, product.id, now=clock_now(), number="milk", ways=("buy",), price_minor=100)
    said = {"id": str(new_id()), "store": store.code}
    answer = asker.post(f"/c/{brand.code}/milk/", said)
    assert answer.status_code == 409
    assert CouponClaim.objects.count() == 0
    a_topped_up_wallet(member, 500, now=clock_now())
    for _ in range(2):
        assert asker.post(f"/c/{brand.code}/milk/", said).status_code == 200
    assert CouponClaim.objects.get().way == "buy"
    assert wallets_now([member.id])[member.id].principal_minor == 400
