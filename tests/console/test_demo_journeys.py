"""The demo's journey: led along past purchases, with a control group; the same after a second load."""

from __future__ import annotations

import random
from datetime import timedelta

from sitong.console.demo.journeys import JOURNEY, Purchase, open_journey
from sitong.marketing.journeys.queries.results import totals_of, uplift_by_way, uplift_whole
from sitong.marketing.models import Journey
from sitong.shared.clock import now as clock_now
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import a_brand
from tests.make.points import a_points_plan


def test_a_journey_is_led_along_the_past_and_may_be_loaded_again(db):
    now, chance = clock_now(), random.Random(5)
    brand = a_brand(now=now - timedelta(days=200))
    a_points_plan(brand, now=now - timedelta(days=1))
    members = [a_member(brand, now=now - timedelta(days=100)) for _ in range(60)]
    past = [
        Purchase(f"{at}-{visit}", one.id, now - timedelta(days=chance.randint(1, 80)), 1_000 + at)
        for at, one in enumerate(members) for visit in range(4)
    ]  # fmt: skip
    past.sort(key=lambda one: one.at)
    for _load in range(2):
        open_journey(brand.id, past, now=now)
    journey = Journey.objects.get(id=JOURNEY)
    totals, whole = totals_of(JOURNEY), uplift_whole(JOURNEY)
    assert (journey.state, journey.control_bp) == ("running", 1_000)
    assert totals.entered >= 60
    assert whole.treated.members + whole.control.members == 60
    assert 0 < whole.treated.converted < 60
    assert set(uplift_by_way(JOURNEY, journey.version_id, "n3")) == {"a", "b"}
    assert check_books() == []
