"""Members join once, whoever brings them."""

import pytest
from django.db import connection

from sitong.member.identity.actions import MemberWanted, join_members, reveal_member
from sitong.member.identity.queries import found_members, member_by_phone, member_of_account, members_visible_to
from sitong.member.models import Member
from sitong.shared.access.models import Audit
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.access import a_viewer
from tests.make.member import a_member, a_phone
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_the_same_phone_however_written_is_the_same_member_of_a_brand(now):
    brand, other = a_brand(), a_brand()
    outcomes = join_members([
        MemberWanted(new_id(), brand.id, "138 0013 8000", "王小明"),
        MemberWanted(new_id(), brand.id, "+86-13800138000"),
        MemberWanted(new_id(), other.id, "13800138000"),
        MemberWanted(new_id(), brand.id, "12"),
        MemberWanted(new_id(), brand.id),
        MemberWanted(new_id(), brand.id),
    ], now=now)  # fmt: skip
    assert outcomes[0] is outcomes[1]
    assert outcomes[2] not in (outcomes[0], outcomes[4])
    assert isinstance(outcomes[3], Refused) and outcomes[3].code == "member.phone_malformed"
    assert Member.objects.count() == 4
    assert member_by_phone(brand.id, "13800138000").id == outcomes[0].id


def test_joining_again_gives_the_first_member_and_other_content_is_refused(now):
    brand = a_brand()
    wanted = MemberWanted(new_id(), brand.id, "13800138000", "王小明")
    first = join_members([wanted], now=now)[0]
    again, other = join_members([wanted, MemberWanted(wanted.id, brand.id, "13900139000")], now=now)
    assert again == first
    assert other.code == "shared.repeat_differs"
    assert Member.objects.count() == 1


def test_a_member_known_by_phone_is_bound_to_its_account_when_it_signs_in(now):
    brand, account = a_brand(), new_id()
    member = a_member(brand, phone="13800138000")
    bound, refused = join_members([
        MemberWanted(new_id(), brand.id, "13800138000", account_id=account),
        MemberWanted(new_id(), brand.id, "13800138000", account_id=new_id()),
    ], now=now)  # fmt: skip
    assert bound == member
    assert refused.code == "member.account_taken"
    assert member_of_account(account).id == member.id


def test_name_and_phone_stand_sealed_in_the_table():
    member = a_member(phone="13800138000", name="王小明")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, phone_index FROM member_member WHERE id = %s", [member.id])
        name, phone, index = cursor.fetchone()
    assert name.startswith("1:") and phone.startswith("1:")
    assert "13800138000" not in phone and b"13800138000" not in bytes(index)


def test_members_are_seen_by_the_brand_by_their_home_store_and_by_themselves():
    brand = a_brand()
    home, other = a_store(brand), a_store(brand)
    member = a_member(brand, home_store_id=home.id)
    stranger = a_member(brand)
    assert set(members_visible_to(a_viewer("brand", brand))) == {member, stranger}
    assert set(members_visible_to(a_viewer("store", home))) == {member}
    assert set(members_visible_to(a_viewer("store", other))) == set()
    assert set(members_visible_to(a_viewer("brand", a_brand()))) == set()


def test_staff_find_a_member_by_whole_phone_or_number_only():
    brand = a_brand()
    member = a_member(brand, phone=a_phone())
    viewer = a_viewer("brand", brand)
    assert list(found_members(viewer, member.phone.removeprefix("+86"))) == [member]
    assert list(found_members(viewer, member.number.lower())) == [member]
    assert list(found_members(viewer, member.phone[-4:])) == []


def test_who_looks_at_a_phone_in_clear_leaves_a_trace(now):
    member, by = a_member(phone="13800138000", name="王小明"), new_id()
    assert reveal_member(member.id, by=by, now=now) == {"name": "王小明", "phone": "+8613800138000"}
    audit = Audit.objects.get(verb="revealed")
    assert (audit.by, audit.subject_id, audit.after) == (by, member.id, {"name": "王**", "phone": "+86 138****8000"})
