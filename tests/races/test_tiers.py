"""All tiers of a brand are settled while members buy, and the settling dies half-way: nobody is settled or told twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from sitong.member.tiers.actions import publish_tier_plan, retier_all, retiering
from sitong.member.tiers.models import Retiering, Standing
from sitong.member.tiers.queries import standing_of
from sitong.member.tiers.rules import FOR_EVER
from sitong.shared import columns
from sitong.shared.access.scope import every_brand
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.tiers import a_tier_plan, bought

pytestmark = pytest.mark.usefixtures("committed_db")
IN_APRIL = datetime(2026, 4, 1, 2, tzinfo=UTC)
OLD_BUT_KEPT = date(2025, 9, 15)
"""Bought then, it counts on NOW and not any more in April."""


@pytest.fixture
def plan():
    return a_tier_plan(a_brand())


@pytest.fixture
def gold(plan, monkeypatch):
    """Six golden members who fall at the end of March, written two a transaction."""
    monkeypatch.setattr(retiering, "WRITTEN_AT_ONCE", 2)
    brand = type("brand", (), {"id": plan.brand_id})
    members = [a_member(brand) for _ in range(6)]
    for member in members:
        bought(member, 100_000, on=OLD_BUT_KEPT)
    retier_all(plan.brand_id, now=NOW)
    return members


def told(name: str) -> list[str]:
    return sorted(facts["member_id"] for facts in Event.objects.filter(name=name).values_list("facts", flat=True))


def test_what_died_half_way_goes_on_and_tells_nobody_twice(plan, gold, monkeypatch):
    write, calls = retiering._write, []

    def dies_at_the_third(*some):
        calls.append(some)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write(*some)

    monkeypatch.setattr(retiering, "_write", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        retier_all(plan.brand_id, now=IN_APRIL)
    half = Retiering.objects.get(ended_at=None)
    assert (half.because, half.found, half.written, half.fell, half.moves) == (
        "period",
        6,
        4,
        4,
        [["gold", "basic", 4]],
    )
    assert len(told("member.tier_fell")) == 4
    assert retier_all(plan.brand_id, now=IN_APRIL) == 2
    whole = Retiering.objects.get(id=half.id)
    assert (whole.found, whole.written, whole.fell, whole.moves) == (6, 6, 6, [["gold", "basic", 6]])
    assert whole.ended_at == IN_APRIL
    assert told("member.tier_fell") == sorted(str(one.id) for one in gold)


def buys_between_look_and_write(plan, member, monkeypatch) -> None:
    """Let the member buy in April, in a thread of its own, after everybody was looked at and before anything is written."""
    look = retiering.find_due

    def then_somebody_buys(*some):
        found = look(*some)

        def buy() -> None:
            with every_brand():
                bought(member, 250_000, on=date(2026, 4, 1), now=IN_APRIL)

        thread = threading.Thread(target=buy)
        thread.start()
        thread.join(10)
        return found

    monkeypatch.setattr(retiering, "find_due", then_somebody_buys)
    retier_all(plan.brand_id, now=IN_APRIL)


def test_who_buys_meanwhile_keeps_what_that_gave(plan, gold, monkeypatch):
    buys_between_look_and_write(plan, gold[3], monkeypatch)
    assert Standing.objects.get(member_id=gold[3].id).level == standing_of(gold[3].id, IN_APRIL).level.level == 4
    assert told("member.tier_fell") == sorted(str(one.id) for one in gold if one != gold[3])
    (asked,) = Retiering.objects.filter(because="period")
    assert (asked.found, asked.written, asked.fell, asked.rose) == (6, 5, 5, 0)


def test_without_looking_at_the_row_again_a_purchase_is_lost(plan, gold, monkeypatch):
    """The control: rows are written as they were found, whatever happened since."""
    statement, _ = retiering.SETTLE.split("WHERE s.member_id = c.id")
    monkeypatch.setattr(retiering, "SETTLE", statement + "WHERE s.member_id = c.id RETURNING s.member_id")
    buys_between_look_and_write(plan, gold[3], monkeypatch)
    assert standing_of(gold[3].id, IN_APRIL).level.level == 4
    assert Standing.objects.get(member_id=gold[3].id).level == 1


def test_a_plan_published_meanwhile_ends_it_and_is_then_brought_to_everybody(plan, gold, monkeypatch):
    cheaper = [replace(level, threshold=level.threshold // 2) for level in plan.levels]
    look = retiering.find_due

    def then_a_plan(*some):
        found = look(*some)
        publish_tier_plan(replace(plan, levels=tuple(cheaper)), by=None, now=IN_APRIL)
        return found

    monkeypatch.setattr(retiering, "find_due", then_a_plan)
    assert retier_all(plan.brand_id, now=IN_APRIL) == 0
    monkeypatch.setattr(retiering, "find_due", look)
    assert retier_all(plan.brand_id, now=IN_APRIL) == 6
    assert list(Retiering.objects.order_by("asked_at", "version").values_list("because", "written", "ended_at"))[1:] == [
        ("period", 0, IN_APRIL), ("plan", 6, IN_APRIL),
    ]  # fmt: skip
    assert {(row.version, row.level, row.floor_level) for row in Standing.objects.all()} == {(2, 1, 3)}
    assert told("member.tier_fell") == []


def test_two_readers_give_what_one_gives(plan, gold, monkeypatch):
    monkeypatch.setattr(columns, "PAGES_AT_ONCE", 1)
    others = [
        Standing(
            member_id=new_id(),
            brand_id=plan.brand_id,
            version=1,
            level=1,
            keeps_until=FOR_EVER,
            settled_on=date(2026, 3, 3),
        )
        for _ in range(300)
    ]
    Standing.objects.bulk_create(others)  # several pages, so that both read
    with every_brand():
        side_by_side = retiering.find_due(plan, date(2026, 4, 1))
        with transaction.atomic():
            alone = retiering.find_due(plan, date(2026, 4, 1))
    assert (
        sorted(side_by_side.members.tolist()) == sorted(alone.members.tolist()) == sorted(one.id.bytes for one in gold)
    )
    assert side_by_side.found.moves() == alone.found.moves() == {("gold", "basic"): 6}
