"""Boards over a lake: the funnel nests, cohorts add up, RFM scores are fair, and each level sees its own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from sitong.insight.asked import Asked
from sitong.insight.boards.actions import make_waiting_boards, show_board
from sitong.insight.boards.models import BoardResult
from sitong.insight.cohorts import expressions as cohorts
from sitong.insight.growth import expressions as growth
from sitong.insight.lake.reading import Lake
from sitong.member.models import MemberTag, Segment
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import business_date
from sitong.shared.clock import now as present
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.lake import a_table_file
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_dealer, a_store

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
ASKED = Asked(FIRST, LAST)


def at(on: date) -> datetime:
    return datetime.combine(on, time(3))


def bought(ordinal: int, on: date, total: int = 1_000, *, store: str = "s1") -> dict:
    return {
        "ordinal": ordinal,
        "at": at(on),
        "on": on,
        "order_id": f"{ordinal}{on}",
        "store_id": store,
        "total_minor": total,
    }


def a_lake(
    folder,
    members: list[dict],
    orders: list[dict],
    *,
    back: list[dict] = (),
    coupons: list[dict] = (),
    scans: list[dict] = (),
):
    """A lake of members, what they bought (a line an order), what came back, coupons and scans."""
    a_table_file(folder, "members", members)
    a_table_file(folder, "orders", orders)
    a_table_file(
        folder, "lines", [*orders, *({**one, "total_minor": -one["total_minor"], "back": True} for one in back)]
    )
    a_table_file(folder, "coupons", list(coupons))
    a_table_file(folder, "scans", list(scans))
    return folder


def joined(ordinal: int, on: date, source: str = "scan", store: str = "s1", member_id: str = "") -> dict:
    return {
        "ordinal": ordinal, "member_id": member_id or f"{ordinal:032x}", "joined_on": on, "joined_at": at(on), "source": source,
        "store_id": store,
    }  # fmt: skip


@pytest.fixture
def funnel_lake(tmp_path):
    """Six members: 1 brings others; 2 pays; 3 returns everything; 4 comes once; 5 never; 6 joined long after it first bought."""
    march = date(2026, 3, 1)
    members = [
        joined(1, march),
        joined(2, march, "ad"),
        joined(3, march, "ad", "s2"),
        joined(4, march),
        joined(5, march),
        joined(6, date(2026, 6, 1)),
    ]
    orders = [
        bought(1, march, 500), bought(1, march + timedelta(20), 700),
        bought(2, march + timedelta(30), 900), bought(2, march + timedelta(90), 100), bought(2, march + timedelta(91), 5_000),
        bought(3, march + timedelta(2), 300), bought(3, march + timedelta(4), 300),
        bought(4, march + timedelta(31), 300),
        bought(6, date(2025, 12, 31), 300),
    ]  # fmt: skip
    claimed = {"ordinal": 4, "at": at(march), "on": march, "claim_id": "c", "coupon_id": "k1", "what": "claimed"}
    return a_lake(tmp_path, members, orders, back=orders[5:7], coupons=[claimed])


def test_each_stage_of_the_funnel_is_a_part_of_the_one_before(funnel_lake):
    with Lake.at(funnel_lake) as lake:
        found = growth.board(lake, ASKED, referring={1, 5}, campaigns={"k1": "spring"})
    assert found["whole"] == {
        "acquired": 5,
        "activated": 4,
        "retained": 4,
        "paying": 3,
        "referring": 1,
        "spent_minor": 500 + 700 + 900 + 100 + 300,
    }
    assert [(row["key"], row["acquired"], row["paying"]) for row in found["sources"]] == [("scan", 3, 2), ("ad", 2, 1)]
    assert [(row["key"], row["acquired"]) for row in found["stores"]] == [("s1", 4), ("s2", 1)]
    assert [(row["key"], row["acquired"], row["retained"]) for row in found["campaigns"]] == [("spring", 1, 1)]
    assert [row["key"] for row in found["months"]] == ["2026-03"]


def test_who_stands_behind_a_stage_can_be_named(funnel_lake):
    def ordinals(**wanted):
        with Lake.at(funnel_lake) as lake:
            rows = (
                growth.behind(lake, ASKED, wanted, referring={1}, campaigns={"k1": "spring"}).to_pyarrow().to_pylist()
            )
        return sorted(row["ordinal"] for row in rows)

    assert ordinals(stage="acquired", stopped="1") == [5]
    assert ordinals(stage="retained", stopped="1") == [3]
    assert ordinals(stage="paying", source="ad") == [2]
    assert ordinals(stage="paying", campaign="spring") == [4]
    assert ordinals(stage="acquired", campaign="another") == []


def test_cohorts_add_up_to_who_bought_and_what_was_kept(tmp_path):
    orders = [
        bought(1, date(2026, 1, 5)), bought(1, date(2026, 1, 20)), bought(1, date(2026, 3, 2)), bought(2, date(2026, 1, 31)),
        bought(3, date(2026, 2, 1)), bought(3, date(2026, 2, 9), store="s2"), bought(4, date(2025, 12, 1)), bought(4, date(2026, 2, 1)),
    ]  # fmt: skip
    a_lake(tmp_path, [joined(one, FIRST) for one in (1, 2, 3, 4)], orders, back=[orders[1]])
    with Lake.at(tmp_path) as lake:
        found = cohorts.board(lake, ASKED)
        of_store = cohorts.board(lake, Asked(FIRST, LAST, ("s2",)))
    assert found["cohorts"] == [
        {"month": "2026-01", "members": 2, "kept": [[2, 2_000], [0, 0], [1, 1_000]]},
        {"month": "2026-02", "members": 1, "kept": [[1, 2_000]]},
    ]
    assert of_store["cohorts"] == [{"month": "2026-02", "members": 1, "kept": [[1, 1_000]]}]
    assert found["repeat"] == {"members": 4, "again": 2, "purchases": 7, "kept_minor": 6_000, "again_minor": 4_000}
    assert found["gaps"]["times"] == 3 and found["gaps"]["quarters"] == [8, 15, 41]
    assert sum(times for _, _, times in found["gaps"]["bins"]) == 3


def test_equal_members_have_equal_scores_and_all_stand_on_the_map(tmp_path):
    orders = [bought(one, LAST - timedelta(days=10 * (one // 2)), 100 * one) for one in range(1, 11)]
    orders += [bought(10, LAST - timedelta(days=1), 100)]
    a_lake(tmp_path, [joined(one, FIRST) for one in range(1, 11)], orders)
    with Lake.at(tmp_path) as lake:
        rows = {
            row["ordinal"]: row
            for row in cohorts.rfm(cohorts.purchase_days(lake, ASKED), ASKED).to_pyarrow().to_pylist()
        }
        found = cohorts.board(lake, ASKED)["rfm"]
        best = cohorts.behind(lake, ASKED, {"r": "5", "f": "5"}).to_pyarrow().to_pylist()
    assert (rows[2]["recency"], rows[3]["recency"]) == (rows[3]["recency"], rows[2]["recency"])
    assert {rows[one]["frequency"] for one in range(1, 10)} == {1} and rows[10]["frequency"] == 5
    assert [rows[one]["money"] for one in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["members"] == sum(cell[0] for row in found["cells"] for cell in row) == 10
    assert found["kept_minor"] == sum(group[2] for group in found["groups"]) == 5_600
    assert [row["ordinal"] for row in best] == [10]


@pytest.fixture
def house(db, tmp_path, monkeypatch):
    """A brand with a dealer's store and one of its own; a member in each, in a lake; the pages read that lake."""
    brand = a_brand()
    dealer = a_dealer(brand)
    stores = [a_store(dealer=dealer), a_store(brand)]
    members = [
        a_member(brand, name=name, home_store_id=store.id)
        for name, store in zip(("赵秘密", "钱秘密"), stores, strict=True)
    ]
    today = business_date(present(), "Asia/Shanghai")
    rows, orders = [], []
    for ordinal, (member, store) in enumerate(zip(members, stores, strict=True), 1):
        rows.append(joined(ordinal, today - timedelta(50), store=store.id.hex, member_id=member.id.hex))
        orders += [
            bought(ordinal, today - timedelta(days), 1_000 * ordinal, store=store.id.hex) for days in (50, 40, 30)
        ]
    a_lake(tmp_path, rows, orders)
    for module in ("reckoning", "looks"):
        monkeypatch.setattr(f"sitong.insight.boards.{module}.lake_of", lambda _brand: Lake.at(tmp_path))
    return SimpleNamespace(brand=brand, dealer=dealer, stores=stores, members=members)


def desk(system, place, role=None, language="en"):
    client = Client(headers={"Accept-Language": language})
    open_session(client, a_staff(system, place, role))
    return client


def read(client, address) -> str:
    answer = client.get(address)
    show_every_brand()
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_each_level_sees_its_own_boards(house):
    for language in ("en", "zh-hans"):
        headquarters = desk("brand", house.brand, language=language)
        for board in ("growth", "cohorts", "rfm"):
            assert read(headquarters, f"/brand/boards/{board}/?period=days90")
    headquarters, dealer, store = (
        desk("brand", house.brand),
        desk("dealer", house.dealer),
        desk("store", house.stores[1]),
    )
    assert 'data-stage="paying"><a' in read(headquarters, "/brand/boards/growth/?period=days90")
    assert "¥90.00" in read(headquarters, "/brand/boards/growth/?period=days90")
    assert "¥30.00" in read(dealer, "/dealer/boards/growth/?period=days90")
    assert "¥60.00" in read(store, "/store/boards/growth/?period=days90")
    assert desk("dealer", house.dealer).get(f"/dealer/boards/growth/?place={house.stores[1].id}").status_code == 404


def test_members_behind_a_number_are_masked_exported_and_tagged(house):
    headquarters = desk("brand", house.brand)
    address = "/brand/boards/growth/members/?period=days90&stage=paying"
    page = read(headquarters, address)
    assert house.members[0].number in page and "秘密" not in page
    page = read(desk("dealer", house.dealer), address.replace("brand", "dealer", 1))
    assert house.members[0].number in page and house.members[1].number not in page
    written = b"".join(headquarters.get("/brand/boards/rfm/members.csv?period=days90").streaming_content).decode()
    show_every_brand()
    assert len(written.splitlines()) == 3 and "秘密" not in written
    said = {"id": str(new_id()), "name": "paying"}
    for _ in range(2):
        assert headquarters.post("/brand/boards/growth/tag/?period=days90&stage=paying", said).status_code == 302
        show_every_brand()
    segment = Segment.objects.get(brand_id=house.brand.id)
    assert segment.name == "paying" and segment.rule["tag"].replace("-", "") == said["id"].replace("-", "")
    assert set(MemberTag.objects.values_list("member_id", flat=True)) == {one.id for one in house.members}


def test_a_result_is_kept_until_the_lake_changes_and_large_ones_wait_for_the_worker(house, monkeypatch):
    today = business_date(present(), "Asia/Shanghai")
    asked = Asked(today - timedelta(89), today)
    row = show_board(house.brand.id, "growth", asked=asked, now=NOW)
    monkeypatch.setattr("sitong.insight.boards.actions.reckon", lambda *_: {"anew": True})
    assert show_board(house.brand.id, "growth", asked=asked, now=NOW + timedelta(hours=1)).result == row.result
    monkeypatch.setattr("sitong.insight.boards.actions.lake_version", lambda _: 9)
    assert show_board(house.brand.id, "growth", asked=asked, now=NOW + timedelta(minutes=4)).result == row.result
    assert show_board(house.brand.id, "growth", asked=asked, now=NOW + timedelta(minutes=6)).result == {"anew": True}
    monkeypatch.setattr("sitong.insight.boards.actions.rows_to_read", lambda _: 10**9)
    waiting = show_board(house.brand.id, "cohorts", asked=asked, now=NOW)
    assert (waiting.made_at, waiting.result) == (None, {})
    assert "shows them by itself" in read(desk("brand", house.brand), "/brand/boards/cohorts/?period=days90")
    assert make_waiting_boards(now=NOW) == 1
    assert BoardResult.objects.get(id=waiting.id).result == {"anew": True}


def asks(method, system, place, address, **said):
    answer = getattr(Client(headers=as_viewer(a_viewer(system, place))), method)(f"/api/v1{address}", said)
    show_every_brand()
    return answer


def test_boards_by_program(house):
    brand, dealer = house.brand, house.dealer
    today = business_date(present(), "Asia/Shanghai")
    period = {"start": str(today - timedelta(89)), "end": str(today)}
    funnel = asks("get", "brand", brand, "/boards/growth", **period).json()
    assert funnel["numbers"]["whole"] == {
        "acquired": 2,
        "activated": 2,
        "retained": 2,
        "paying": 2,
        "referring": 0,
        "spent_minor": 9_000,
    }
    assert asks("get", "dealer", dealer, "/boards/growth", **period).json()["numbers"]["whole"]["acquired"] == 1
    assert asks("get", "brand", brand, "/boards/cohorts", **period).json()["numbers"]["repeat"]["again"] == 2
    page = asks("get", "brand", brand, "/boards/members", board="growth", stage="paying", **period).json()
    assert (page["count"], len(page["members"])) == (2, 2) and "秘密" not in str(page)
    assert asks("get", "brand", brand, "/boards/value").json()["numbers"] == {}
    assert (
        asks("get", "brand", brand, "/boards/experiments/size", share=0.1, uplift=0.02).json()["members_needed"]
        == 7_677
    )
    assert asks("get", "brand", brand, "/boards/experiments/size", share=0.9, uplift=0.5).status_code == 409
    assert asks("get", "dealer", dealer, "/boards/experiments/size", share=0.1, uplift=0.02).status_code == 403
