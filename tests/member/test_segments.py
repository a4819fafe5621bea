"""Segments: made, changed, watched; who enters and leaves, by bulk answers, by looking anew, and as time passes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.identity.actions import erase_member
from sitong.member.identity.actions.joins import UndoWanted, undo_join
from sitong.member.profile.actions import tag_members, untag_members
from sitong.member.segments.actions import (
    SegmentWanted,
    apply_membership,
    archive_segment,
    change_segment,
    fill_segments,
    make_segment,
    recheck_members,
    sweep_segments,
    unwatch_segment,
    wake_members,
    watch_segment,
)
from sitong.member.segments.actions.segments import (
    SegmentChangedMeanwhile,
    SegmentInUse,
    SegmentMalformed,
    SegmentNameTaken,
)
from sitong.member.segments.books import check_segments
from sitong.member.segments.filters import Filter, rule_kept
from sitong.member.segments.language import RuleRefused, SegmentCircle, SegmentUnknown
from sitong.member.segments.models import Segment, SegmentCheck, SegmentMember, SegmentVersion
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import belonging_now, members_in, reach_of, segments_of, trend_of, why
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.member import a_member, a_tag, joined_as_one
from tests.make.org import NOW, a_brand
from tests.make.segments import a_segment

pytestmark = pytest.mark.usefixtures("db")

DAY = timedelta(days=1)
POSTER = {"is": "source", "op": "=", "value": "poster"}
LONG_HERE = {"is": "joined_days", "op": ">=", "value": 30}


def members_in_it(segment):
    return set(SegmentMember.objects.filter(segment_id=segment.id).values_list("member_id", flat=True))


def told(name):
    return [
        (one.facts["segment_id"], one.facts["member_ids"])
        for one in Event.objects.filter(name=name).order_by("transaction", "seq")
    ]


def test_a_segment_is_made_once_and_filled_with_whom_its_rule_holds():
    brand = a_brand()
    one, _ = a_member(brand, source="poster"), a_member(brand, source="friend")
    segment = a_segment(brand, POSTER)
    assert (segment.version, segment.members, segment.filled_at) == (1, 1, NOW)
    assert members_in_it(segment) == {one.id}
    assert told("member.segment_entered") == [(str(segment.id), [str(one.id)])]
    again = SegmentWanted(segment.id, brand.id, segment.name, POSTER, live=True)
    assert make_segment(again, by=None, now=NOW).id == segment.id
    with pytest.raises(RepeatDiffers):
        make_segment(SegmentWanted(segment.id, brand.id, segment.name, LONG_HERE), by=None, now=NOW)
    assert [(one.name, one.since) for one in segments_of([one.id])] == [(segment.name, NOW)]
    assert trend_of(segment.id) == [(NOW.date(), 1, 1, 0)]
    assert check_segments() == []


def test_what_makes_no_sense_is_refused_and_nothing_is_kept():
    brand = a_brand()
    a_segment(brand, POSTER, name="海报", live=False)
    with pytest.raises(SegmentNameTaken):
        a_segment(brand, POSTER, name="海报", live=False)
    with pytest.raises(SegmentMalformed):
        a_segment(brand, POSTER, name=" ", live=False)
    with pytest.raises(SegmentUnknown):
        a_segment(brand, {"in": str(new_id())}, live=False)
    with pytest.raises(RuleRefused) as refused:
        a_segment(brand, {"all": [POSTER, {"is": "points", "op": ">=", "value": "many"}]}, live=False)
    assert refused.value.facts["where"] == "all[1].is"
    assert Segment.objects.count() == SegmentVersion.objects.count() == 1


def test_another_rule_is_another_version_and_moves_members():
    brand = a_brand()
    one, two = a_member(brand, source="poster"), a_member(brand, source="friend")
    base = a_segment(brand, POSTER)
    around = a_segment(brand, {"not": {"in": str(base.id)}})
    assert (members_in_it(base), members_in_it(around)) == ({one.id}, {two.id})
    friend = SegmentWanted(base.id, brand.id, base.name, {"is": "source", "op": "=", "value": "friend"})
    with pytest.raises(SegmentChangedMeanwhile):
        change_segment(friend, version=2, by=None, now=NOW)
    changed = change_segment(friend, version=1, by=None, now=NOW)
    assert (changed.version, changed.filled_at) == (2, None)
    fill_segments(now=NOW)
    assert (members_in_it(base), members_in_it(around)) == ({two.id}, {one.id})
    assert SegmentVersion.objects.filter(segment_id=base.id).count() == 2
    with pytest.raises(SegmentCircle):
        change_segment(SegmentWanted(base.id, brand.id, base.name, {"in": str(around.id)}), version=2, by=None, now=NOW)
    with pytest.raises(SegmentInUse):
        archive_segment(base.id, brand.id, by=None, now=NOW)
    assert check_segments() == []


def test_a_segment_that_is_not_watched_any_more_forgets_its_members():
    brand = a_brand()
    members = [a_member(brand, source="poster") for _ in range(3)]
    segment = a_segment(brand, POSTER)
    unwatch_segment(segment.id, brand.id, by=None, now=NOW)
    assert segments_of([members[0].id]) == []
    assert sweep_segments() == 3
    assert members_in_it(segment) == set()
    watch_segment(segment.id, brand.id, by=None, now=NOW)
    fill_segments(now=NOW)
    assert len(members_in_it(segment)) == 3
    archive_segment(segment.id, brand.id, by=None, now=NOW)
    sweep_segments()
    assert members_in_it(segment) == set()
    assert check_segments() == []
    with pytest.raises(NotFound):
        archive_segment(segment.id, a_brand().id, by=None, now=NOW)


def test_filling_goes_on_piece_by_piece(monkeypatch):
    monkeypatch.setattr("sitong.member.segments.actions.keeping.PIECE", 2)
    brand = a_brand()
    members = [a_member(brand, source="poster") for _ in range(5)]
    segment = make_segment(SegmentWanted(new_id(), brand.id, "海报", POSTER, live=True), by=None, now=NOW)
    assert fill_segments(now=NOW, pieces=1) == 2
    segment.refresh_from_db()
    assert (segment.members, segment.filled_at, segment.filled_after) == (2, None, sorted(one.id for one in members)[1])
    assert fill_segments(now=NOW) == 3
    segment.refresh_from_db()
    assert (segment.members, segment.filled_at) == (5, NOW)


def test_a_tag_lets_a_member_enter_and_leave_and_each_is_told_once():
    brand = a_brand()
    member, tag = a_member(brand), a_tag(brand)
    segment = a_segment(brand, {"tag": str(tag.id)})
    tag_members([member.id], tag.id, by=None, now=NOW)
    assert recheck_members(brand.id, [member.id], now=NOW).entered == ((segment.id, member.id),)
    assert recheck_members(brand.id, [member.id], now=NOW).entered == ()
    untag_members([member.id], tag.id, by=None, now=NOW)
    assert recheck_members(brand.id, [member.id], now=NOW).left == ((segment.id, member.id),)
    assert (len(told("member.segment_entered")), len(told("member.segment_left"))) == (1, 1)
    assert trend_of(segment.id) == [(NOW.date(), 0, 1, 1)]
    assert check_segments() == []


def test_looking_at_many_takes_as_many_statements_as_at_two():
    brand = a_brand()
    tag = a_tag(brand)
    rule = {"all": [
        {"any": [{"did": one} for one in ("orders", "lines", "points", "coupons", "scans", "visits", "messages", "tiers")]},
        {"tag": str(tag.id)}, {"is": "points", "op": ">=", "value": 0}, {"is": "tier", "op": "=", "value": ""},
        {"is": "marketing", "op": "=", "value": False}, {"did": "identities"},
    ]}  # fmt: skip
    a_segment(brand, rule)
    a_segment(brand, POSTER)
    members = [a_member(brand, source="poster").id for _ in range(22)]
    recheck_members(brand.id, [a_member(brand).id], now=NOW)
    taken = []
    for ids in (members[:2], members[2:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(recheck_members(brand.id, ids, now=NOW).entered) == len(ids)
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 45


def test_time_alone_lets_members_enter_on_the_day_that_was_kept():
    brand = a_brand()
    member = a_member(brand)
    segment = a_segment(brand, LONG_HERE)
    assert members_in_it(segment) == set()
    row = SegmentCheck.objects.get(member_id=member.id)
    assert NOW.date() < row.wakes_on <= NOW.date() + 30 * DAY
    for days in range(1, 30):
        wake_members(now=NOW + days * DAY)
    assert members_in_it(segment) == set()
    wake_members(now=NOW + 30 * DAY)
    assert members_in_it(segment) == {member.id}
    assert SegmentCheck.objects.get(member_id=member.id).wakes_on is None or wake_members(now=NOW + 31 * DAY) <= 1


def test_a_bulk_answer_changes_nobody_who_was_looked_at_since():
    brand = a_brand()
    one, two, three = (a_member(brand, source="poster") for _ in range(3))
    segment = a_segment(brand, {"is": "source", "op": "=", "value": "nobody"})
    later = NOW + timedelta(minutes=5)
    recheck_members(brand.id, [one.id], now=later)
    bulk = {"version": 1, "as_of": NOW + timedelta(minutes=1), "now": later}
    applied = apply_membership(segment.id, entered=[one.id, two.id, three.id], left=[], **bulk)
    assert {member for _, member in applied.entered} == {two.id, three.id}
    assert apply_membership(segment.id, entered=[two.id], left=[], **bulk).entered == ()
    assert apply_membership(segment.id, entered=[], left=[two.id, one.id], **bulk).left == ((segment.id, two.id),)
    assert apply_membership(segment.id, entered=[one.id], left=[], **bulk | {"version": 2}).entered == ()
    assert members_in_it(segment) == {three.id}
    assert check_segments() == []


def test_who_is_joined_or_erased_belongs_to_nothing_and_who_is_separated_belongs_again():
    brand = a_brand()
    one, two = a_member(brand, source="poster"), a_member(brand, source="poster")
    segment = a_segment(brand, POSTER)
    join = joined_as_one(one, two, survivor=one)
    assert members_in_it(segment) == {one.id}
    recheck_members(brand.id, [one.id, two.id], now=NOW)
    assert members_in_it(segment) == {one.id}
    undo_join(UndoWanted(join.id, "wrong"), by=None, now=NOW)
    recheck_members(brand.id, [one.id, two.id], now=NOW)
    assert members_in_it(segment) == {one.id, two.id}
    erase_member(one.id, by=None, reason="asked", now=NOW)
    assert members_in_it(segment) == {two.id}
    assert not SegmentCheck.objects.filter(member_id=one.id).exists()
    recheck_members(brand.id, [one.id], now=NOW)
    assert members_in_it(segment) == {two.id}
    assert check_segments() == []


def test_a_rule_is_asked_of_all_members_and_a_live_segment_answers_for_itself():
    brand = a_brand()
    one, two = a_member(brand, source="poster"), a_member(brand, source="friend")
    a_member(a_brand(), source="poster")
    segment = a_segment(brand, POSTER)
    for rule, wanted in [
        (rule_of(POSTER), {one.id}), (rule_of({"in": str(segment.id)}), {one.id}), (rule_of({"all": []}), {one.id, two.id}),
        (rule_of({"not": {"in": str(segment.id)}}), {two.id}), (rule_of({"did": "orders"}), set()),
        (Filter(segment_id=segment.id, sources={"friend"}).rule("Asia/Shanghai"), set()),
    ]:  # fmt: skip
        assert set(members_in(brand.id, rule, at=NOW)[0]) == wanted
        assert reach_of(brand.id, rule, at=NOW) == len(wanted)
    assert belonging_now(brand.id, one.id, at=NOW) == {segment.id}
    answer = why(brand.id, rule_of({"all": [POSTER, LONG_HERE]}), one.id, at=NOW)
    assert (answer.holds, [holds for _, holds in answer.parts]) == (False, [True, False])


def test_filters_that_were_kept_before_the_language_are_read_as_rules():
    tag, store = new_id(), new_id()
    kept = {"tiers": ["gold"], "tag_ids": [str(tag)], "store_ids": [str(store)], "joined_from": NOW.isoformat()}
    assert rule_kept(kept, "Asia/Shanghai") == rule_of({"all": [
        {"is": "tier", "op": "in", "value": ["gold"]}, {"is": "store_id", "op": "in", "value": [store.hex]},
        {"is": "joined_on", "op": ">=", "value": "2026-03-03"}, {"any": [{"tag": str(tag)}]},
    ]})  # fmt: skip
    assert rule_kept({}, "Asia/Shanghai") == rule_of({"all": []})
