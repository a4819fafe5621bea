"""The figures as people and programs see them: each level its own, an order paid now on the next look."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.goods import a_category, a_shelved_product
from tests.make.insight import an_imported_order, counted, imported
from tests.make.member import a_member
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.scene import Selling, a_paid_order


@pytest.fixture
def house(committed_db):
    """A brand with two dealers, one below the other, and three stores that sell for 100, 200 and 300."""
    brand = a_brand()
    upper = a_dealer(brand, name="华东")
    lower = a_dealer(parent=upper, name="苏州")
    stores = [a_store(dealer=lower, name="园区店"), a_store(dealer=upper, name="浦东店"), a_store(brand, name="旗舰店")]
    member, category = a_member(brand), a_category(brand.id)
    sellings = [
        Selling(store, [a_shelved_product(store, 100 * at, category_id=category.id)], member)
        for at, store in enumerate(stores, start=1)
    ]
    now = clock_now()
    for selling in sellings:
        a_paid_order(selling, now=now)
    counted()
    return {
        "brand": brand,
        "upper": upper,
        "lower": lower,
        "stores": stores,
        "sellings": sellings,
        "category": category,
    }


def desk(system, place, role=None):
    client = Client(headers={"Accept-Language": "en"})
    open_session(client, a_staff(system, place, role))
    return client


def figure(client, address, name="revenue"):
    page = client.get(address).content.decode()
    return re.search(rf'data-figure="{name}">([^<]*)<', page)[1]


def revenue_of(viewer, **query):
    answer = Client(headers=as_viewer(viewer)).get("/api/v1/figures", query)
    return answer.json()["now"]["revenue_minor"] if answer.status_code == 200 else answer.status_code


def test_an_order_paid_now_is_in_every_levels_figures_on_the_next_look(house):
    clients = [desk("brand", house["brand"]), desk("dealer", house["upper"]), desk("store", house["stores"][1])]
    addresses = ["/brand/?period=today", "/dealer/?period=today", "/store/figures/?period=today"]
    looks = [figure(client, address) for client, address in zip(clients, addresses, strict=True)]
    assert looks == ["¥6.00", "¥3.00", "¥2.00"]
    a_paid_order(house["sellings"][1], (0, 5), now=clock_now())
    counted()
    looks = [figure(client, address) for client, address in zip(clients, addresses, strict=True)]
    assert looks == ["¥16.00", "¥13.00", "¥12.00"]
    assert figure(clients[0], "/brand/?period=today", "customers") == "1"


def test_the_part_that_is_asked_for_again_is_a_part(house):
    client = desk("brand", house["brand"])
    part = client.get("/brand/?period=today&part=figures", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="figures" hx-get="/brand/?period=today')
    drawn = json.loads(re.search(r'<script id="figures-drawn" type="application/json">(.*?)</script>', part)[1])
    assert (drawn["revenue"], drawn["orders"]) == ([6.0], [3])
    assert sorted(one["value"] for one in drawn["stores"]) == [1.0, 2.0, 3.0]


def test_a_dealer_sees_its_branch_and_a_store_itself(house):
    brand, upper, lower = house["brand"], house["upper"], house["lower"]
    stores = house["stores"]
    at = [a_viewer("brand", brand), a_viewer("dealer", upper), a_viewer("dealer", lower), a_viewer("store", stores[2])]
    assert [revenue_of(viewer) for viewer in at] == [600, 300, 100, 300]
    assert revenue_of(at[0], place=str(lower.id)) == 100
    assert revenue_of(at[1], place=str(stores[0].id)) == 100
    for viewer, hidden in (
        (at[1], brand),
        (at[1], stores[2]),
        (at[2], upper),
        (at[2], stores[1]),
        (at[3], brand),
        (at[3], stores[0]),
    ):
        assert revenue_of(viewer, place=str(hidden.id)) == 404
    assert revenue_of(a_viewer("brand", a_brand()), place=str(stores[0].id)) == 404
    assert revenue_of(a_viewer("store", stores[0], "clerk")) == 403
    assert revenue_of(a_viewer("consumer", brand)) == 403


def test_tables_by_day_store_department_and_scene_over_the_api(house):
    client = Client(headers=as_viewer(a_viewer("brand", house["brand"])))
    stores = client.get("/api/v1/figures/stores").json()
    assert [(one["name"].split()[0], one["revenue_minor"], one["customers"]) for one in stores] == [
        ("旗舰店", 300, 1), ("浦东店", 200, 1), ("园区店", 100, 1)
    ]  # fmt: skip
    (day,) = client.get("/api/v1/figures/days").json()
    assert (day["revenue_minor"], day["orders"], day["customers"]) == (600, 3, 1)
    assert [(one["name"], one["orders"]) for one in client.get("/api/v1/figures/departments").json()] == [
        ("食品杂货", 3)
    ]
    (scene,) = client.get("/api/v1/figures/scenes").json()
    assert (scene["channel"], scene["revenue_minor"]) == ("mini_shop", 600)
    assert {one["kind"] for one in client.get("/api/v1/figures/places").json()} == {"brand", "dealer", "store"}
    of_department = client.get("/api/v1/figures", {"department": str(house["category"].id)}).json()
    assert (of_department["now"]["revenue_minor"], of_department["now"]["customers"]) == (600, None)
    assert (
        client.get("/api/v1/figures", {"start": "2026-03-05", "end": "2026-03-01"}).json()["code"]
        == "insight.period_wrong"
    )
    assert client.get("/api/v1/figures", {"start": "yesterday"}).status_code == 422


def test_figures_go_out_as_csv_and_as_a_workbook(house):
    client = desk("brand", house["brand"])
    answer = client.get("/brand/figures/stores.csv?period=today")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Store", "Revenue", "Orders", "Items", "Customers", "Returned", "Net revenue"]
    assert [row[1:5] for row in rows[1:]] == [["3.0", "1", "1", "1"], ["2.0", "1", "1", "1"], ["1.0", "1", "1", "1"]]
    answer = client.get("/brand/figures/figures.xlsx?period=today")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Days", "Stores", "Departments", "Scenes"]
    assert [cell.value for cell in book["Departments"][2]] == ["Grocery", 6, 3, 3, 0, 6]
    assert client.get("/brand/figures/nothing.csv").status_code == 404
    assert desk("dealer", house["upper"], "staff").get("/dealer/figures/days.csv").status_code == 403


def test_a_name_is_never_a_formula(house):
    from sitong.insight.metrics.exports import harmless

    assert [harmless(cell) for cell in ("=1+1", "+86", "-1", "@x", "店", 5, None)] == [
        "'=1+1",
        "'+86",
        "'-1",
        "'@x",
        "店",
        5,
        None,
    ]


NONSENSE = [
    "place=nonsense",
    "department=nonsense",
    "place=01900000-0000-7000-8000-000000000001",
    "start=x",
    "start=2026-02-01&end=2026-01-01",
]


@pytest.mark.parametrize("query", NONSENSE)
def test_a_nonsensical_question_gets_a_clear_answer(house, query):
    assert desk("brand", house["brand"]).get(f"/brand/?{query}").status_code in (404, 409)


def test_the_number_of_statements_does_not_grow_with_stores_and_orders(house):
    client = desk("brand", house["brand"])
    client.get("/brand/?period=days30")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/brand/?period=days30")
    for _ in range(3):
        store = a_store(house["brand"])
        a_paid_order(Selling(store, [a_shelved_product(store, 100)], house["sellings"][0].member), now=clock_now())
    counted()
    with CaptureQueriesContext(connection) as many:
        client.get("/brand/?period=days30")
    assert len(many) == len(few) <= 20


def test_a_year_of_history_is_read_within_a_tenth_of_a_second(house):
    """6,000 orders over a year in three stores; the page's own figures, without rendering."""
    from time import perf_counter

    from sitong.insight.metrics.looks import look_of, see
    from sitong.insight.metrics.places import places_of

    brand, stores = house["brand"], house["stores"]
    members = [a_member(brand) for _ in range(30)]
    sku = house["sellings"][0].goods[0].sku_id
    now = clock_now()
    start = datetime.combine(business_date(now, "Asia/Shanghai") - timedelta(days=364), datetime.min.time(), UTC)
    orders = [
        an_imported_order(
            stores[at % 3], str(at), start + timedelta(minutes=87 * at), (sku, 1, 10), member_id=members[at % 30].id
        )
        for at in range(6_000)
    ]
    imported(orders, brand_id=brand.id)
    counted()
    look = look_of(places_of(a_viewer("brand", brand)), brand.id, {"period": "all"}, now=now)
    see(look)
    times = []
    for _ in range(5):
        began = perf_counter()
        seen = see(look)
        times.append(perf_counter() - began)
    assert (seen.now.orders, seen.now.customers) == (6_003, 31)
    assert sorted(times)[2] < 0.1
