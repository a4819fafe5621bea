"""Records become members': they fill what is missing, bring keys, make members one; and all of it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from sitong.member.identity.actions import (
    Filling,
    JoinWanted,
    KeyProven,
    MemberWanted,
    fill_members,
    join_many,
    join_members,
    prove_keys,
    undo_many,
    unfill_members,
)
from sitong.member.identity.actions.filling import phones_taken
from sitong.member.identity.actions.joins import JoinDone
from sitong.member.identity.actions.keys import KeyDone
from sitong.member.identity.actions.members import stand_in_line
from sitong.member.identity.models import Member, MemberKey
from sitong.member.identity.queries import member_now
from sitong.member.imports.queries import ImportedRecord, records_by_id
from sitong.member.linking.models import LinkedRecord
from sitong.member.tiers.actions.birthdays import bring_birthdays, forget_birthdays
from sitong.member.tiers.models import Birthday
from sitong.shared.access.fields import keyed_index


@dataclass(slots=True)
class Attached:
    """What one record did to its member."""

    member_id: UUID
    filled: list[str] = field(default_factory=list)
    key_ids: list[UUID] = field(default_factory=list)
    join_ids: list[UUID] = field(default_factory=list)


def make_members(
    brand_id: UUID, records: Sequence[ImportedRecord], *, source: str, store_id: UUID | None, now: datetime
) -> list[UUID]:
    """Make one new member of each record, under an id that follows from the record's; give the ids.

    A phone that another member has stays with that one: it is a family's, or else the two would have been found to be one.
    """
    indexes = [keyed_index(one.phone) if one.phone else b"" for one in records]
    stand_in_line([(brand_id, index) for index in indexes if index])
    taken = phones_taken([(brand_id, index) for index in indexes if index])
    there = set(Member.objects.filter(id__in=[new_member_id(one.id) for one in records]).values_list("id", flat=True))
    wanted = []
    for one, index in zip(records, indexes, strict=True):
        member_id = new_member_id(one.id)
        if member_id in there:
            continue
        free = bool(index) and (brand_id, index) not in taken
        taken.add((brand_id, index))
        wanted.append(MemberWanted(member_id, brand_id, one.phone if free else "", one.name, source, store_id))
    join_members(wanted, now=now)
    return [new_member_id(one.id) for one in records]


def new_member_id(record_id: UUID) -> UUID:
    """Give the id of the member that is made of a record: always the same."""
    return uuid5(record_id, "member")


def attach(
    brand_id: UUID,
    records: Sequence[ImportedRecord],
    *,
    member_ids: Sequence[UUID],
    also: Sequence[Sequence[UUID]],
    store_id: UUID | None,
    by: UUID | None,
    now: datetime,
) -> list[Attached]:
    """Give each record to its member: keys are proven, members that it shows to be one are joined, gaps are filled.

    `also` names for each record further members that it surely is. One statement a table, whatever the number. The order
    of locks: keys' lines, then members.
    """
    attached = [Attached(member_id) for member_id in member_ids]
    keys = [(place, *key) for place, one in enumerate(records) for key in _keys(one)]
    wanted = [
        KeyProven(
            uuid5(records[place].id, f"key {kind}"), brand_id, member_ids[place], kind, value, "imported", app, by
        )
        for place, kind, value, app in keys
    ]
    before = set(MemberKey.objects.filter(id__in=[one.id for one in wanted]).values_list("id", flat=True))
    for (place, *_), one, outcome in zip(keys, wanted, prove_keys(wanted, now=now) if wanted else [], strict=True):
        if isinstance(outcome, KeyDone):
            if outcome.key_id == one.id and one.id not in before:
                attached[place].key_ids.append(one.id)
            if outcome.join_id:
                attached[place].join_ids.append(outcome.join_id)
    _join(brand_id, records, attached, also, by, now)
    _fill(brand_id, records, attached, store_id, now)
    return attached


def detach(rows: Sequence[LinkedRecord], *, store_id: UUID | None, reason: str, by: UUID | None, now: datetime) -> None:
    """Take back what records did to their members: joins, keys that they brought, fields that they filled. In bulk."""
    records = records_by_id([row.record_id for row in rows])
    undo_many([join_id for row in rows for join_id in row.join_ids], reason=reason, by=by, now=now)
    MemberKey.objects.filter(id__in=[key_id for row in rows for key_id in row.key_ids]).delete()
    filled = [row for row in rows if row.filled and row.member_id and row.record_id in records]
    fillings = [_filling(records[row.record_id], row.member_id, store_id) for row in filled if row.member_id]
    unfill_members(fillings, fields=[row.filled for row in filled], now=now)
    forget_birthdays([row.member_id for row in filled if "birthday" in row.filled and row.member_id])


def _keys(one: ImportedRecord) -> list[tuple[str, str, str]]:
    keys = [("card", one.card, "")] if one.card else []
    return [*keys, ("buyer", one.buyer, one.marketplace)] if one.buyer and one.marketplace else keys


def _join(
    brand_id: UUID, records: Sequence[ImportedRecord], attached: Sequence[Attached], also: Sequence[Sequence[UUID]],
    by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    pairs = [(place, other) for place, others in enumerate(also) for other in others]
    wanted = [
        JoinWanted(uuid5(records[place].id, f"join {other}"), brand_id, attached[place].member_id, other, "linked")
        for place, other in pairs
    ]
    for (place, _), one, outcome in zip(
        pairs, wanted, join_many(wanted, by=by, now=now) if wanted else [], strict=True
    ):
        if isinstance(outcome, JoinDone) and outcome.id == one.id:
            attached[place].join_ids.append(outcome.id)


def _fill(
    brand_id: UUID,
    records: Sequence[ImportedRecord],
    attached: Sequence[Attached],
    store_id: UUID | None,
    now: datetime,
) -> None:
    is_now = member_now([one.member_id for one in attached])
    members = [is_now.get(one.member_id, one.member_id) for one in attached]
    fillings = [_filling(one, member_id, store_id) for one, member_id in zip(records, members, strict=True)]
    for one, filled in zip(attached, fill_members(fillings, now=now), strict=True):
        one.filled += filled
    said = set(Birthday.objects.filter(member_id__in=members).values_list("member_id", flat=True))
    fresh: dict[UUID, tuple[int, int]] = {}
    for record, one, member_id in zip(records, attached, members, strict=True):
        if record.birthday and member_id not in said and member_id not in fresh:
            fresh[member_id] = (record.birthday.month, record.birthday.day)
            one.filled.append("birthday")
    bring_birthdays(brand_id, fresh, now=now)
    for one, member_id in zip(attached, members, strict=True):
        if one.filled:
            one.member_id = member_id


def _filling(one: ImportedRecord, member_id: UUID, store_id: UUID | None) -> Filling:
    return Filling(member_id, one.name, one.phone, store_id)
