"""The lake follows the database: written once whatever dies, the same whether it grew or was made anew."""

from __future__ import annotations

import contextlib
import errno
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
from django.conf import settings

from sitong.insight.lake import files
from sitong.insight.lake.actions import compact_lake, rebuild_lake, sweep_lake, write_lake, writing
from sitong.insight.lake.files import LakeFull, LakeUnwritable
from sitong.insight.lake.models import LakeFile, LakeMark, LakeState
from sitong.insight.lake.queries import lake_of, lake_seen
from sitong.member.identity.actions import erase_member
from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.shared.ids import new_id
from tests.make.insight import an_imported_order, imported
from tests.make.lake import rows_by_table, rows_of, written_lake
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, done
from tests.make.returns import a_return, a_sold_order
from tests.make.scene import a_paid_order, a_placed_order, a_selling_store


def lines(brand_id):
    with lake_of(brand_id) as lake:
        found = lake.table("lines")
        picked = found.select("ordinal", "on", "quantity", "total_minor", "back").to_pyarrow().to_pylist()
    return sorted(tuple(row.values()) for row in picked)


def as_made_anew(brand_id) -> bool:
    """Whether the lake that grew is the one that would be made anew."""
    with lake_of(brand_id) as lake:
        grown = rows_by_table(lake)
    rebuild_lake(brand_id, now=NOW)
    with lake_of(brand_id) as lake:
        return rows_by_table(lake) == grown


def test_a_paid_order_of_a_member_is_in_the_lake_and_a_placed_one_is_not(committed_db):
    selling = a_selling_store(prices=(1290, 250))
    brand_id, ordinal = selling.store.brand_id, selling.member.ordinal
    written_lake(brand_id)
    a_placed_order(selling, (0, 1))
    a_paid_order(selling, (0, 2), (1, 3))
    written_lake(brand_id)
    day = date(2026, 3, 3)
    assert lines(brand_id) == [(ordinal, day, 2, 2580, False), (ordinal, day, 3, 750, False)]
    with lake_of(brand_id) as lake:
        (order,) = rows_of(lake, "orders")
        (member,) = lake.table("members").to_pyarrow().to_pylist()
    assert order[0:3] == (ordinal, datetime(2026, 3, 3, 2, 0), day)  # noqa: DTZ001
    assert order[7:] == (3330, 0, 5)
    assert (member["ordinal"], member["member_id"], member["joined_on"], member["tier"]) == (
        ordinal, selling.member.id.hex, day, "",
    )  # fmt: skip
    assert LakeMark.objects.count() == 0
    assert as_made_anew(brand_id)


def test_what_comes_back_is_a_row_below_zero_on_the_day_of_the_purchase(committed_db):
    selling = a_selling_store(prices=(1000,))
    brand_id = selling.store.brand_id
    order = a_sold_order(selling, (0, 3))
    written_lake(brand_id)
    a_return(order.id, selling.store, (1, 1), now=NOW + timedelta(days=3))
    written_lake(brand_id)
    day = date(2026, 3, 3)
    assert lines(brand_id) == [
        (selling.member.ordinal, day, -1, -1000, True), (selling.member.ordinal, day, 3, 3000, False),
    ]  # fmt: skip
    with lake_of(brand_id) as lake:
        came_back = lake.table("lines").filter(lambda row: row.back).returned_at.to_pyarrow().to_pylist()
    assert came_back == [datetime(2026, 3, 6, 2, 0)]  # noqa: DTZ001
    assert as_made_anew(brand_id)


def test_a_canceled_order_leaves_the_lake(committed_db):
    selling = a_selling_store()
    brand_id = selling.store.brand_id
    order = a_paid_order(selling, (0, 1))
    a_paid_order(selling, (1, 4))
    written_lake(brand_id)
    done(cancel_orders([CancelWanted(order.id, new_id(), None, "changed my mind")], now=NOW))
    written_lake(brand_id)
    assert [row[3] for row in lines(brand_id)] == [1000]
    assert as_made_anew(brand_id)


def test_joined_members_count_as_the_one_who_stays_and_apart_again_when_it_is_undone(committed_db):
    from sitong.member.identity.actions import UndoWanted, undo_join

    selling = a_selling_store(prices=(500,))
    brand_id = selling.store.brand_id
    first = selling.member
    second = a_member(type("Brand", (), {"id": brand_id}))
    a_paid_order(selling, (0, 1))
    written_lake(brand_id)
    join = joined_as_one(first, second, survivor=second)
    written_lake(brand_id)
    assert {row[0] for row in lines(brand_id)} == {second.ordinal}
    with lake_of(brand_id) as lake:
        assert [row[0] for row in rows_of(lake, "members")] == [second.ordinal]
        assert [row[0] for row in rows_of(lake, "identities")] == [second.ordinal, second.ordinal]
    assert as_made_anew(brand_id)
    undo_join(UndoWanted(join.id, "not the same"), by=None, now=NOW)
    written_lake(brand_id)
    assert {row[0] for row in lines(brand_id)} == {first.ordinal}
    assert as_made_anew(brand_id)


def test_who_is_erased_vanishes_from_every_table(committed_db):
    selling = a_selling_store()
    brand_id = selling.store.brand_id
    other = a_member(type("Brand", (), {"id": brand_id}))
    a_paid_order(selling, (0, 1))
    written_lake(brand_id)
    erase_member(selling.member.id, by=None, reason="asked for it", now=NOW)
    written_lake(brand_id)
    with lake_of(brand_id) as lake:
        left = {table: {row[0] for row in rows} for table, rows in rows_by_table(lake).items() if rows}
    assert left.pop("members") == left.pop("identities") == {other.ordinal}
    assert set(left) <= {"stores", "products", "categories", "coupon_names"}
    assert as_made_anew(brand_id)
    compact_lake(brand_id, pieces_min=1, now=NOW)
    sweep_lake(brand_id, now=NOW + timedelta(days=1))
    names = b"".join(path.read_bytes() for path in (settings.LAKE_FOLDER / brand_id.hex).glob("*/*/*"))
    assert selling.member.id.hex.encode() not in names


def test_a_process_that_dies_before_the_files_count_has_written_nothing(committed_db, monkeypatch):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    written_lake(brand_id)
    a_paid_order(selling, (0, 1))

    def dies(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writing, "let_count", dies)
        with pytest.raises(KeyboardInterrupt):
            written_lake(brand_id)
    assert lines(brand_id) == []
    assert LakeMark.objects.count() == 2
    orphans = len(list((settings.LAKE_FOLDER / brand_id.hex).glob("*/*/*"))) - LakeFile.objects.count()
    assert orphans == 2
    assert write_lake(brand_id, now=NOW) == 2
    assert [row[3] for row in lines(brand_id)] == [700]
    assert sweep_lake(brand_id, now=NOW) == 2
    assert [row[3] for row in lines(brand_id)] == [700]
    assert as_made_anew(brand_id)


def test_a_full_disk_is_said_and_what_was_marked_is_written_once_there_is_space(committed_db, monkeypatch):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    written_lake(brand_id)
    a_paid_order(selling, (0, 1))

    def no_space(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "_keep", no_space)
        with pytest.raises(LakeFull):
            written_lake(brand_id)
    seen = lake_seen(brand_id)
    assert (seen.trouble, seen.waiting) == ("insight.lake_full", 2)
    assert lines(brand_id) == []
    assert not list((settings.LAKE_FOLDER / brand_id.hex).glob("*/*/*.unfinished"))
    assert write_lake(brand_id, now=NOW) == 2
    assert (lake_seen(brand_id).trouble, lake_seen(brand_id).waiting) == ("", 0)
    assert [row[3] for row in lines(brand_id)] == [700]


def test_a_lake_that_was_deleted_is_made_anew_with_the_same_answers(committed_db):
    selling = a_selling_store(prices=(700, 90))
    brand_id = selling.store.brand_id
    a_paid_order(selling, (0, 1))
    a_return(a_sold_order(selling, (1, 5)).id, selling.store, (1, 2))
    written_lake(brand_id)
    with lake_of(brand_id) as lake:
        before = rows_by_table(lake)
    shutil.rmtree(settings.LAKE_FOLDER)
    heard = []
    rows = rebuild_lake(brand_id, now=NOW, told=lambda table, read: heard.append((table, read)))
    with lake_of(brand_id) as lake:
        assert rows_by_table(lake) == before
    assert rows == sum(len(found) for found in before.values())
    assert ("lines", 3) in heard


def test_compacting_and_sweeping_change_no_answer_and_no_open_reader(committed_db):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    written_lake(brand_id)
    for _ in range(3):
        a_paid_order(selling, (0, 1))
        written_lake(brand_id)
    before = lines(brand_id)
    assert lake_seen(brand_id).tables[3].files == 3
    with lake_of(brand_id) as opened:
        assert compact_lake(brand_id, pieces_min=1, now=NOW) == 2
        assert opened.table("lines").count().execute() == 3
    assert (lake_seen(brand_id).tables[3].files, lake_seen(brand_id).tables[3].rows) == (1, 3)
    assert lines(brand_id) == before
    paths = list((settings.LAKE_FOLDER / brand_id.hex / "lines").glob("*/*"))
    assert len(paths) == 4
    sweep_lake(brand_id, now=NOW + timedelta(minutes=59))
    assert len(list((settings.LAKE_FOLDER / brand_id.hex / "lines").glob("*/*"))) == 4
    sweep_lake(brand_id, now=NOW + timedelta(minutes=61))
    assert len(list((settings.LAKE_FOLDER / brand_id.hex / "lines").glob("*/*"))) == 1
    assert lines(brand_id) == before
    assert compact_lake(brand_id, pieces_min=1, now=NOW) == 0


def test_imported_orders_come_in_by_month(committed_db):
    selling = a_selling_store()
    brand_id, member = selling.store.brand_id, selling.member
    written_lake(brand_id)
    sku = selling.goods[0].sku_id
    january = datetime(2026, 1, 31, 17, 0, tzinfo=UTC)  # one o'clock in Shanghai, on 1 February
    imported(
        [
            an_imported_order(selling.store, "A1", january, (sku, 1, 100), (sku, 2, 150), member_id=member.id),
            an_imported_order(selling.store, "A2", january - timedelta(hours=2), (sku, 1, 70), member_id=member.id),
            an_imported_order(selling.store, "A3", january, (sku, 1, 999)),
        ],
        brand_id=brand_id,
    )
    written_lake(brand_id)
    parts = LakeFile.objects.filter(table="orders", retired_at=None).values_list("part", "rows", "on_min")
    assert set(parts) == {("2026-01", 1, date(2026, 1, 31)), ("2026-02", 1, date(2026, 2, 1))}
    assert sorted(row[3] for row in lines(brand_id)) == [70, 100, 150]
    assert as_made_anew(brand_id)


def test_a_table_of_another_schema_is_made_anew(committed_db):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    a_paid_order(selling, (0, 1))
    written_lake(brand_id)
    LakeFile.objects.update(schema_version=0)
    assert lines(brand_id) == []
    write_lake(brand_id, now=NOW)
    assert [row[3] for row in lines(brand_id)] == [700]
    assert LakeState.objects.get(brand_id=brand_id).rebuild_asked_at is None


@pytest.mark.parametrize(
    ("failed", "refused"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), LakeFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), LakeFull),
        (duckdb.IOException('Could not write file "x": No space left on device'), LakeFull),
        (OSError(errno.EROFS, "Read-only file system"), LakeUnwritable),
        (duckdb.IOException('Cannot open file "x": Permission denied'), LakeUnwritable),
    ],
)
def test_what_the_disk_says_becomes_a_refusal_with_words(failed, refused):
    with pytest.raises(refused), files.words_for_the_disk():
        raise failed


def test_a_small_disk_that_fills_up_while_it_is_made_anew_leaves_the_old_lake(committed_db, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("mounting a small disk takes rights that this account has not")
    try:
        settings.LAKE_FOLDER = small
        selling = a_selling_store(prices=(700,))
        brand_id = selling.store.brand_id
        a_paid_order(selling, (0, 1))
        written_lake(brand_id)
        filling = small / "filling"
        with contextlib.suppress(OSError), filling.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        a_paid_order(selling, (0, 2))
        with pytest.raises(LakeFull):
            written_lake(brand_id)
        with pytest.raises(LakeFull):
            rebuild_lake(brand_id, now=NOW)
        assert [row[3] for row in lines(brand_id)] == [700]
        assert lake_seen(brand_id).trouble == "insight.lake_full"
        filling.unlink()
        write_lake(brand_id, now=NOW)
        assert [row[3] for row in lines(brand_id)] == [700, 1400]
        assert lake_seen(brand_id).trouble == ""
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
