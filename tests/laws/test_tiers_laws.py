"""Tiers of millions and of one: columns say what the rules and the action for one member say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.member.tiers.actions.standings import Standings, settle
from sitong.member.tiers.bulk import Entries, Kept, due, levels_on, settled
from sitong.member.tiers.models import Standing
from sitong.member.tiers.rules import Level, Plan, Sums, stands_on
from sitong.shared.columns import Places

BRAND = UUID(int=1)
LAWFUL = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
NAMES = ("basic", "silver", "gold", "platinum", "diamond")


@st.composite
def plans(draw, version: int = 2):
    window = draw(st.sampled_from(["rolling", "calendar"]))
    months = draw(st.sampled_from([1, 2, 3, 4, 6, 12]) if window == "calendar" else st.integers(1, 36))
    steps = draw(st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True).map(sorted))
    codes = draw(st.permutations(NAMES))
    levels = tuple(Level(at, codes[at], codes[at], "", step) for at, step in enumerate(steps, 1))
    return Plan(BRAND, version, "spending", window, months, draw(st.sampled_from(["month", "quarter", "half_year", "year"])), 14, levels)  # fmt: skip


def some_days(draw, on: date) -> list[tuple[date, int]]:
    back = st.integers(0, 420).map(lambda days: on - timedelta(days=days))
    return draw(st.lists(st.tuples(back | st.just(on + timedelta(days=1)), st.integers(0, 30)), max_size=12))


def entries_of(members: list[list[tuple[date, int]]]) -> Entries:
    rows = [(at, on.toordinal(), amount) for at, days in enumerate(members) for on, amount in days]
    columns = numpy.array(rows or numpy.empty((0, 3)), numpy.int64).reshape(-1, 3)
    numpy.random.default_rng(len(rows)).shuffle(columns)
    return Entries(*columns.T)


def summed(days: list[tuple[date, int]]) -> dict[date, int]:
    return {day: sum(amount for on, amount in days if on == day) for day, _ in days}


@LAWFUL
@given(st.data())
def test_columns_reckon_what_the_rules_reckon_for_one(data):
    on, plan = data.draw(DAYS), data.draw(plans())
    members = [some_days(data.draw, on) for _ in range(data.draw(st.integers(1, 5)))]
    levels, values = levels_on(entries_of(members), len(members), on, plan)
    expected = [stands_on(Sums(summed(days)), on, plan) for days in members]
    assert [(level, value) for level, value in zip(levels.tolist(), values.tolist(), strict=True)] == [
        (one.level, one.value) for one in expected
    ]


@st.composite
def standings(draw, on: date, plan: Plan, old: Plan):
    version = draw(st.sampled_from([plan.version, old.version, 0]))
    top = len((plan if version == plan.version else old).levels)
    floor = draw(st.integers(1, len(plan.levels)) | st.none()) if version == plan.version else None
    near = st.integers(-40, 40).map(lambda days: on + timedelta(days=days))
    return Standing(
        brand_id=BRAND, version=version, level=draw(st.integers(0, top)) if version else 0, since=draw(near | st.none()),
        keeps_until=draw(near | st.just(date(9999, 12, 31))), settled_on=on - timedelta(days=draw(st.integers(0, 40))),
        floor_level=floor or 0, floor_until=draw(near) if floor else None,
    )  # fmt: skip


FIELDS = ("version", "level", "since", "keeps_until", "settled_on", "floor_level", "floor_until")


def numbers_of(row: Standing) -> list[int]:
    return [
        0 if value is None else value.toordinal() if isinstance(value, date) else value
        for value in (getattr(row, name) for name in FIELDS)
    ]


@LAWFUL
@given(st.data())
def test_columns_settle_what_the_action_settles_one_by_one(monkeypatch, data):
    on, plan, old = data.draw(DAYS), data.draw(plans()), replace(data.draw(plans()), version=1)
    members = [some_days(data.draw, on) for _ in range(data.draw(st.integers(1, 5)))]
    rows = [data.draw(standings(on, plan, old)) for _ in members]
    kept = Kept(*numpy.array([numbers_of(row) for row in rows], numpy.int64).T)
    levels, _ = levels_on(entries_of(members), len(members), on, plan)
    found = settled(kept, levels, on, plan, {1: old})
    one_by_one = {
        UUID(int=at): row for at, row in enumerate(rows) if row.version != plan.version or row.keeps_until < on
    }
    assert (
        found.rows.place.tolist() == numpy.flatnonzero(due(kept, on, plan)).tolist() == [key.int for key in one_by_one]
    )

    told = []
    monkeypatch.setattr("sitong.member.tiers.actions.standings.announce", lambda events, at: told.extend(events))
    monkeypatch.setattr("sitong.member.tiers.actions.standings.write", lambda *_: None)
    monkeypatch.setattr("sitong.member.tiers.actions.standings.plans_before", lambda *_: {(BRAND, 1): old})
    for key, row in one_by_one.items():
        row.member_id = key
    measured = {key: summed(members[key.int]) for key in one_by_one}
    settle(Standings(one_by_one, {BRAND: plan}, {BRAND: on}, measured), because="period", now=None)
    names = ("level", "since", "keeps_until", "floor_level", "floor_until")
    columns = zip(*(getattr(found.rows, name).tolist() for name in names), strict=True)
    assert [list(row) for row in columns] == [
        [number for name, number in zip(FIELDS, numbers_of(row), strict=True) if name in names]
        for row in one_by_one.values()
    ]
    moved = [
        (
            int(found.rows.place[at]),
            found.codes[found.rows.before[at]],
            found.codes[found.rows.after[at]],
            bool(found.rows.rose[at]),
        )
        for at in numpy.flatnonzero(found.moved)
    ]
    assert moved == [(one.member_id.int, one.before, one.after, one.name == "member.tier_rose") for one in told]
    assert sum(found.moves().values()) == len(told)


IDS = st.binary(min_size=16, max_size=16)


@settings(max_examples=100, deadline=None)
@given(st.lists(IDS, unique=True, max_size=30), st.lists(IDS, max_size=10), st.booleans())
def test_ids_are_found_where_they_stand_even_if_their_keys_collide(there, others, colliding):
    with pytest.MonkeyPatch.context() as patched:
        if colliding:
            patched.setattr("sitong.shared.columns.keys_of", lambda ids: numpy.zeros(len(ids), numpy.uint64))
        places = Places(numpy.array(there, "V16"))
        wanted = [*others, *reversed(there)]
        assert places.find(numpy.array(wanted, "V16")).tolist() == [
            there.index(one) if one in there else -1 for one in wanted
        ]
