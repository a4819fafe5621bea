"""Journeys beside their control groups: shares from what came of them, spending from the lake, plain and sharpened."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from sitong.insight.experiments.expressions import spent_by_group
from sitong.insight.experiments.results import compared
from sitong.insight.experiments.rules import Sums
from sitong.insight.lake.reading import Lake
from sitong.insight.sources.experiments import ExperimentCounts, entered_in, experiments_of
from sitong.marketing.models import Journey, JourneyEntry, JourneyOutcome
from sitong.member.models import Member
from sitong.shared.clock import business_date
from sitong.shared.clock import now as present
from sitong.shared.ids import new_id
from tests.insight.test_boards import a_lake, asks, bought, desk, joined, read
from tests.make.member import a_member, joined_as_one
from tests.make.org import a_brand

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def led(tmp_path, monkeypatch):
    """A journey forty days ago: thirty treated, twelve in control; one of the treated was joined into another since."""
    brand, now, chance = a_brand(), present(), random.Random(2)
    entered_at = now - timedelta(days=40)
    journey = Journey.objects.create(
        id=new_id(),
        brand_id=brand.id,
        name="唤醒",
        name_en="Wake up",
        state="running",
        created_at=entered_at,
        started_at=entered_at,
    )
    rows, orders = [], []
    for at in range(42):
        member = a_member(brand)
        group = "treated" if at < 30 else "control"
        entry = JourneyEntry.objects.create(
            brand_id=brand.id, journey_id=journey.id, version_id=new_id(), member_id=member.id, group=group, node="n1",
            due_at=now, entered_at=entered_at,
        )  # fmt: skip
        if at % (3 if group == "treated" else 6) == 0:
            JourneyOutcome.objects.create(
                id=new_id(), brand_id=brand.id, journey_id=journey.id, entry_id=entry.id, document=str(at), at=now
            )
        ordinal = Member.objects.get(id=member.id).ordinal
        on, habit = business_date(entered_at, "Asia/Shanghai"), chance.randint(1_000, 9_000)
        rows.append(joined(ordinal, on - timedelta(300), member_id=member.id.hex))
        orders += [
            bought(ordinal, on - timedelta(50), habit), bought(ordinal, on + timedelta(29), habit + 500 * (group == "treated")),
            bought(ordinal, on + timedelta(30), 99_999), bought(ordinal, on - timedelta(91), 99_999),
        ]  # fmt: skip
    a_lake(tmp_path, rows, orders)
    monkeypatch.setattr("sitong.insight.boards.reckoning.lake_of", lambda _brand: Lake.at(tmp_path))
    return brand, journey, tmp_path


def test_a_journey_is_compared_in_shares_and_in_what_was_spent(led):
    brand, journey, folder = led
    assert [(one.group, one.members, one.converted) for one in experiments_of(brand.id)] == [
        ("control", 12, 2),
        ("treated", 30, 10),
    ]
    with Lake.at(folder) as lake:
        entered = entered_in(journey.id, brand.id, "Asia/Shanghai")
        spent = spent_by_group(lake, entered, until=business_date(present(), "Asia/Shanghai"))
        early = spent_by_group(lake, entered, until=business_date(present(), "Asia/Shanghai") - timedelta(days=11))
    assert (spent["treated"].members, spent["control"].members, early) == (30, 12, {})
    found = compared(experiments_of(brand.id), spent)
    assert found["uplift"][0] == pytest.approx(10 / 30 - 2 / 12)
    assert (
        found["sharp"][0] == pytest.approx(500, abs=1) and found["narrower"] > 0.9
    )  # habits explain all but the uplift
    assert found["spend"][1] < 500 < found["spend"][2]


def test_members_who_were_joined_since_count_once_as_who_they_are(led):
    brand, journey, _ = led
    first, second = (Member.objects.get(id=key) for key in JourneyEntry.objects.values_list("member_id", flat=True)[:2])
    joined_as_one(first, second, survivor=first)
    entered = entered_in(journey.id, brand.id, "Asia/Shanghai")
    assert len(entered) == 41 and first.ordinal in {ordinal for ordinal, _, _ in entered}


def test_the_page_and_the_api_show_it(led):
    brand, _, _ = led
    page = read(desk("brand", brand), "/brand/boards/experiments/")
    assert "Wake up" in page and "33.3%" in page and "could be chance" in page
    answer = asks("get", "brand", brand, "/boards/experiments").json()
    assert [one["name_en"] for one in answer["numbers"]["experiments"]] == ["Wake up"]


def test_without_a_control_group_nothing_is_claimed():
    alone = [ExperimentCounts(new_id(), "a", "", "running", None, "treated", 10, 3)]
    found = compared(alone, {"treated": Sums(10, 1.0)})
    assert (found["uplift"], found["spend"], found["sharp"]) == (None, None, None)
