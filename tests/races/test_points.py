"""Points spent twice at once are spent once. And the control: without the lock, the books do not agree."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.utils import DatabaseError

from sitong.member.points.actions import (
    PointsEarned,
    PointsGivenBack,
    PointsSpend,
    PointsTakenBack,
    earn_points,
    expire_points,
    give_back_points,
    mature_points,
    spend_points,
    take_back_points,
)
from sitong.member.points.actions.spending import PointsSpent, PointsTooFew
from sitong.member.points.books import check_points
from sitong.member.points.queries import points_now
from sitong.member.points.rules import PointsNow
from sitong.member.tiers.actions import Purchase, count_purchases, settle_standings
from sitong.member.tiers.models import TierDay
from sitong.member.tiers.queries import standing_of
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import transfers
from sitong.shared.ledger.books import check_ledger
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan, some_points
from tests.make.tiers import a_tier_plan

CALLERS, TRIES = 4, 12


@pytest.fixture
def member(committed_db):
    brand = a_brand()
    a_points_plan(brand)
    a_tier_plan(brand)
    return a_member(brand)


def at_once(work, callers=CALLERS):
    """Run `work(at)` in threads that start together, each with its own connection."""
    start = threading.Barrier(callers)

    def one(at):
        try:
            start.wait()
            with every_brand():
                return work(at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


def spend(member, points):
    try:
        return type(spend_points([PointsSpend(new_id(), member.brand_id, member.id, points)], now=NOW)[0])
    except (DatabaseError, RuntimeError) as failed:
        return type(failed)


def test_what_is_ready_is_spent_once(member):
    some_points(member, 100)
    outcomes = at_once(lambda _: spend(member, 100))
    assert sorted(outcomes, key=str) == sorted([PointsSpent] + [PointsTooFew] * (CALLERS - 1), key=str)
    assert points_now([member.id])[member.id] == PointsNow()
    assert check_points() + check_ledger() == []


def test_control_without_the_lock_it_is_spent_more_than_once(member, monkeypatch):
    some_points(member, 100)
    monkeypatch.setattr(transfers, "LOCK", transfers.LOCK.replace("FOR NO KEY UPDATE", ""))
    met = threading.Barrier(CALLERS)
    decide = transfers.decide_all

    def decide_together(*given, **options):
        met.wait(5)
        return decide(*given, **options)

    monkeypatch.setattr(transfers, "decide_all", decide_together)
    assert at_once(lambda _: spend(member, 100)) == [PointsSpent] * CALLERS
    assert check_points() + check_ledger() != []


def test_the_same_document_from_many_spends_once(member):
    some_points(member, 100)
    wanted = PointsSpend(new_id(), member.brand_id, member.id, 60)
    assert at_once(lambda _: spend_points([wanted], now=NOW)[0]) == [PointsSpent(wanted.document_id, member.id, 60)] * 4
    assert points_now([member.id])[member.id] == PointsNow(ready=40)
    assert check_points() == []


def test_everything_at_once_ends_without_a_deadlock_and_with_agreeing_books(member):
    other = a_member(type("Brand", (), {"id": member.brand_id}))

    def work(at):
        for number in range(TRIES):
            pair = (member, other) if at % 2 else (other, member)
            documents = [new_id(), new_id()]
            earn_points(
                [
                    PointsEarned(new_id(), key, one.brand_id, one.id, 50, NOW)
                    for key, one in zip(documents, pair, strict=True)
                ],
                now=NOW,
            )
            mature_points(now=NOW)
            spent = [new_id(), new_id()]
            outcomes = spend_points(
                [PointsSpend(key, one.brand_id, one.id, 30) for key, one in zip(spent, pair, strict=True)], now=NOW
            )
            done = [key for key, one in zip(spent, outcomes, strict=True) if isinstance(one, PointsSpent)]
            give_back_points([PointsGivenBack(new_id(), key, 10) for key in done], now=NOW)
            take_back_points([PointsTakenBack(new_id(), key, 20) for key in documents], now=NOW)
            count_purchases(
                [Purchase(new_id(), one.brand_id, one.id, NOW.date(), (1_000 + number,)) for one in pair], now=NOW
            )
            expire_points(now=NOW)
            settle_standings(now=NOW)

    at_once(work)
    assert check_points() + check_ledger() == []
    counted = sum(CALLERS * (1_000 + number) for number in range(TRIES))
    assert [day.amount_minor for day in TierDay.objects.all()] == [counted] * 2
    assert standing_of(member.id, NOW).value == counted
