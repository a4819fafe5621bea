"""Two members turn out to be one, and are made two again."""

from datetime import timedelta

import pytest

from sitong.member.identity.actions import (
    JoinWanted,
    MemberWanted,
    UndoWanted,
    bring_along,
    join_members,
    join_two,
    undo_join,
)
from sitong.member.identity.queries import (
    found_members,
    ids_of,
    joins_of,
    made_later,
    member_by_key,
    member_by_phone,
    member_now,
    member_of_account,
    member_of_viewer,
    members_visible_to,
)
from sitong.member.models import JoinMoved, Member, MemberJoin
from sitong.shared.access.models import Audit
from sitong.shared.errors import Refused
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_viewer
from tests.make.member import a_key, a_member, joined_as_one
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def refused(action, *args, **named) -> str:
    """Give the code with which an action refuses."""
    with pytest.raises(Refused) as no:
        action(*args, **named)
    return no.value.code


def test_whoever_is_found_by_the_absorbed_member_s_keys_is_the_one_who_stayed(now):
    brand = a_brand()
    _, first = a_consumer(brand, phone="13800138000")
    second = a_member(brand, phone="13900139000", now=now + timedelta(days=1))
    a_key(second, "card", "8800 1234")
    join = joined_as_one(first, second)
    assert (join.survivor_id, join.absorbed_id) == (first.id, second.id)
    assert member_by_phone(brand.id, "13900139000").id == first.id
    assert member_by_phone(brand.id, "13800138000").id == first.id
    assert member_by_key(brand.id, "card", "88001234").id == first.id
    assert member_now([first.id, second.id]) == {first.id: first.id, second.id: first.id}
    assert set(ids_of([second.id])) == {first.id, second.id}
    assert list(members_visible_to(a_viewer("brand", brand))) == [first]
    assert list(found_members(a_viewer("brand", brand), "139 0013 9000")) == [first]
    assert list(found_members(a_viewer("brand", brand), second.number)) == [first]
    assert Audit.objects.get(verb="joined").after["absorbed"] == second.number
    assert Event.objects.filter(name="member.absorbed").count() == 1


def test_joining_the_two_again_gives_the_same_join(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand)
    wanted = JoinWanted(new_id(), brand.id, first.id, second.id, "staff", "同一人")
    join = join_two(wanted, by=None, now=now)
    assert join_two(wanted, by=None, now=now) == join
    assert joined_as_one(second, first) == join
    assert MemberJoin.objects.count() == 1
    assert (
        refused(join_two, JoinWanted(new_id(), brand.id, first.id, first.id, "staff"), by=None, now=now)
        == "member.join_itself"
    )
    other = a_member(brand)
    again = JoinWanted(wanted.id, brand.id, first.id, other.id, "staff")
    assert refused(join_two, again, by=None, now=now) == "shared.repeat_differs"
    foreign = JoinWanted(new_id(), brand.id, first.id, a_member().id, "staff")
    assert refused(join_two, foreign, by=None, now=now) == "shared.not_found"
    assert MemberJoin.objects.count() == 1


def test_who_has_a_phone_stays_and_a_person_may_decide_otherwise(now):
    brand = a_brand()
    known, newer = a_member(brand, phone="", now=now), a_member(brand, now=now + timedelta(days=9))
    assert joined_as_one(known, newer).survivor_id == newer.id
    first, second = a_member(brand, phone=""), a_member(brand)
    assert joined_as_one(first, second, survivor=first).survivor_id == first.id


def test_the_survivor_takes_what_it_lacks_and_gives_it_back_when_the_join_is_undone(now):
    brand = a_brand()
    store = a_store(brand)
    account, second = a_consumer(brand, phone="13900139000")
    Member.objects.filter(id=second.id).update(home_store_id=store.id)
    first = a_member(brand, phone="", name="")
    join = joined_as_one(first, second, survivor=first)
    first.refresh_from_db()
    assert (first.phone, first.account_id, first.name) == ("+8613900139000", account.id, "王小明")
    assert first.home_store_id == store.id
    assert member_of_account(account.id).id == first.id
    undone = undo_join(UndoWanted(join.id, "不是同一人"), by=None, now=now)
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.phone, first.phone_index, first.account_id, first.name, first.home_store_id) == (
        "",
        None,
        None,
        "",
        None,
    )
    assert (second.phone, second.account_id, second.name) == ("+8613900139000", account.id, "王小明")
    assert member_of_account(account.id).id == member_by_phone(brand.id, "13900139000").id == second.id
    assert undo_join(UndoWanted(join.id, "again"), by=None, now=now) == undone
    assert joins_of(first.id)[0].undone_reason == "不是同一人"
    assert second.joined_into_id is None


def test_an_undone_join_may_be_made_again(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand)
    join = joined_as_one(first, second)
    undo_join(UndoWanted(join.id), by=None, now=now)
    again = joined_as_one(first, second)
    assert again.id != join.id
    assert member_now([second.id])[second.id] == member_now([first.id])[first.id]


def test_a_join_is_undone_only_after_those_built_on_it(now):
    brand = a_brand()
    one, two, three = (a_member(brand, now=now + timedelta(days=day)) for day in range(3))
    lower = joined_as_one(three, two)
    upper = joined_as_one(two, one)
    assert member_now([three.id])[three.id] == one.id
    assert refused(undo_join, UndoWanted(lower.id), by=None, now=now) == "member.joined_further"
    undo_join(UndoWanted(upper.id), by=None, now=now)
    assert member_now([one.id, two.id, three.id]) == {one.id: one.id, two.id: two.id, three.id: two.id}
    undo_join(UndoWanted(lower.id), by=None, now=now)
    assert member_now([three.id])[three.id] == three.id


def test_signing_in_by_the_absorbed_account_reaches_the_one_who_stayed(now):
    brand = a_brand()
    _, first = a_consumer(brand, phone="13800138000")
    second_account, second = a_consumer(brand, phone="13900139000", now=now + timedelta(days=1))
    join = joined_as_one(first, second)
    wanted = MemberWanted(new_id(), brand.id, "13900139000", account_id=second_account.id)
    assert join_members([wanted], now=now)[0].id == first.id
    assert member_of_account(second_account.id).id == first.id
    assert member_of_viewer(second_account.id, second.id) == first.id
    viewer = a_viewer("consumer", second)
    assert [one.id for one in members_visible_to(viewer)] == [first.id]
    undo_join(UndoWanted(join.id), by=None, now=now)
    assert member_of_viewer(second_account.id, first.id) == second.id, (
        "a session from the time of the join is no way in"
    )
    assert join_members([wanted], now=now)[0].id == second.id
    assert Member.objects.count() == 2


def test_what_comes_late_in_the_absorbed_member_s_name_follows_and_goes_back_with_the_join(now):
    from sitong.member.profile.actions import TagWanted, make_tags, tag_members

    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    (tag,) = make_tags([TagWanted(new_id(), brand.id, "常客")], by=None, now=now)
    join = joined_as_one(first, second)
    from sitong.member.models import MemberTag

    late = MemberTag.objects.create(brand_id=brand.id, member_id=second.id, tag_id=tag.id, at=now)
    assert bring_along([join.id], now=now) == 1
    assert bring_along([join.id], now=now) == 0
    late.refresh_from_db()
    assert late.member_id == first.id
    undo_join(UndoWanted(join.id), by=None, now=now)
    late.refresh_from_db()
    assert late.member_id == second.id
    assert tag_members is not None


def test_what_came_later_stays_unless_a_person_names_it(now):
    from sitong.member.profile.actions import NoteWanted, note_members

    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    note_members([NoteWanted(before := new_id(), brand.id, second.id, "之前")], by=None, now=now)
    join = joined_as_one(first, second)
    after = now + timedelta(hours=1)
    note_members(
        [
            NoteWanted(one := new_id(), brand.id, second.id, "给第二位"),
            NoteWanted(two := new_id(), brand.id, first.id, "给第一位"),
        ],
        by=None,
        now=after,
    )
    assert {(row.subject, row.id) for row in made_later(join.id)} == {("member.notes", one), ("member.notes", two)}
    wrong = UndoWanted(join.id, take=(("member.notes", before),))
    assert refused(undo_join, wrong, by=None, now=after) == "member.not_later"
    assert JoinMoved.objects.get(join_id=join.id).row_ids == [before]
    undo_join(UndoWanted(join.id, take=(("member.notes", one),)), by=None, now=after)
    from sitong.member.models import MemberNote

    where = dict(MemberNote.objects.values_list("id", "member_id"))
    assert where == {before: second.id, one: second.id, two: first.id}
