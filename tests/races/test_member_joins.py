"""Members joined at the same instant: nothing lost, nothing doubled, no deadlock; and what happens without the locks."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sitong.member.identity.actions import (
    JoinWanted,
    KeyProven,
    UndoWanted,
    join_two,
    joins,
    keys,
    prove_keys,
    undo_join,
)
from sitong.member.identity.queries import member_now
from sitong.member.models import JoinMoved, Member, MemberJoin, MemberKey, MemberNote
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from tests.make.member import a_member, a_note
from tests.make.org import a_brand

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def at_once(count: int, action) -> list[object]:
    """Run `action(number)` in so many threads that start together; give what each returned or raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            with every_brand():
                gate.wait()
                return action(number)
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def kinds(outcomes) -> Counter[str]:
    return Counter(getattr(one, "code", type(one).__name__) for one in outcomes)


def join(brand, first, second):
    return join_two(JoinWanted(new_id(), brand.id, first.id, second.id, "staff"), by=None, now=NOW)


def test_the_same_pair_joined_eight_times_at_once_is_one_join():
    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=NOW + timedelta(days=1))
    notes = [a_note(second).id for _ in range(5)]
    outcomes = at_once(8, lambda number: join(brand, *((first, second) if number % 2 else (second, first))))
    assert kinds(outcomes) == {"JoinDone": 8}
    assert len(set(outcomes)) == 1
    assert MemberJoin.objects.count() == 1
    assert set(JoinMoved.objects.get(subject="member.notes").row_ids) == set(notes)
    assert set(MemberNote.objects.values_list("member_id", flat=True)) == {first.id}


def test_crosswise_joins_of_a_ring_leave_one_member_and_everything_with_it():
    brand = a_brand()
    ring = [a_member(brand, now=NOW + timedelta(days=number)) for number in range(6)]
    notes = [a_note(member).id for member in ring]
    outcomes = at_once(6, lambda number: join(brand, ring[number], ring[(number + 1) % 6]))
    assert kinds(outcomes) == {"JoinDone": 6}
    assert set(member_now([one.id for one in ring]).values()) == {ring[0].id}
    assert MemberJoin.objects.count() == 5
    assert dict(MemberNote.objects.values_list("id", "member_id")) == dict.fromkeys(notes, ring[0].id)


def test_a_join_against_its_undoing_ends_as_one_or_as_two_and_loses_nothing():
    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=NOW + timedelta(days=1))
    note = a_note(second).id
    for _ in range(4):
        done = join(brand, first, second)
        outcomes = at_once(
            4,
            lambda number, done=done: (
                undo_join(UndoWanted(done.id), by=None, now=NOW) if number % 2 else join(brand, second, first)
            ),
        )
        assert set(kinds(outcomes)) <= {"JoinDone"}
        now_is = member_now([second.id])[second.id]
        assert MemberNote.objects.get(id=note).member_id == now_is
        assert MemberJoin.objects.filter(undone_at=None).count() == (now_is == first.id)


def test_one_key_proven_by_eight_members_at_once_makes_one_member_of_them():
    brand = a_brand()
    members = [a_member(brand, now=NOW + timedelta(days=number)) for number in range(8)]
    outcomes = at_once(
        8,
        lambda number: prove_keys(
            [KeyProven(new_id(), brand.id, members[number].id, "wechat_union", "u-1", "signed_in")], now=NOW
        )[0],
    )
    assert kinds(outcomes) == {"KeyDone": 8}
    assert MemberKey.objects.count() == 1
    assert set(member_now([one.id for one in members]).values()) == {members[0].id}


def test_without_the_locks_a_join_made_meanwhile_is_forgotten(monkeypatch):
    """The control: who has read two members without a lock writes over the join that one of them was given meanwhile."""
    brand = a_brand()
    one, two, three = (a_member(brand, now=NOW + timedelta(days=number)) for number in range(3))
    has_read, meanwhile_done, lend = threading.Event(), threading.Event(), joins.lend

    def lend_late(absorbed, survivor):
        if absorbed.id == three.id:
            has_read.set()
            meanwhile_done.wait(10)
        return lend(absorbed, survivor)

    def unlocked(ids):
        rows = Member.objects.in_bulk(ids)
        return {id: rows[id] for id in ids}

    def action(number):
        if number == 0:
            return join(brand, two, three)
        has_read.wait(10)
        done = join(brand, one, two)
        meanwhile_done.set()
        return done

    monkeypatch.setattr(joins, "lock_members_now", unlocked)
    monkeypatch.setattr(joins, "lend", lend_late)
    assert kinds(at_once(2, action)) == {"JoinDone": 2}
    assert member_now([two.id]) == {two.id: two.id}, "it was joined into the first: this is the bug"
    assert MemberJoin.objects.filter(absorbed_id=two.id, undone_at=None).count() == 1


def test_without_standing_in_line_one_key_belongs_to_nobody_who_came_second(monkeypatch):
    """The control: without the advisory lock both find the key free, and the second is thrown out by the table's last guard."""
    brand = a_brand()
    members = [a_member(brand), a_member(brand)]
    both_have_read, there = threading.Barrier(2), keys._keys_there

    def read_together(*asked):
        found = there(*asked)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(keys, "stand_in_line_for_keys", lambda numbers: None)
    monkeypatch.setattr(keys, "_keys_there", read_together)
    outcomes = at_once(
        2,
        lambda number: prove_keys(
            [KeyProven(new_id(), brand.id, members[number].id, "wechat_union", "u-1", "signed_in")], now=NOW
        )[0],
    )
    assert kinds(outcomes) == {"KeyDone": 1, "IntegrityError": 1}
