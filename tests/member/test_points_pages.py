"""Points on the desk and by program."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sitong.member.points.queries import plan_of, points_now
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as present
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.points import a_points_plan, earned_points, some_points

pytestmark = pytest.mark.usefixtures("db")


def desk(account):
    client = Client()
    open_session(client, account)
    return client


def read(answer):
    show_every_brand()
    return answer.content.decode()


def api(method, path, viewer, said=None):
    answer = getattr(Client(), method)(
        f"/api/v1{path}", said, content_type="application/json", headers=as_viewer(viewer)
    )
    show_every_brand()
    return answer


def fields_of(page):
    """What the plan's form would send."""
    form = page[page.index('action="/brand/points/plan/"') :]
    form = form[: form.index("</form>")]
    return {
        name: value
        for name, value in re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form)
        if name != "csrfmiddlewaretoken"
    }


def test_a_brand_without_a_plan_is_told_what_to_do_and_publishes_one_once():
    brand = a_brand()
    client = desk(a_staff("brand", brand))
    page = read(client.get("/brand/points/", headers={"accept-language": "en"}))
    assert "gives no points yet" in page
    said = fields_of(page) | {"earn_points_per_100": "2", "spend_share": "30.5"}
    for _ in range(2):
        assert client.post("/brand/points/plan/", said).status_code == 302
        show_every_brand()
    plan = plan_of(brand.id)
    assert (plan.version, plan.earn_points_per_100, plan.spend_share_bp) == (1, 2, 3_050)
    again = client.post("/brand/points/plan/", said | {"id": str(new_id())})
    assert again.status_code == 409
    show_every_brand()
    assert plan_of(brand.id).version == 1


def test_the_desk_shows_what_members_hold_and_gives_by_hand_with_a_reason():
    brand = a_brand()
    a_points_plan(brand)
    member = a_member(brand)
    some_points(member, 1_234)
    earned_points(member, 66)
    client = desk(a_staff("brand", brand))
    page = read(client.get("/brand/points/"))
    assert "1,234" in page and "66" in page and "¥12.34" in page
    said = {"id": str(new_id()), "member": member.number, "points": "100", "reason": "broken cup"}
    for _ in range(2):
        assert client.post("/brand/points/give/", said).status_code == 302
        show_every_brand()
    assert points_now([member.id])[member.id].ready == 1_334
    assert client.post("/brand/points/give/", said | {"id": str(new_id()), "reason": ""}).status_code == 422
    show_every_brand()
    assert client.post("/brand/points/give/", said | {"id": str(new_id()), "member": "NOBODY"}).status_code == 422
    show_every_brand()
    assert points_now([member.id])[member.id].ready == 1_334


def test_who_may_only_look_changes_nothing():
    brand = a_brand()
    a_points_plan(brand)
    client = desk(a_staff("brand", brand, "finance"))
    page = read(client.get("/brand/points/"))
    assert 'action="/brand/points/give/"' not in page
    assert client.post("/brand/points/plan/", {}).status_code == 403
    assert client.post("/brand/points/give/", {}).status_code == 403


def test_a_member_asks_for_its_own_points_and_for_nobody_else_s():
    brand = a_brand()
    a_points_plan(brand)
    member, other = a_member(brand), a_member(brand)
    some_points(member, 70)
    earned_points(member, 30, now=present())
    mine = api("get", "/points/me", a_viewer("consumer", member)).json()
    assert (mine["ready"], mine["pending"], mine["worth_minor"]) == (70, 30, 70)
    assert [row["kind"] for row in mine["history"]] == ["earned", "gift"]
    assert [one["points"] for one in mine["maturing"]] == [30]
    assert api("get", f"/members/{other.id}/points", a_viewer("consumer", member)).status_code == 403


def test_staff_sees_and_gives_points_by_program_within_its_reach():
    brand = a_brand()
    a_points_plan(brand)
    store = a_store(brand)
    member = a_member(brand, home_store_id=store.id)
    elsewhere = a_viewer("store", a_store(brand))
    said = {"id": str(new_id()), "points": 5, "reason": "sorry"}
    path = f"/members/{member.id}/points"
    for _ in range(2):
        assert api("post", path, a_viewer("brand", brand), said).json()["points"] == 5
    assert api("post", path, a_viewer("brand", brand), said | {"points": 6}).status_code == 409
    assert api("get", path, a_viewer("store", store)).json()["ready"] == 5
    assert api("get", path, elsewhere).status_code == 404
    assert api("post", path, a_viewer("store", store), said).status_code == 403
    held = api("get", "/points/liabilities", a_viewer("brand", brand)).json()
    assert (held["members"], held["ready"], held["owed"]) == (1, 5, 0)


def test_a_plan_is_published_by_program():
    brand = a_brand()
    viewer = a_viewer("brand", brand)
    assert api("get", "/points/plan", viewer).status_code == 404
    said = {"id": str(new_id()), "earn_points_per_100": 1, "minor_per_point": 2}
    assert api("post", "/points/plan", viewer, said).json()["version"] == 1
    assert api("post", "/points/plan", viewer, said).json()["version"] == 1
    stale = api("post", "/points/plan", viewer, said | {"id": str(new_id())})
    assert (stale.status_code, stale.json()["code"]) == (409, "member.plan_changed")
    assert api("get", "/points/plan", viewer).json()["minor_per_point"] == 2
