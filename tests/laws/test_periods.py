"""Cutting periods into stretches of the calendar; adding up sales."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sitong.insight.facts import Part, Sale
from sitong.insight.metrics.rules import (
    DAY,
    MONTH,
    WEEK,
    YEAR,
    Period,
    add_up,
    end_of,
    runs,
    start_of,
    stretches,
    whole_stretch,
)

days = st.dates(date(2019, 1, 1), date(2031, 12, 31))
periods = st.builds(lambda start, length: Period(start, start + timedelta(days=length)), days, st.integers(1, 1500))
brand, place = UUID(int=1).hex, UUID(int=2).hex
ids = st.integers(1, 9).map(lambda number: UUID(int=number))
sales = st.builds(
    Sale, ids, st.just(brand), st.just((brand, place)), st.none() | ids.map(lambda member: member.hex), days, st.just("mini"),
    st.sampled_from(["shop", "live"]),
    st.integers(0, 10**9), st.integers(0, 10**6),
)  # fmt: skip


@given(periods, st.sampled_from([(MONTH, DAY), (YEAR, MONTH, WEEK, DAY), (DAY,)]))
def test_stretches_cover_a_period_without_gap_or_overlap(period, grains):
    at = period.start
    for grain, start in stretches(period, grains):
        assert start == at == start_of(grain, start)
        at = end_of(grain, start)
    assert at == period.end


@given(periods, st.sampled_from([(MONTH, DAY), (YEAR, MONTH, WEEK, DAY), (DAY,)]))
def test_runs_are_the_same_stretches_taken_together(period, grains):
    cut, at = [], period.start
    for run in runs(period, grains):
        assert run.first == at
        at = run.first
        while at < run.end:
            cut.append((run.grain, at))
            at = end_of(run.grain, at)
    assert cut == stretches(period, grains)


@given(days, st.sampled_from([DAY, WEEK, MONTH, YEAR]))
def test_a_whole_stretch_is_known_as_what_it_is(day, grain):
    start = start_of(grain, day)
    assert start <= day < end_of(grain, start)
    assert whole_stretch(Period(start, end_of(grain, start))) == grain


@given(periods)
def test_the_period_before_ends_where_the_period_begins(period):
    before = period.before()
    assert before.end == period.start
    assert before.days == period.days or whole_stretch(period) in (MONTH, YEAR)


@given(st.lists(sales, max_size=20, unique_by=lambda sale: sale.order_id))
def test_what_is_counted_and_taken_back_leaves_nothing(listed):
    parts = {sale.order_id: [Part(sale.order_id, UUID(int=5).hex, sale.revenue_minor, 3)] for sale in listed}
    there = add_up(listed, parts, {sale.order_id: 1 for sale in listed})
    back = add_up(listed, parts, {sale.order_id: -1 for sale in listed})
    for one, other in ((there.sales, back.sales), (there.departments, back.departments)):
        assert one.keys() == other.keys()
        assert all([a + b for a, b in zip(one[key], other[key], strict=True)] == [0] * len(one[key]) for key in one)
    assert {key: -by for key, by in back.customers.items()} == there.customers
    at_brand = [total[0] for key, total in there.sales.items() if key[1] == brand and key[2] == DAY]
    assert sum(at_brand) == sum(sale.revenue_minor for sale in listed)
