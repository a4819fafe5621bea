"""Coupons over HTTP, as a program sees them: headquarters, clerk, consumer; and the hot lanes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
from django.db import transaction

from sitong.marketing.coupons import hot
from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.coupons.models import Coupon, CouponClaim, Redemption
from sitong.member.identity.queries import member_code
from sitong.shared.batch.hot import HotCall
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.marketing import a_claim, a_coupon, an_exchange, chosen
from tests.make.member import a_member
from tests.make.org import a_brand, a_dealer, a_store

JSON = "application/json"


class Town:
    """A brand with a franchise store and a direct one, their people, a member."""

    def __init__(self, client) -> None:
        self.client, self.now = client, clock_now()
        self.brand = a_brand()
        self.dealer = a_dealer(self.brand)
        self.store, self.other = a_store(dealer=self.dealer), a_store(self.brand)
        self.member = a_member(self.brand, home_store_id=self.store.id)
        self.owner, self.marketer = a_viewer("brand", self.brand), a_viewer("brand", self.brand, "marketing")
        self.manager, self.clerk = a_viewer("store", self.store), a_viewer("store", self.store, "clerk")
        self.dealing, self.consumer = a_viewer("dealer", self.dealer), a_viewer("consumer", self.member)

    def ask(self, method: str, path: str, viewer, said=None):
        named = {} if said is None else {"data": orjson.dumps(said), "content_type": JSON}
        answer = getattr(self.client, method)(f"/api/v1{path}", headers=as_viewer(viewer), **named)
        return answer.status_code, orjson.loads(answer.content) if answer.content else None


@pytest.fixture
def town(db, client) -> Town:
    return Town(client)


def test_headquarters_defines_changes_publishes_and_ends_a_coupon(town):
    wanted = {"id": str(new_id()), "name": "五元券", "kind": "cash", "value_minor": 500, "valid_days": 7, "quota_total": 10,
              "terms": {"store_ids": [str(town.store.id)], "weekdays": [5, 6]}}  # fmt: skip
    status, made = town.ask("post", "/coupons", town.marketer, wanted)
    assert (status, made["state"], made["given"], made["terms"]) == (
        201,
        "draft",
        0,
        {"store_ids": [str(town.store.id)], "weekdays": [5, 6]},
    )
    assert town.ask("post", "/coupons", town.marketer, wanted)[1]["id"] == made["id"]
    status, changed = town.ask("patch", f"/coupons/{made['id']}", town.marketer, {"quota_total": 20})
    assert (status, changed["quota_total"], changed["value_minor"], changed["name"]) == (200, 20, 500, "五元券")
    assert town.ask("post", f"/coupons/{made['id']}/publish", town.marketer)[1]["state"] == "running"
    assert [one["id"] for one in town.ask("get", "/coupons?state=running", town.owner)[1]] == [made["id"]]
    assert town.ask("post", f"/coupons/{made['id']}/pause", town.marketer)[1]["state"] == "paused"
    assert town.ask("post", f"/coupons/{made['id']}/resume", town.marketer)[1]["state"] == "running"
    assert town.ask("post", f"/coupons/{made['id']}/end", town.marketer)[1]["state"] == "ended"
    status, refused = town.ask("post", f"/coupons/{made['id']}/publish", town.marketer)
    assert (status, refused["code"]) == (409, "marketing.coupon_ended")


def test_what_cannot_be_is_refused_with_its_code(town):
    status, refused = town.ask(
        "post", "/coupons", town.owner, {"id": str(new_id()), "name": "x", "kind": "cash", "valid_days": 7}
    )
    assert (status, refused["code"]) == (409, "marketing.coupon_gives_nothing")
    status, _ = town.ask("post", "/coupons", town.owner, {"id": str(new_id()), "name": "x", "kind": "magic"})
    assert status == 422
    assert not Coupon.objects.exists()


def test_stores_dealers_and_consumers_define_nothing(town):
    wanted = {"id": str(new_id()), "name": "x", "kind": "cash", "value_minor": 5, "valid_days": 7}
    for viewer in (town.manager, town.clerk, town.dealing, town.consumer):
        assert town.ask("post", "/coupons", viewer, wanted)[0] in (403, 404)
    assert not Coupon.objects.exists()


def test_stores_and_dealers_see_the_published_ones_that_concern_them(town):
    a_coupon(town.brand, published=False)
    everywhere = a_coupon(town.brand)
    a_coupon(town.brand, terms={"store_ids": [town.other.id]})
    a_coupon(town.brand, terms={"store_kinds": ["direct"]})
    a_coupon(town.brand, stores_choose=True)
    here = a_coupon(town.brand, stores_choose=True)
    chosen(here, town.store)
    for viewer in (town.manager, town.dealing):
        assert {one["id"] for one in town.ask("get", "/coupons", viewer)[1]} == {str(everywhere.id), str(here.id)}
    assert len(town.ask("get", "/coupons", town.owner)[1]) == 6
    assert town.ask("get", "/coupons", town.consumer)[0] == 403
    assert town.ask("get", f"/coupons/{everywhere.id}/results", town.manager)[0] == 404
    assert town.ask("get", f"/coupons/{everywhere.id}/results", town.owner)[1]["issued"] == 0


def test_a_store_chooses_what_was_pushed_to_it(town):
    coupon = an_exchange(town.brand, new_id(), stores_choose=True, now=town.now)
    status, pushed = town.ask("put", f"/coupons/{coupon.id}/stores", town.marketer, {"store_ids": [str(town.store.id)]})
    assert (status, pushed) == (200, {"pushed": 1})
    (listed,) = town.ask("get", f"/stores/{town.store.id}/coupons", town.manager)[1]
    assert (listed["coupon_id"], listed["chosen_at"]) == (str(coupon.id), None)
    assert town.ask("put", f"/stores/{town.store.id}/coupons/{coupon.id}", town.clerk)[0] == 403
    assert town.ask("put", f"/stores/{town.other.id}/coupons/{coupon.id}", town.manager)[0] == 404
    assert town.ask("put", f"/stores/{town.store.id}/coupons/{coupon.id}", town.manager)[0] == 204
    assert town.ask("get", f"/stores/{town.store.id}/coupons", town.manager)[1][0]["chosen_at"] is not None
    assert town.ask("delete", f"/stores/{town.store.id}/coupons/{coupon.id}", town.manager)[0] == 204
    assert (
        town.ask("put", f"/coupons/{coupon.id}/stores", town.marketer, {"store_ids": [str(a_store(a_brand()).id)]})[0]
        == 404
    )


def test_a_consumer_claims_holds_and_redeems_by_the_counters_code(town):
    coupon = an_exchange(town.brand, new_id(), now=town.now, quota_total=3)
    (offered,) = town.ask("get", f"/open-coupons?store_id={town.store.id}", town.consumer)[1]
    assert (offered["id"], offered["left"], offered["had"]) == (str(coupon.id), 3, 0)
    said = {"id": str(new_id()), "coupon_id": str(coupon.id), "source": "poster"}
    status, claimed = town.ask("post", "/coupon-claims", town.consumer, said)
    assert (status, town.ask("post", "/coupon-claims", town.consumer, said)[1]) == (201, claimed)
    status, refused = town.ask("post", "/coupon-claims", town.consumer, {**said, "id": str(new_id())})
    assert (status, refused["code"]) == (409, "marketing.have_yours")
    (mine,) = town.ask("get", "/my-coupons", town.consumer)[1]
    assert (mine["id"], mine["code"], mine["state"]) == (claimed["id"], claimed["code"], "ready")
    status, counter = town.ask("get", f"/stores/{town.store.id}/counter-code", town.clerk)
    assert status == 200
    scan = {
        "id": str(new_id()),
        "store_id": str(town.store.id),
        "claim_id": claimed["id"],
        "counter_code": counter["code"],
    }
    old = {**scan, "counter_code": counter_code(town.store.id, at=town.now - timedelta(minutes=4))}
    assert town.ask("post", "/redemptions/at-counter", town.consumer, old)[1]["code"] == "marketing.counter_code_old"
    assert town.ask("post", "/redemptions/at-counter", a_viewer("consumer", a_member(town.brand)), scan)[0] == 404
    status, redeemed = town.ask("post", "/redemptions/at-counter", town.consumer, scan)
    assert (status, redeemed["claim_id"]) == (200, claimed["id"])
    assert town.ask("post", "/redemptions/at-counter", town.consumer, scan)[1] == redeemed
    (today,) = town.ask("get", f"/stores/{town.store.id}/redemptions", town.clerk)[1]
    assert (today["coupon_id"], today["order_id"]) == (str(coupon.id), None)
    assert [one["what"] for one in town.ask("get", f"/coupon-claims/{claimed['id']}/steps", town.consumer)[1]] == [
        "given",
        "redeemed",
    ]
    (used,) = town.ask("get", "/my-coupons?which=used", town.consumer)[1]
    assert used["redeemed_at"] is not None


def test_a_clerk_looks_and_redeems_in_its_own_store_only(town):
    claim = a_claim(an_exchange(town.brand, new_id(), now=town.now), town.member, now=town.now)
    status, seen = town.ask("get", f"/stores/{town.store.id}/coupon-codes/{claim.code}", town.clerk)
    assert (status, seen["claim_id"], seen["refusal"]) == (200, str(claim.id), "")
    assert (
        town.ask("get", f"/stores/{town.store.id}/coupon-codes/C00000000000000", town.clerk)[1]["code"]
        == "marketing.coupon_unknown"
    )
    scan = {"id": str(new_id()), "store_id": str(town.other.id), "code": claim.code}
    assert town.ask("post", "/redemptions", town.clerk, scan)[0] == 404
    assert (
        town.ask(
            "post", "/redemptions", a_viewer("dealer", a_dealer(town.brand)), {**scan, "store_id": str(town.store.id)}
        )[0]
        == 404
    )
    assert town.ask("post", "/redemptions", town.consumer, scan)[0] == 403
    assert not Redemption.objects.exists()
    here = {**scan, "store_id": str(town.store.id)}
    status, redeemed = town.ask("post", "/redemptions", town.clerk, here)
    assert (status, redeemed["claim_id"]) == (200, str(claim.id))
    assert town.ask("post", "/redemptions", town.clerk, here)[1] == redeemed
    status, refused = town.ask("post", "/redemptions", town.dealing, {**here, "id": str(new_id())})
    assert (status, refused["code"], refused["facts"]["where"]) == (409, "marketing.already_redeemed", town.store.name)


def test_a_clerk_gives_to_who_shows_the_members_code(town):
    coupon = a_coupon(town.brand, ways=("clerk",), clerk_daily=1, now=town.now)
    shown = member_code(town.member.id, town.now)
    said = {"id": str(new_id()), "coupon_id": str(coupon.id), "store_id": str(town.store.id), "member_code": shown}
    status, given = town.ask("post", "/coupon-gifts", town.clerk, said)
    assert (status, given["member_id"]) == (201, str(town.member.id))
    row = CouponClaim.objects.get()
    assert (row.way, row.store_id, row.given_by) == ("clerk", town.store.id, town.clerk.account_id)
    stranger = {
        "id": str(new_id()),
        "coupon_id": str(coupon.id),
        "store_id": str(town.store.id),
        "member_id": str(a_member(town.brand).id),
    }
    assert town.ask("post", "/coupon-gifts", town.manager, stranger)[0] == 404
    own = {**stranger, "member_id": str(a_member(town.brand, home_store_id=town.store.id).id)}
    assert town.ask("post", "/coupon-gifts", town.manager, own)[0] == 201
    more = {**said, "id": str(new_id()), "member_code": member_code(a_member(town.brand).id, town.now)}
    assert town.ask("post", "/coupon-gifts", town.clerk, more)[1]["code"] == "marketing.clerk_gave_enough"
    assert CouponClaim.objects.count() == 2


def test_headquarters_gives_to_a_segment_and_can_stop(town):
    coupon = a_coupon(town.brand, ways=("segment",), now=town.now)
    segment = {"store_ids": [str(town.store.id)]}
    assert town.ask("post", f"/coupons/{coupon.id}/reach", town.marketer, segment)[1] == {"members": 1}
    said = {"id": str(new_id()), "segment": segment}
    status, giving = town.ask("post", f"/coupons/{coupon.id}/givings", town.marketer, said)
    assert (status, giving["reach"], giving["given"]) == (202, 1, 0)
    assert town.ask("post", f"/coupons/{coupon.id}/givings", town.manager, said)[0] == 404
    assert town.ask("get", f"/coupons/{coupon.id}/givings", town.owner)[1] == [giving]
    assert town.ask("post", f"/coupon-givings/{giving['id']}/stop", town.marketer)[1]["stopped_at"] is not None


def test_a_friend_takes_what_was_passed_on_and_one_coupon_is_made_void(town):
    claim = a_claim(a_coupon(town.brand, transferable=True, per_member=2, now=town.now), town.member, now=town.now)
    friend = a_viewer("consumer", a_member(town.brand))
    status, offer = town.ask("post", f"/coupon-claims/{claim.id}/pass", town.consumer, {"id": str(new_id())})
    assert status == 200
    assert town.ask("post", f"/coupon-claims/{claim.id}/pass", friend, {"id": str(new_id())})[0] == 404
    assert town.ask("post", f"/coupon-passes/{offer['id']}/take", a_viewer("consumer", a_brand()))[0] == 404
    assert town.ask("post", f"/coupon-passes/{offer['id']}/take", friend)[1]["taken_at"] is not None
    assert town.ask("post", f"/coupon-passes/{offer['id']}/recall", town.consumer)[1]["code"] == "marketing.pass_taken"
    assert town.ask("post", f"/coupon-claims/{claim.id}/void", town.manager, {})[0] in (403, 404)
    status, void = town.ask("post", f"/coupon-claims/{claim.id}/void", town.owner, {"reason": "lost phone"})
    assert (status, void["state"], CouponClaim.objects.get().void_reason) == (200, "void", "lost phone")
    coupon_id = CouponClaim.objects.get().coupon_id
    assert town.ask("post", f"/coupons/{coupon_id}/void", town.owner, {"reason": "misprint"})[1]["state"] == "void"


def test_campaigns_are_entered_and_listed_by_headquarters(town):
    said = {"id": str(new_id()), "name": "春日", "starts_on": "2026-03-01", "ends_on": "2026-03-31"}
    assert town.ask("post", "/campaigns", town.marketer, said)[0] == 201
    assert [one["name"] for one in town.ask("get", "/campaigns", town.owner)[1]] == ["春日"]
    assert town.ask("get", "/campaigns", town.manager)[0] in (403, 404)


@pytest.mark.usefixtures("committed_db")
def test_the_hot_lanes_give_and_redeem():
    with transaction.atomic():
        brand = a_brand()
        store, member, now = a_store(brand), a_member(brand), clock_now()
        coupon = an_exchange(brand, new_id(), now=now)
    consumer, clerk = a_viewer("consumer", member), a_viewer("store", store, "clerk")
    claiming, redeeming = hot.HOT

    def call(viewer, **said) -> HotCall:
        return HotCall(orjson.dumps(said), viewer, {}, "", "en", now)

    async def both():
        claimed = await claiming.answer(call(consumer, id=new_id(), coupon_id=coupon.id))
        code = orjson.loads(claimed[2])["code"]
        first, second = [
            await redeeming.answer(call(clerk, id=new_id(), store_id=store.id, code=code)) for _ in range(2)
        ]
        staff = await claiming.answer(call(clerk, id=new_id(), coupon_id=coupon.id))
        elsewhere = await redeeming.answer(
            call(a_viewer("store", a_stranger), id=new_id(), store_id=store.id, code=code)
        )
        return claimed, first, second, staff, elsewhere

    with transaction.atomic():
        a_stranger = a_store(brand)
    claimed, first, second, staff, elsewhere = asyncio.run(both())
    assert (claimed[0], first[0], second[0], staff[0], elsewhere[0]) == (201, 200, 409, 403, 404)
    assert orjson.loads(second[2])["code"] == "marketing.already_redeemed"
    for lane in (hot.CLAIMING, hot.REDEEMING):
        lane.stop()
        lane.reopen()
