"""Codes over HTTP: headquarters makes and binds, files are streamed and go on, dealers and stores move goods."""

import io
import zipfile

import pytest
from django.test import Client
from stream_unzip import stream_unzip

from sitong.goods.codes.models import CodeBatch, CodeFile
from sitong.goods.codes.queries import read_codes
from sitong.shared.access.models import Audit
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.codes import a_batch, a_tree, code_texts
from tests.make.goods import a_product
from tests.make.org import a_brand, a_dealer, a_store


@pytest.fixture
def brand(db):
    return a_brand()


def ask(viewer, method, path, said=None, **headers):
    body = {"content_type": "application/json"} if said is not None and method != "get" else {}
    answer = getattr(Client(), method)(f"/api/v1{path}", said, **body, headers={**as_viewer(viewer), **headers})
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.json()


def fetched(viewer, batch, **more):
    headers = more.pop("headers", {})
    return ask(viewer, "get", f"/code-batches/{batch.id}/file", {"id": str(new_id()), **more}, **headers)


def place(kind, thing):
    return {"kind": kind, "id": str(thing.id)}


def test_headquarters_makes_binds_packs_and_voids(brand):
    owner = a_viewer("brand", brand)
    sku_id = str(a_product(brand.id).skus.get().id)
    wanted = {"id": str(new_id()), "quantity": 1000, "name": "三月", "inner": True}
    status, items = ask(owner, "post", "/code-batches", wanted)
    assert (status, items["number"][-4:], items["quantity"], items["active"]) == (201, "0001", 1000, 0)
    assert ask(owner, "post", "/code-batches", wanted)[1]["id"] == items["id"]
    assert ask(owner, "post", "/code-batches", {**wanted, "quantity": 7})[1]["code"] == "shared.repeat_differs"
    _, boxes = ask(owner, "post", "/code-batches", {"id": str(new_id()), "quantity": 50, "level": "box"})
    made = {"id": str(new_id()), "first": 1, "last": 600, "sku_id": sku_id, "produced_on": "2026-03-01", "lot": "L1"}
    assert ask(owner, "post", f"/code-batches/{items['id']}/productions", made)[0] == 201
    packed = {
        "id": str(new_id()), "parent_batch_id": boxes["id"], "parent_first": 1, "per_parent": 24,
        "children": [{"batch_id": items["id"], "first": 1, "last": 600}],
    }  # fmt: skip
    assert ask(owner, "post", "/code-packings", packed) == (200, {"id": packed["id"], "codes": 600, "parents": 25})
    out = {"codes": [{"batch_id": items["id"], "first": 5, "last": 6}]}
    assert ask(owner, "post", "/code-packings/take-out", out) == (200, {"codes": 2})
    void = {"id": str(new_id()), "first": 700, "last": 799, "reason": "丢失"}
    assert ask(owner, "post", f"/code-batches/{items['id']}/voids", void)[1]["codes"] == 100
    assert (
        ask(owner, "post", f"/code-batches/{items['id']}/activations", {**void, "id": str(new_id()), "reason": ""})[1][
            "codes"
        ]
        == 100
    )
    _, page = ask(owner, "get", "/code-batches")
    assert [(one["level"], one["bound"], one["active"], one["void"]) for one in page["items"]] == [
        ("box", 0, 0, 0), ("item", 600, 700, 100),
    ]  # fmt: skip


def test_one_scan_moves_a_box_from_headquarters_to_a_dealer_and_on_to_its_store(brand):
    dealer = a_dealer(brand)
    store, elsewhere = a_store(dealer=dealer), a_store(brand)
    owner, seller, clerk = (
        a_viewer("brand", brand),
        a_viewer("dealer", dealer, role="staff"),
        a_viewer("store", store, role="clerk"),
    )
    tree = a_tree(brand)
    (box,) = code_texts(tree.boxes, 1)

    def move(viewer, kind, at, to=None):
        said = {"id": str(new_id()), "kind": kind, "at": at, "to": to, "texts": [box]}
        return ask(viewer, "post", "/code-moves", said)

    status, moved = move(owner, "ship", place("brand", brand), place("dealer", dealer))
    assert (status, moved["codes"]) == (200, 1)
    assert ask(seller, "post", "/codes/read", {"texts": [box, "nonsense"]})[1][0]["place"] == "coming"
    assert move(seller, "receive", place("brand", brand))[0] == 404
    assert move(seller, "receive", place("dealer", dealer))[0] == 200
    assert move(seller, "receive", place("dealer", dealer))[1]["code"] == "goods.code_received"
    assert move(seller, "ship", place("dealer", dealer), place("store", elsewhere))[0] == 404
    assert move(seller, "ship", place("dealer", dealer), place("store", store))[0] == 200
    assert move(clerk, "receive", place("store", store))[0] == 200
    read = ask(clerk, "post", "/codes/read", {"texts": [*code_texts(tree.items, 1), "nonsense"]})[1]
    assert [(one["known"], one["place"], one["level"], one["active"]) for one in read] == [
        (True, "here", "item", True), (False, "", "", False),
    ]  # fmt: skip
    assert ask(clerk, "get", "/codes/history", {"text": box})[0] == 403
    _, history = ask(owner, "get", "/codes/history", {"text": code_texts(tree.items, 1)[0]})
    assert [one["kind"] for one in history["happened"]][:3] == ["made", "produced", "active"]
    assert [one["kind"] for one in history["happened"] if one["goal"]] == ["ship", "receive", "ship", "receive"]
    assert check_books() == []


def test_a_file_of_codes_can_be_read_back_and_goes_on_at_any_byte(brand):
    owner, batch = a_viewer("brand", brand), a_batch(brand.id, 50, inner=True)
    status, whole = fetched(owner, batch, form="csv")
    heading, *rows = whole.decode().splitlines()
    assert (status, len(rows), heading) == (200, 50, "serial,outer code,inner code,outer link,inner link")
    serial, outer, inner, outer_link, inner_link = rows[6].split(",")
    reads = read_codes([outer, inner, outer_link, inner_link], brand_id=brand.id)
    assert (serial, [(one.serial, one.side) for one in reads]) == ("0007", [(7, "outer"), (7, "inner")] * 2)
    for start in (1, len(heading) + 1, len(heading) + 2, 333, len(whole) - 1):
        assert fetched(owner, batch, form="csv", headers={"Range": f"bytes={start}-"}) == (206, whole[start:])
    status, text = fetched(owner, batch, form="txt", link="none", first=11, last=13)
    assert text.decode().split() == code_texts(batch, 11, 12, 13)
    row = CodeFile.objects.get(form="txt")
    assert (row.sent_to, row.encrypted, Audit.objects.filter(verb="fetched").count()) == (13, False, 7)


def test_pictures_and_label_sheets_come_as_zips_and_any_file_under_a_password(brand):
    owner, batch = a_viewer("brand", brand), a_batch(brand.id, 50, gtin="6901234567892")
    _, svg = fetched(owner, batch, form="svg", link="gs1", last=3)
    with zipfile.ZipFile(io.BytesIO(svg)) as zipped:
        assert zipped.namelist() == [f"{at + 1:02}-{text}.svg" for at, text in enumerate(code_texts(batch, 1, 2, 3))]
        assert b"<svg" in zipped.read(zipped.namelist()[0])
    _, png = fetched(owner, batch, form="png", last=1)
    with zipfile.ZipFile(io.BytesIO(png)) as zipped:
        assert zipped.read(zipped.namelist()[0]).startswith(b"\x89PNG")
    _, pdf = fetched(owner, batch, form="pdf")
    with zipfile.ZipFile(io.BytesIO(pdf)) as zipped:
        assert zipped.read("01-50.pdf").startswith(b"%PDF")
    status, secret = fetched(owner, batch, form="txt", link="none", headers={"Sitong-File-Password": "geheim"})
    assert status == 200
    assert code_texts(batch, 1)[0].encode() not in secret
    ((_, _, pieces),) = [
        (name, size, b"".join(pieces)) for name, size, pieces in stream_unzip([secret], password=b"geheim")
    ]
    assert pieces.decode().split() == code_texts(batch, *range(1, 51))
    assert CodeFile.objects.filter(encrypted=True).count() == 1


def test_files_that_make_no_sense_are_refused(brand):
    owner, batch = a_viewer("brand", brand), a_batch(brand.id, 50_000)
    assert fetched(owner, batch, form="pdf")[1]["code"] == "goods.code_file_too_long"
    assert fetched(owner, batch, form="csv", link="gs1")[1]["code"] == "goods.code_file_form"
    assert fetched(owner, batch, form="csv", inner=True)[1]["code"] == "goods.code_file_form"
    assert fetched(owner, batch, form="csv", last=50_001)[1]["code"] == "goods.code_range_outside"
    assert fetched(owner, batch, form="doc")[0] == 422
    assert fetched(a_viewer("brand", a_brand()), batch)[0] == 404
    assert fetched(a_viewer("brand", brand, role="marketing"), batch)[0] == 403
    assert not CodeFile.objects.exists()
    assert CodeBatch.objects.count() == 1
