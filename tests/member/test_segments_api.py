"""Segments by program: from a rule read aloud to who belongs, why, and the trend."""

from __future__ import annotations

import pytest

from sitong.member.segments.actions import fill_segments
from sitong.member.segments.models import Segment
from sitong.shared.ids import new_id
from tests.make.access import a_viewer
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.member.test_identity_api import Asker

pytestmark = pytest.mark.usefixtures("db")

POSTER = {"is": "source", "op": "=", "value": "poster"}


def test_a_marketer_makes_a_segment_and_sees_who_belongs_and_why(now):
    brand = a_brand()
    one, two = a_member(brand, source="poster"), a_member(brand, source="friend")
    ask, segment_id = Asker(a_viewer("brand", brand)), str(new_id())
    said = ask(
        "post", "/segments/read", rule={"all": [POSTER, {"is": "joined_days", "op": ">=", "value": 0}]}, language="en"
    )
    assert said.json()["words"] == "source is poster and days since joining at least 0"
    made = ask("post", "/segments", id=segment_id, name="海报会员", rule=POSTER, live=True).json()
    assert (made["version"], made["members"], made["filled_at"]) == (1, 0, None)
    fill_segments(now=now)
    assert ask("get", f"/segments/{segment_id}").json()["members"] == 1
    assert ask("get", f"/segments/{segment_id}/members").json() == {"items": [str(one.id)], "next": None}
    assert [day["entered"] for day in ask("get", f"/segments/{segment_id}/trend").json()] == [1]
    answer = ask("get", f"/segments/{segment_id}/why/{two.id}", language="en").json()
    assert (answer["holds"], answer["parts"]) == (
        False, [{"rule": POSTER, "words": "source is poster", "holds": False}],
    )  # fmt: skip
    friend = {"is": "source", "op": "=", "value": "friend"}
    changed = ask("put", f"/segments/{segment_id}", version=1, name="朋友", rule=friend).json()
    assert (changed["version"], changed["name"]) == (2, "朋友")
    stale = ask("put", f"/segments/{segment_id}", version=1, name="朋友", rule=POSTER)
    assert (stale.status_code, stale.json()["code"]) == (409, "member.segment_changed")
    assert ask("post", f"/segments/{segment_id}/archive").json()["archived_at"]
    assert ask("get", "/segments").json() == []


def test_a_faulty_rule_says_where_and_a_clerk_makes_none():
    brand = a_brand()
    ask = Asker(a_viewer("brand", brand))
    wrong = ask("post", "/segments/read", rule={"all": [POSTER, {"did": "orders", "where": [["color", "=", "red"]]}]})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "member.rule_refused")
    assert wrong.json()["facts"]["where"] == "all[1].did.where[0]"
    clerk = Asker(a_viewer("store", a_store(brand)))
    assert clerk("post", "/segments", id=str(new_id()), name="x", rule=POSTER).status_code == 403
    assert Segment.objects.count() == 0
    names = {one["name"] for one in ask("get", "/segments/subjects").json()}
    assert {"members", "orders", "lines", "coupons"} <= names
