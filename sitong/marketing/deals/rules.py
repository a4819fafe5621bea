"""How a batch of joins is decided, in order of arrival: pure, over facts that were read under the deals' and groups' locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sitong.shared.errors import NotFound, Refused, RepeatDiffers

PAY_WITHIN = timedelta(minutes=15)


class DealNotYet(Refused):
    """The deal has not begun: fact at."""

    code = "marketing.deal_not_yet"


class DealOver(Refused):
    """The deal is over: no group is opened or joined any more."""

    code = "marketing.deal_over"


class DealNotHere(Refused):
    """The deal does not run in this store."""

    code = "marketing.deal_not_here"


class DealGroupsGone(Refused):
    """As many groups as there may be were opened."""

    code = "marketing.deal_groups_gone"


class DealGroupFull(Refused):
    """All places of the group are taken."""

    code = "marketing.deal_group_full"


class DealGroupClosed(Refused):
    """The group is complete, or its time is over."""

    code = "marketing.deal_group_closed"


class DealJoined(Refused):
    """The member is in this group already: fact place_id."""

    code = "marketing.deal_joined"


class DealEnough(Refused):
    """The member takes part as often as one may: fact per_member."""

    code = "marketing.deal_enough"


@dataclass(frozen=True, slots=True)
class JoinWanted:
    """A member wants a place. `id` was made by the client, and names a group that it opens.

    `way`: open (a group of its own), join (`group_id`), any (the fullest open group that has a place, else a new one).
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    deal_id: UUID
    way: str = "any"
    group_id: UUID | None = None
    store_id: UUID | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A place that a member has, as the caller hears of it; the same again for a repeat."""

    id: UUID
    group_id: UUID
    deal_id: UUID
    member_id: UUID
    state: str
    price_minor: int
    joined_at: datetime
    pay_by: datetime


@dataclass(frozen=True, slots=True)
class DealTerms:
    """What deciding a join needs to know of a deal. It changes only with the deal's version."""

    id: UUID
    brand_id: UUID
    people: int
    group_hours: int
    price_minor: int
    starts_at: datetime
    ends_at: datetime
    store_ids: frozenset[UUID]
    per_member: int
    groups_max: int | None
    published: bool
    ended: bool
    goods: bool = False


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group under its lock."""

    id: UUID
    deal_id: UUID
    state: str
    people: int
    taken: int
    opened_at: datetime
    ends_at: datetime
    paid: int = 0


@dataclass(frozen=True, slots=True)
class JoinFacts:
    """Everything that a batch is decided from. `inside`: the groups of a deal in which a member has a place, by (deal, member).

    `stores`: the brand of each open store that is named.
    """

    terms: Mapping[UUID, DealTerms]
    opened: Mapping[UUID, int]
    groups: Mapping[UUID, GroupNow]
    earlier: Mapping[UUID, Joined]
    inside: Mapping[tuple[UUID, UUID], Sequence[UUID]]
    now: datetime
    stores: Mapping[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FreshJoin:
    """A place to be written; `group` is as it stands with it, `opens` tells that it is new."""

    wanted: JoinWanted
    joined: Joined
    group: GroupNow
    opens: bool


JoinDecision = FreshJoin | Joined | Refused


def decide_joins(wanted: Sequence[JoinWanted], facts: JoinFacts) -> list[JoinDecision]:
    """Decide each join in order of arrival: a place, the repeat's answer, or why not. A refused one takes nothing."""
    opened, groups, earlier = dict(facts.opened), dict(facts.groups), dict(facts.earlier)
    inside = {key: list(value) for key, value in facts.inside.items()}
    decisions: list[JoinDecision] = []
    for one in wanted:
        if (before := earlier.get(one.id)) is not None:
            same = (before.deal_id, before.member_id) == (one.deal_id, one.member_id)
            decisions.append(before if same else RepeatDiffers(id=one.id))
            continue
        terms = facts.terms.get(one.deal_id)
        if terms is None or terms.brand_id != one.brand_id or not terms.published:
            decisions.append(NotFound(what="deal"))
            continue
        own = inside.setdefault((terms.id, one.member_id), [])
        found = _not_now(terms, one, facts) or _group_for(one, terms, opened[terms.id], groups, own, facts.now)
        if isinstance(found, Refused):
            decisions.append(found)
            continue
        opens = found.id not in groups
        opened[terms.id] += opens
        group = groups[found.id] = replace(found, taken=found.taken + 1)
        own.append(group.id)
        joined = earlier[one.id] = Joined(
            one.id, group.id, terms.id, one.member_id, "held", terms.price_minor, facts.now,
            min(facts.now + PAY_WITHIN, group.ends_at),
        )  # fmt: skip
        decisions.append(FreshJoin(one, joined, group, opens))
    return decisions


def _not_now(terms: DealTerms, one: JoinWanted, facts: JoinFacts) -> Refused | None:
    now = facts.now
    if now < terms.starts_at:
        return DealNotYet(deal_id=terms.id, at=f"{terms.starts_at:%Y-%m-%d %H:%M}")
    if now >= terms.ends_at:
        return DealOver(deal_id=terms.id)
    if one.store_id is not None and facts.stores.get(one.store_id) != terms.brand_id:
        return NotFound(what="store")
    if (terms.store_ids and one.store_id not in terms.store_ids) or (terms.goods and one.store_id is None):
        return DealNotHere(deal_id=terms.id)
    return None


def _group_for(
    one: JoinWanted, terms: DealTerms, opened: int, groups: Mapping[UUID, GroupNow], own: Sequence[UUID], now: datetime
) -> GroupNow | Refused:
    """Find the group, or say why there is none. A new one has nobody in it yet."""
    if one.way == "join":
        return _named_group(one, terms, groups, own, now)
    if len(own) >= terms.per_member:
        return DealEnough(deal_id=terms.id, per_member=terms.per_member)
    if one.way == "any":
        open_ones = [
            group for group in groups.values()
            if group.deal_id == terms.id and group.state == "open" and group.taken < group.people and now < group.ends_at
            and group.id not in own
        ]  # fmt: skip
        if open_ones:
            return min(open_ones, key=lambda group: (-group.taken, group.opened_at, group.id.int))
    if terms.ended:
        return DealOver(deal_id=terms.id)
    if terms.groups_max is not None and opened >= terms.groups_max:
        return DealGroupsGone(deal_id=terms.id)
    ends_at = min(now + timedelta(hours=terms.group_hours), terms.ends_at)
    return GroupNow(one.id, terms.id, "open", terms.people, 0, now, ends_at)


def _named_group(
    one: JoinWanted, terms: DealTerms, groups: Mapping[UUID, GroupNow], own: Sequence[UUID], now: datetime
) -> GroupNow | Refused:
    group = groups.get(one.group_id) if one.group_id is not None else None
    if group is None or group.deal_id != terms.id:
        return NotFound(what="group")
    if group.id in own:
        return DealJoined(group_id=group.id)
    if len(own) >= terms.per_member:
        return DealEnough(deal_id=terms.id, per_member=terms.per_member)
    if group.state != "open" or now >= group.ends_at:
        return DealGroupClosed(group_id=group.id)
    if group.taken >= group.people:
        return DealGroupFull(group_id=group.id)
    return group
