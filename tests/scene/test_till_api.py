"""The till over HTTP: a register's whole day by a program, and what a stranger or another store gets."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from sitong.goods.catalog.actions.codes import BarcodeAddition, add_barcodes
from sitong.goods.catalog.rules import in_store_number
from sitong.member.identity.queries import member_code
from sitong.scene.models import ParkedSale, Register, Sale, Shift
from sitong.scene.till.api import HOT, _sell_batch
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.goods import a_shelved_product
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_selling_store
from tests.make.till import FLOAT, a_sale_wanted, a_working_register, cash

pytestmark = pytest.mark.usefixtures("db")
GTIN = "6901234567892"


@pytest.fixture
def world():
    """A store that sells two things, its clerk and manager, a member."""
    brand = a_brand()
    selling = a_selling_store(prices=(1290, 250), brand=brand)
    done(add_barcodes([BarcodeAddition(selling.goods[0].sku_id, GTIN)], by=None, now=NOW))
    clerk, manager = a_viewer("store", selling.store, "clerk"), a_viewer("store", selling.store, "manager")
    return SimpleNamespace(brand=brand, selling=selling, store=selling.store, clerk=clerk, manager=manager)


def ask(viewer, method: str, path: str, body=None):
    kind = {"data": body, "content_type": "application/json"} if body is not None else {}
    return getattr(Client(), method)(f"/api/v1/till/{path}", headers=as_viewer(viewer), **kind)


def a_sale_in(world, register, *, lines=((0, 1),), total=1290, **fields):
    return {
        "id": str(new_id()), "store_id": str(world.store.id), "register_id": str(register.id), "expected_total_minor": total,
        "lines": [{"sku_id": str(world.selling.goods[at].sku_id), "quantity": quantity} for at, quantity in lines],
        "tenders": [{"kind": "cash", "amount_minor": total, "given_minor": total + 710}], **fields,
    }  # fmt: skip


def test_a_day_at_a_register_by_program(world):
    register_id, shift_id = str(new_id()), str(new_id())
    set_up = ask(
        world.manager,
        "post",
        "registers",
        {"id": register_id, "store_id": str(world.store.id), "name": "1 号", "paper_mm": 58},
    )
    assert (set_up.status_code, set_up.json()["paper_mm"]) == (200, 58)
    assert [one["name"] for one in ask(world.clerk, "get", f"registers?store_id={world.store.id}").json()] == ["1 号"]
    opened = ask(world.clerk, "post", "shifts", {"id": shift_id, "register_id": register_id, "count": FLOAT})
    assert (opened.status_code, opened.json()["float_minor"]) == (201, 26_000)
    sale = a_sale_in(world, SimpleNamespace(id=register_id))
    sold = ask(world.clerk, "post", "sales", sale).json()
    assert (sold["state"], sold["number"], sold["change_minor"]) == ("sold", 1, 710)
    assert (
        ask(world.clerk, "post", "sales", sale).json() == sold == ask(world.clerk, "get", f"sales/{sold['id']}").json()
    )
    moved = ask(
        world.clerk, "post", f"shifts/{shift_id}/moves", {"id": str(new_id()), "amount_minor": -1000, "reason": "零钱"}
    )
    assert moved.status_code == 201
    report = ask(world.clerk, "get", f"shifts/{shift_id}").json()
    assert (report["sales"], report["cash_minor"], report["moved_out_minor"], report["expected_minor"]) == (
        1,
        1290,
        1000,
        26_290,
    )
    assert (
        ask(world.clerk, "post", f"shifts/{shift_id}/close", {"request_id": str(new_id()), "count": {}}).status_code
        == 403
    )
    closing = {"request_id": str(new_id()), "count": {"10000": 2, "1000": 6, "100": 3}}
    closed = ask(world.manager, "post", f"shifts/{shift_id}/close", closing).json()
    assert (closed["expected_minor"], closed["difference_minor"], closed["shift"]["counted_minor"]) == (
        26_290,
        10,
        26_300,
    )
    day = ask(world.manager, "get", f"days?store_id={world.store.id}").json()
    assert (day["sales"], day["total_minor"], day["cash_minor"], day["hours"][0]["sales"]) == (1, 1290, 1290, 1)
    assert (day["goods"][0]["quantity"], day["shifts"][0]["difference_minor"]) == (1, 10)
    assert (
        ask(world.clerk, "post", "sales", a_sale_in(world, SimpleNamespace(id=register_id))).json()["code"]
        == "scene.shift_closed"
    )
    assert check_books() == []


def test_a_scan_says_what_it_is_and_a_scale_s_label_how_many_grams(world):
    path = f"goods?store_id={world.store.id}&number="
    (found,) = ask(world.clerk, "get", path + GTIN).json()
    assert (found["sku_id"], found["price_minor"], found["quantity"]) == (str(world.selling.goods[0].sku_id), 1290, 1)
    apples = a_shelved_product(world.store, 1580, 50_000, weighed=True, name="苹果")
    done(add_barcodes([BarcodeAddition(apples.sku_id, in_store_number(7))], by=None, now=NOW))
    (weighed,) = ask(world.clerk, "get", path + in_store_number(7, price_minor=790)).json()
    assert (weighed["quantity"], weighed["label_minor"], weighed["weighed"]) == (500, 790, True)
    (by_code,) = ask(world.clerk, "get", path + apples.sku.code).json()
    assert by_code["sku_id"] == str(apples.sku_id)
    assert ask(world.clerk, "get", path + "6901234567892000").status_code == 404
    assert [
        one["name"] for one in ask(world.clerk, "get", f"goods?store_id={world.store.id}&words=pingguo").json()
    ] == ["苹果"]


def test_the_member_at_the_counter_is_found_by_phone_or_code_whatever_the_home_store_and_stays_masked(world):
    home = a_store(world.brand)
    member = a_member(world.brand, phone="+8613912345678", name="陈晓梅", home_store_id=home.id)
    a_points_plan(world.brand)
    some_points(member, 120)
    for text in ("13912345678", member_code(member.id, clock_now())):
        found = ask(world.clerk, "get", f"members?store_id={world.store.id}&q={text}").json()
        assert (found["id"], found["name"], found["points_ready"]) == (str(member.id), "陈**", 120)
        assert "13912345678" not in str(found)
    assert ask(world.clerk, "get", f"members?store_id={world.store.id}&q=13912345679").status_code == 404
    other = a_member(a_brand(), phone="+8613912345670")
    assert ask(world.clerk, "get", f"members?store_id={world.store.id}&member_id={other.id}").status_code == 404


def test_a_quote_chooses_the_best_coupons_explains_them_and_its_promise_sells(world):
    member = a_member(world.brand)
    a_points_plan(world.brand)
    some_points(member, 500)
    now = clock_now()
    best = a_claim(a_coupon(world.brand, name="减三元", value_minor=300, now=now), member, now=now)
    a_claim(
        a_coupon(world.brand, name="满百减五十", value_minor=5_000, threshold_minor=10_000, now=now), member, now=now
    )
    register = a_working_register(world.store)
    wanted = {"store_id": str(world.store.id), "lines": [{"sku_id": str(world.selling.goods[0].sku_id), "quantity": 1}],
              "member_id": str(member.id), "points": None}  # fmt: skip
    quote = ask(world.clerk, "post", "quotes", wanted)
    assert quote.status_code == 200, quote.content
    quote = quote.json()
    assert (quote["coupon_minor"], quote["points"], quote["total_minor"]) == (300, 500, 490)
    used = {one["name"]: (one["used"], bool(one["sentence"])) for one in quote["coupons"]}
    assert used == {"减三元": (True, False), "满百减五十": (False, True)}
    sale = a_sale_in(
        world,
        register,
        total=490,
        member_id=str(member.id),
        coupon_claim_ids=[str(best.id)],
        points=500,
        promise=quote["promise"],
    )
    sold = ask(world.clerk, "post", "sales", sale)
    assert (sold.status_code, sold.json()["total_minor"]) == (201, 490)
    receipt = ask(world.clerk, "get", f"sales/{sold.json()['id']}/receipt").json()
    assert (receipt["points_spent"], sum(minor for _text, minor in receipt["discounts"])) == (500, 800)
    none = ask(world.clerk, "post", "quotes", {**wanted, "coupons": [], "points": 0}).json()
    assert (none["coupon_minor"], none["total_minor"], none["quick_minor"][:2]) == (0, 1290, [1290, 1500])


def test_receipts_come_as_bytes_for_both_papers_and_later_ones_are_copies(world):
    register = a_working_register(world.store)
    sold = ask(world.clerk, "post", "sales", a_sale_in(world, register)).json()
    narrow, wide = (ask(world.clerk, "get", f"sales/{sold['id']}/receipt.bin?width={width}") for width in (58, 80))
    assert (narrow["Content-Type"], narrow.content[:2]) == ("application/octet-stream", b"\x1b@")
    assert len(narrow.content) < len(wide.content)
    assert ask(world.clerk, "get", f"sales/{sold['id']}/receipt.bin?width=70").status_code == 422
    assert ask(world.clerk, "post", f"sales/{sold['id']}/printed", {}).status_code == 204
    assert ask(world.clerk, "get", f"sales/{sold['id']}/receipt").json()["copies"] == 1
    assert ask(world.clerk, "get", f"registers/{register.id}/drawer.bin").content[:2] == b"\x1bp"
    shift = Shift.objects.get(register=register)
    assert ask(world.clerk, "get", f"shifts/{shift.id}/report.bin?width=58").content[:2] == b"\x1b@"


def test_a_parked_basket_comes_back_once(world):
    first, second = a_working_register(world.store), a_working_register(world.store, name="2 号")
    body = {
        "id": str(new_id()),
        "register_id": str(first.id),
        "label": "红衣服",
        "content": {"lines": [{"quantity": 1}]},
    }
    assert ask(world.clerk, "post", "parked", body).status_code == 201
    (listed,) = ask(world.clerk, "get", f"parked?store_id={world.store.id}").json()
    assert listed["content"] == {"lines": [{"quantity": 1}]}
    assert ask(world.clerk, "post", f"parked/{listed['id']}/fetch", {"request_id": str(new_id())}).status_code == 200
    again = ask(world.clerk, "post", f"parked/{listed['id']}/fetch", {"request_id": str(new_id())})
    assert (again.status_code, again.json()["code"]) == (409, "scene.parked_fetched_already")
    too_large = {**body, "id": str(new_id()), "register_id": str(second.id), "content": {"x": "y" * 30_000}}
    assert ask(world.clerk, "post", "parked", too_large).status_code == 422
    assert ParkedSale.objects.count() == 1


def test_another_store_s_clerk_gets_nothing_and_changes_nothing(world):
    register = a_working_register(world.store)
    shift = Shift.objects.get(register=register)
    sold = ask(world.clerk, "post", "sales", a_sale_in(world, register)).json()
    stranger = a_viewer("store", a_store(world.brand), "manager")
    tried = [
        ("get", f"sales/{sold['id']}", None), ("get", f"sales/{sold['id']}/receipt.bin", None), ("get", f"shifts/{shift.id}", None),
        ("get", f"registers?store_id={world.store.id}", None), ("get", f"days?store_id={world.store.id}", None),
        ("get", f"goods?store_id={world.store.id}&words=x", None), ("get", f"members?store_id={world.store.id}&q=1", None),
        ("post", "sales", a_sale_in(world, register)), ("post", f"sales/{sold['id']}/give-up", {}),
        ("post", f"shifts/{shift.id}/close", {"request_id": str(new_id()), "count": {}}),
        ("post", f"registers/{register.id}/close", {}), ("post", f"sales/{sold['id']}/printed", {}),
    ]  # fmt: skip
    assert {ask(stranger, *one).status_code for one in tried} == {404}
    marketer = a_viewer("brand", world.brand, "marketing")
    assert ask(marketer, "post", "sales", a_sale_in(world, register)).status_code == 403
    assert (Sale.objects.count(), Shift.objects.get().closed_at, Register.objects.get(id=register.id).closed_at) == (
        1,
        None,
        None,
    )


def test_the_lane_sells_for_clerks_and_for_roles_above_and_refuses_others(world):
    register = a_working_register(world.store)
    viewers = [world.clerk, a_viewer("brand", world.brand, "owner"), a_viewer("store", a_store(world.brand))]
    wanted = [a_sale_wanted(world.selling, register, [(1, 1)], [cash(250)]) for _ in viewers]
    outcomes = _sell_batch(list(zip(wanted, viewers, strict=True)))
    assert [getattr(one, "number", one) if hasattr(one, "number") else one.code for one in outcomes] == [
        1,
        2,
        "shared.not_found",
    ]
    assert [route.path for route in HOT] == ["/api/v1/till/sales"]


def test_a_waiting_sale_is_looked_at_and_given_up_over_http(world):
    register = a_working_register(world.store)
    sale = a_sale_in(world, register, tenders=[{"kind": "code", "amount_minor": 1290}])
    assert ask(world.clerk, "post", "sales", sale).json()["state"] == "paying"
    assert ask(world.clerk, "post", f"sales/{sale['id']}/look", {}).json()["state"] == "paying"
    assert ask(world.clerk, "post", f"sales/{sale['id']}/pay", {"auth_code": "12"}).status_code == 422
    assert ask(world.clerk, "post", f"sales/{sale['id']}/give-up", {}).json()["state"] == "given_up"
    assert ask(world.clerk, "post", "sales", sale).json()["state"] == "given_up"
    assert check_books() == []


def test_pages_open_for_a_clerk_and_lead_others_away(world):
    from tests.make.access import a_staff, open_session

    client = Client()
    open_session(client, a_staff("store", world.store, "manager"))
    assert "setup" in str(client.get("/store/till/").templates[0].name)
    client.post("/store/till/registers/", {"name": "前台", "paper_mm": "58", "drawer": "on"})
    register = Register.objects.get()
    assert (register.name, register.paper_mm, register.drawer) == ("前台", 58, True)
    client.post(
        "/store/till/shift/open/", {"register_id": str(register.id), "shift_id": str(new_id()), "count_10000": "3"}
    )
    shift = Shift.objects.get()
    assert shift.float_minor == 30_000
    assert b"till-facts" in client.get("/store/till/").content
    client.post(
        "/store/till/shift/move/",
        {"shift_id": str(shift.id), "amount": "20.5", "way": "in", "reason": "x", "move_id": str(new_id())},
    )
    assert shift.moves.get().amount_minor == 2050
    closing = {
        "shift_id": str(shift.id),
        "request_id": str(new_id()),
        "count_10000": "3",
        "count_1000": "2",
        "count_50": "1",
    }
    assert client.post("/store/till/shift/close/", closing)["Location"] == f"/store/till/shifts/{shift.id}/"
    shift.refresh_from_db()
    assert (shift.expected_minor, shift.counted_minor) == (32_050, 32_050)
    for path in ("/store/day/", "/store/till/sales/", f"/store/till/shifts/{shift.id}/"):
        assert client.get(path).status_code == 200
    yesterday = (clock_now() - timedelta(days=1)).date().isoformat()
    assert client.get(f"/store/day/?on={yesterday}&register=nonsense").status_code == 200
