"""Any sequence of joins and undos leaves every row where the joins that stand say, and all undone, where it was."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.member.identity.actions import JoinedFurther, JoinWanted, UndoWanted, join_two, undo_join
from sitong.member.identity.queries import member_by_key, member_by_phone, member_now
from sitong.member.identity.rules import Claim, code_of, number_of, who_stays
from sitong.member.models import Member, MemberJoin, MemberKey, MemberNote, MemberShare, MemberTag, Visit
from sitong.member.profile.actions import tag_members
from sitong.shared.ids import new_id
from tests.make.member import a_key, a_member, a_note, a_tag, a_visit, a_wording, said
from tests.make.org import a_brand, a_store, an_entity

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
COUNT = 5
KINDS = (MemberTag, MemberNote, Visit, MemberKey)


def where(brand) -> list[dict]:
    """Whose each row is, and what each member's own row says."""
    fields = ("id", "phone_index", "account_id", "name", "home_store_id", "joined_into_id")
    members = {
        row[0]: tuple(bytes(one) if isinstance(one, memoryview) else one for one in row[1:])
        for row in Member.objects.filter(brand_id=brand.id).values_list(*fields)
    }
    shares = {
        (row["member_id"], row["entity_id"]): True
        for row in MemberShare.objects.filter(brand_id=brand.id).values("member_id", "entity_id")
    }
    return [dict(kind.objects.filter(brand_id=brand.id).values_list("id", "member_id")) for kind in KINDS] + [
        members,
        shares,
    ]


def a_crowd():
    """Members of whom some lack a phone, a name or an account, each with rows of every kind."""
    brand = a_brand()
    store, tags = a_store(brand), [a_tag(brand, name) for name in ("一", "二")]
    wording = a_wording(brand, "share", entity_id=an_entity(brand).id)
    members = [
        a_member(
            brand, phone=None if at % 2 else "", name="" if at % 3 else "王小明", account_id=new_id() if at % 3 == 1 else None,
            home_store_id=store.id if at % 2 else None, now=NOW + timedelta(days=at),
        )
        for at in range(COUNT)
    ]  # fmt: skip
    for at, member in enumerate(members):
        tag_members([member.id], tags[at % 2].id, by=None, now=NOW)
        a_note(member, str(at)), a_visit(member, store), a_key(member, "card", f"8800{at:04}")
        said(member, wording, at % 2 == 0, now=NOW + timedelta(minutes=at))
    return brand, members


step = st.one_of(
    st.tuples(st.just("join"), st.integers(0, COUNT - 1), st.integers(0, COUNT - 1), st.booleans()),
    st.tuples(st.just("undo"), st.integers(0, 9), st.just(0), st.just(False)),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, max_size=8))
def test_any_joins_and_undos_keep_every_row_and_undone_all_are_where_they_were(steps):
    brand, members = a_crowd()
    before, made, at = where(brand), [], NOW
    for verb, first, second, choose in steps:
        at += timedelta(hours=1)
        if verb == "join" and first != second:
            survivor = members[first].id if choose else None
            wanted = JoinWanted(
                new_id(), brand.id, members[first].id, members[second].id, "staff", survivor_id=survivor
            )
            made.append(join_two(wanted, by=None, now=at).id)
        elif verb == "undo" and made:
            undone_or_refused(made[first % len(made)], at)
        after = where(brand)
        now_is = member_now([one.id for one in members])
        assert [set(one) for one in after[:4]] == [set(one) for one in before[:4]], "no row is lost or doubled"
        for kind in (1, 2):  # notes and visits: nothing stays behind with an absorbed member
            assert after[kind] == {id: now_is[owner] for id, owner in before[kind].items()}
        for number, member in enumerate(members):
            assert member_by_key(brand.id, "card", f"8800{number:04}").id == now_is[member.id]
            if member.phone:
                assert member_by_phone(brand.id, member.phone).id == now_is[member.id]
    while standing := list(MemberJoin.objects.filter(brand_id=brand.id, undone_at=None).values_list("id", flat=True)):
        at += timedelta(hours=1)
        for join_id in standing:
            undone_or_refused(join_id, at)
    assert where(brand) == before


def undone_or_refused(join_id, at) -> None:
    with suppress(JoinedFurther):
        undo_join(UndoWanted(join_id), by=None, now=at)


claims = st.builds(Claim, st.uuids(), st.booleans(), st.booleans(), st.datetimes(timezones=st.just(UTC)))


@given(claims, claims)
def test_who_stays_does_not_depend_on_who_is_named_first(first, second):
    assert who_stays(first, second).id == who_stays(second, first).id


@given(
    st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=12, max_size=12),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**31),
)
def test_a_code_reads_back_as_its_number_in_its_own_window_only(number, key, window):
    code = code_of(number, key, window)
    assert len(code) == 20 and code[0] == "9"
    assert number_of(code, key, window) == number
    assert number_of(code, key, window + 1) != number
