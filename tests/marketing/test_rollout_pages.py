"""Campaign templates through their pages and the API: headquarters, dealer, store's phone, visitor; and who sees nothing."""

from __future__ import annotations

import orjson
import pytest
from django.test import Client

from sitong.marketing.models import Adoption, CampaignTemplate, TemplatePush
from sitong.marketing.rollout.rules import PartRef
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.marketing import a_coupon
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.rollout import a_template, adopted


class Town:
    """A brand with a dealer's store and a direct one, a template pushed to all, and their people."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.brand = a_brand()
        self.dealer = a_dealer(self.brand)
        self.store, self.direct = a_store(dealer=self.dealer), a_store(self.brand)
        self.coupon = a_coupon(self.brand, now=self.now, stores_choose=True)
        self.ref = PartRef("coupon", self.coupon.id)
        self.template = a_template(
            self.brand, self.ref, now=self.now, freedoms=("notice", "dates", "parts"), script="请店员主动介绍"
        )

    def ask(self, method: str, path: str, viewer, said=None):
        named = {} if said is None else {"data": orjson.dumps(said), "content_type": "application/json"}
        answer = getattr(Client(), method)(f"/api/v1{path}", headers=as_viewer(viewer), **named)
        return answer.status_code, orjson.loads(answer.content) if answer.content else None


@pytest.fixture
def town(db) -> Town:
    return Town()


def signed_in(place, system: str, role: str) -> Client:
    client = Client()
    open_session(client, a_staff(system, place, role))
    return client


def test_headquarters_makes_tries_out_publishes_and_ends_a_campaign(town):
    desk = signed_in(town.brand, "brand", "owner")
    key = str(new_id())
    form = {"id": key, "name": "到店礼", "name_en": "Come in", "starts_on": "2027-01-01", "ends_on": "2027-01-31", "freedoms": ["notice"],
            "part": [f"coupon:{town.coupon.id}"]}  # fmt: skip
    assert desk.post("/brand/templates/new/", {**form, "part": []}).status_code == 422
    assert desk.post("/brand/templates/new/", form).status_code == 302
    assert desk.post("/brand/templates/new/", form).status_code == 302
    assert CampaignTemplate.objects.filter(id=key).count() == 1
    assert desk.post(f"/brand/templates/{key}/push/", {"store": [str(town.direct.id)]}).status_code == 302
    page = desk.get(f"/brand/templates/{key}/").content.decode()
    assert "到店礼" in page
    assert town.direct.name in page
    assert TemplatePush.objects.get(template_id=key).trial
    desk.post(f"/brand/templates/{key}/state/publish/")
    desk.post(f"/brand/templates/{key}/push/", {"store_kind": ["franchise"], "dealer": [str(town.dealer.id)]})
    assert TemplatePush.objects.filter(template_id=key, trial=False).count() == 3
    desk.post(f"/brand/templates/{key}/push/", {"recall": f"dealer:{town.dealer.id}"})
    assert TemplatePush.objects.filter(template_id=key).count() == 2
    assert desk.get("/brand/templates/").status_code == 200
    assert desk.get(f"/brand/templates/{key}/edit/").status_code == 200
    desk.post(f"/brand/templates/{key}/state/end/")
    assert CampaignTemplate.objects.get(id=key).ended_at is not None


def test_a_store_takes_part_with_one_tap_and_makes_it_its_own(town):
    phone = signed_in(town.store, "store", "manager")
    assert "参加" in phone.get("/store/campaigns/", headers={"accept-language": "zh-hans"}).content.decode()
    assert phone.post(f"/store/campaigns/{town.template.id}/").status_code == 302
    assert Adoption.objects.get().left_at is None
    own = {"own": "1", "notice": "买二送一小礼", "starts_on": str(town.template.starts_on), "ends_on": str(town.template.ends_on),
           "part": f"coupon:{town.coupon.id}"}  # fmt: skip
    phone.post(f"/store/campaigns/{town.template.id}/", own)
    assert Adoption.objects.get().notice == "买二送一小礼"
    visitor = Client()
    shop = f"/s/{town.brand.code}/{town.store.code}/"
    assert "买二送一小礼" in visitor.get(shop).content.decode()
    shown = visitor.get(f"{shop}campaigns/{town.template.id}/").content.decode()
    assert town.coupon.name in shown
    assert f"/c/{town.brand.code}/{town.coupon.number}/" in shown
    phone.post(f"/store/campaigns/{town.template.id}/stop/")
    assert Adoption.objects.get().left_at is not None
    assert visitor.get(f"{shop}campaigns/{town.template.id}/").status_code == 404


def test_a_dealer_lets_several_stores_take_part_and_sees_its_own_alone(town):
    desk = signed_in(town.dealer, "dealer", "manager")
    adopted(town.template, town.direct, now=town.now)
    page = desk.get(f"/dealer/templates/{town.template.id}/").content.decode()
    assert town.store.name in page
    assert str(town.direct.id) not in page
    desk.post(f"/dealer/templates/{town.template.id}/choose/", {"store": [str(town.store.id), str(town.direct.id)]})
    assert set(Adoption.objects.values_list("store_id", flat=True)) == {town.store.id, town.direct.id}
    desk.post(f"/dealer/templates/{town.template.id}/choose/", {})
    assert Adoption.objects.get(store_id=town.store.id).left_at is not None
    assert Adoption.objects.get(store_id=town.direct.id).left_at is None
    assert desk.get("/dealer/templates/").status_code == 200


def test_a_program_does_the_same(town):
    owner, manager = a_viewer("brand", town.brand), a_viewer("store", town.store)
    wanted = {"id": str(new_id()), "name": "开学季", "starts_on": "2027-02-01", "ends_on": "2027-02-28", "freedoms": ["dates"],
              "parts": [{"kind": "coupon", "id": str(town.coupon.id)}]}  # fmt: skip
    status, made = town.ask("post", "/campaign-templates", owner, wanted)
    assert (status, made["state"], made["parts"], made["adopted"]) == (201, "draft", wanted["parts"], 0)
    path, changed = f"/campaign-templates/{made['id']}", {key: value for key, value in wanted.items() if key != "id"}
    assert (
        town.ask("post", f"{path}/adoptions", manager, {"store_ids": [str(town.store.id)]})[0] == 404
    )  # not pushed: not seen
    assert town.ask(
        "post", f"{path}/pushes", owner, {"places": [{"kind": "dealer", "place_id": str(town.dealer.id)}]}
    ) == (200, {"places": 1})
    assert town.ask("post", f"{path}/publish", owner)[1]["state"] == "coming"
    status, outcomes = town.ask(
        "post", f"{path}/adoptions", manager, {"store_ids": [str(town.store.id)], "notice": "不该有"}
    )
    assert outcomes[0]["refused"] == "marketing.template_not_yours_to_change"
    status, outcomes = town.ask(
        "post", f"{path}/adoptions", manager, {"store_ids": [str(town.store.id)], "ends_on": "2027-02-10"}
    )
    assert outcomes == [{"store_id": str(town.store.id), "ok": True, "refused": "", "facts": {}}]
    assert town.ask("put", path, owner, {**changed, "parts": []})[1]["code"] == "marketing.template_incomplete"
    assert town.ask("put", path, owner, {**changed, "freedoms": []})[1]["code"] == "marketing.template_frozen"
    (row,) = town.ask("get", f"{path}/results", manager)[1]
    assert (row["store_id"], row["running"], row["reached"]) == (str(town.store.id), True, 0)
    assert town.ask("post", f"{path}/leavings", manager, {"store_ids": [str(town.store.id)]})[1][0]["ok"]
    assert town.ask(
        "post", f"{path}/recalls", owner, {"places": [{"kind": "dealer", "place_id": str(town.dealer.id)}]}
    )[1] == {"places": 1}
    assert town.ask("post", f"{path}/end", owner)[1]["state"] == "ended"
    assert town.ask("post", "/campaign-templates", manager, {**wanted, "id": str(new_id())})[0] == 403


def test_a_store_adopts_for_no_other_store(town):
    manager = a_viewer("store", town.store)
    status, _ = town.ask(
        "post", f"/campaign-templates/{town.template.id}/adoptions", manager, {"store_ids": [str(town.direct.id)]}
    )
    assert status == 404
    assert not Adoption.objects.exists()
