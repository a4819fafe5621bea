"""Who belongs to segments, for one member, for a rule, for all; and what may be seen of segments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.member.identity.models import Member
from sitong.member.profile.models import MemberTag
from sitong.member.segments.check import explained, holds, program
from sitong.member.segments.facts import asked_by, brand_day, facts_of
from sitong.member.segments.language import AllOf, AnyOf, In, Is, Leaf, Rule, Tagged, expanded, segments_named
from sitong.member.segments.models import Segment, SegmentCount, SegmentMember
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.programs import rules_of_brand
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import day_bounds

PIECE = 1_000
TREND_DAYS = 90
SEES, CHANGES = "member.see", "coupon.change"
"""Who sees the brand's segments, and who may make and change them."""

COLUMNS = {"source": "source", "store_id": "home_store_id"}


@dataclass(frozen=True, slots=True)
class Belonging:
    """A member belongs to a live segment, since then."""

    segment_id: UUID
    member_id: UUID
    name: str
    name_en: str
    as_tag: bool
    color: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Whether a rule holds for a member, and the answer to each thing that it asks."""

    holds: bool
    parts: tuple[tuple[Leaf, bool], ...]


def segments_visible_to(viewer: Viewer, permission: str = SEES) -> QuerySet[Segment]:
    """Give the brand's segments to headquarters: to all who may see its members there."""
    return Segment.objects.filter(Q(brand_id__in=viewer.place_ids("brand", permission)))


def segments_to_pick(brand_id: UUID) -> list[tuple[UUID, str, str]]:
    """Give the segments of a brand that can be picked: id and both names."""
    rows = Segment.objects.filter(brand_id=brand_id, archived_at=None).order_by("name")
    return list(rows.values_list("id", "name", "name_en"))


def segment_names(segment_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give both names of segments."""
    return {
        id: (name, name_en)
        for id, name, name_en in Segment.objects.filter(id__in=segment_ids).values_list("id", "name", "name_en")
    }


def segments_of(member_ids: Collection[UUID]) -> list[Belonging]:
    """Give the live segments to which members belong, the latest first. Two statements."""
    rows = list(SegmentMember.objects.filter(member_id__in=member_ids).order_by("-since", "segment_id"))
    known = Segment.objects.filter(Q(live_since__isnull=False), archived_at=None).in_bulk(
        {one.segment_id for one in rows}
    )
    return [
        Belonging(
            one.segment_id, one.member_id, segment.name, segment.name_en, segment.as_tag, segment.color, one.since
        )
        for one in rows
        if (segment := known.get(one.segment_id))
    ]


def members_of_segment(segment_id: UUID, *, after: UUID | None = None, limit: int = 50) -> list[UUID]:
    """Give members of a live segment in the order of their ids."""
    rows = SegmentMember.objects.filter(segment_id=segment_id)
    if after is not None:
        rows = rows.filter(member_id__gt=after)
    return list(rows.order_by("member_id").values_list("member_id", flat=True)[:limit])


def belonging_to(segment_id: UUID) -> QuerySet[SegmentMember, UUID]:
    """Give the ids of the members of a live segment, to narrow a list by."""
    return SegmentMember.objects.filter(segment_id=segment_id).values_list("member_id", flat=True)


def live_segments(viewer: Viewer) -> QuerySet[Segment]:
    """Give the live segments by which the viewer may narrow a list of members: those of its brand, to all of its staff."""
    live = Segment.objects.filter(Q(brand_id=viewer.brand_id, live_since__isnull=False), archived_at=None)
    return live.order_by("name") if viewer.may(SEES) else live.none()


def trend_of(segment_id: UUID, *, days: int = TREND_DAYS) -> list[tuple[date, int, int, int]]:
    """Give how many belonged at the end of each day on which somebody came or went, with how many did, the earliest first."""
    rows = SegmentCount.objects.filter(segment_id=segment_id).order_by("-on")
    return list(rows.values_list("on", "members", "entered", "left")[:days])[::-1]


def expanded_rule(brand_id: UUID, rule: Rule) -> Rule:
    """Give a rule of a brand with the segments that it names put in. Raises what `expanded` raises."""
    return expanded(rule, rules_of_brand(brand_id) if segments_named(rule) else {})


def holding(brand_id: UUID, rule: Rule, member_ids: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Give for which of these members a rule holds now, asked from their facts. A fixed number of statements."""
    whole = expanded_rule(brand_id, rule)
    facts = facts_of(brand_id, member_ids, asked=asked_by([whole]), at=at)
    on = brand_day(brand_id, at)
    return {id for id, known in facts.items() if holds(whole, known, on=on)}


def those_among(brand_id: UUID, rule: Rule, member_ids: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Give for which of these members a rule holds; a live segment answers with who belongs to it, all else is asked of facts."""
    candidates, rest = _narrowed(brand_id, rule)
    ids = set(candidates.filter(id__in=member_ids).values_list("id", flat=True))
    return holding(brand_id, AllOf(tuple(rest)), ids, at=at) if rest and ids else ids


def why(brand_id: UUID, rule: Rule, member_id: UUID, *, at: datetime) -> Why | None:
    """Give whether a rule holds for one member now, and each part's answer; None: nobody stands there for itself."""
    whole = expanded_rule(brand_id, rule)
    known = facts_of(brand_id, [member_id], asked=asked_by([whole]), at=at).get(member_id)
    if known is None:
        return None
    on = brand_day(brand_id, at)
    return Why(holds(whole, known, on=on), tuple(explained(whole, known, on=on)))


def belonging_now(brand_id: UUID, member_id: UUID, *, at: datetime) -> set[UUID]:
    """Give for which segments of the brand, live or not, a member's facts hold now."""
    rules = rules_of_brand(brand_id)
    kept = Segment.objects.filter(brand_id=brand_id, archived_at=None).values_list("id", flat=True)
    wanted = {id: expanded(rules[id], rules) for id in kept}
    facts = facts_of(brand_id, [member_id], asked=asked_by(wanted.values()), at=at).get(member_id)
    if facts is None:
        return set()
    return program(wanted).holding(facts, brand_day(brand_id, at), wanted)


def members_in(
    brand_id: UUID, rule: Rule, *, at: datetime, after: UUID | None = None, limit: int = 500
) -> tuple[list[UUID], UUID | None]:
    """Give members for whom a rule holds in the order of their ids, from behind `after` on, and the last that was looked at.

    At most `limit` members are looked at, so a list may be short, even empty; it is over when the second value is None. A live
    segment answers with who belongs to it, anything else is asked anew.
    """
    candidates, rest = _narrowed(brand_id, rule)
    if after is not None:
        candidates = candidates.filter(id__gt=after)
    ids = list(candidates.order_by("id").values_list("id", flat=True)[:limit])
    last = ids[-1] if len(ids) == limit else None
    if rest:
        holds_for = holding(brand_id, AllOf(tuple(rest)), ids, at=at) if ids else set()
        ids = [id for id in ids if id in holds_for]
    return ids, last


def reach_of(brand_id: UUID, rule: Rule, *, at: datetime) -> int:
    """Count the members for whom a rule holds."""
    candidates, rest = _narrowed(brand_id, rule)
    if not rest:
        return candidates.count()
    return sum(len(members) for members in _pieces(brand_id, rule, at))


def _pieces(brand_id: UUID, rule: Rule, at: datetime) -> Iterator[list[UUID]]:
    after: UUID | None = None
    while True:
        members, after = members_in(brand_id, rule, at=at, after=after, limit=PIECE)
        yield members
        if after is None:
            return


def _narrowed(brand_id: UUID, rule: Rule) -> tuple[QuerySet[Member], list[Rule]]:
    """Give the members among whom all are for whom the rule holds, and the parts of the rule that are still to be asked."""
    found = Member.objects.filter(Q(brand_id=brand_id), joined_into_id=None, erased_at=None)
    rest: list[Rule] = []
    for part in rule.rules if isinstance(rule, AllOf) else (rule,):
        if (condition := _condition(brand_id, part)) is None:
            rest.append(part)
        else:
            found = found.filter(condition)
    return found, rest


def _condition(brand_id: UUID, part: Rule) -> Q | None:
    """Give a part of a rule as a condition on the table of members; None: it has to be asked of their facts."""
    match part:
        case In(segment_id):
            live = Segment.objects.filter(
                Q(live_since__isnull=False, filled_at__isnull=False), id=segment_id, archived_at=None
            )
            if not live.filter(brand_id=brand_id).exists():
                return None
            return Q(id__in=SegmentMember.objects.filter(segment_id=segment_id).values("member_id"))
        case Tagged(tag_id):
            return Q(id__in=MemberTag.objects.filter(Q(tag_id=tag_id), brand_id=brand_id).values("member_id"))
        case AnyOf(rules) if all(isinstance(one, Tagged) for one in rules):
            tags = [one.tag_id for one in rules if isinstance(one, Tagged)]
            return Q(id__in=MemberTag.objects.filter(Q(tag_id__in=tags), brand_id=brand_id).values("member_id"))
        case Is("source", "=" | "in", value):
            return Q(source__in=value if isinstance(value, tuple) else (value,))
        case Is("store_id", "=" | "in", value):
            stores = value if isinstance(value, tuple) else (value,)
            return None if "" in stores else Q(home_store_id__in=[UUID(str(one)) for one in stores])
        case Is("joined_on", ">=" | "<" as op, value):
            assert isinstance(value, date)
            start = day_bounds(value, brand_facts([brand_id])[brand_id].zone)[0]
            return Q(joined_at__gte=start) if op == ">=" else Q(joined_at__lt=start)
        case _:
            return None


def rule_of_segment(segment: Segment) -> Rule:
    """Give a segment's rule as it was written."""
    return rule_of(segment.rule)


def segments_by_id(segment_ids: Collection[UUID]) -> dict[UUID, Segment]:
    """Give segments by their ids, archived ones too."""
    return Segment.objects.in_bulk(list(segment_ids))
