"""From a shipment to a confirmed diversion, by HTTP: consumers scan, headquarters sees, looks and confirms, the dealer is told what is its own."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from sitong.goods.diversion.actions import judge_brands
from sitong.goods.diversion.models import CodeAlert, DiversionCount
from sitong.goods.diversion.queries.unread import SUBSCRIBER
from sitong.shared import clock
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_viewer, as_viewer, viewer_of_account
from tests.make.codes import code_texts
from tests.make.diversion import CHENGDU, a_dealer_at, cell_at, goods_of, place_of
from tests.make.org import a_brand

DEALERS = 6


class Caller:
    """Somebody's program with a token of its own."""

    def __init__(self, viewer) -> None:
        self.client, self.viewer = Client(), viewer

    def ask(self, method: str, path: str, body: object = None):
        content = b"" if body is None else json.dumps(body, default=str).encode()
        headers = {"Accept-Language": "en", **as_viewer(self.viewer)}
        return self.client.generic(method, f"/api/v1{path}", content, "application/json", headers=headers)


def scan(consumer: Caller, tree, serials, place) -> None:
    for text in code_texts(tree.items, *serials):
        answer = consumer.ask("POST", "/code-scans", {"id": new_id(), "code": text, "cell": f"{cell_at(place):x}"})
        assert answer.status_code == 200, answer.content
        assert answer.json()["standing"] == "active"


@pytest.mark.usefixtures("committed_db")
def test_goods_that_turn_up_elsewhere_are_noticed_looked_into_and_confirmed():
    now = clock.now() - timedelta(hours=1)
    brand = a_brand(now=now)
    made = [(place_of(at), a_dealer_at(brand, place_of(at), name=f"经销商{at + 1}")) for at in range(DEALERS)]
    trees = [goods_of(brand, dealer, items=96, now=now) for _, dealer in made]
    consumers = [Caller(viewer_of_account(*a_consumer(brand))) for _ in range(4)]

    for at, ((place, _), tree) in enumerate(zip(made, trees, strict=True)):
        scan(consumers[at % 4], tree, range(1, 97, 4), place)
    scan(consumers[1], trees[2], range(2, 97, 4), CHENGDU)
    again = {"id": new_id(), "code": code_texts(trees[2].items, 1)[0], "cell": f"{cell_at(CHENGDU):x}"}
    assert consumers[3].ask("POST", "/code-scans", again).status_code == 200

    drain(SUBSCRIBER)
    assert sum(DiversionCount.objects.values_list("scans", flat=True)) == 24 * DEALERS + 24, "each code once"
    judge_brands(now=clock.now())
    assert judge_brands(now=clock.now()) == 0

    boss, owner, neighbor = (
        Caller(a_viewer("brand", brand)),
        Caller(a_viewer("dealer", made[2][1])),
        Caller(a_viewer("dealer", made[3][1])),
    )
    listed = boss.ask("GET", "/diversion/alerts?state=new").json()
    (alert,) = [one for one in listed if one["kind"] == "dealer"]
    assert alert["dealer_id"] == str(made[2][1].id)
    assert alert["facts"]["far"] == [24, 24, 24, 24]
    said = boss.ask("GET", f"/diversion/alerts/{alert['id']}").json()["sentences"]
    assert said[1] == "24 of them (50.0 %) were scanned at least 150 km outside of the territory."

    steps = f"/diversion/alerts/{alert['id']}/steps"
    assert boss.ask("POST", steps, {"id": new_id(), "verb": "looked_at"}).status_code == 200
    assert boss.ask("POST", steps, {"id": new_id(), "verb": "confirmed"}).json()["code"] == "goods.alert_reason"
    assert (
        boss.ask("POST", steps, {"id": new_id(), "verb": "confirmed", "reason": "Bought it in Chengdu"}).status_code
        == 200
    )

    pack = zipfile.ZipFile(io.BytesIO(boss.ask("GET", f"/diversion/alerts/{alert['id']}/evidence.zip").content))
    assert len(pack.read(f"{alert['number']}/scans.csv").splitlines()) == 25

    assert alert["number"] in {one["number"] for one in owner.ask("GET", "/diversion/alerts").json()}
    told = owner.ask("GET", f"/diversion/alerts/{alert['id']}").json()
    assert (told["state"], [one["reason"] for one in told["steps_taken"]]) == ("confirmed", ["", ""])
    assert neighbor.ask("GET", "/diversion/alerts").json() == []
    assert neighbor.ask("GET", f"/diversion/alerts/{alert['id']}").status_code == 404

    assert not CodeAlert.objects.exclude(dealer_id=made[2][1].id).exists()
    assert check_books() == []
