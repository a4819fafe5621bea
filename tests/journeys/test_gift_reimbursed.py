"""From the scan of a product to money that comes back: scan, gift, counter, claims up the chain, statement, doubt, settlement."""

from __future__ import annotations

import json
from datetime import timedelta

from django.test import Client

from sitong.distribution.reimbursement.actions import draw_statements
from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.gifts.signing import signed_code
from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.rules import MILLION, Prize
from sitong.org.dealers.actions import move_dealer
from sitong.shared import clock
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_viewer, as_viewer, viewer_of_account
from tests.make.codes import a_batch, code_texts
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.reimbursement import due_to, owed_by
from tests.make.scans import a_scan_plan


class Caller:
    """Somebody's program, with a token of its own."""

    def __init__(self, viewer) -> None:
        self.client, self.viewer = Client(), viewer

    def ask(self, method: str, path: str, body: object = None, *, status: int = 200):
        headers = {"Accept-Language": "en", **as_viewer(self.viewer)}
        content = b"" if body is None else json.dumps(body, default=str).encode()
        answer = self.client.generic(method, f"/api/v1{path}", content, "application/json", headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


def test_a_scanned_gift_is_handed_over_and_paid_back_up_the_chain(committed_db):
    now = clock.now()
    brand = a_brand(now=now)
    upper = a_dealer(brand, now=now)
    lower = a_dealer(parent=upper, now=now)
    store, (account, member) = a_store(dealer=lower, now=now), a_consumer(brand, now=now)
    owner, clerk = Caller(a_viewer("brand", brand)), Caller(a_viewer("store", store))
    below, above = Caller(a_viewer("dealer", lower)), Caller(a_viewer("dealer", upper))
    consumer = Caller(viewer_of_account(account, member))

    gift_id = new_id()
    gift = {
        "id": gift_id,
        "name": "帆布袋",
        "name_en": "Tote bag",
        "value_minor": 1000,
        "handling_bp": 500,
        "valid_days": 30,
    }
    assert owner.ask("POST", "/gifts", gift, status=201)["published_at"] is None
    owner.ask("POST", f"/gifts/{gift_id}/publish")
    batch = a_batch(brand.id, now=now)
    a_scan_plan(batch, prizes=(Prize(Reward("gift", 1, gift_id), MILLION, 100),), now=now)

    for serial in (1, 2, 3):
        (code,) = code_texts(batch, serial)
        consumer.ask("POST", "/code-scans", {"id": new_id(), "code": code})
    mine = consumer.ask("GET", "/my-gifts")
    assert [one["name_en"] for one in mine] == ["Tote bag"] * 3

    asked = {"id": new_id(), "claim_id": mine[0]["id"], "store_id": store.id, "counter_code": "ABCD1234"}
    assert consumer.ask("POST", "/gift-asks", asked, status=409)["code"] == "marketing.counter_code_old"
    asked["counter_code"] = counter_code(store.id, at=clock.now())
    assert consumer.ask("POST", "/gift-asks", asked)["state"] == "waiting"
    (rings,) = clerk.ask("GET", f"/stores/{store.id}/gift-asks")
    done = clerk.ask("POST", f"/stores/{store.id}/gift-asks/{rings['id']}/confirm")
    assert (done["id"], consumer.ask("GET", f"/gift-asks/{rings['id']}")["state"]) == (str(asked["id"]), "done")

    scan = {"id": new_id(), "store_id": store.id, "code": signed_code(mine[1]["code"], at=clock.now())}
    assert clerk.ask("GET", f"/stores/{store.id}/gift-codes/{mine[1]['code']}")["refusal"] == ""
    first = clerk.ask("POST", "/gift-redemptions", scan)
    assert clerk.ask("POST", "/gift-redemptions", scan) == first
    refused = clerk.ask("POST", "/gift-redemptions", {**scan, "id": new_id()}, status=409)
    assert refused["code"] == "marketing.gift_already_redeemed"
    third = clerk.ask("POST", "/gift-redemptions", {"id": new_id(), "store_id": store.id, "code": mine[2]["code"]})
    proof = owner.ask("GET", f"/gift-redemptions/{third['id']}/proof")
    assert (proof["holds"], proof["position"], proof["way"]) == (True, 3, "code")
    assert proof["dealers"] == [str(lower.id), str(upper.id)] and proof["levels_minor"] == [1000, 1050, 1100]
    clerk.ask("POST", f"/gift-redemptions/{third['id']}/take-back", {"reason": "not handed over"})

    move_dealer(
        lower.id, parent_id=None, by=None, now=clock.now()
    )  # a change in mid-campaign moves no claim of the past
    drain("distribution.claims", "marketing.gift_counts")
    assert [one.ask("GET", "/claims/sums")["open_minor"] for one in (clerk, below, above)] == [2000, 2100, 2200]
    assert above.ask("GET", "/claims/sums?side=owed")["open_minor"] == 2100
    assert draw_statements(now=clock.now() + timedelta(days=32)) == 3

    (ours,) = clerk.ask("GET", "/claim-statements")
    whole = below.ask("GET", f"/claim-statements/{ours['id']}")
    lines = [one for one in whole["each"] if one["state"] == "claimed" and one["redemption_id"] != third["id"]]
    assert (whole["total_minor"], len(whole["each"]), len(lines)) == (2000, 2, 2) and all(one["proof"] for one in lines)
    clerk.ask("POST", f"/claim-lines/{lines[0]['id']}/dispute", {"text": "x"}, status=403)
    below.ask("POST", f"/claim-lines/{lines[0]['id']}/dispute", {"text": "no signature"})
    assert (
        below.ask("POST", f"/claim-statements/{ours['id']}/check", status=409)["code"] == "distribution.still_disputed"
    )
    clerk.ask("POST", f"/claim-lines/{lines[0]['id']}/stand-by", {"text": "there is a photo"})
    assert below.ask("POST", f"/claim-lines/{lines[0]['id']}/accept")["state"] == "accepted"
    assert below.ask("POST", f"/claim-statements/{ours['id']}/check")["agreed_minor"] == 2000
    paid = {"id": new_id(), "way": "goods", "reference": "SH-2026-11"}
    assert below.ask("POST", f"/claim-statements/{ours['id']}/settle", paid)["amount_minor"] == 2000
    assert below.ask("POST", f"/claim-statements/{ours['id']}/settle", paid)["amount_minor"] == 2000

    (on_brand,) = owner.ask("GET", "/claim-statements?side=owed")
    assert on_brand["total_minor"] == 2200 and len(owner.ask("GET", "/claim-statements")) == 3
    owner.ask("POST", f"/claim-statements/{on_brand['id']}/check")
    owner.ask(
        "POST", f"/claim-statements/{on_brand['id']}/settle", {"id": new_id(), "way": "money", "reference": "TR-9"}
    )
    assert [due_to(one) for one in (store, lower, upper)] == [0, 2100, 0]
    assert [owed_by(one) for one in (lower, upper, brand)] == [0, 2100, 0]
    assert owner.ask("GET", f"/gifts/{gift_id}")["redeemed"] == 2
    assert check_books() == []
