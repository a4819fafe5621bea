"""What members say yes and no to, and who may see them because of it."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from sitong.member.consent.actions import ConsentSaid, WordingWanted, publish_wordings, say_consents
from sitong.member.consent.queries import consented, consents_now, consents_of, wordings_now
from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.identity.queries import members_visible_to
from sitong.member.models import ConsentGiven, MemberShare
from sitong.shared.ids import new_id
from tests.make.access import a_viewer
from tests.make.member import a_member, a_wording, joined_as_one, said
from tests.make.org import a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_the_newest_word_holds_as_of_each_instant(now):
    brand = a_brand()
    member, wording = a_member(brand), a_wording(brand, "marketing")
    hour = timedelta(hours=1)
    said(member, wording, True, now=now)
    said(member, wording, False, now=now + 2 * hour)
    assert consented([member.id], "marketing", None, now - hour) == set()
    assert consented([member.id], "marketing", None, now + hour) == {member.id}
    assert consented([member.id], "marketing", None, now + 3 * hour) == set()
    assert consented([member.id], "profiling", None, now + hour) == set()
    assert [one.yes for one in consents_of(member.id)] == [False, True]
    assert consents_of(member.id)[0].shown_phone.endswith(member.phone[-4:])


def test_a_yes_needs_the_newest_wording_and_a_no_does_not(now):
    brand = a_brand()
    member, first = a_member(brand), a_wording(brand, "marketing", "旧文案")
    second = a_wording(brand, "marketing", "新文案")
    assert [one.version for one in wordings_now(brand.id)] == [2]
    old = ConsentSaid(new_id(), brand.id, member.id, first.id, True, "self")
    (refused,) = say_consents([old], now=now)
    assert (refused.code, refused.facts) == ("member.wording_old", {"version": 2})
    assert ConsentGiven.objects.count() == 0
    said(member, first, False)
    said(member, second, True, now=now + timedelta(hours=1))
    assert consents_now(member.id)[("marketing", None)].version == 2


def test_the_same_word_twice_is_one_row_and_other_content_is_refused(now):
    brand = a_brand()
    member, wording = a_member(brand), a_wording(brand, "profiling")
    yes = ConsentSaid(new_id(), brand.id, member.id, wording.id, True, "self")
    no = ConsentSaid(yes.id, brand.id, member.id, wording.id, False, "self")
    foreign = ConsentSaid(new_id(), brand.id, a_member().id, wording.id, True, "self")
    first, again, other, not_ours = say_consents([yes, yes, no, foreign], now=now)
    assert first is again
    assert (other.code, not_ours.code) == ("shared.repeat_differs", "shared.not_found")
    assert ConsentGiven.objects.count() == 1


def test_sharing_needs_to_say_with_whom(now):
    brand = a_brand()
    wanted = WordingWanted(new_id(), brand.id, "share", "同意共享")
    assert publish_wordings([wanted], by=None, now=now)[0].code == "member.wording_malformed"


def test_a_franchise_store_sees_another_s_member_only_while_the_member_consents(now):
    brand = a_brand()
    home, other = a_store(dealer=a_dealer(brand)), a_store(dealer=a_dealer(brand))
    member = a_member(brand, home_store_id=home.id)
    clerk = a_viewer("store", other)
    wording = a_wording(brand, "share", entity_id=other.entity_id)
    assert list(members_visible_to(clerk)) == []
    said(member, wording, True)
    assert list(members_visible_to(clerk)) == [member]
    said(member, wording, False, now=now + timedelta(hours=1))
    assert list(members_visible_to(clerk)) == []
    assert list(members_visible_to(a_viewer("store", home))) == [member]


def test_of_two_who_are_one_the_newest_word_holds_and_each_one_s_own_after_they_are_two(now):
    brand = a_brand()
    entity = a_store(dealer=a_dealer(brand)).entity_id
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    wording = a_wording(brand, "share", entity_id=entity)
    said(second, wording, True, now=now)
    join = joined_as_one(first, second)
    assert list(MemberShare.objects.values_list("member_id", flat=True)) == [first.id]
    assert consented([first.id, second.id], "share", entity, now) == {first.id, second.id}
    said(first, wording, False, now=now + timedelta(hours=1))
    assert MemberShare.objects.count() == 0
    undo_join(UndoWanted(join.id), by=None, now=now + timedelta(hours=2))
    assert consented([first.id, second.id], "share", entity, now + timedelta(hours=2)) == {second.id}


def test_what_was_said_is_never_changed(now):
    brand = a_brand()
    said(a_member(brand), a_wording(brand, "marketing"), True)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ConsentGiven.objects.update(yes=False)


def test_asking_for_many_members_takes_as_many_statements_as_for_one(now, django_assert_num_queries):
    brand = a_brand()
    wording = a_wording(brand, "marketing")
    members = [a_member(brand) for _ in range(20)]
    for member in members:
        said(member, wording, True)
    for some in (members[:1], members):
        with django_assert_num_queries(3):
            assert consented([one.id for one in some], "marketing", None, now) == {one.id for one in some}
