"""Codes on the desks and on the clerk's phone."""

import re

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sitong.goods.codes.models import CodeBatch, CodeFile, CodeMove, CodePacking, CodeProduction, CodeVoid
from sitong.goods.codes.queries import standings_now
from sitong.goods.inventory.actions import LocationWanted, open_locations
from sitong.goods.inventory.queries import levels_now
from sitong.shared.ids import new_id
from tests.make.access import a_staff, open_session
from tests.make.codes import a_batch, a_tree, code_texts
from tests.make.goods import a_product
from tests.make.org import a_brand, a_dealer, a_store


@pytest.fixture
def brand(db):
    return a_brand()


def browser(system, place, role=None):
    client = Client()
    open_session(client, a_staff(system, place, role))
    return client


def shown(client, path, said=None, status=200):
    answer = client.get(path, said or {})
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_headquarters_makes_a_batch_binds_packs_and_voids_it_on_its_page(brand):
    client, sku = browser("brand", brand), a_product(brand.id, name="酱油", name_en="Soy sauce").skus.get()
    assert "还没有码" in shown(client, "/brand/codes/")
    said = {
        "id": str(new_id()),
        "level": "item",
        "quantity": "500",
        "name": "三月",
        "product": sku.code,
        "units": "1",
        "inner": "on",
    }
    made = client.post("/brand/codes/new/", said)
    items = CodeBatch.objects.get()
    assert (made.status_code, made["Location"], items.sku_id, items.inner) == (
        302,
        f"/brand/codes/{items.id}/",
        sku.id,
        True,
    )
    assert client.post("/brand/codes/new/", {**said, "id": str(new_id()), "product": "nonsense"}).status_code == 422
    boxes = a_batch(brand.id, 30, level="box")
    page = f"/brand/codes/{items.id}/"
    first_last = {"first": "1", "last": "240"}
    client.post(
        f"{page}produce/",
        {"id": str(new_id()), **first_last, "product": sku.code, "lot": "L1", "produced_on": "2026-03-01"},
    )
    client.post(
        f"{page}pack/",
        {"id": str(new_id()), **first_last, "parent": str(boxes.id), "parent_first": "1", "per_parent": "24"},
    )
    client.post(f"{page}void/", {"id": str(new_id()), "first": "300", "last": "310", "reason": "丢失"})
    assert (CodeProduction.objects.count(), CodePacking.objects.count(), CodeVoid.objects.count()) == (1, 1, 1)
    text = shown(client, page)
    assert "酱油" in text and "每个 24" in text and "丢失" in text
    refused = client.post(
        f"{page}void/", {"id": str(new_id()), "first": "300", "last": "999", "reason": "丢失"}, follow=True
    )
    assert "号段的终点不能早于起点" in refused.content.decode()
    assert CodeVoid.objects.count() == 1


def test_a_printing_file_is_fetched_goes_on_and_shows_how_far_it_came(brand):
    client, batch = browser("brand", brand), a_batch(brand.id, 40)
    page = f"/brand/codes/{batch.id}/"
    said = {"id": str(new_id()), "first": "1", "last": "40", "form": "txt", "link": "none", "side": "", "password": ""}
    asked = client.post(f"{page}file/", said)
    row = CodeFile.objects.get()
    assert asked["Location"] == f"/brand/codes/files/{row.id}/"
    assert "已发送到序号 0" in shown(client, f"{page}files/")
    codes = b"".join(client.get(asked["Location"]).streaming_content).decode().split()
    assert codes == code_texts(batch, *range(1, 41))
    assert "已发送 40 个码" in shown(client, f"{page}files/")
    CodeFile.objects.filter(id=row.id).update(sent_to=30)
    rest = b"".join(client.get(asked["Location"], {"on": "1"}).streaming_content).decode().split()
    assert rest == codes[30:]
    secret = client.post(f"{page}file/", {**said, "id": str(new_id()), "password": "geheim"})
    assert secret["Content-Type"] == "application/zip" and codes[0].encode() not in b"".join(secret.streaming_content)
    wrong = client.post(f"{page}file/", {**said, "id": str(new_id()), "last": "41"}, follow=True)
    assert "号段的终点不能早于起点" in wrong.content.decode()


def test_a_code_is_looked_up_with_its_history_and_its_file(brand):
    client, dealer = browser("brand", brand), a_dealer(brand, name="华东经销")
    tree = a_tree(brand)
    (box, item) = (*code_texts(tree.boxes, 1), *code_texts(tree.items, 1))
    said = {"id": str(new_id()), "kind": "ship", "at": f"brand:{brand.id}", "to": f"dealer:{dealer.id}", "texts": box}
    assert 'data-outcome="done"' in client.post("/brand/goods/", said).content.decode()
    text = shown(client, "/brand/codes/", {"code": item.lower()})
    assert "在途，发往" in text and "华东经销" in text and "批号 L1" in text
    assert "这不是本品牌的码" in shown(client, "/brand/codes/", {"code": "0" * 17}, status=404)
    file = client.get("/brand/codes/epcis/", {"code": item})
    steps = [one["bizStep"] for one in orjson.loads(file.content)["epcisBody"]["eventList"]]
    assert (steps[0], sorted(steps[-2:]), len(steps)) == ("commissioning", ["shipping", "unpacking"], 5)
    upload = SimpleUploadedFile("x.jsonld", file.content, "application/ld+json")
    assert "已导入" in client.post("/brand/codes/epcis/capture/", {"file": upload}).content.decode()
    broken = client.post("/brand/codes/epcis/capture/", {"file": SimpleUploadedFile("x.json", b"{}")})
    assert "EPCIS 2.0" in broken.content.decode()


def test_a_dealer_receives_a_pallet_by_one_scan_and_a_clerk_a_box_of_it_with_stock(brand):
    dealer = a_dealer(brand)
    store, other = a_store(dealer=dealer), a_store(brand)
    open_locations([
        LocationWanted(dealer.id, brand.id, "dealer_warehouse", dealer.id, "仓"), LocationWanted(store.id, brand.id, "store", store.id, "店"),
    ])  # fmt: skip
    tree = a_tree(brand, items=48, per_box=12, per_pallet=4)
    office, seller, clerk = browser("brand", brand), browser("dealer", dealer), browser("store", store, "clerk")

    def move(client, system, kind, at, batch, to="", book=""):
        said = {"id": str(new_id()), "kind": kind, "at": at, "to": to, "texts": code_texts(batch, 1)[0], "book": book}
        answer = client.post(f"/{system}/goods/", said)
        found = re.search(r'data-outcome="(\w+)"', answer.content.decode())
        return answer.status_code, found and found[1]

    here, shop = f"dealer:{dealer.id}", f"store:{store.id}"
    assert move(office, "brand", "ship", f"brand:{brand.id}", tree.pallets, here) == (200, "done")
    assert move(clerk, "store", "receive", shop, tree.pallets) == (409, "refused")
    assert move(seller, "dealer", "receive", here, tree.pallets, book="on") == (200, "done")
    assert levels_now([(dealer.id, tree.sku_id)])[dealer.id, tree.sku_id].on_hand == 48
    assert move(seller, "dealer", "ship", here, tree.boxes) == (409, "refused")
    assert move(seller, "dealer", "ship", here, tree.boxes, f"store:{other.id}") == (409, "refused")
    assert move(seller, "dealer", "ship", here, tree.boxes, shop, "on") == (200, "done")
    assert move(clerk, "store", "receive", f"store:{other.id}", tree.boxes) == (404, None)
    assert move(clerk, "store", "receive", shop, tree.boxes, book="on") == (200, "done")
    assert move(clerk, "store", "sell", shop, tree.items) == (200, "done")
    assert levels_now([(store.id, tree.sku_id)])[store.id, tree.sku_id].on_hand == 12
    assert standings_now([(tree.items.id, 1)])[tree.items.id, 1].state == "sold"
    text = shown(clerk, "/store/goods/")
    assert "收货" in text and CodeMove.objects.count() == 5
    assert "发往" in shown(seller, "/dealer/goods/", {"kind": "ship"})


def test_only_headquarters_opens_batches_and_marketing_only_looks(brand):
    batch, store = a_batch(brand.id, 10), a_store(brand)
    assert shown(browser("store", store), "/brand/codes/", status=403)
    marketing = browser("brand", brand, "marketing")
    assert "丢失或被盗" not in shown(marketing, f"/brand/codes/{batch.id}/")
    assert (
        marketing.post(
            f"/brand/codes/{batch.id}/void/", {"id": str(new_id()), "first": 1, "last": 2, "reason": "x"}
        ).status_code
        == 403
    )
    assert marketing.get("/brand/codes/new/").status_code == 403
    assert shown(browser("brand", a_brand()), f"/brand/codes/{batch.id}/", status=404)
    assert not CodeVoid.objects.exists()
