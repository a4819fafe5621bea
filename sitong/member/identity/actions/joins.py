"""Two members turn out to be one; and a join is undone, with everything going back where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.locks import lock_members_now, lock_rows
from sitong.member.identity.events import MemberAbsorbed, MemberSeparated
from sitong.member.identity.models import JoinMoved, Member, MemberJoin
from sitong.member.identity.moving import MOVERS, movers_in_order
from sitong.member.identity.queries import ids_below
from sitong.member.identity.rules import Claim, who_stays
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

NOTE_MAX = 200
SUBJECT = "member.member"


class JoinItself(Refused):
    """A member cannot be joined with itself."""

    code = "member.join_itself"


class JoinedFurther(Refused):
    """The one who stayed was joined into yet another since; that join must be undone first."""

    code = "member.joined_further"


class NotLater(Refused):
    """What should go along did not come after the join, or is not the survivor's."""

    code = "member.not_later"


class MemberGone(Refused):
    """The member was erased; nothing of it is left to join or to separate."""

    code = "member.erased"


@dataclass(frozen=True, slots=True)
class JoinWanted:
    """Two members who are one. The id is the caller's: sent again, it gets the first answer.

    `reason` is a code ("staff", or the kind of the key that both proved). Without `survivor_id` the rule decides who stays.
    """

    id: UUID
    brand_id: UUID
    first_id: UUID
    second_id: UUID
    reason: str
    note: str = ""
    survivor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class UndoWanted:
    """A join to be undone. `take` names what came later and goes with the absorbed member: (subject, row id)."""

    join_id: UUID
    reason: str = ""
    take: tuple[tuple[str, UUID], ...] = ()


@dataclass(frozen=True, slots=True)
class JoinDone:
    """A join as it stands. `undone_at` is set once it was undone."""

    id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    joined_at: datetime
    undone_at: datetime | None = None


def join_two(wanted: JoinWanted, *, by: UUID | None, now: datetime) -> JoinDone:
    """Make one member of two: everything of the absorbed one goes to the survivor, and the join remembers what.

    Done in one transaction or not at all. Members named are taken for who they are now; if that is one and the same, the
    join that made them so is the answer. What the survivor lacks (phone, name, account, home store) it takes.
    Refused: member.join_itself, member.erased, shared.not_found, shared.repeat_differs, member.busy.
    """
    if wanted.first_id == wanted.second_id:
        raise JoinItself()
    with transaction.atomic():
        members = lock_members_now([wanted.first_id, wanted.second_id])
        first, second = members[wanted.first_id], members[wanted.second_id]
        if earlier := MemberJoin.objects.filter(id=wanted.id).first():
            if first.id != second.id and {first.id, second.id} != {earlier.survivor_id, earlier.absorbed_id}:
                raise RepeatDiffers(id=wanted.id)
            return done_of(earlier)
        if {first.brand_id, second.brand_id} != {wanted.brand_id}:
            raise NotFound(what="member")
        if first.id == second.id:
            return done_of(join_between(wanted.first_id, wanted.second_id))
        if first.erased_at or second.erased_at:
            raise MemberGone()
        survivor, absorbed = decided(
            first, second, chosen=members.get(wanted.survivor_id) if wanted.survivor_id else None
        )
        join = MemberJoin(
            id=wanted.id, brand_id=wanted.brand_id, absorbed=absorbed, survivor=survivor, reason=wanted.reason[:20],
            note=wanted.note.strip()[:NOTE_MAX], by=by, joined_at=now,
        )  # fmt: skip
        join.lent = lend(absorbed, survivor)
        _save(absorbed, survivor)
        join.save(force_insert=True)
        Member.objects.filter(joined_into_id=absorbed.id).update(joined_into_id=survivor.id)
        _move(join, now)
        facts = {"absorbed": absorbed.number, "reason": join.reason, "note": join.note}
        record([AuditEntry("joined", SUBJECT, survivor.id, join.brand_id, by, after=facts)], at=now)
        announce([MemberAbsorbed(join.brand_id, absorbed.id, survivor.id, join.id, now)], at=now)
    return done_of(join)


def undo_join(wanted: UndoWanted, *, by: UUID | None, now: datetime) -> JoinDone:
    """Make two members of one again: what the join moved goes back, what came later stays unless it is named in `take`.

    Twice gives the same answer. Refused: shared.not_found, member.joined_further, member.not_later, member.erased.
    """
    with transaction.atomic():
        named = MemberJoin.objects.filter(id=wanted.join_id).values_list("absorbed_id", "survivor_id").first()
        if named is None:
            raise NotFound(what="join")
        rows = lock_rows(named)
        join = MemberJoin.objects.get(id=wanted.join_id)
        if join.undone_at:
            return done_of(join)
        absorbed, survivor = rows[join.absorbed_id], rows[join.survivor_id]
        if survivor.joined_into_id:
            raise JoinedFurther()
        if absorbed.erased_at or survivor.erased_at:
            raise MemberGone()
        moved = {one.subject: one.row_ids for one in JoinMoved.objects.filter(join=join)}
        later = _later(join, moved, wanted.take)
        for mover in movers_in_order():
            ids = [*moved.get(mover.subject, ()), *later.get(mover.subject, ())]
            if ids:
                mover.moves.move_back(ids, absorbed.id, survivor.id, join_id=join.id, now=now)
        take_back(join.lent, absorbed=absorbed, survivor=survivor)
        _save(survivor, absorbed)
        Member.objects.filter(id__in=ids_below(absorbed.id)).exclude(id=absorbed.id).update(joined_into_id=absorbed.id)
        join.undone_at, join.undone_by, join.undone_reason = now, by, wanted.reason.strip()[:NOTE_MAX]
        join.save(update_fields=["undone_at", "undone_by", "undone_reason"])
        facts = {"separated": absorbed.number, "reason": join.undone_reason, "taken_along": len(wanted.take)}
        record([AuditEntry("join_undone", SUBJECT, survivor.id, join.brand_id, by, after=facts)], at=now)
        announce([MemberSeparated(join.brand_id, absorbed.id, survivor.id, join.id, now)], at=now)
    return done_of(join)


def bring_along(join_ids: Sequence[UUID], *, now: datetime) -> int:
    """Move what has come late in the name of absorbed members: from a request that was on its way while they were joined.

    It counts as moved by the join, and so goes back with it; the join is announced once more, so that whoever counts looks
    again. Gives how many rows moved. One transaction a join, in order.
    """
    count = 0
    for join_id in join_ids:
        with transaction.atomic():
            named = (
                MemberJoin.objects.filter(id=join_id, undone_at=None).values_list("absorbed_id", "survivor_id").first()
            )
            if named is None:
                continue
            lock_rows(named)
            join = MemberJoin.objects.filter(id=join_id, undone_at=None).first()
            moved = _move(join, now) if join else 0
            if join and moved:
                announce([MemberAbsorbed(join.brand_id, join.absorbed_id, join.survivor_id, join.id, now)], at=now)
            count += moved
    return count


def decided(first: Member, second: Member, *, chosen: Member | None) -> tuple[Member, Member]:
    """Give who stays and who is absorbed."""
    if chosen is None:
        stays = who_stays(_claim(first), _claim(second))
        chosen = first if stays.id == first.id else second
    return chosen, second if chosen.id == first.id else first


def _claim(member: Member) -> Claim:
    return Claim(member.id, bool(member.phone_index), member.account_id is not None, member.joined_at)


def lend(absorbed: Member, survivor: Member) -> dict[str, Any]:
    """Let the survivor take what it lacks, and give what it took. Changes the two in memory; the caller writes them."""
    lent: dict[str, Any] = {}
    absorbed.joined_into_id = survivor.id
    if absorbed.phone_index and not survivor.phone_index:
        lent["phone"] = bytes(absorbed.phone_index).hex()
        survivor.phone, survivor.phone_index = absorbed.phone, absorbed.phone_index
        absorbed.phone, absorbed.phone_index = "", None
    if absorbed.account_id and not survivor.account_id:
        lent["account"] = str(absorbed.account_id)
        survivor.account_id, absorbed.account_id = absorbed.account_id, None
    if absorbed.name and not survivor.name:
        lent["name"], survivor.name = True, absorbed.name
    if absorbed.home_store_id and not survivor.home_store_id:
        lent["home_store"], survivor.home_store_id = str(absorbed.home_store_id), absorbed.home_store_id
    return lent


def take_back(lent: Mapping[str, Any], *, absorbed: Member, survivor: Member) -> None:
    """Give back what was lent, unless it was changed since: then it is the survivor's own. Changes the two in memory."""
    absorbed.joined_into_id = None
    if "phone" in lent and survivor.phone_index and bytes(survivor.phone_index).hex() == lent["phone"]:
        absorbed.phone, absorbed.phone_index = survivor.phone, survivor.phone_index
        survivor.phone, survivor.phone_index = "", None
    if "account" in lent and str(survivor.account_id) == lent["account"]:
        absorbed.account_id, survivor.account_id = survivor.account_id, None
    if "name" in lent and survivor.name == absorbed.name:
        survivor.name = ""
    if "home_store" in lent and str(survivor.home_store_id) == lent["home_store"]:
        survivor.home_store_id = None


def _save(*members: Member) -> None:
    """Write members that lend and take: whoever lets go of a phone or an account comes first."""
    for member in members:
        member.save(update_fields=["joined_into_id", "phone", "phone_index", "account_id", "name", "home_store_id"])


def _move(join: MemberJoin, now: datetime) -> int:
    """Let every mover move, and keep the ids of what moved."""
    before = {one.subject: one for one in JoinMoved.objects.filter(join_id=join.id)}
    count = 0
    for mover in movers_in_order():
        ids = mover.moves.move(join.absorbed_id, join.survivor_id, join_id=join.id, now=now)
        if not ids:
            continue
        count += len(ids)
        kept = before.get(mover.subject) or JoinMoved(
            brand_id=join.brand_id, join_id=join.id, subject=mover.subject, row_ids=[]
        )
        kept.row_ids = list(dict.fromkeys([*kept.row_ids, *ids]))
        kept.save()
    return count


def _later(
    join: MemberJoin, moved: Mapping[str, Sequence[UUID]], take: Sequence[tuple[str, UUID]]
) -> dict[str, list[UUID]]:
    """Give what a person chose to go along, by subject. Refused: member.not_later when it is none of what came later."""
    chosen: dict[str, list[UUID]] = {}
    for subject, row_id in take:
        chosen.setdefault(subject, []).append(row_id)
    for subject, ids in chosen.items():
        mover = MOVERS.get(subject)
        there = mover.moves.made_later(join.survivor_id, moved.get(subject, ()), since=join.joined_at) if mover else []
        if set(ids) - {one.id for one in there}:
            raise NotLater(subject=subject)
    return chosen


def join_between(first_id: UUID, second_id: UUID) -> MemberJoin:
    """Give the newest standing join by which one of the two is no longer itself."""
    standing = MemberJoin.objects.filter(absorbed_id__in=(first_id, second_id), undone_at=None)
    join = standing.order_by("-joined_at").first()
    assert join is not None, "one of two different ids that are one member now was absorbed"
    return join


def done_of(join: MemberJoin) -> JoinDone:
    """Give a join as it is answered."""
    return JoinDone(join.id, join.absorbed_id, join.survivor_id, join.joined_at, join.undone_at)
