"""Lifetime value: fitted in a process of its own, proven on days it had not seen, kept, and shown by tenths."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from sitong.insight.lake.reading import Lake
from sitong.insight.value.actions import ask_for_values, ask_where_old, reckon_values
from sitong.insight.value.expressions import histories
from sitong.insight.value.models import ValueRun
from sitong.insight.value.queries import newest_values
from sitong.shared.clock import business_date
from tests.insight.test_boards import FIRST, LAST, a_lake, asks, bought, desk, joined, read
from tests.make.org import NOW, a_brand

TODAY = business_date(NOW, "Asia/Shanghai")


@pytest.fixture
def brand(db, tmp_path, settings, monkeypatch):
    """A brand with 160 members in its lake: each buys at a pace of its own for a year, a third of them stops half-way."""
    settings.LAKE_FOLDER = tmp_path / "lake"
    brand, chance = a_brand(), random.Random(11)
    members, orders = [], []
    for ordinal in range(1, 161):
        members.append(joined(ordinal, TODAY - timedelta(400)))
        pace, at, amount = (
            chance.choice([6, 15, 40]),
            TODAY - timedelta(chance.randint(200, 380)),
            chance.randint(500, 9_000),
        )
        ends = TODAY - timedelta(150) if ordinal % 3 == 0 else TODAY
        while at < ends:
            orders.append(bought(ordinal, at, max(100, amount + chance.randint(-200, 200))))
            at += timedelta(max(1, round(chance.expovariate(1 / pace))))
    a_lake(tmp_path / "made", members, orders)
    for module in ("value.actions", "boards.reckoning", "boards.looks"):
        monkeypatch.setattr(f"sitong.insight.{module}.lake_of", lambda _brand: Lake.at(tmp_path / "made"))
    return brand


def test_values_are_reckoned_proven_and_shown_by_tenths(brand):
    client = desk("brand", brand)
    assert "Values were not reckoned yet" in read(client, "/brand/boards/value/")
    assert client.post("/brand/boards/value/ask/").status_code == 302
    row = ask_for_values(brand.id, by=None, now=NOW)
    assert ValueRun.objects.count() == 1
    assert reckon_values(now=NOW) == 1
    row.refresh_from_db()
    assert (row.trouble, row.members, row.ended_at, row.as_of) == ("", 160, NOW, TODAY - timedelta(1))
    assert set(row.parameters) >= {"alpha", "r", "a", "b", "p", "q", "v"}
    assert (
        abs(row.expected - row.actual) / row.actual < 0.15
    )  # a third has left, which going on as before does not know
    assert row.error_each < row.naive_error_each
    assert abs(row.naive - row.actual) > abs(row.expected - row.actual)
    page = read(client, "/brand/boards/value/")
    assert 'data-figure="worth"' in page and page.count("decile=") == 10
    assert newest_values(brand.id).id == row.id
    assert "Tenth 1 by expected value · 16 members" in read(client, "/brand/boards/value/members/?decile=1")
    assert asks("get", "brand", brand, "/boards/members", board="value", decile="10").json()["count"] == 16
    assert len(asks("get", "brand", brand, "/boards/value").json()["numbers"]["deciles"]) == 10
    assert asks("get", "brand", brand, "/boards/value/runs/newest").json()["members"] == 160
    assert ask_where_old([brand.id], now=row.asked_at + timedelta(days=6)) == 0
    assert ask_where_old([brand.id], now=row.asked_at + timedelta(days=8)) == 1


def test_too_short_a_history_is_said_and_nothing_is_kept(db, tmp_path, monkeypatch):
    brand = a_brand()
    a_lake(tmp_path, [joined(1, FIRST)], [bought(1, TODAY - timedelta(3))])
    for module in ("value.actions", "boards.reckoning", "boards.looks"):
        monkeypatch.setattr(f"sitong.insight.{module}.lake_of", lambda _brand: Lake.at(tmp_path))
    ask_for_values(brand.id, by=None, now=NOW)
    assert reckon_values(now=NOW) == 1
    assert "Too few members" in read(desk("brand", brand), "/brand/boards/value/")
    assert newest_values(brand.id) is None


def test_a_run_that_died_with_its_worker_begins_anew(db):
    brand = a_brand()
    row = ask_for_values(brand.id, by=None, now=NOW)
    ValueRun.objects.filter(id=row.id).update(started_at=NOW)
    assert reckon_values(now=NOW + timedelta(minutes=5)) == 0
    assert reckon_values(now=datetime(2026, 3, 4, tzinfo=UTC)) == 1


def test_histories_are_what_the_models_ask_for(tmp_path):
    orders = [
        bought(1, FIRST, 1_000),
        bought(1, FIRST + timedelta(10), 300),
        bought(1, FIRST + timedelta(30), 500),
        bought(1, LAST, 900),
        bought(2, LAST, 100),
    ]
    a_lake(tmp_path, [joined(1, FIRST), joined(2, FIRST)], orders, back=[orders[2]])
    with Lake.at(tmp_path) as lake:
        one, two = histories(lake, LAST, 90).order_by("ordinal").to_pyarrow().to_pylist()
    days = (LAST - FIRST).days
    assert (one["early_frequency"], one["early_recency"], one["early_age"], one["early_money"]) == (
        2,
        30,
        days - 90,
        150.0,
    )
    assert (one["late_frequency"], one["late_recency"], one["late_age"], one["late_money"]) == (3, days, days, 400.0)
    assert (one["actual_purchases"], one["actual_minor"]) == (1, 900)
    assert (two["early_frequency"], two["late_frequency"], two["late_age"], two["actual_purchases"]) == (None, 0, 0, 1)
