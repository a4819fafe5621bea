"""Many joins at once and their undoing in one go: the same as one by one, in a number of statements that does not grow."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.identity.actions import JoinWanted, join_many, join_two, undo_many
from sitong.member.identity.moving import Moves, movers_in_order
from sitong.member.models import (
    ConsentGiven,
    JoinMoved,
    Member,
    MemberJoin,
    MemberKey,
    MemberNote,
    PointsEarning,
    Visit,
)
from sitong.member.points.queries import points_now
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_key, a_member, a_note, a_visit, a_wording, said
from tests.make.org import NOW, a_brand, a_store
from tests.make.points import a_points_plan, some_points

pytestmark = pytest.mark.usefixtures("db")


def pairs_of(brand, count: int, *, phone: str | None = "") -> list[tuple[Member, Member]]:
    return [(a_member(brand), a_member(brand, phone=phone, name=f"客{n}")) for n in range(count)]


def wanted(pairs) -> list[JoinWanted]:
    return [JoinWanted(new_id(), first.brand_id, first.id, second.id, "linked") for first, second in pairs]


def state() -> tuple:
    """All that a join may change, without the joins themselves."""
    return (
        sorted(Member.objects.values_list("id", "joined_into_id", "name", "phone", "account_id", "home_store_id")),
        sorted(Visit.objects.values_list("id", "member_id")),
        sorted(MemberNote.objects.values_list("id", "member_id")),
        sorted(PointsEarning.objects.values_list("id", "member_id")),
        sorted(MemberKey.objects.values_list("id", "member_id")),
        sorted(ConsentGiven.objects.values_list("id", "member_id")),
    )


def filled(brand, pairs) -> None:
    store, wording = a_store(brand), a_wording(brand)
    a_points_plan(brand)
    for number, (first, second) in enumerate(pairs):
        some_points(second, 10 + number)
        some_points(first, 5)
        a_visit(second, store)
        a_note(second, f"记 {number}")
        a_key(second)
        if number % 30 == 0:
            said(second, wording, number % 60 == 0)


def test_three_hundred_joined_wrongly_are_undone_in_one_go_and_the_books_agree():
    brand = a_brand()
    pairs = pairs_of(brand, 300)
    filled(brand, pairs)
    before = state(), [points_now([second.id])[second.id] for _, second in pairs[:5]]
    asked = wanted(pairs)
    done = join_many(asked, by=None, now=NOW)
    assert [one.absorbed_id for one in done] == [second.id for _, second in pairs]
    assert Member.objects.filter(joined_into_id__isnull=False).count() == 300
    assert points_now([pairs[7][0].id])[pairs[7][0].id].ready == 22
    assert Visit.objects.filter(member_id__in=[first.id for first, _ in pairs]).count() == 300
    assert check_books() == []
    assert join_many(asked, by=None, now=NOW) == done
    undone = undo_many([one.id for one in done], reason="wrong file", by=None, now=NOW + timedelta(hours=1))
    assert all(one.undone_at for one in undone)
    assert (state(), [points_now([second.id])[second.id] for _, second in pairs[:5]]) == before
    assert check_books() == []
    assert undo_many([one.id for one in done], reason="again", by=None, now=NOW + timedelta(hours=2)) == undone


def test_many_at_once_are_what_one_by_one_would_be():
    brand = a_brand()
    pairs = pairs_of(brand, 6)
    filled(brand, pairs)
    join_many(wanted(pairs[:3]), by=None, now=NOW)
    for one in wanted(pairs[3:]):
        join_two(one, by=None, now=NOW)

    def moved(some):
        rows = JoinMoved.objects.filter(join__absorbed_id__in=[second.id for _, second in some])
        return sorted((one.subject, len(one.row_ids)) for one in rows)

    assert moved(pairs[:3]) == moved(pairs[3:])
    assert points_now([first.id for first, _ in pairs])[pairs[0][0].id].ready == 15
    assert points_now([first.id for first, _ in pairs])[pairs[5][0].id].ready == 20


def test_every_mover_says_who_has_anything_to_move():
    """Else ten thousand joins ask each member of each subject."""
    asking_everybody = [
        one.subject for one in movers_in_order() if not one.moves.tables and type(one.moves).having is Moves.having
    ]
    assert asking_everybody == []


def test_the_number_of_statements_is_the_same_for_2_and_for_20():
    counts = []
    for count in (2, 20):
        brand = a_brand()
        store = a_store(brand)
        a_points_plan(brand)
        pairs = pairs_of(brand, count)
        for first, second in pairs:
            some_points(second, 10)
            some_points(first, 10)
            a_visit(second, store)
        with CaptureQueriesContext(
            connection,
        ) as joined:
            done = join_many(wanted(pairs), by=None, now=NOW)
        with CaptureQueriesContext(connection) as undone:
            undo_many([one.id for one in done], reason="", by=None, now=NOW)
        counts.append((len(joined), len(undone)))
    assert counts[0] == counts[1]


def test_pairs_that_share_a_member_all_become_one_and_come_apart_again():
    brand = a_brand()
    first, second, third, fourth = (a_member(brand, phone="" if n else None) for n in range(4))
    before = state()
    done = join_many(wanted([(second, third), (third, fourth), (fourth, first)]), by=None, now=NOW)
    assert {row[1] or row[0] for row in Member.objects.values_list("id", "joined_into_id")} == {first.id}
    undone = undo_many([one.id for one in done], reason="", by=None, now=NOW)
    assert not [one for one in undone if isinstance(one, Refused)]
    assert state() == before


def test_a_phone_that_the_survivor_lacks_is_lent_and_given_back():
    brand = a_brand()
    pairs = [(a_member(brand, phone="", account_id=None), a_member(brand)) for _ in range(3)]
    asked = [
        JoinWanted(new_id(), brand.id, first.id, second.id, "linked", survivor_id=first.id) for first, second in pairs
    ]
    before = state()
    done = join_many(asked, by=None, now=NOW)
    assert [Member.objects.get(id=first.id).phone for first, _ in pairs] == [second.phone for _, second in pairs]
    undo_many([one.id for one in done], reason="", by=None, now=NOW)
    assert state() == before


def test_one_refused_pair_never_touches_the_others():
    brand, other = a_brand(), a_brand()
    (good,) = pairs_of(brand, 1)
    mine, foreign = a_member(brand), a_member(other)
    asked = [
        JoinWanted(new_id(), brand.id, mine.id, mine.id, "linked"),
        JoinWanted(new_id(), brand.id, mine.id, foreign.id, "linked"),
        JoinWanted(new_id(), brand.id, mine.id, uuid4(), "linked"),
        *wanted([good]),
    ]
    outcomes = join_many(asked, by=None, now=NOW)
    assert [getattr(one, "code", "") for one in outcomes] == [
        "member.join_itself",
        "shared.not_found",
        "shared.not_found",
        "",
    ]
    assert MemberJoin.objects.count() == 1
    assert Member.objects.get(id=mine.id).joined_into_id is None


def test_a_join_whose_survivor_was_joined_further_is_refused_and_the_others_are_undone():
    brand = a_brand()
    (kept, gone), (other, away) = pairs_of(brand, 2)
    lower, beside = join_many(wanted([(kept, gone), (other, away)]), by=None, now=NOW)
    join_two(JoinWanted(new_id(), brand.id, kept.id, a_member(brand).id, "staff", survivor_id=None), by=None, now=NOW)
    refused, undone, unknown = undo_many([lower.id, beside.id, new_id()], reason="", by=None, now=NOW)
    into = Member.objects.get(id=kept.id).joined_into_id
    assert getattr(refused, "code", "") == ("member.joined_further" if into else "")
    assert undone.undone_at == NOW
    assert unknown.code == "shared.not_found"
