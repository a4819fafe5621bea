"""A hundred people buy a coupon worth 100 for 10; ten days, one perfume a day; 20 come to the store, only those 20 take part.

Over HTTP from headquarters to the day's public page. A second group is not complete, and everybody's money goes back.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.deals.actions import draw_due_days
from sitong.marketing.deals.models import DealDay, DealGroup, DealPlace, DealTicket
from sitong.member.wallet.queries import wallets_now
from sitong.scene.deal_sales.actions import expire_deal_groups
from sitong.scene.payments.actions import settle_refunds
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.server import payment_resource
from sitong.scene.payments.messenger import send_refunds
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.queries import provider_of
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.journeys.test_first_order import Caller, provider
from tests.make.access import a_viewer, as_viewer
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.payments import a_merchant
from tests.make.wallet import a_topped_up_wallet

__all__ = ["provider"]

PEOPLE, DAYS, CAME = 100, 10, 20
BY_WALLET = 30


@pytest.fixture
def town(committed_db, provider):
    """A brand with a store and an account with the payment provider; its headquarters and its clerk."""
    now = clock_now()
    brand = a_brand(now=now)
    store = a_store(brand, now=now)
    merchant = a_merchant(brand.id, provider, now=now)
    with every_brand():
        return (
            brand,
            store,
            merchant,
            Caller(as_viewer(a_viewer("brand", brand))),
            Caller(as_viewer(a_viewer("store", store))),
        )


def a_published_deal(headquarters, brand, now):
    """Headquarters makes the coupon, the prize and the deal with its draw, and publishes them."""
    made = []
    for name, value in (("百元券", 10_000), ("香水兑换券", 29_900)):
        coupon = {
            "id": new_id(),
            "name": name,
            "kind": "cash",
            "value_minor": value,
            "ways": ["campaign"],
            "valid_days": 90,
        }
        status, defined = headquarters.ask("POST", "/coupons", coupon)
        assert status == 201, defined
        assert headquarters.ask("POST", f"/coupons/{defined['id']}/publish")[0] == 200
        made.append(defined["id"])
    first_on = business_date(now, brand.zone) + timedelta(days=1)
    deal = {
        "id": new_id(), "name": "百人拼团", "name_en": "A hundred together", "coupon_id": made[0], "price_minor": 1_000, "worth_minor": 10_000,
        "people": PEOPLE, "group_hours": 24, "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=3)).isoformat(), "area": "阳光花园",
        "draw": {
            "days": DAYS, "first_on": first_on.isoformat(), "prize": {"kind": "coupon", "ref_id": made[1]}, "prize_name": "香水一瓶",
            "prize_value_minor": 29_900, "organizer": "四通品牌管理有限公司", "conditions": "到店领取奖券者参加",
        },
    }  # fmt: skip
    status, drafted = headquarters.ask("POST", "/deals", deal)
    assert (status, drafted["published_at"]) == (200, None), drafted
    assert headquarters.ask("POST", f"/deals/{drafted['id']}/publish")[0] == 200
    deal["draw"]["prize_value_minor"] = 99_900  # somebody tries to edit a running draw
    status, refused = headquarters.ask("POST", "/deals", deal)
    assert (status, refused["code"]) == (409, "marketing.deal_frozen")
    return drafted


def pays(caller, place, *, provider, merchant):
    """Pay with WeChat: the provider's page, and its notification, twice as the internet likes it."""
    status, way = caller.ask("POST", f"/my-deals/{place['id']}/pay")
    assert status == 200, way
    row = provider.till.pay(way["cashier"].rsplit("/", 1)[-1])
    body = notification(
        provider.keys, event_type="TRANSACTION.SUCCESS", kind="transaction", resource=payment_resource(provider.keys, row)
    )  # fmt: skip
    for _ in range(2):
        told = Caller().client.generic(
            "POST", f"/api/v1/payments/wechat/{merchant.id}/notify", body, headers=signature_headers(provider.keys, body)
        )  # fmt: skip
        assert told.status_code == 204, told.content


def joined(caller, deal, store):
    wanted = {"id": new_id(), "deal_id": deal["id"], "store_id": store.id}
    status, place = caller.ask("POST", "/deal-joins", wanted)
    assert (status, place["state"]) == (201, "held"), place
    assert caller.ask("POST", "/deal-joins", wanted) == (201, place)
    return place


def test_a_hundred_come_together_and_twenty_take_part_in_ten_draws(town, provider, tmp_path):
    brand, store, merchant, headquarters, clerk = town
    now = clock_now()
    drain()
    deal = a_published_deal(headquarters, brand, now)
    with every_brand():
        members = [a_member(brand, now=now) for _ in range(PEOPLE + 3)]
        for one in members[:BY_WALLET]:
            a_topped_up_wallet(one, 1_000, now=now)
        people = [Caller(as_viewer(a_viewer("consumer", one), ttl_s=3600)) for one in members]

    # A hundred join and pay, thirty of them from the wallet; the last one completes the group.
    places = []
    for at, (member, caller) in enumerate(zip(members[:PEOPLE], people, strict=False)):
        place = joined(caller, deal, store)
        places.append(place)
        group = caller.ask("GET", f"/deal-groups/{place['group_id']}")[1]
        assert (group["taken"], group["paid"], group["state"]) == (at + 1, at, "open")
        if at < BY_WALLET:
            assert caller.ask("POST", f"/my-deals/{place['id']}/pay-from-wallet")[0] == 200
            assert wallets_now([member.id])[member.id].total_minor == 0
        else:
            pays(caller, place, provider=provider, merchant=merchant)
    assert len({one["group_id"] for one in places}) == 1
    group = people[0].ask("GET", f"/deal-groups/{places[0]['group_id']}")[1]
    assert (group["taken"], group["paid"], group["state"]) == (PEOPLE, PEOPLE, "complete")
    with every_brand():
        assert CouponClaim.objects.count() == PEOPLE
    assert [one["state"] for one in people[99].ask("GET", "/my-coupons")[1]] == ["ready"]

    # Three more open a second group; it is not complete in a day, and two who have paid have their money back.
    late = [joined(caller, deal, store) for caller in people[PEOPLE:]]
    for caller, place in list(zip(people[PEOPLE:], late, strict=True))[:2]:
        pays(caller, place, provider=provider, merchant=merchant)
    with every_brand():
        expire_deal_groups(now=now + timedelta(days=1, minutes=1))
        send_refunds(now=now + timedelta(days=1, minutes=2))
        numbers = list(Refund.objects.values_list("number", flat=True))
        settle_refunds(
            [provider_of(merchant.id).query_refund(one) for one in numbers], now=now + timedelta(days=1, minutes=3)
        )
        assert (
            sorted(DealPlace.objects.filter(group_id=late[0]["group_id"]).values_list("state", flat=True))
            == ["expired"] * 3
        )
        assert list(Refund.objects.values_list("amount_minor", "state")) == [(1_000, "done")] * 2

    # Each draws a sealed ticket; twenty come to the store, on two days.
    tickets = [
        caller.ask("POST", f"/my-deals/{place['id']}/ticket")[1] for caller, place in zip(people, places, strict=False)
    ]
    assert {(one["claimed_at"], one["won_day"]) for one in tickets} == {(None, None)}
    assert people[PEOPLE].ask("POST", f"/my-deals/{late[0]['id']}/ticket")[1]["code"] == "marketing.deal_not_complete"
    for ticket in tickets[:CAME]:
        status, claimed = clerk.ask("POST", "/deal-tickets/claim", {"store_id": store.id, "code": ticket["code"]})
        assert status == 200, claimed
    again = clerk.ask("POST", "/deal-tickets/claim", {"store_id": store.id, "code": tickets[0]["code"]})[1]
    assert (again["claim_number"], claimed["claim_number"]) == (1, CAME)

    # Ten days, one perfume a day. Before a day is drawn nobody is shown its seed, afterwards everybody.
    shop = f"/s/{brand.code}/{store.code}/deals/{deal['id']}/draw/"
    promised = [one["commitment"] for one in people[0].ask("GET", f"/open-deals/{deal['id']}/days")[1]]
    assert len(set(promised)) == DAYS
    assert Client().get(f"{shop}1/file.json").status_code == 404
    winners = []
    for day in range(1, DAYS + 1):
        with every_brand():
            closes = DealDay.objects.get(day=day).closes_at
            assert draw_due_days(now=closes - timedelta(seconds=1)) == 0
            assert draw_due_days(now=closes + timedelta(seconds=1)) == 1
        answer = Client().get(f"{shop}{day}/file.json")
        (tmp_path / f"{day}.json").write_bytes(answer.content)
        proof = answer.json()
        assert (len(proof["tickets"]), len(proof["winners"])) == (CAME - day + 1, 1)
        assert proof["commitment"] == promised[day - 1]
        assert proof["winners"][0].encode() in Client().get(f"{shop}{day}/").content
        winners += proof["winners"]
    assert len(set(winners)) == DAYS
    assert {one.split()[1] for one in winners} <= {one["code"] for one in tickets[:CAME]}
    true = subprocess.run(
        [sys.executable, "-m", "sitong", "draw", "verify", str(tmp_path / "10.json"), "--commitment", promised[9]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert true.returncode == 0, true.stdout + true.stderr

    # The winners have their perfume, nobody else; all the money is where it belongs.
    with every_brand():
        prizes = CouponClaim.objects.exclude(id__in=[one["id"] for one in places])
        won = {one.member_id for one in DealTicket.objects.filter(won_day__isnull=False)}
        assert (prizes.count(), {one.member_id for one in prizes}) == (DAYS, won)
        assert sorted(DealGroup.objects.values_list("state", flat=True)) == ["complete", "expired"]
        held = sum(one.amount_minor - one.refunded_minor for one in Payment.objects.filter(state="paid"))
        assert held == PEOPLE * 1_000
        assert check_books() == []
