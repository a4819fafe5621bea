"""Promotions over HTTP, as a program sees them: headquarters, store, consumer; and quotes with them."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from sitong.marketing.models import Promotion, PromotionStore
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.scene.cart.benefits import forget_plans
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.org import a_brand
from tests.make.promotions import a_flash_sale, second_at_half_price
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")
JSON = "application/json"


class Town:
    """A selling store, headquarters, a manager and a consumer."""

    def __init__(self, client) -> None:
        forget_plans()
        forget_promotions()
        self.client, self.now = client, clock_now() - timedelta(minutes=1)
        self.brand = a_brand(now=self.now)
        self.selling = a_selling_store(prices=(1000, 250), stock=50, brand=self.brand, now=self.now)
        self.owner, self.manager = a_viewer("brand", self.brand), a_viewer("store", self.selling.store)
        self.consumer = a_viewer("consumer", self.selling.member)

    def ask(self, method: str, path: str, viewer, said=None):
        body = orjson.dumps(said) if said is not None else b""
        answer = self.client.generic(method, f"/api/v1{path}", body, JSON, headers=as_viewer(viewer))
        show_every_brand()
        return answer

    def wanted(self, **fields):
        return {
            "id": str(new_id()), "kind": "nth", "name": "第二件半价", "rule": {"count": 2, "percent_bp": 5000},
            "starts_at": self.now.isoformat(), "ends_at": (self.now + timedelta(days=7)).isoformat(), **fields,
        }  # fmt: skip


@pytest.fixture
def town(client):
    return Town(client)


def test_headquarters_defines_publishes_and_stops(town):
    wanted = town.wanted(terms={"sku_ids": [str(town.selling.goods[0].sku_id)]})
    made = town.ask("POST", "/promotions", town.owner, wanted)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert town.ask("POST", "/promotions", town.owner, wanted).json() == made.json()
    other = town.ask("POST", "/promotions", town.owner, {**wanted, "name": "另一个"})
    assert (other.status_code, other.json()["code"]) == (409, "shared.repeat_differs")
    path = f"/promotions/{wanted['id']}"
    assert town.ask("POST", f"{path}/publish", town.owner).json()["state"] == "running"
    assert [one["id"] for one in town.ask("GET", "/promotions", town.manager).json()] == [wanted["id"]]
    assert town.ask("POST", f"{path}/stop", town.owner).json()["state"] == "stopped"
    assert town.ask("GET", f"{path}/results", town.owner).json() == {
        "orders": 0, "sales_minor": 0, "saved_minor": 0, "undone": 0, "flash": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"rule": {"count": 1, "percent_bp": 5000}}, "count"),
        ({"kind": "gift", "rule": {"count": 2, "gift_count": 1}}, "goods"),
        ({"kind": "steps", "rule": {"steps": [{"reach": 100, "off_minor": 200}]}}, "steps"),
        (
            {"kind": "steps", "rule": {"steps": [{"reach": 200, "off_minor": 20}, {"reach": 100, "off_minor": 30}]}},
            "steps",
        ),
        ({"kind": "bundle", "rule": {"price_minor": 100}}, "parts"),
        ({"kind": "flash", "rule": {}}, "flash"),
        ({"kind": "member_day", "rule": {"percent_bp": 500}}, "percent_bp"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(town, fields, what):
    answer = town.ask("POST", "/promotions", town.owner, town.wanted(**fields))
    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]["what"]) == (
        409,
        "marketing.promotion_rule",
        what,
    )
    assert Promotion.objects.count() == 0


def test_only_headquarters_defines_and_only_the_store_s_people_choose(town):
    assert town.ask("POST", "/promotions", town.manager, town.wanted()).status_code in (403, 404)
    promotion = second_at_half_price(town.selling, stores_choose=True, now=town.now)
    path = f"/stores/{town.selling.store.id}/promotions/{promotion.id}"
    assert town.ask("PUT", path, town.manager).json()["code"] == "marketing.promotion_not_pushed"
    store_ids = [str(town.selling.store.id)]
    assert town.ask("POST", f"/promotions/{promotion.id}/push", town.owner, {"store_ids": store_ids}).json() == {
        "pushed": 1
    }
    assert town.ask("PUT", path, town.consumer).status_code == 403
    assert town.ask("PUT", path, town.manager).json()["chosen"] is True
    assert town.ask("DELETE", path, town.manager).json()["chosen"] is False
    assert PromotionStore.objects.get().left_at is not None


def test_a_consumer_sees_what_is_on_and_is_quoted_with_it(town):
    second_at_half_price(town.selling, now=town.now)
    a_flash_sale(town.selling, 1, price_minor=100, stock=5, now=town.now)
    on = town.ask("GET", f"/stores/{town.selling.store.id}/promotions", town.consumer).json()
    assert {one["kind"]: [item["left"] for item in one["flash"]] for one in on} == {"nth": [], "flash": [5]}
    lines = [{"sku_id": str(one.sku_id), "quantity": 2} for one in town.selling.goods]
    quote = town.ask("POST", "/quotes", town.consumer, {"store_id": str(town.selling.store.id), "lines": lines}).json()
    assert (quote["goods_minor"], quote["promotion_minor"], quote["total_minor"]) == (2500, 800, 1700)
    assert {one["kind"]: one["saved_minor"] for one in quote["promotions"]} == {"nth": 500, "flash": 300}
    assert [line["promotion_minor"] for line in quote["lines"]] == [500, 300]
    order = {"id": str(new_id()), "store_id": str(town.selling.store.id), "lines": lines, "promise": quote["promise"]}
    placed = town.ask("POST", "/orders", town.consumer, order)
    assert placed.json()["total_minor"] == 1700, placed.content
