"""One rule, three ways to answer it, one answer: for one member, for all with DuckDB, for all with Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.insight.lake.queries import lake_of
from sitong.insight.lake.reading import Lake
from sitong.member.segments.facts import Asked, brand_day, facts_of
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.subjects import SUBJECTS
from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.shared.ids import new_id
from tests.make.audience import found_in_bulk, found_one_by_one, lake_of_facts
from tests.make.lake import written_lake
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand, done
from tests.make.points import a_points_plan, some_points
from tests.make.returns import a_return, a_sold_order
from tests.make.scene import a_paid_order, a_selling_store
from tests.make.segment_rules import TODAY, dids, iss, member_facts, rules, thens

people = st.lists(member_facts(), min_size=1, max_size=4).map(lambda some: dict(enumerate(some, 7)))
LATER = NOW + timedelta(days=24)
one_rule = st.one_of(rules, dids(), iss(), thens())


@settings(max_examples=60, deadline=None)
@given(people, st.lists(one_rule, min_size=1, max_size=8))
def test_duckdb_finds_those_for_whom_the_rule_holds_one_by_one(who, some):
    with TemporaryDirectory() as folder, Lake.at(lake_of_facts(Path(folder), who), engine="duckdb") as lake:
        assert found_in_bulk(some, lake, on=TODAY) == found_one_by_one(some, who, on=TODAY)


@pytest.mark.spark
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(member_facts(), min_size=6, max_size=6), st.lists(one_rule, min_size=10, max_size=10))
def test_spark_finds_the_same(spark_lake, who, some):
    who = dict(enumerate(who, 1))
    with TemporaryDirectory() as folder, spark_lake(lake_of_facts(Path(folder), who)) as lake:
        assert found_in_bulk(some, lake, on=TODAY) == found_one_by_one(some, who, on=TODAY)


@pytest.mark.spark
def test_from_real_doings_through_readers_and_lake_to_the_same_answers(committed_db, spark_lake):
    """Orders, a return, coupons, a tag, points, a join: each subject's facts are the same rows both ways, and so are the answers."""
    brand, selling, members = a_lively_brand()
    written_lake(brand.id, now=LATER)
    ordinals = {one.ordinal: one.id for one in members}
    everything = Asked(frozenset(SUBJECTS), frozenset(one.name for one in SUBJECTS["members"].fields))
    facts = facts_of(brand.id, ordinals.values(), asked=everything, at=LATER)
    people = {ordinal: facts[id] for ordinal, id in ordinals.items() if id in facts}
    assert len(people) == 3
    some = [rule_of(rule) for rule in rules_of_a_shop(selling)]
    with lake_of(brand.id) as lake:
        for name, subject in SUBJECTS.items():
            assert rows_by_member(lake, subject) == {
                ordinal: sorted(known.get(name, ()), key=repr) for ordinal, known in people.items() if known.get(name)
            }, name
        bulk = found_in_bulk(some, lake, on=brand_day(brand.id, LATER))
    assert bulk == found_one_by_one(some, people, on=brand_day(brand.id, LATER))
    assert all(0 < len(found) < 3 for found in bulk)
    with spark_lake(brand.id) as lake:
        assert found_in_bulk(some, lake, on=brand_day(brand.id, LATER)) == bulk


def a_lively_brand():
    """Three members who stand for themselves and one who was joined into the first, over five weeks."""
    brand = a_brand()
    selling = a_selling_store(prices=(1290, 250), brand=brand)
    first, second, third, twin = selling.member, a_member(brand, source="poster"), a_member(brand), a_member(brand)
    a_sold_order(selling, (0, 2), (1, 3))
    a_paid_order(replace(selling, member=twin), (1, 1), now=NOW + timedelta(days=3))
    joined_as_one(first, twin, survivor=first, now=NOW + timedelta(days=4))
    sold = a_sold_order(replace(selling, member=second), (0, 3), now=NOW + timedelta(days=20))
    a_return(sold.id, selling.store, (1, 1), now=NOW + timedelta(days=22))
    canceled = a_paid_order(replace(selling, member=third), (0, 1), now=NOW + timedelta(days=21))
    done(cancel_orders([CancelWanted(canceled.id, new_id(), None, "changed my mind")], now=NOW + timedelta(days=21)))
    coupon = a_coupon(brand, valid_until=NOW + timedelta(days=60))
    a_claim(coupon, first)
    a_claim(coupon, second)
    a_points_plan(brand)
    some_points(second, 300)
    return brand, selling, [first, second, third, twin]


def rules_of_a_shop(selling):
    """What is asked of them: each of these holds for somebody and not for everybody."""
    return [
        {"did": "orders"},
        {"did": "orders", "last_days": 20},
        {"did": "orders", "measure": "count", "op": "=", "value": 2},
        {"did": "lines", "measure": "sum:total_minor", "op": ">=", "value": 3000},
        {"did": "lines", "where": [["sku_id", "=", selling.goods[1].sku_id.hex]], "measure": "count", "value": 2},
        {"did": "orders", "measure": "recency_days", "op": ">", "value": 14},
        {"did": "coupons", "where": [["what", "=", "held"]]},
        {"all": [{"is": "source", "op": "=", "value": "poster"}, {"not": {"did": "orders", "last_days": 3}}]},
        {"is": "points", "op": ">=", "value": 300},
        {"then": [{"did": "lines"}, {"not": {"did": "orders"}}], "within_days": 10},
        {"then": [{"did": "orders"}, {"did": "orders"}]},
    ]


def rows_by_member(lake, subject):
    """Give a subject's facts in the lake by ordinal, as the readers of single members give them."""
    found = {}
    for row in lake.table(subject.name).to_pyarrow().to_pylist():
        values = [row[name] for name in subject.columns]
        told = tuple(one.replace(tzinfo=UTC) if isinstance(one, datetime) else one for one in values)
        found.setdefault(row["ordinal"], []).append(told)
    return {ordinal: sorted(rows, key=repr) for ordinal, rows in found.items()}
