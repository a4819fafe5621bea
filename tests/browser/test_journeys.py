"""A journey's way: headquarters draws one from a ready-made one, tries it with a member, starts it, and reads what it brought."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sitong.marketing.giving.rules import Reward, reward_written
from sitong.marketing.journeys.actions import EntryWanted, enter_members, move_due
from sitong.marketing.models import Journey
from sitong.scene.orders.events import OrderPaid
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.browser.test_coupons import headquarters
from tests.browser.test_path import staff_signs_in
from tests.make.checkin import a_card
from tests.make.journeys import a_graph, a_journey, all_move, enters
from tests.make.member import a_member
from tests.make.messages import a_template
from tests.marketing.test_journeys_hear import happens

pytestmark = pytest.mark.browser


def chosen(page, label: str) -> None:
    """Choose a node of the graph by what it is."""
    page.locator(f"#journey-graph [data-node][aria-label^='{label}']").first.focus()


@pytest.mark.parametrize(
    ("language", "name", "send", "give", "wait", "ready", "verdict"),
    [
        ("zh-CN", "新会员欢迎", "发消息", "赠送", "等待", "一切就绪", "还没有人走过"),
        ("en-US", "Welcome", "Send a message", "Give", "Wait", "Everything is right", "Nobody has come through"),
    ],
)
def test_from_a_ready_made_graph_to_what_it_brought(walkers, town, language, name, send, give, wait, ready, verdict):
    place, now = town[0], clock_now()
    with every_brand():
        a_template(place.brand, now=now)
        card = a_card(place.brand, now=now, name="欢迎券", name_en="Welcome coupon")
        member = a_member(place.brand, now=now)
    boss = headquarters(walkers, language)
    page = boss.go("/brand/journeys/")
    boss.look("journeys-empty")
    page.locator("a[href='/brand/journeys/new/?ready=welcome']").click()
    boss.look("journey-settings")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/brand/journeys/[0-9a-f-]{36}/$"))
    expect(page.locator("#journey-graph [data-node]")).to_have_count(7)
    expect(page.locator("#journey-faults button")).to_have_count(3)
    boss.look("journey-faults")

    for number in range(2):
        page.locator("#journey-graph .jy-faulty.jy-send").first.focus()
        page.locator("#journey-panel select").first.select_option(index=1)
        expect(page.locator("#journey-faults button")).to_have_count(2 - number)
    page.locator("#journey-graph .jy-faulty.jy-give").focus()
    page.locator("#journey-panel select").first.select_option(value=f"coupon:{card.id}")
    expect(page.locator("#journey-faults")).to_contain_text(ready)
    boss.look("journey-right")

    page.locator("#journey-graph .jy-give").focus()
    page.keyboard.press("+")
    page.locator("#journey-panel [data-add-after=next]").select_option("wait")
    expect(page.locator("#journey-graph [data-node]")).to_have_count(8)
    box = page.locator("#journey-graph .jy-goal").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80, steps=5)
    page.mouse.up()
    page.locator("#journey-undo").click()
    page.locator("#journey-redo").click()
    expect(page.locator("#journey-kept")).to_have_text(re.compile("Everything is kept|已全部保存"))
    boss.look("journey-wait-added")

    boss.go(page.url + "try/")
    page.locator("#trial-member").fill(member.number)
    page.locator("[name=treated]").check()
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("#trial-steps li")).to_have_count(4)
    page.locator("#push-clock").click()
    boss.look("journey-trial-pushed")
    expect(page.locator("#trial-steps li")).to_have_count(5)
    boss.look("journey-trial")

    page.locator("nav.nav-segmented a").first.click()
    page.locator("#journey-start").click()
    page.locator("dialog button[value=yes]").click()
    expect(page.locator("#journey-state")).to_have_class(re.compile("jy-state-running"))
    with every_brand():
        journey = Journey.objects.filter(brand_id=place.brand.id, state="running").order_by("-created_at").first()
        enter_members(journey.id, [EntryWanted(member.id)], now=clock_now())
        move_due(journey.id, now=clock_now())
    boss.go(f"/brand/journeys/{journey.id}/")
    expect(page.locator("#journey-graph .jy-count").first).to_be_visible()
    boss.look("journey-running")
    boss.go(f"/brand/journeys/{journey.id}/results/")
    boss.look("journey-results")
    boss.go(f"/brand/journeys/{journey.id}/versions/")
    boss.look("journey-versions")
    boss.go("/brand/journeys/")
    boss.look("journeys")


def test_nodes_are_connected_by_drawing_a_line(walkers, town):
    place = town[0]
    graph = a_graph(
        ("t", "trigger", {"on": "hand", "x": 40, "y": 60}), ("w", "wait", {"amount": 1, "x": 320, "y": 60}), ("x", "exit", {"x": 600, "y": 60}),
        edges=["t>w"],
    )  # fmt: skip
    with every_brand():
        journey = a_journey(place.brand, graph, started=False, now=clock_now())
        assert reward_written(Reward("points", 1)) == {"kind": "points", "amount": 1}
    boss = headquarters(walkers, "zh-CN")
    page = boss.go(f"/brand/journeys/{journey.id}/")
    expect(page.locator("#journey-faults button")).to_have_count(2)
    port = page.locator("[data-node=w] [data-port]").bounding_box()
    end = page.locator("[data-node=x]").bounding_box()
    page.mouse.move(port["x"] + 5, port["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + 20, steps=6)
    page.mouse.up()
    expect(page.locator("#journey-faults button")).to_have_count(0)
    expect(page.locator("#journey-start")).to_be_enabled()


def test_results_say_what_is_certain(walkers, town):
    """Ninety of a hundred and ten treated members buy, a fifth of the others: the page says that it works, and by how much."""
    place, now = town[0], clock_now()
    graph = a_graph(
        ("t", "trigger", {"on": "hand", "x": 40, "y": 60}), ("p", "split", {"shares": [5_000, 5_000], "x": 250, "y": 60}),
        ("k", "task", {"text": "打个电话", "text_en": "Call", "x": 460, "y": 60}), ("w", "wait", {"amount": 9, "x": 670, "y": 60}),
        ("x", "exit", {"x": 880, "y": 60}), ("g", "goal", {"event": "scene.order_paid", "days": 14, "leave": False, "x": 40, "y": 220}),
        edges=["t>p", "p:a>k", "p:b>w", "k>w", "w>x"],
    )  # fmt: skip
    with every_brand():
        started = now - timedelta(days=10)
        journey = a_journey(
            place.brand, graph, now=started, name="回访", name_en="Call back", control_bp=4_000, control_reason=""
        )
        entered = enters(journey, *[a_member(place.brand, now=started) for _ in range(180)], now=started)
        all_move(journey, now=started)
        for at, one in enumerate(entered):
            if (at % 5 and one.group == "treated") or (at % 5 == 0 and one.group == "control"):
                paid = OrderPaid(
                    place.brand.id, new_id(), new_id(), one.member_id, "mini", "pickup", 3_000 + at * 10, started.date()
                )
                happens(paid, at=started + timedelta(days=at % 9, hours=1))
    accounts = (("zh-CN", "headquarters", "旅程有效"), ("en-US", "headquarters-sale", "The journey works"))
    for language, account, sentence in accounts:
        boss = walkers(f"journey-results-{language}", phone=False, language=language)
        staff_signs_in(boss, "brand", account)
        boss.page.locator("form:has(input#code) button[type=submit]").first.click()
        boss.page.wait_for_url(re.compile("/brand/"))
        page = boss.go(f"/brand/journeys/{journey.id}/results/")
        expect(page.locator("#journey-verdict")).to_contain_text(sentence)
        expect(page.locator("#journey-chart canvas")).to_be_visible()
        boss.look("results")
        page.locator("text=Newcombe").scroll_into_view_if_needed()
        boss.look("results-foot")


@pytest.mark.parametrize(("language", "text"), [("zh-CN", "打电话问候"), ("en-US", "Call and greet")])
def test_a_clerk_finds_what_is_to_be_done_and_says_that_it_is(walkers, town, language, text):
    place, now = town[0], clock_now()
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("k", "task", {"text": "打电话问候", "text_en": "Call and greet"}), ("x", "exit", {}),
        edges=["t>k", "k>x"],
    )  # fmt: skip
    with every_brand():
        journey = a_journey(place.brand, graph, now=now)
        enters(journey, a_member(place.brand, home_store_id=place.direct.id, now=now), now=now)
        all_move(journey, now=now)
    clerk = walkers(f"journey-clerk-{language}", phone=True, language=language)
    staff_signs_in(clerk, "store", "clerk-people")
    page = clerk.go("/store/tasks/")
    expect(page.locator("section.st-card")).to_contain_text(text)
    clerk.look("tasks")
    page.locator("section.st-card button").click()
    expect(page.locator("section.st-card")).to_have_count(0)
    clerk.look("tasks-done")
