"""What a journey brings: against published examples, against simulation, and counted from outcomes."""

from __future__ import annotations

import random
from math import isclose, sqrt

import pytest
from scipy import stats

from sitong.marketing.journeys.queries.results import (
    node_counts,
    totals_of,
    uplift_by_version,
    uplift_by_way,
    uplift_whole,
)
from sitong.marketing.journeys.uplift import Group, mean_difference, rate_difference, uplift_of
from sitong.shared.intervals import share_interval
from tests.make.journeys import DAY, a_graph, a_journey, a_post, all_move, enters
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.marketing.test_journeys_hear import SEND, pays


def test_newcombe_s_published_example():
    """Newcombe 1998, table II: 56/70 against 48/80 by method 10: 0.2000, 0.0524 to 0.3339."""
    found = rate_difference(Group(70, 56), Group(80, 48))
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    found = rate_difference(Group(10, 9), Group(10, 3))
    assert (round(found.low, 4), round(found.high, 4)) == (0.1705, 0.8090)


def test_wilson_agrees_with_scipy():
    for number, converted in ((1, 0), (10, 3), (250, 250), (9_999, 17)):
        theirs = stats.binomtest(converted, number).proportion_ci(method="wilson")
        ours = share_interval(converted, number)
        assert isclose(ours.low, theirs.low, abs_tol=1e-12)
        assert isclose(ours.high, theirs.high, abs_tol=1e-12)


def test_welch_agrees_with_scipy():
    chance = random.Random(7)
    one, two = [chance.choice((0, 0, 4_990)) for _ in range(80)], [chance.choice((0, 0, 0, 9_900)) for _ in range(33)]
    theirs = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    ours = mean_difference(*(Group(len(all), 0, sum(all), sum(x * x for x in all)) for all in (one, two)))
    assert isclose(ours.low, theirs.low, rel_tol=1e-9)
    assert isclose(ours.high, theirs.high, rel_tol=1e-9)


def test_nineteen_of_twenty_intervals_hold_the_truth():
    """A thousand journeys that bring 4 points more: the interval holds 0.04 in 95 % of them, within what chance allows."""
    chance, held = random.Random(3), 0
    for _ in range(1_000):
        treated = Group(900, sum(chance.random() < 0.14 for _ in range(900)))
        control = Group(300, sum(chance.random() < 0.10 for _ in range(300)))
        held += rate_difference(treated, control).low <= 0.04 <= rate_difference(treated, control).high
    assert abs(held - 950) < 4 * sqrt(1_000 * 0.95 * 0.05)


def test_what_is_said_for_certain():
    assert uplift_of(Group(9_000, 1_260), Group(1_000, 100)).verdict == "up"
    assert uplift_of(Group(9_000, 1_260), Group(1_000, 100)).needed_to_treat == 25
    assert uplift_of(Group(9_000, 900), Group(1_000, 140)).verdict == "down"
    unsure = uplift_of(Group(900, 108), Group(100, 10))
    assert (unsure.verdict, unsure.needed_to_treat) == ("unsure", None)
    assert 15_000 < unsure.members_needed < 25_000
    assert uplift_of(Group(900, 500), Group(29, 0)).verdict == "too_few"
    assert uplift_of(Group(900, 500), Group()).verdict == "no_control"


@pytest.mark.usefixtures("db")
def test_a_member_counts_once_and_what_went_back_is_no_revenue():
    brand = a_brand()
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("p", "split", {"shares": [5_000, 5_000]}), ("s", "send", SEND), ("w", "wait", {"amount": 2}),
        ("x", "exit", {}), ("g", "goal", {"event": "scene.order_paid", "days": 5, "leave": False}),
        edges=["t>p", "p:a>s", "p:b>w", "s>w", "w>x"],
    )  # fmt: skip
    with a_post():
        journey = a_journey(brand, graph, reentry="always", control_bp=5_000, control_reason="")
        members = [a_member(brand) for _ in range(20)]
        entered = enters(journey, *members)
        all_move(journey)
        pays(brand, members[0], total_minor=3_000, at=NOW + DAY)
        pays(brand, members[0], total_minor=1_000, at=NOW + 2 * DAY)
        all_move(journey, now=NOW + 2 * DAY)
        enters(journey, members[0], now=NOW + 3 * DAY)
        pays(brand, members[0], total_minor=500, at=NOW + 4 * DAY)
    group = entered[0].group
    whole = uplift_whole(journey.id)
    of_group = whole.treated if group == "treated" else whole.control
    assert (of_group.converted, of_group.paid_minor, of_group.paid_squares) == (1, 4_500, 4_500**2)
    assert whole.treated.members + whole.control.members == 20
    assert (totals_of(journey.id).entered, totals_of(journey.id).inside) == (21, 1)
    assert uplift_by_version(journey.id) == {str(journey.version_id): whole}
    ways = uplift_by_way(journey.id, journey.version_id, "p")
    assert sum(one.treated.members + one.control.members for one in ways.values()) == 20
    counts = node_counts(journey.id, journey.version_id)
    assert counts["p"].passed == 20
    assert sum(counts["s"].what.values()) == counts["p"].ways["a"]
