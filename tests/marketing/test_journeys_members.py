"""What journeys do besides sending, and what becomes of a member's way when it is exported or erased."""

from __future__ import annotations

import pytest
from django.test import Client

from sitong.marketing.journeys.actions.upkeep import erase_entries, finish_task, let_out
from sitong.marketing.journeys.queries.member import entries_kept
from sitong.marketing.journeys.queries.steps import messages_that, steps_at
from sitong.marketing.models import JourneyEntry, JourneyFlow, JourneyStep, JourneyTask, Message
from sitong.member.profile.queries import tags_of
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.access import a_staff, open_session
from tests.make.journeys import DAY, a_graph, a_journey, a_post, all_move, enters, wait_then_send
from tests.make.member import a_member, a_tag
from tests.make.messages import a_reader, a_template
from tests.make.org import NOW, a_brand, a_store
from tests.marketing.test_journeys_hear import pays, ways

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand():
    return a_brand()


def test_a_branch_asks_what_came_of_a_message(brand):
    template = a_template(brand)
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("s", "send", {"template": str(template.id)}), ("w", "wait", {"amount": 1}),
        ("b", "branch", {"happened": {"node": "s", "what": "opened"}}), ("x", "exit", {}), ("k", "task", {"text": "打个电话"}),
        edges=["t>s", "s>w", "w>b", "b:yes>x", "b:no>k", "k>x"],
    )  # fmt: skip
    journey, opens, ignores = a_journey(brand, graph), a_reader(brand), a_reader(brand)
    one, two = enters(journey, opens, ignores)
    all_move(journey)
    Message.objects.filter(member_id=opens.id).update(state="clicked")
    Message.objects.filter(member_id=ignores.id).update(state="delivered")
    all_move(journey, now=NOW + DAY)
    assert (ways(one)[3:], ways(two)[3:]) == ([("b", "yes"), ("x", "")], [("b", "no"), ("k", "next"), ("x", "")])
    (step,) = steps_at([two.id], "s")[two.id]
    assert (messages_that([step], "delivered"), messages_that([step], "clicked")) == ({step}, set())


def test_a_message_says_what_the_event_told(brand):
    template = a_template(
        brand,
        text="{member_name}，订单{order}（{amount}元）等您来取。拒收请回复R",
        slots=[("a", "order"), ("b", "amount")],
    )
    graph = a_graph(
        ("t", "trigger", {"on": "event", "event": "scene.order_paid"}), ("s", "send", {"template": str(template.id)}), ("x", "exit", {}),
        edges=["t>s", "s>x"],
    )  # fmt: skip
    journey, member = a_journey(brand, graph), a_reader(brand)
    key = pays(brand, member, total_minor=1_250, number="M0042")
    all_move(journey)
    assert Message.objects.get(member_id=member.id).fields == {"order": "M0042", "amount": "12.50"}
    by_hand = a_reader(brand)
    enters(journey, by_hand)
    all_move(journey)
    step = JourneyStep.objects.get(node="s", what__startswith="marketing")
    assert step.what == "marketing.message_field_missing", key


def test_a_tag_is_put_on_and_another_system_is_told(brand):
    tag = a_tag(brand)
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("g", "give", {"tag": str(tag.id)}), ("h", "webhook", {"label": "crm"}), ("x", "exit", {}),
        edges=["t>g", "g>h", "h>x"],
    )  # fmt: skip
    journey, member = a_journey(brand, graph), a_member(brand)
    (entry,) = enters(journey, member)
    all_move(journey)
    assert [one.tag_id for one in tags_of([member.id])] == [tag.id]
    told = Event.objects.get(name="marketing.journey_passed")
    step = JourneyStep.objects.get(entry_id=entry.id, node="h")
    assert (told.facts["label"], told.facts["member_id"], told.facts["step_id"]) == (
        "crm",
        str(member.id),
        str(step.id),
    )


def test_a_member_s_way_is_in_its_export_and_goes_when_it_is_erased(brand):
    journey, member, other = a_journey(brand, wait_then_send(), name="欢迎"), a_member(brand), a_member(brand)
    with a_post():
        enters(journey, member, other)
        all_move(journey)
    (kept,) = entries_kept([member.id])
    assert (kept["journey"], kept["group"], [one["node"] for one in kept["steps"]]) == ("欢迎", "treated", ["t"])
    assert erase_entries([member.id]) == 2
    assert entries_kept([member.id]) == []
    assert JourneyEntry.objects.get().member_id == other.id
    assert JourneyFlow.objects.get().number == 2, "counts name nobody"


def test_somebody_is_let_out_and_a_task_is_finished_once(brand):
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("k", "task", {"text": "打个电话"}), ("w", "wait", {"amount": 1}), ("x", "exit", {}),
        edges=["t>k", "k>w", "w>x"],
    )  # fmt: skip
    journey, member = a_journey(brand, graph), a_member(brand, home_store_id=a_store(brand).id)
    (entry,) = enters(journey, member)
    all_move(journey)
    by = new_id()
    task = finish_task(JourneyTask.objects.get().id, by=by, now=NOW)
    assert finish_task(task.id, by=new_id(), now=NOW + DAY).done_by == by
    assert let_out(entry.id, by=by, now=NOW).why == let_out(entry.id, by=by, now=NOW + DAY).why == "left"
    assert all_move(journey, now=NOW + DAY) == 0


def test_a_clerk_sees_the_tasks_of_its_own_store_alone_and_finishes_one(brand):
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("k", "task", {"text": "打个电话", "text_en": "Give a call"}), ("x", "exit", {}),
        edges=["t>k", "k>x"],
    )  # fmt: skip
    here, there = a_store(brand), a_store(brand)
    journey = a_journey(brand, graph)
    enters(journey, a_member(brand, home_store_id=here.id), a_member(brand, home_store_id=there.id))
    all_move(journey)
    clerk = Client()
    open_session(clerk, a_staff("store", here, "clerk"))
    page = clerk.get("/store/tasks/", headers={"accept-language": "en"}).content.decode()
    assert page.count("Give a call") == 1
    tasks = {one.store_id: one for one in JourneyTask.objects.all()}
    assert clerk.post(f"/store/tasks/{tasks[there.id].id}/done/").status_code == 404
    assert clerk.post(f"/store/tasks/{tasks[here.id].id}/done/").status_code == 302
    assert set(JourneyTask.objects.filter(done_at=None)) == {tasks[there.id]}
