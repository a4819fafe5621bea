"""Two write one lake at once, and one is killed while it writes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from sitong.insight.lake.actions import rebuild_lake, write_lake, writing
from sitong.insight.lake.handlers import SUBSCRIBERS
from sitong.insight.lake.models import LakeFile, LakeMark
from sitong.insight.lake.queries import lake_of
from sitong.shared.access.scope import every_brand
from sitong.shared.events.reader import drain
from tests.make.lake import written_lake
from tests.make.org import NOW
from tests.make.scene import a_paid_order, a_selling_store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def writing_now(committed_db, monkeypatch):
    """One order is marked, and a first writer has its file finished and lets it count when told."""
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    written_lake(brand_id)
    a_paid_order(selling, (0, 1))
    drain(*SUBSCRIBERS)
    has_written, may_count = threading.Event(), threading.Event()
    let_count = writing.let_count

    def wait_and_count(*facts, **options) -> None:
        if threading.current_thread() is first:
            has_written.set()
            assert may_count.wait(10)
        let_count(*facts, **options)

    monkeypatch.setattr(writing, "let_count", wait_and_count)
    first = apart(lambda: write_lake(brand_id, now=NOW))

    def begin() -> None:
        first.start()
        assert has_written.wait(10)

    def end() -> None:
        may_count.set()
        first.join(10)

    yield brand_id, begin, end
    end()


def apart(function) -> threading.Thread:
    def run() -> None:
        try:
            with every_brand():
                function()
        finally:
            connection.close()

    return threading.Thread(target=run)


def bought(brand_id) -> int:
    with lake_of(brand_id) as lake:
        return lake.table("lines").total_minor.sum().execute()


def test_the_second_writer_lets_the_first_one_write(writing_now):
    brand_id, begin, end = writing_now
    begin()
    assert write_lake(brand_id, now=NOW) == 0
    end()
    assert bought(brand_id) == 700


def test_who_makes_it_anew_waits_for_the_writer(writing_now):
    brand_id, begin, end = writing_now
    begin()
    rebuilder = apart(lambda: rebuild_lake(brand_id, now=NOW))
    rebuilder.start()
    rebuilder.join(0.3)
    assert rebuilder.is_alive()
    end()
    rebuilder.join(20)
    assert bought(brand_id) == 700


def test_control_without_the_lock_both_think_the_partition_new_and_the_row_counts_twice(writing_now, monkeypatch):
    brand_id, begin, end = writing_now

    @contextmanager
    def anybody(brand_id, *, patient):
        yield True

    monkeypatch.setattr(writing, "only_writer", anybody)
    begin()
    assert write_lake(brand_id, now=NOW) == 2
    end()
    assert bought(brand_id) == 1400


@pytest.mark.usefixtures("committed_db")
def test_a_writer_that_is_killed_with_its_files_in_place_has_written_nothing(cluster):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    written_lake(brand_id)
    a_paid_order(selling, (0, 1))
    drain(*SUBSCRIBERS)
    marks, files = LakeMark.objects.count(), set(LakeFile.objects.values_list("path", flat=True))
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "sitong.console.settings", "PYTHONPATH": str(ROOT), "SITONG_LAKE": str(settings.LAKE_FOLDER),
        "DATABASE_URL": f"postgresql://{settings.APP_ROLE}@/{settings.DATABASES['default']['NAME']}?host={cluster.socket_dir}",
    }  # fmt: skip
    command = [sys.executable, "tests/races/lake_worker.py", str(brand_id), NOW.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "written\n"
        worker.kill()
    there = {str(one.relative_to(settings.LAKE_FOLDER)) for one in Path(settings.LAKE_FOLDER).rglob("*.parquet")}
    assert there - files, "its files are in place"
    assert bought(brand_id) is None, "no line counts"
    assert LakeMark.objects.count() == marks
    assert set(LakeFile.objects.values_list("path", flat=True)) == files

    assert write_lake(brand_id, now=NOW) == marks
    assert bought(brand_id) == 700
