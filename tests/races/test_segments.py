"""Two looks at a member and a bulk answer at once leave the truth. And the control: without the lock, the older look wins."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections

from sitong.member.profile.actions import tag_members, untag_members
from sitong.member.segments.actions import apply_membership, membership, recheck_members
from sitong.member.segments.books import check_segments
from sitong.member.segments.models import SegmentMember
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import holding
from sitong.shared.access.scope import every_brand
from tests.make.member import a_member, a_tag
from tests.make.org import NOW, a_brand
from tests.make.segments import a_segment

NO_LOCK = "SELECT %s, %s, %s"


def run_at_once(*works):
    """Run each in a thread of its own, with its own connection."""

    def one(work):
        try:
            with every_brand():
                return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(one, work) for work in works]]


def belonging(segment):
    return set(SegmentMember.objects.filter(segment_id=segment.id).values_list("member_id", flat=True))


def a_look_that_is_overtaken(monkeypatch):
    """One look has read the facts and is slow; meanwhile the tag is taken away and somebody looks again."""
    brand = a_brand()
    member, tag = a_member(brand), a_tag(brand)
    segment = a_segment(brand, {"tag": str(tag.id)})
    tag_members([member.id], tag.id, by=None, now=NOW)
    has_read, overtaken = threading.Event(), threading.Event()
    read = membership.facts_of

    def slowly(*args, **options):
        facts = read(*args, **options)
        if not has_read.is_set():
            has_read.set()
            overtaken.wait(1.5)
        return facts

    monkeypatch.setattr(membership, "facts_of", slowly)

    def first():
        recheck_members(brand.id, [member.id], now=NOW)

    def second():
        has_read.wait(10)
        untag_members([member.id], tag.id, by=None, now=NOW)
        recheck_members(brand.id, [member.id], now=NOW)
        overtaken.set()

    run_at_once(first, second)
    return belonging(segment)


@pytest.mark.usefixtures("committed_db")
def test_the_later_look_has_the_last_word(monkeypatch):
    assert a_look_that_is_overtaken(monkeypatch) == set()
    assert check_segments() == []


@pytest.mark.usefixtures("committed_db")
def test_control_without_the_lock_the_older_look_wins(monkeypatch):
    monkeypatch.setattr(membership, "LOCK", NO_LOCK)
    assert len(a_look_that_is_overtaken(monkeypatch)) == 1


@pytest.mark.usefixtures("committed_db")
def test_two_lookers_and_a_bulk_answer_at_once_leave_what_the_rule_says():
    brand = a_brand()
    tag = a_tag(brand)
    members = [a_member(brand).id for _ in range(12)]
    rule = {"tag": str(tag.id)}
    segment, other = a_segment(brand, rule), a_segment(brand, {"not": rule})

    def look(seed):
        chance = random.Random(seed)
        for _ in range(15):
            some = chance.sample(members, 4)
            change = tag_members if chance.random() < 0.5 else untag_members
            change(some, tag.id, by=None, now=NOW)
            recheck_members(brand.id, some, now=datetime.now(UTC))

    def bulk():
        for _ in range(15):
            as_of = datetime.now(UTC)
            wanted = holding(brand.id, rule_of(rule), members, at=NOW)
            there = belonging(segment)
            apply_membership(
                segment.id, version=1, entered=wanted - there, left=there - wanted, as_of=as_of, now=datetime.now(UTC)
            )

    run_at_once(lambda: look(1), lambda: look(2), bulk)
    now_tagged = holding(brand.id, rule_of(rule), members, at=NOW)
    assert belonging(segment) == now_tagged
    assert belonging(other) == set(members) - now_tagged
    assert check_segments() == []
