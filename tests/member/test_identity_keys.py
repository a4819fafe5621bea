"""Certain keys are proven, shown as codes, corrected, and forgotten with their member."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from sitong.member.identity.actions import (
    KeyProven,
    MemberWanted,
    change_phone,
    drop_key,
    erase_member,
    join_members,
    prove_keys,
    prove_phone,
)
from sitong.member.identity.export import data_of, export_member
from sitong.member.identity.queries import (
    found_members,
    keys_of,
    member_by_code,
    member_by_key,
    member_by_phone,
    member_code,
    member_now,
)
from sitong.member.models import ConsentGiven, Member, MemberJoin, MemberKey, MemberNote
from sitong.shared.access.models import Account, Audit
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_viewer
from tests.make.member import a_key, a_member, a_note, a_wording, joined_as_one, said
from tests.make.org import a_brand

pytestmark = pytest.mark.usefixtures("db")


def test_a_key_is_attached_at_once_and_finds_its_member_however_it_is_written(now):
    brand = a_brand()
    member, by = a_member(brand), new_id()
    wanted = KeyProven(new_id(), member.brand_id, member.id, "card", "8800-1234 5678", "scanned", by=by)
    done, again = prove_keys([wanted, wanted], now=now)
    assert done == again
    assert done.join_id is None
    assert member_by_key(member.brand_id, "card", "880012345678").id == member.id
    assert member_by_key(a_brand().id, "card", "880012345678") is None
    (key,) = keys_of(member.id)
    assert (key.kind, key.shown, key.how, key.by) == ("card", "****5678", "scanned", by)
    assert found_members(a_viewer("brand", brand), "8800 1234 5678").get() == member


def test_an_openid_is_one_per_app(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand)
    a_key(first, "wechat_open", "o-1", app="wx-shop")
    a_key(second, "wechat_open", "o-1", app="wx-other")
    assert member_by_key(brand.id, "wechat_open", "o-1", app="wx-shop").id == first.id
    wrong = [
        KeyProven(new_id(), brand.id, first.id, "wechat_open", "o-2", "signed_in"),
        KeyProven(new_id(), brand.id, first.id, "wechat_union", "u-1", "signed_in", "wx-shop"),
        KeyProven(new_id(), brand.id, first.id, "card", "1", "signed_in"),
        KeyProven(new_id(), brand.id, first.id, "shoe size", "41", "signed_in"),
        KeyProven(new_id(), brand.id, new_id(), "alipay", "2088", "signed_in"),
    ]
    outcomes = prove_keys(wrong, now=now)
    assert [one.code for one in outcomes] == ["member.key_malformed"] * 4 + ["shared.not_found"]
    assert MemberKey.objects.count() == 2


def test_a_key_that_another_member_has_joins_the_two_with_the_reason(now):
    brand = a_brand()
    known, stranger = a_member(brand), a_member(brand, phone="", name="", now=now - timedelta(days=9))
    held = a_key(stranger, "wechat_union", "u-1", how="paid_with")
    wanted = KeyProven(new_id(), brand.id, known.id, "wechat_union", "u-1", "signed_in")
    (done,) = prove_keys([wanted], now=now)
    assert (done.key_id, done.member_id) == (held.key_id, known.id)
    join = MemberJoin.objects.get(id=done.join_id)
    assert (join.survivor_id, join.absorbed_id, join.reason) == (known.id, stranger.id, "wechat_union")
    assert member_by_key(brand.id, "wechat_union", "u-1").id == known.id
    assert prove_keys([wanted], now=now)[0].member_id == known.id
    assert MemberJoin.objects.count() == 1


def test_three_members_in_one_batch_become_one(now):
    brand = a_brand()
    one, two, three = (a_member(brand, now=now + timedelta(days=day)) for day in range(3))
    a_key(two, "alipay", "2088"), a_key(three, "wechat_union", "u-9")
    outcomes = prove_keys([
        KeyProven(new_id(), brand.id, one.id, "alipay", "2088", "paid_with"),
        KeyProven(new_id(), brand.id, two.id, "wechat_union", "u-9", "signed_in"),
    ], now=now)  # fmt: skip
    assert [one_.member_id for one_ in outcomes] == [one.id, one.id]
    assert set(member_now([one.id, two.id, three.id]).values()) == {one.id}


def test_a_dropped_key_proves_nobody(now):
    member, by = a_member(), new_id()
    key = a_key(member, "card", "88001234")
    drop_key(key.key_id, by=by, now=now)
    drop_key(key.key_id, by=by, now=now)
    assert member_by_key(member.brand_id, "card", "88001234") is None
    assert Audit.objects.filter(verb="key_dropped", by=by).count() == 1


def test_a_member_s_code_holds_a_minute_or_two_and_tells_nothing(now):
    brand = a_brand()
    member = a_member(brand)
    code = member_code(member.id, now)
    assert len(code) == 20 and code[0] == "9" and code.isdecimal()
    assert member_by_code(member.brand_id, code, at=now).id == member.id
    assert member_by_code(member.brand_id, f"{code[:10]} {code[10:]}", at=now + timedelta(seconds=60)).id == member.id
    assert member_by_code(member.brand_id, code, at=now + timedelta(seconds=121)) is None
    assert member_by_code(a_brand().id, code, at=now) is None
    assert member_by_code(member.brand_id, code[:-1], at=now) is None
    assert member_by_code(member.brand_id, "6901234567892", at=now) is None
    codes = {member_code(member.id, now + timedelta(minutes=minute)) for minute in range(60)}
    assert len(codes) == 60
    other = joined_as_one(a_member(brand), member, survivor=member)
    assert member_by_code(member.brand_id, member_code(other.absorbed_id, now), at=now).id == member.id


def test_a_corrected_phone_signs_in_the_same_account(now):
    brand = a_brand()
    account, member = a_consumer(brand, phone="13800138000")
    other, by = a_member(brand, phone="13900139000"), new_id()
    with pytest.raises(Refused) as no:
        change_phone(member.id, phone="13900139000", by=by, now=now)
    assert (no.value.code, no.value.facts) == ("member.phone_of_another", {"number": other.number})
    change_phone(member.id, phone="137 0013 7000", by=by, now=now)
    assert member_by_phone(brand.id, "13800138000") is None
    assert member_by_phone(brand.id, "13700137000").id == member.id
    assert Account.objects.get(id=account.id).phone == "+8613700137000"
    audit = Audit.objects.get(verb="phone_changed")
    assert (audit.before, audit.after) == ({"phone": "+86 138****8000"}, {"phone": "+86 137****7000"})


def test_proving_a_phone_that_another_member_has_joins_the_two(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand, phone="13900139000", now=now + timedelta(days=1))
    assert prove_phone(first.id, phone="13900139000", by=None, now=now).id == first.id
    assert MemberJoin.objects.get().absorbed_id == second.id
    assert prove_phone(first.id, phone="13900139000", by=None, now=now).id == first.id


def test_the_export_gives_everything_in_clear_as_json_and_as_a_page(now):
    brand = a_brand()
    member, absorbed = a_member(brand, phone="13800138000", name="王小明"), a_member(brand, now=now + timedelta(days=1))
    a_key(absorbed, "card", "88001234"), a_note(member, "喜欢低糖"), said(member, a_wording(brand, "marketing"), True)
    joined_as_one(member, absorbed)
    by = new_id()
    export = export_member(absorbed.id, by=by, now=now)
    packed = zipfile.ZipFile(io.BytesIO(export.content))
    told = json.loads(packed.read("data.json"))
    assert [one["number"] for one in told["data"]["member"]] == [member.number, absorbed.number]
    assert told["data"]["member"][0]["phone"] == "+8613800138000"
    assert told["data"]["keys"][0]["value"] == "88001234"
    assert told["data"]["notes"][0]["text"] == "喜欢低糖"
    assert told["data"]["consents"][0]["yes"] is True
    page = packed.read("data.html").decode()
    assert "王小明" in page and "88001234" in page and "喜欢低糖" in page
    assert Audit.objects.get(verb="exported").by == by


def test_erasing_takes_the_person_away_and_leaves_the_books(now):
    brand = a_brand()
    account, member = a_consumer(brand, phone="13800138000")
    absorbed = a_member(brand, phone="13900139000", now=now + timedelta(days=1))
    a_key(absorbed, "card", "88001234"), a_note(member), said(member, a_wording(brand, "marketing"), True)
    joined_as_one(member, absorbed)
    gone = erase_member(absorbed.id, by=account.id, reason="本人要求", now=now)
    assert gone["keys"] == 1
    assert gone["profile"] == 1
    for row in Member.objects.filter(id__in=[member.id, absorbed.id]):
        assert (row.name, row.phone, row.phone_index, row.account_id, row.erased_at) == ("", "", None, None, now)
    assert (MemberKey.objects.count(), MemberNote.objects.count()) == (0, 0)
    assert ConsentGiven.objects.get().shown_phone == "+86 138****8000"
    old = Account.objects.get(id=account.id)
    assert (old.is_active, old.phone, old.phone_index) == (False, "", None)
    assert Audit.objects.get(verb="erased").before["phone"] == "+86 138****8000"
    assert "13800138000" not in str(data_of(member.id)) and "王" not in str(data_of(member.id))
    assert erase_member(member.id, by=None, reason="", now=now) == {}
    again = join_members([MemberWanted(new_id(), brand.id, "13800138000")], now=now)[0]
    assert again.id not in (member.id, absorbed.id)
    assert member_by_phone(brand.id, "13900139000") is None
