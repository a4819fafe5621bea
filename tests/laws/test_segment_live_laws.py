"""After whatever happened to whomever, live segments hold whom their rules hold for when everybody is asked from scratch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.member.identity.actions import erase_member
from sitong.member.identity.actions.joins import UndoWanted, undo_join
from sitong.member.profile.actions import VisitSeen, note_visits, tag_members, untag_members
from sitong.member.segments import live
from sitong.member.segments.actions import recheck_members, wake_members
from sitong.member.segments.books import check_segments
from sitong.member.segments.models import SegmentMember
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import holding
from sitong.shared.events.models import Event
from sitong.shared.events.registry import from_facts
from sitong.shared.ids import new_id
from tests.make.member import a_member, a_tag, joined_as_one
from tests.make.org import NOW, a_brand, a_store
from tests.make.segments import a_segment

DAY = timedelta(days=1)
deeds = st.lists(
    st.tuples(st.sampled_from(["tag", "untag", "visit", "join", "undo", "erase", "wait", "new"]), st.integers(0, 4)),
    max_size=12,
)


class Town:
    """Some members, a tag, a store, and the segments that watch them."""

    def __init__(self) -> None:
        self.now = NOW
        self.brand = a_brand()
        self.tag, self.store = a_tag(self.brand), a_store(self.brand)
        self.members = [a_member(self.brand) for _ in range(4)]
        self.joins: list = []
        tagged, visit = {"tag": str(self.tag.id)}, {"did": "visits", "last_days": 3}
        rules = [tagged, visit, {"not": visit}, {"any": [tagged, {"did": "visits", "measure": "recency_days", "op": ">=", "value": 2}]},
                 {"then": [{"did": "visits"}, {"not": {"did": "visits"}}], "within_days": 2}, {"all": []}]  # fmt: skip
        self.rules = [rule_of(one) for one in rules]
        self.segments = [a_segment(self.brand, one) for one in rules]
        self.heard = Event.objects.count()

    def happen(self, what: str, whom: int) -> None:
        """Let something happen, and let live segments hear of it."""
        member = self.members[whom % len(self.members)]
        match what:
            case "tag":
                tag_members([member.id], self.tag.id, by=None, now=self.now)
            case "untag":
                untag_members([member.id], self.tag.id, by=None, now=self.now)
            case "visit":
                note_visits(
                    [VisitSeen(new_id(), self.brand.id, member.id, self.store.id, "bought", self.now)], now=self.now
                )
            case "join" if len(self.members) > 1:
                other = self.members[(whom + 1) % len(self.members)]
                self.joins.append(joined_as_one(member, other, survivor=member, now=self.now))
                self.members.remove(other)
            case "undo" if self.joins:
                self._undo()
            case "erase" if len(self.members) > 2 and not self.joins:
                erase_member(member.id, by=None, reason="asked", now=self.now)
                self.members.remove(member)
            case "wait":
                self.now += (1 + whom % 3) * DAY
                wake_members(now=self.now)
            case "new":
                self.members.append(a_member(self.brand, now=self.now))
        rows = Event.objects.order_by("transaction", "seq")[self.heard :]
        live.look_at([from_facts(one.name, one.facts) for one in rows], now=self.now)
        self.heard = Event.objects.count()

    def _undo(self) -> None:
        join = self.joins.pop()
        undo_join(UndoWanted(join.id, "wrong"), by=None, now=self.now)
        self.members.append(type(self.members[0]).objects.get(id=join.absorbed_id))


@pytest.mark.usefixtures("db")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_live_segments_hold_whom_their_rules_hold_for(happened):
    town = Town()
    for what, whom in happened:
        town.happen(what, whom)
    ids = [one.id for one in town.members]
    for rule, segment in zip(town.rules, town.segments, strict=True):
        kept = set(SegmentMember.objects.filter(segment_id=segment.id).values_list("member_id", flat=True))
        assert kept == holding(town.brand.id, rule, ids, at=town.now), segment.rule
    assert recheck_members(town.brand.id, ids, now=town.now) == type(recheck_members(town.brand.id, [], now=town.now))()
    assert check_segments() == []
