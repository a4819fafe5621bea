"""Reading the lake: exactly the files that count, the newest piece of each member, the same on both engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import pytest

from sitong.insight.lake.document import schema_page
from sitong.insight.lake.reading import Lake
from sitong.insight.lake.schema import DUCKDB_TYPES, TABLES
from sitong.member.segments.subjects import SUBJECTS
from tests.make.lake import a_table_file, rows_of


def test_the_facts_have_exactly_the_columns_of_the_subjects():
    for subject in SUBJECTS.values():
        columns = [(column.name, column.kind) for column in TABLES[subject.name].columns]
        assert columns == [(field.name, field.kind) for field in subject.fields], subject.name


def test_a_lake_in_a_folder_gives_its_tables_and_empty_ones_for_the_others(tmp_path):
    a_table_file(tmp_path, "orders", [{"ordinal": 7, "total_minor": 1290}, {"ordinal": 8, "total_minor": 250}])
    with Lake.at(tmp_path, engine="duckdb") as lake:
        orders = lake.table("orders")
        assert orders.total_minor.sum().execute() == 1540
        assert orders.columns == TABLES["orders"].names
        assert lake.table("members").count().execute() == 0
        assert lake.table("members").columns == TABLES["members"].names


@pytest.mark.spark
def test_spark_gives_the_same_answers(tmp_path, spark_lake):
    a_table_file(
        tmp_path,
        "lines",
        [
            {"ordinal": n % 5, "total_minor": 100 * n, "on": date(2026, 1 + n % 3, 1), "product_id": f"{n % 2}" * 32}
            for n in range(40)
        ],
    )

    def asked(lake: Lake) -> list[dict[str, object]]:
        lines = lake.table("lines")
        bought = lines.filter((lines.on >= ibis.date("2026-02-01")) & ~lines.back)
        sums = bought.group_by("ordinal").agg(spent=bought.total_minor.sum(), kinds=bought.product_id.nunique())
        return sums.order_by("ordinal").to_pyarrow().to_pylist()

    with Lake.at(tmp_path, engine="duckdb") as lake:
        here, all_here = asked(lake), rows_of(lake, "lines")
    with spark_lake(tmp_path) as lake:
        assert asked(lake) == here
        assert rows_of(lake, "lines") == all_here
        assert lake.table("tags").count().execute() == 0
    assert len(here) == 5


def test_each_kind_of_column_is_known_to_both_engines():
    assert {column.kind for table in TABLES.values() for column in table.columns} == set(DUCKDB_TYPES)


def test_the_page_of_the_schema_is_current():
    assert (Path(__file__).parents[2] / "docs" / "lake-schema.md").read_text() == schema_page(), "run `make docs`"
