"""Two workers on one run, and a person who decides while a run runs: each record is settled once, and the person's word holds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from sitong.member.imports.models import ImportRecord
from sitong.member.linking import working
from sitong.member.linking.actions import settling
from sitong.member.linking.models import LinkedRecord, LinkPair, LinkRun
from sitong.member.models import Member
from sitong.shared.access.scope import every_brand
from tests.make.linking import a_file, a_run, decided, linked
from tests.make.member import a_member
from tests.make.org import a_brand

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
NAMES = "邱梓涵 龚若曦 雷博瑞 龙语桐 白浩宇 孟雪琳 秦嘉欣 侯建国 江晓燕 尹志强 薛文静 闫海龙"
LINES = [
    f"{name},13{(number * 7919 + 12_345_678) * 37 % 10**9:09},,19{50 + 3 * number}-0{1 + number % 9}-1{number % 9},,,99{number:05}"
    for number, name in enumerate(NAMES.split())
]


def in_threads(*actions) -> list[object]:
    """Run these at once; give what each returned."""

    def run(action) -> object:
        try:
            with every_brand():
                return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def two_workers(monkeypatch) -> LinkRun:
    """Let two workers match one run at the same moment, and then both write down."""
    run, gate = a_run(a_file(a_brand(), LINES, now=NOW), now=NOW), threading.Barrier(2)
    match = working.match

    def match_together(*said, **named):
        found = match(*said, **named)
        gate.wait(20)
        return found

    finish = working.finish_run

    def finish_together(*said, **named):
        gate.wait(20)
        finish(*said, **named)

    monkeypatch.setattr(working, "match", match_together)
    monkeypatch.setattr(working, "finish_run", finish_together)
    monkeypatch.setattr(working, "ROUNDS_MAX", 1)
    in_threads(*[lambda: working.work_on(run.id, now=NOW)] * 2)
    return LinkRun.objects.get(id=run.id)


def open_to_all(run, verdicts, matched, now):
    """Stands in for the look at what was settled since: nothing is locked, everything is open."""
    LinkedRecord.objects.bulk_create(
        [LinkedRecord(record_id=matched.records[one.record - 1].id, brand_id=run.brand_id, run=run,
                      fingerprint=matched.prints[one.record - 1], how="queued", at=now) for one in verdicts],
        ignore_conflicts=True,
    )  # fmt: skip
    return verdicts


def test_two_workers_on_one_run_settle_each_record_once(monkeypatch):
    run = two_workers(monkeypatch)
    assert (run.done, run.created) == (12, 12)
    assert Member.objects.count() == LinkedRecord.objects.filter(how="created").count() == 12


def test_without_the_look_at_what_was_settled_they_count_each_record_twice(monkeypatch):
    """The control."""
    monkeypatch.setattr(settling, "_still_open", open_to_all)
    run = two_workers(monkeypatch)
    assert run.created == 24


def decided_meanwhile(monkeypatch) -> tuple[Member, ImportRecord]:
    """A pair waits; the file is linked again with wider bands, and in between a person says that the two are different."""
    brand = a_brand()
    member = a_member(brand, phone="13800001234", name="邱梓涵", now=NOW)
    file = a_file(brand, ["邱女士,13800001234,,,,,"], now=NOW)
    linked(file, now=NOW)
    pair = LinkPair.objects.get()
    run = a_run(file, now=NOW)
    LinkRun.objects.filter(id=run.id).update(join_from_bp=2_000, ask_from_bp=1_000)
    matched, said = threading.Event(), threading.Event()
    match = working.match

    def match_slowly(*words, **named):
        found = match(*words, **named)
        matched.set()
        said.wait(20)
        return found

    def person():
        matched.wait(20)
        decided(pair, "different", now=NOW)
        said.set()

    monkeypatch.setattr(working, "match", match_slowly)
    monkeypatch.setattr(working, "ROUNDS_MAX", 1)
    in_threads(lambda: working.work_on(run.id, now=NOW), person)
    return member, ImportRecord.objects.get()


def test_what_a_person_decides_while_a_run_runs_holds(monkeypatch):
    member, record = decided_meanwhile(monkeypatch)
    assert record.state == "created"
    assert record.member_id not in {None, member.id}


def test_without_the_look_at_what_was_settled_the_run_writes_over_the_person_s_word(monkeypatch):
    """The control."""
    monkeypatch.setattr(settling, "_still_open", open_to_all)
    member, record = decided_meanwhile(monkeypatch)
    assert record.member_id == member.id
