"""Laws of scans: budget, quantities and limits are never exceeded, a batch of n gives what n batches of one give, frozen is frozen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.definition import ScanPlanWanted, definition_fault, frozen_fault
from sitong.marketing.scans.rebating import RebateTerms, Received, earned
from sitong.marketing.scans.rules import (
    MILLION,
    CodeKey,
    DrawWanted,
    FreshDraw,
    NoDraw,
    PlanNow,
    PlanTerms,
    Prize,
    ScanFacts,
    counted,
    decide,
)

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
BATCH, PLAN, BRAND = (UUID(int=number) for number in (1, 2, 3))
limits = st.one_of(st.none(), st.integers(1, 6))


@st.composite
def plans(draw) -> PlanTerms:
    weights = draw(st.lists(st.integers(1, 400_000), min_size=1, max_size=3).filter(lambda some: sum(some) <= MILLION))
    prizes = tuple(Prize(Reward("points", 1), weight, draw(st.integers(0, 50)), draw(limits)) for weight in weights)
    budget = draw(st.one_of(st.none(), st.integers(50, 300)))
    return PlanTerms(
        PLAN,
        BRAND,
        prizes,
        NOW - timedelta(days=1),
        NOW + timedelta(days=1),
        budget,
        draw(limits),
        draw(limits),
        draw(limits),
    )


scans = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 4), st.integers(0, MILLION - 1)), max_size=30)


def wanted_of(some) -> list[DrawWanted]:
    return [
        DrawWanted(UUID(int=1_000 + at), CodeKey(BATCH, serial), UUID(int=100 + member), PLAN)
        for at, (serial, member, _number) in enumerate(some)
    ]


def facts_of(terms: PlanTerms, fresh: list[FreshDraw]) -> ScanFacts:
    """What is read after these draws were written."""
    count = PlanNow()
    for one in fresh:
        count = counted(count, one.drawn.prize, one.cost_minor)
    had = Counter(one.wanted.member_id for one in fresh)
    return ScanFacts(
        {PLAN: terms},
        {PLAN: count},
        {one.wanted.key: one.drawn for one in fresh},
        {(PLAN, key): (n, n) for key, n in had.items()},
        NOW,
    )


@given(plans(), scans)
def test_budget_quantities_and_limits_are_never_exceeded(terms, some):
    decisions = decide(wanted_of(some), [number for _, _, number in some], facts_of(terms, []))
    fresh = [one for one in decisions if isinstance(one, FreshDraw)]
    won = [one for one in fresh if one.drawn.prize is not None]
    if terms.budget_minor is not None:
        assert sum(one.cost_minor for one in fresh) <= terms.budget_minor
    for at, prize in enumerate(terms.prizes):
        assert prize.quantity is None or sum(one.drawn.prize == at for one in won) <= prize.quantity
    assert terms.rewards_daily is None or len(won) <= terms.rewards_daily
    each = Counter(one.wanted.member_id for one in fresh)
    least = min((limit for limit in (terms.per_member, terms.per_member_daily) if limit is not None), default=None)
    assert least is None or max(each.values(), default=0) <= least
    assert max(Counter(one.wanted.key for one in fresh).values(), default=0) <= 1


@given(plans(), scans)
def test_a_batch_of_n_gives_what_n_batches_of_one_give(terms, some):
    wanted, numbers = wanted_of(some), [number for _, _, number in some]
    together = decide(wanted, numbers, facts_of(terms, []))
    fresh: list[FreshDraw] = []
    for one, number, expected in zip(wanted, numbers, together, strict=True):
        (alone,) = decide([one], [number], facts_of(terms, fresh))
        assert alone == expected
        if isinstance(alone, FreshDraw):
            fresh.append(alone)


@given(plans(), scans)
def test_what_is_not_drawn_takes_nothing(terms, some):
    decisions = decide(wanted_of(some), [number for _, _, number in some], facts_of(terms, []))
    kept = [(one, want) for one, want in zip(decisions, some, strict=True) if not isinstance(one, NoDraw)]
    again = decide(wanted_of([want for _, want in kept]), [number for _, (_, _, number) in kept], facts_of(terms, []))
    assert [type(one) for one in again] == [type(one) for one, _ in kept]


@given(plans(), st.integers(0, 100), st.integers(0, 3), st.integers(0, 5))
def test_a_plan_that_only_gets_better_is_never_frozen_and_one_that_gets_worse_is(terms, more, days, extra):
    old = ScanPlanWanted(
        PLAN, BRAND, "plan", terms.prizes, terms.starts_at, terms.ends_at, batch_id=BATCH, budget_minor=terms.budget_minor,
        per_member=terms.per_member,
    )  # fmt: skip
    better = replace(
        old, ends_at=old.ends_at + timedelta(days=days), budget_minor=None if old.budget_minor is None else old.budget_minor + more,
        per_member=None if old.per_member is None else old.per_member + extra,
    )  # fmt: skip
    assert frozen_fault(old, better) is None
    assert frozen_fault(old, replace(old, ends_at=old.ends_at - timedelta(seconds=1))) is not None
    assert frozen_fault(old, replace(old, prizes=old.prizes[1:])) is not None
    assert definition_fault(old, PlanNow()) is None or old.budget_minor is not None


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 6)), max_size=8), st.one_of(st.none(), st.integers(10, 200))
)
def test_rebates_are_earned_once_for_each_code_and_within_the_budget(ranges, budget):
    plan = RebateTerms(PLAN, BRAND, None, "box", 10, budget, 0, NOW, NOW + timedelta(days=1))
    received = [
        Received(UUID(int=at), BRAND, BATCH, first, first + more, "store", UUID(int=9))
        for at, (first, more) in enumerate(ranges)
    ]
    found = earned(received, [plan], set(), now=NOW)
    serials = [serial for one in found for serial in one.serials]
    assert len(serials) == len(set(serials))
    assert budget is None or sum(one.amount_minor for one in found) <= budget
    if budget is None:
        assert set(serials) == {serial for first, more in ranges for serial in range(first, first + more + 1)}
