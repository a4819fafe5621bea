"""One rule, three ways to answer it, one answer: for one member, for all with DuckDB, for all with Spark."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.insight.lake.reading import Lake
from tests.make.audience import found_in_bulk, found_one_by_one, lake_of_facts
from tests.make.segment_rules import TODAY, dids, iss, member_facts, rules, thens

people = st.lists(member_facts(), min_size=1, max_size=4).map(lambda some: dict(enumerate(some, 7)))
one_rule = st.one_of(rules, dids(), iss(), thens())


@settings(max_examples=150, deadline=None)
@given(people, st.lists(one_rule, min_size=1, max_size=8))
def test_duckdb_finds_those_for_whom_the_rule_holds_one_by_one(who, some):
    with TemporaryDirectory() as folder, Lake.at(lake_of_facts(Path(folder), who), engine="duckdb") as lake:
        assert found_in_bulk(some, lake, on=TODAY) == found_one_by_one(some, who, on=TODAY)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(member_facts(), min_size=6, max_size=6), st.lists(one_rule, min_size=10, max_size=10))
def test_spark_finds_the_same(who, some):
    pytest.importorskip("pyspark")
    who = dict(enumerate(who, 1))
    with TemporaryDirectory() as folder, Lake.at(lake_of_facts(Path(folder), who), engine="spark") as lake:
        assert found_in_bulk(some, lake, on=TODAY) == found_one_by_one(some, who, on=TODAY)
