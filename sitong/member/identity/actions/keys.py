"""Certain keys: proven, and taken away again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.joins import JoinWanted, MemberGone, join_two
from sitong.member.identity.actions.locks import key_number, lock_members_now, stand_in_line_for_keys
from sitong.member.identity.events import changed
from sitong.member.identity.models import KeyKind, Member, MemberKey
from sitong.member.identity.queries import member_now
from sitong.member.identity.rules import normal_key
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.access.fields import keyed_index
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id

PER_APP = {KeyKind.WECHAT_OPEN.value, KeyKind.BUYER.value}


class KeyMalformed(Refused):
    """This cannot be such a key, or the app that it belongs to is missing."""

    code = "member.key_malformed"


@dataclass(frozen=True, slots=True)
class KeyProven:
    """Somebody proved that this key is a member's. The id is the caller's: sent again, it gets the first answer.

    `how`: signed_in, scanned, paid_with, staff, imported. `by` is the account that did it, the member's own or a clerk's.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    kind: str
    value: str
    how: str
    app: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class KeyDone:
    """Whose the key is now; and the join, when it had been another member's until then."""

    key_id: UUID
    member_id: UUID
    join_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    app: str
    index: bytes


def prove_keys(proven: Sequence[KeyProven], *, now: datetime) -> list[KeyDone | Refused]:
    """Attach keys to members at once, in order of arrival; when a key is another member's already, the two are joined.

    One key belongs to one member of a brand. Phones are proven by `prove_phone`.
    Refused: member.key_malformed, shared.not_found, member.erased, shared.repeat_differs.
    """
    keys = [_key(one) for one in proven]
    with transaction.atomic():
        stand_in_line_for_keys(
            {
                key_number(one.brand_id, key.kind, app=key.app, index=key.index)
                for one, key in zip(proven, keys, strict=True)
                if key
            }
        )
        there = _keys_there(proven, keys)
        known = member_now([one.member_id for one in proven])
        here = [one.member_id for one in proven if one.member_id in known]
        members = lock_members_now([*here, *{key.member_id for key in there.values()}]) if here else {}
        by_id = MemberKey.objects.in_bulk([one.id for one in proven])
        outcomes: list[KeyDone | Refused] = []
        fresh: list[MemberKey] = []
        for one, key in zip(proven, keys, strict=True):
            if key is None:
                outcomes.append(KeyMalformed(kind=one.kind))
                continue
            outcome = _prove(one, key, members, there.get((one.brand_id, key)), by_id.get(one.id), now)
            if isinstance(outcome, MemberKey):
                fresh.append(outcome)
                there[(one.brand_id, key)] = by_id[outcome.id] = outcome
                outcome = KeyDone(outcome.id, members[one.member_id].id)
            outcomes.append(outcome)
        MemberKey.objects.bulk_create(fresh)
        record([
            AuditEntry("key_proven", "member.member", key.member_id, key.brand_id, key.by, after={"kind": key.kind, "app": key.app, "how": key.how})
            for key in fresh if key.how == "staff"
        ], at=now)  # fmt: skip
        announce(changed("keys", ((key.brand_id, key.member_id) for key in fresh)), at=now)
    return outcomes


def drop_key(key_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Take a key away from its member, so that it proves nobody any more. Gone already: nothing happens."""
    with transaction.atomic():
        key = MemberKey.objects.select_for_update().filter(id=key_id).first()
        if key is None:
            return
        facts = {"kind": key.kind, "app": key.app}
        record([AuditEntry("key_dropped", "member.member", key.member_id, key.brand_id, by, before=facts)], at=now)
        announce(changed("keys", [(key.brand_id, key.member_id)]), at=now)
        key.delete()


def _prove(
    one: KeyProven,
    key: _Key,
    members: dict[UUID, Member],
    held: MemberKey | None,
    earlier: MemberKey | None,
    now: datetime,
) -> MemberKey | KeyDone | Refused:
    """Decide one proof: a new row, or whose the key is (after a join, if it must be)."""
    member = members.get(one.member_id)
    if member is None or member.brand_id != one.brand_id:
        return NotFound(what="member")
    if member.erased_at:
        return MemberGone()
    if earlier and (held is None or earlier.id != held.id):
        return RepeatDiffers(id=one.id)
    if held is None:
        return MemberKey(
            id=one.id, brand_id=one.brand_id, member_id=member.id, kind=key.kind, app=key.app,
            value=normal_key(one.kind, one.value), value_index=key.index, how=one.how, by=one.by, proven_at=now,
        )  # fmt: skip
    owner = members.get(held.member_id, member)
    if owner.id == member.id:
        return KeyDone(held.id, member.id)
    wanted = JoinWanted(new_id(), one.brand_id, member.id, owner.id, reason=key.kind, note=one.how)
    done = join_two(wanted, by=one.by, now=now)
    survivor = members[next(id for id, now_it_is in members.items() if now_it_is.id == done.survivor_id)]
    for id, now_it_is in members.items():
        if now_it_is.id == done.absorbed_id:
            members[id] = survivor
    return KeyDone(held.id, done.survivor_id, done.id)


def _key(one: KeyProven) -> _Key | None:
    value = normal_key(one.kind, one.value)
    if one.kind not in KeyKind.values or not value or (one.kind in PER_APP) != bool(one.app) or len(one.app) > 64:
        return None
    return _Key(one.kind, one.app, keyed_index(f"{one.kind}:{value}"))


def _keys_there(proven: Sequence[KeyProven], keys: Sequence[_Key | None]) -> dict[tuple[UUID, _Key], MemberKey]:
    rows = MemberKey.objects.filter(
        brand_id__in={one.brand_id for one in proven}, value_index__in=[key.index for key in keys if key]
    )
    return {(row.brand_id, _Key(row.kind, row.app, bytes(row.value_index))): row for row in rows}
