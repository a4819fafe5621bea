"""Everybody at once: how many, of which kinds, in which overlap; live segments follow the lake; ready-made ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from sitong.insight.audience.actions import LakeNotReady, install_ready_made, refresh_segments
from sitong.insight.audience.compiling import compiled
from sitong.insight.lake.queries import lake_of
from sitong.insight.sources.audience import belonging_to, live_segments_of
from sitong.member.segments.books import check_segments
from sitong.member.segments.language import expanded
from sitong.member.segments.models import Segment, SegmentMember
from sitong.member.segments.queries import rules_of_brand, trend_of
from sitong.shared.events.models import Event
from tests.make.access import a_viewer, as_viewer
from tests.make.lake import written_lake
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.returns import a_sold_order
from tests.make.scene import a_selling_store
from tests.make.segments import a_segment

pytestmark = pytest.mark.usefixtures("committed_db")
HOUR = timedelta(hours=1)
BOUGHT = {"did": "orders"}
TWICE = {"did": "orders", "measure": "count", "value": 2}
POSTER = {"is": "source", "op": "=", "value": "poster"}


def a_town():
    """A brand with four members: one bought twice, one once, two came by a poster, of whom one bought."""
    brand = a_brand()
    selling = a_selling_store(brand=brand)
    once = a_member(brand, source="poster", name="李小红")
    never = a_member(brand, source="poster")
    other = a_member(brand, source="friend")
    a_sold_order(selling, (0, 1))
    a_sold_order(selling, (0, 1), now=NOW + HOUR)
    a_sold_order(replace(selling, member=once), (1, 1))
    return brand, selling, [selling.member, once, never, other]


def test_a_program_counts_a_rule_and_looks_at_its_members():
    brand, _, members = a_town()
    written_lake(brand.id)
    headers = as_viewer(a_viewer("brand", brand))

    def asked(what, body):
        return Client().post(f"/api/v1/audience/{what}", body, "application/json", headers=headers)

    rule = {"all": [BOUGHT, {"not": POSTER}]}
    found = asked("reach", {"rule": rule}).json()
    assert (found["members"], found["everybody"]) == (1, 4)
    assert [part["members"] for part in found["parts"]] == [2, 2]
    look = asked("look", {"rule": POSTER}).json()
    assert look["source"] == [{"kind": "poster", "members": 2}]
    assert {one["id"] for one in look["sample"]} == {str(one.id) for one in members[1:3]}
    assert "李小红" not in str(look)
    rules = [BOUGHT, POSTER, TWICE]
    overlap = asked("overlap", {"rules": rules}).json()
    assert {tuple(one["places"]): one["members"] for one in overlap} == {(0, 1): 1, (0, 2): 1, (1,): 1}
    assert asked("reach", {"rule": {"did": "dances"}}).status_code == 409


def test_a_live_segment_follows_what_the_lake_finds():
    brand, _, members = a_town()
    segment = a_segment(brand, {"all": [POSTER]}, live=False)
    Segment.objects.filter(id=segment.id).update(live_since=NOW)
    with pytest.raises(LakeNotReady):
        refresh_segments(brand.id, now=NOW + HOUR)
    assert SegmentMember.objects.count() == 0
    written_lake(brand.id)
    heard: list[tuple[int, int]] = []
    (done,) = refresh_segments(brand.id, now=NOW + HOUR, told=lambda done, all: heard.append((done, all)))
    assert (done.members, done.entered, done.left, done.whole) == (2, 2, 0, True)
    assert heard == [(2, 2)]
    assert sorted(belonging_to(segment.id)) == sorted(one.ordinal for one in members[1:3])
    (again,) = refresh_segments(brand.id, now=NOW + HOUR)
    assert (again.entered, again.left) == (0, 0)
    segment.refresh_from_db()
    assert (segment.members, segment.filled_at) == (2, NOW + HOUR)
    assert Event.objects.filter(name="member.segment_entered").count() == 1
    assert [row[1] for row in trend_of(segment.id)] == [2]
    assert check_segments() == []
    SegmentMember.objects.create(segment_id=segment.id, member_id=members[3].id, brand_id=brand.id, since=NOW)
    Segment.objects.filter(id=segment.id).update(members=3)
    (mended,) = refresh_segments(brand.id, now=NOW + 2 * HOUR)
    assert (mended.entered, mended.left) == (0, 1)


def test_who_was_looked_at_after_the_lake_was_written_stays_as_that_look_left_it():
    brand, selling, members = a_town()
    written_lake(brand.id)
    segment = a_segment(brand, BOUGHT, now=NOW + HOUR)
    a_sold_order(replace(selling, member=members[2]), (0, 1), now=NOW + HOUR)
    from sitong.member.segments.actions import recheck_members

    recheck_members(brand.id, [members[2].id], now=NOW + HOUR)
    (done,) = refresh_segments(brand.id, now=NOW + HOUR)
    assert (done.members, done.entered, done.left) == (2, 0, 0)
    assert SegmentMember.objects.filter(segment_id=segment.id).count() == 3


def test_ready_made_segments_are_put_there_with_the_bounds_of_the_brand_and_divide_its_buyers():
    brand, selling, _ = a_town()
    for number in range(1, 9):
        buyer = a_member(brand)
        for turn in range(number % 4 + 1):
            a_sold_order(
                replace(selling, member=buyer), (turn % 2, number), now=NOW + timedelta(days=7 * number + turn)
            )
    later = NOW + timedelta(days=70)
    written_lake(brand.id, now=later)
    ids = install_ready_made(brand.id, ["rfm", "life", "price", "occasion"], live=False, by=None, now=later)
    rules = rules_of_brand(brand.id)
    with lake_of(brand.id) as lake:
        found = {
            Segment.objects.get(id=id).name_en: compiled(expanded(rules[id], rules), lake, on=later.date())
            .to_pyarrow()["ordinal"].to_pylist()
            for id in ids
        }  # fmt: skip
    groups = [found[name] for name in found if name.startswith("RFM")]
    assert sum(len(one) for one in groups) == len({ordinal for one in groups for ordinal in one}) == 10
    stages = ["Prospects", "New customers", "Active customers", "Sleeping customers", "Lost customers"]
    assert sum(len(found[one]) for one in stages) == 12
    assert found["RFM champions"]
    again = install_ready_made(brand.id, ["rfm"], live=False, by=None, now=later)
    assert set(again) <= set(ids)
    assert set(Segment.objects.filter(id__in=ids).values_list("version", flat=True)) == {1}
    assert live_segments_of(brand.id) == []
