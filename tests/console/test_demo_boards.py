"""The boards of a part of the demo brand say what the data set's files say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc
import pytest

from sitong.console.demo import files, history, load
from sitong.console.demo.agreement import disagreements
from sitong.console.demo.load import Load
from sitong.insight.lake.actions import rebuild_lake
from tests.console.test_demo import Silent

NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)
STORES = (367, 406, 343)


@pytest.fixture
def one(db, monkeypatch, settings, tmp_path):
    """Three stores' purchases of eighty households, in a brand with nothing else; written into its lake."""
    settings.LAKE_FOLDER = tmp_path
    sold = files.sales()
    there = pc.and_(
        pc.is_in(sold["store_id"], value_set=pc.cast(list(STORES), "int64")), pc.less(sold["household_id"], 700)
    )
    one = Load(Silent(), NOW, sold.filter(there))
    load._org(one)
    load._members(one)
    names = dict.fromkeys(pc.unique(one.sold["product_id"]).to_pylist(), "x")
    for piece in history.pieces(history.orders(one.sold, names, one.moved, load.ZONE), 2_000):
        load.record_imported_orders(piece, brand_id=one.brand_id, source="till", now=NOW)
    rebuild_lake(one.brand_id, now=NOW)
    return one


def test_the_boards_agree_with_the_files(one):
    last = (files.LAST_INSTANT + one.moved).date()
    assert one.sold.num_rows > 5_000
    assert disagreements(one.brand_id, one.sold, moved=one.moved, last=last) == []
    assert disagreements(one.brand_id, one.sold, moved=one.moved, last=last - timedelta(days=100)) == []
    less = one.sold.slice(100)
    assert {found.partition(":")[0] for found in disagreements(one.brand_id, less, moved=one.moved, last=last)} >= {
        "cohorts",
        "repeat",
    }
