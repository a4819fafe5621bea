"""Tiers on the desk, on the member's phone, and by program."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from sitong.member.tiers.actions import publish_tier_plan, settle_standings
from sitong.member.tiers.queries import plan_of
from sitong.scene.channels.queries import forget_shops
from sitong.scene.channels.shop import forget_stores
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import business_date
from sitong.shared.clock import now as present
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, a_viewer, open_session
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.points import a_points_plan, some_points
from tests.make.tiers import a_tier_plan, bought
from tests.member.test_points_pages import api, desk, read

pytestmark = pytest.mark.usefixtures("db")

ENGLISH = {"accept-language": "en"}


def today():
    return business_date(present(), "Asia/Shanghai")


def editor(levels, **changed):
    """What the editor sends for (name, threshold in yuan)."""
    said = {
        "id": str(new_id()), "version": "0", "measure": "spending", "window": "rolling", "window_months": "6", "period": "month",
        "notice_days": "14", "name": [name for name, _ in levels], "name_en": [name for name, _ in levels],
        "code": [name.lower() for name, _ in levels], "threshold": [str(from_) for _, from_ in levels],
        "discount": ["2.5"] * len(levels), "factor": ["1.5"] * len(levels), "birthday_points": [""] * len(levels),
        "early_hours": ["0"] * len(levels), "free_1": "on",
    }  # fmt: skip
    return said | changed


def test_a_plan_is_looked_at_before_it_is_published():
    brand = a_brand()
    members = [a_member(brand) for _ in range(3)]
    bought(members[0], 120_000, on=today(), now=present())
    client = desk(a_staff("brand", brand))
    assert "no tiers yet" in read(client.get("/brand/tiers/", headers=ENGLISH))
    said = editor([("Club", 0), ("Star", "1000.50")])
    page = read(client.post("/brand/tiers/plan/", said | {"preview": "1"}, headers=ENGLISH))
    assert "1 members would be Star now" in page and "2 members would be Club now" in page
    assert plan_of(brand.id) is None
    for _ in range(2):
        assert client.post("/brand/tiers/plan/", said | {"publish": "1"}).status_code == 302
        show_every_brand()
    plan = plan_of(brand.id)
    assert plan.version == 1
    star = plan.levels[1]
    assert (star.threshold, star.discount_bp, star.points_factor_bp, star.free_delivery) == (100_050, 250, 15_000, True)
    assert "Star" in read(client.get("/brand/tiers/", headers=ENGLISH))


@pytest.mark.parametrize(
    "said",
    [
        editor([("Club", 100), ("Star", 100)]), editor([("Club", 0), ("Star", "many")]), editor([("Club", "NaN")]), editor([]),
        editor([("Club", 0)], window_months="99"), editor([("Club", 0)], measure="luck"), editor([("Club", "0.001")]),
        editor([("Club", 0)], version="x"),
    ],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_told_and_nothing_is_published(said):
    brand = a_brand()
    client = desk(a_staff("brand", brand))
    answer = client.post("/brand/tiers/plan/", said | {"publish": "1"})
    assert answer.status_code == 422
    assert 'role="alert"' in read(answer)
    assert plan_of(brand.id) is None


def test_the_lists_name_members_masked():
    brand = a_brand()
    a_tier_plan(brand)
    member = a_member(brand, name="赵秘密")
    bought(member, 95_000, on=today(), now=present())
    page = read(desk(a_staff("brand", brand)).get("/brand/tiers/"))
    assert member.number in page and "秘密" not in page and "¥50.00" in page


@pytest.fixture
def visitor():
    """A member of a brand with points and tiers, signed in on the phone of a store."""
    forget_stores()
    forget_shops()
    brand = a_brand()
    a_points_plan(brand)
    a_tier_plan(brand)
    store = a_store(brand, code="people")
    account, member = a_consumer(brand)
    client = Client()
    open_session(client, account, member)
    return client, member, f"/s/{brand.code}/{store.code}/me/"


def test_a_member_reads_its_tier_and_what_is_needed(visitor):
    client, member, address = visitor
    bought(member, 35_000, on=today(), now=present())
    page = read(client.get(f"{address}tier/", headers=ENGLISH))
    assert "Silver" in page and "¥650.00" in page and "make you Gold" in page
    assert client.post(f"{address}tier/birthday/", {"month": "2", "day": "30"}).status_code == 409
    show_every_brand()
    assert client.post(f"{address}tier/birthday/", {"month": "2", "day": "29"}).status_code == 302
    assert "Month 2, day 29" in read(client.get(f"{address}tier/", headers=ENGLISH))


def test_a_member_reads_its_points_and_their_dates(visitor):
    client, member, address = visitor
    assert "Nothing yet" in read(client.get(f"{address}points/", headers=ENGLISH))
    some_points(member, 250, kind="by_hand", reason="sorry for the wait", now=present())
    page = read(client.get(f"{address}points/", headers=ENGLISH))
    assert "250" in page and "¥2.50" in page and "sorry for the wait" in page
    strangers = Client().get(f"{address}points/")
    assert strangers.status_code == 302


def test_tiers_by_program():
    brand = a_brand()
    viewer = a_viewer("brand", brand)
    member = a_member(brand)
    bought(member, 35_000, on=today(), now=present())
    levels = [
        {"code": "club", "name": "会员", "threshold": 0},
        {"code": "star", "name": "星", "threshold": 30_000, "discount_bp": 500},
    ]
    terms = {"measure": "spending", "levels": levels}
    assert api("post", "/tiers/preview", viewer, terms).json()[2] == {"code": "star", "members": 1}
    assert api("get", "/tiers/spread", viewer).status_code == 404
    said = terms | {"id": str(new_id())}
    assert api("post", "/tiers/plan", viewer, said).json()["version"] == 1
    assert api("post", "/tiers/plan", viewer, said).json()["version"] == 1
    assert api("get", "/tiers/spread", viewer).json()[2] == {"code": "star", "members": 1}
    assert api("get", "/tiers/changes", viewer).json()["falling"] == []
    mine = api("get", "/tiers/me", a_viewer("consumer", member)).json()
    assert (mine["code"], mine["discount_bp"], mine["value"], mine["next"]["up_code"]) == ("star", 500, 35_000, "")
    assert api("get", f"/members/{member.id}/tier", viewer).json()["code"] == "star"
    assert api("post", "/tiers/me/birthday", a_viewer("consumer", member), {"month": 5, "day": 6}).status_code == 200
    assert api("post", "/tiers/me/birthday", a_viewer("consumer", member), {"month": 5, "day": 7}).status_code == 409
    assert api("put", f"/members/{member.id}/birthday", viewer, {"month": 5, "day": 7}).json() == {"month": 5, "day": 7}
    upside_down = terms | {"levels": levels[::-1]}
    assert api("post", "/tiers/preview", viewer, upside_down).json()["code"] == "member.tier_plan_wrong"


def test_how_everybody_was_settled_stands_on_the_page_and_in_the_api():
    brand = a_brand()
    plan = a_tier_plan(brand)
    member = a_member(brand)
    bought(member, 120_000, on=today(), now=present())
    client, viewer = desk(a_staff("brand", brand)), a_viewer("brand", brand)
    assert "Begins within minutes" in read(client.get("/brand/tiers/", headers=ENGLISH))
    show_every_brand()
    settle_standings(now=present())
    cheaper = tuple(replace(level, threshold=level.threshold // 2) for level in plan.levels)
    publish_tier_plan(replace(plan, levels=cheaper), by=None, now=present())
    assert 'hx-trigger="every 2s"' in read(client.get("/brand/tiers/progress/", headers=ENGLISH))
    show_every_brand()
    assert settle_standings(now=present()) == 1
    page = read(client.get("/brand/tiers/progress/", headers=ENGLISH))
    assert "Gold → Platinum" in page and "Version 2 of the plan" in page and "hx-trigger" not in page
    (newest, first) = api("get", "/tiers/retierings", viewer).json()
    assert (newest["rose"], newest["fell"], newest["written"]) == (1, 0, 1)
    assert newest["moves"] == [{"before": "gold", "after": "platinum", "members": 1}]
    assert (first["version"], first["written"]) == (1, 0)
