"""A journey through HTTP: drawn, found wrong, mended, started; members enter, buy, are counted; it is edited, and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.journeys.actions import end_entries, move_due
from sitong.marketing.models import CouponClaim, JourneyEntry, JourneyStep
from sitong.shared import clock
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.checkin import a_card
from tests.make.journeys import a_graph
from tests.make.member import a_member
from tests.make.messages import a_reader, a_template
from tests.make.org import a_brand
from tests.marketing.test_journeys_hear import pays

pytestmark = pytest.mark.usefixtures("db")


def test_from_the_first_node_to_the_figures():
    now = clock.now()
    brand = a_brand(now=now)
    template, card = a_template(brand, now=now), a_card(brand, now=now)
    reader, silent = a_reader(brand, now=now), a_member(brand, now=now)
    token = {"headers": as_viewer(a_viewer("brand", brand))}
    desk = Client()

    def say(method: str, address: str, said: object | None = None):
        return getattr(desk, method)(f"/api/v1/journeys{address}", said, "application/json", **token)

    key = str(new_id())
    wanted = {"id": key, "name": "欢迎", "control_bp": 0}
    assert say("put", "", wanted).json()["code"] == "marketing.control_reason_missing"
    wanted["control_reason"] = "只有两位会员"
    assert say("put", "", wanted).json()["state"] == "draft"
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("s", "send", {}), ("c", "give", {"reward": {"kind": "coupon", "amount": 1, "ref_id": str(card.id)}}),
        ("w", "wait", {"amount": 3}), ("x", "exit", {}), ("g", "goal", {"event": "scene.order_paid", "days": 7}),
        edges=["t>s", "s>c", "c>w", "w>x"],
    )  # fmt: skip
    faults = say("put", f"/{key}/graph", graph).json()["faults"]
    assert [(one["node"], one["code"]) for one in faults] == [("s", "template_missing")]
    assert say("post", f"/{key}/start").json()["code"] == "marketing.graph_faulty"
    graph["nodes"][1]["template"] = str(template.id)
    assert say("put", f"/{key}/graph", graph).json()["faults"] == []
    started = say("post", f"/{key}/start").json()
    assert started["state"] == "running"

    foreign = a_member(a_brand(now=now), now=now)
    answer = say(
        "post", f"/{key}/entries", {"member_ids": [str(reader.id), str(silent.id), str(foreign.id), str(reader.id)]}
    )
    assert answer.json() == {"entered": 2, "refused": {"shared.not_found": 1, "marketing.journey_inside": 1}}
    at = clock.now()
    while move_due(key, now=at):
        pass
    what = {
        one.member_id: JourneyStep.objects.get(entry_id=one.id, node="s").what for one in JourneyEntry.objects.all()
    }
    assert what == {reader.id: "done", silent.id: "marketing.message_no_consent"}
    assert CouponClaim.objects.filter(coupon_id=card.id).count() == 2

    pays(brand, reader, at=clock.now() + timedelta(hours=1))
    results = say("get", f"/{key}/results").json()
    assert (results["treated"]["members"], results["treated"]["converted"], results["verdict"]) == (2, 1, "no_control")

    graph["nodes"][3]["amount"] = 9
    assert say("put", f"/{key}/graph", graph).json()["number"] == 2
    assert say("post", f"/{key}/start").json()["version_id"] != started["version_id"]
    moved = say("post", f"/{key}/moves", {"from_version_id": started["version_id"], "mapping": {"w": "w"}})
    assert moved.json() == {"moved": 1}, "the other one reached the goal"
    assert say("post", f"/{key}/pause").json()["state"] == "paused"
    assert say("post", f"/{key}/end").json()["state"] == "ended"
    assert say("post", f"/{key}/start").json()["code"] == "marketing.journey_over"
    assert end_entries(key, now=clock.now()) == 2
    assert check_books() == []
