"""Many members turn out to be one with others at once, and many joins are undone at once: constant statements a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.joins import (
    NOTE_MAX,
    SUBJECT,
    JoinDone,
    JoinedFurther,
    JoinItself,
    JoinWanted,
    MemberGone,
    decided,
    done_of,
    join_between,
    lend,
    take_back,
)
from sitong.member.identity.actions.locks import lock_members_now, lock_rows
from sitong.member.identity.events import MemberAbsorbed, MemberSeparated
from sitong.member.identity.models import JoinMoved, Member, MemberJoin
from sitong.member.identity.moving import Going, movers_in_order
from sitong.member.identity.queries import ids_below, member_now
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids

LENT_FIELDS = ["phone", "phone_index", "account_id", "name", "home_store_id"]
PIECE = 500
STAND_ASIDE = """
UPDATE member_member AS m SET joined_into_id = g.survivor_id
FROM unnest(%s::uuid[], %s::uuid[]) AS g (absorbed_id, survivor_id)
WHERE m.id = g.absorbed_id OR m.joined_into_id = g.absorbed_id
"""
STAND_ALONE = "UPDATE member_member SET joined_into_id = NULL WHERE id = ANY(%s::uuid[])"


def join_many(wanted: Sequence[JoinWanted], *, by: UUID | None, now: datetime) -> list[JoinDone | Refused]:
    """Join many pairs of members in order of arrival, each as `join_two` does; one refused pair never touches the others.

    In one transaction. Pairs that share a member are done one round after the other; the number of statements depends on
    the rounds, not on the pairs. Refused: member.join_itself, member.erased, shared.not_found, shared.repeat_differs.
    """
    outcomes: dict[int, JoinDone | Refused] = {}
    with transaction.atomic():
        named = {id for one in wanted for id in (one.first_id, one.second_id)}
        members = lock_members_now(sorted(member_now(named)))
        earlier = MemberJoin.objects.in_bulk([one.id for one in wanted])
        waiting = list(range(len(wanted)))
        while waiting:
            touched: set[UUID] = set()
            later: list[int] = []
            fresh: list[tuple[MemberJoin, Member, Member]] = []
            for place in waiting:
                one = wanted[place]
                answer = _answered(one, members, earlier.get(one.id))
                if answer is not None:
                    outcomes[place] = answer
                elif touched & (two := {members[one.first_id].id, members[one.second_id].id}):
                    later.append(place)
                else:
                    touched |= two
                    fresh.append(_join(one, members, by, now))
                    outcomes[place] = done_of(fresh[-1][0])
                    earlier[one.id] = fresh[-1][0]
            if fresh:
                _write_joins(fresh, now)
                stays = {absorbed.id: survivor for _, absorbed, survivor in fresh}
                members = {id: stays.get(is_now.id, is_now) for id, is_now in members.items()}
            waiting = later
    return [outcomes[place] for place in range(len(wanted))]


def undo_many(join_ids: Sequence[UUID], *, reason: str, by: UUID | None, now: datetime) -> list[JoinDone | Refused]:
    """Undo many joins, the newest first, each as `undo_join` does; what came later stays with the one who stayed.

    In one transaction. Twice gives the same answers. Refused: shared.not_found, member.joined_further, member.erased.
    """
    outcomes: dict[UUID, JoinDone | Refused] = {}
    with transaction.atomic():
        joins = list(MemberJoin.objects.filter(id__in=join_ids).order_by("-joined_at", "-id"))
        rows = lock_rows({id for join in joins for id in (join.absorbed_id, join.survivor_id)})
        joins = list(MemberJoin.objects.filter(id__in=join_ids).order_by("-joined_at", "-id"))
        while joins:
            touched: set[UUID] = set()
            later: list[MemberJoin] = []
            undone: list[MemberJoin] = []
            for join in joins:
                if join.undone_at:
                    outcomes[join.id] = done_of(join)
                elif touched & (two := {join.absorbed_id, join.survivor_id}):
                    later.append(join)
                    touched |= two
                elif rows[join.survivor_id].joined_into_id:
                    outcomes[join.id] = JoinedFurther()
                elif rows[join.absorbed_id].erased_at or rows[join.survivor_id].erased_at:
                    outcomes[join.id] = MemberGone()
                else:
                    touched |= two
                    undone.append(join)
            if undone:
                _write_undone(undone, rows, reason.strip()[:NOTE_MAX], by, now)
                outcomes |= {join.id: done_of(join) for join in undone}
            joins = later
    return [outcomes.get(join_id) or NotFound(what="join") for join_id in join_ids]


def _answered(one: JoinWanted, members: Mapping[UUID, Member], earlier: MemberJoin | None) -> JoinDone | Refused | None:
    """Give what is to be said without joining anybody."""
    if one.first_id == one.second_id:
        return JoinItself()
    first, second = members.get(one.first_id), members.get(one.second_id)
    if first is None or second is None or {first.brand_id, second.brand_id} != {one.brand_id}:
        return NotFound(what="member")
    if earlier:
        differs = first.id != second.id and {first.id, second.id} != {earlier.survivor_id, earlier.absorbed_id}
        return RepeatDiffers(id=one.id) if differs else done_of(earlier)
    if first.id == second.id:
        standing = join_between(one.first_id, one.second_id)
        return done_of(standing)
    return MemberGone() if first.erased_at or second.erased_at else None


def _join(
    one: JoinWanted, members: Mapping[UUID, Member], by: UUID | None, now: datetime
) -> tuple[MemberJoin, Member, Member]:
    chosen = members.get(one.survivor_id) if one.survivor_id else None
    survivor, absorbed = decided(members[one.first_id], members[one.second_id], chosen=chosen)
    join = MemberJoin(
        id=one.id, brand_id=one.brand_id, absorbed=absorbed, survivor=survivor, reason=one.reason[:20],
        note=one.note.strip()[:NOTE_MAX], by=by, joined_at=now,
    )  # fmt: skip
    join.lent = lend(absorbed, survivor)
    return join, absorbed, survivor


def _write_joins(fresh: Sequence[tuple[MemberJoin, Member, Member]], now: datetime) -> None:
    """Write one round: members, joins, what the movers moved, the change log, the announcements."""
    run(STAND_ASIDE, [uuids([one.id for _, one, _ in fresh]), uuids([one.id for _, _, one in fresh])])
    lent = [(absorbed, survivor) for join, absorbed, survivor in fresh if join.lent]
    _write_lent([absorbed for absorbed, _ in lent], [survivor for _, survivor in lent])
    joins = [join for join, _, _ in fresh]
    MemberJoin.objects.bulk_create(joins, batch_size=2_000)
    goings = [Going(join.id, join.absorbed_id, join.survivor_id) for join in joins]
    moved: list[JoinMoved] = []
    brands = {join.id: join.brand_id for join in joins}
    for mover in movers_in_order():
        moved += [
            JoinMoved(
                brand_id=brands[join_id], join_id=join_id, subject=mover.subject, row_ids=list(dict.fromkeys(ids))
            )
            for join_id, ids in mover.moves.move_many(goings, now=now).items()
            if ids
        ]
    JoinMoved.objects.bulk_create(moved, batch_size=2_000)
    record([
        AuditEntry("joined", SUBJECT, join.survivor_id, join.brand_id, join.by,
                   after={"absorbed": absorbed.number, "reason": join.reason, "note": join.note})
        for join, absorbed, _ in fresh
    ], at=now)  # fmt: skip
    announce([MemberAbsorbed(one.brand_id, one.absorbed_id, one.survivor_id, one.id, now) for one in joins], at=now)


def _write_undone(
    joins: Sequence[MemberJoin], rows: Mapping[UUID, Member], reason: str, by: UUID | None, now: datetime
) -> None:
    """Write one round of joins that are undone."""
    moved: dict[str, dict[UUID, tuple[UUID, ...]]] = {}
    for one in JoinMoved.objects.filter(join__in=joins):
        moved.setdefault(one.subject, {})[one.join_id] = tuple(one.row_ids)
    for mover in movers_in_order():
        there = moved.get(mover.subject, {})
        goings = [Going(one.id, one.absorbed_id, one.survivor_id, there[one.id]) for one in joins if one.id in there]
        if goings:
            mover.moves.move_back_many(goings, now=now)
    lenders = []
    for join in joins:
        absorbed, survivor = rows[join.absorbed_id], rows[join.survivor_id]
        take_back(join.lent, absorbed=absorbed, survivor=survivor)
        if join.lent:
            lenders.append((absorbed, survivor))
        join.undone_at, join.undone_by, join.undone_reason = now, by, reason
    absorbed_ids = [join.absorbed_id for join in joins]
    run(STAND_ALONE, [uuids(absorbed_ids)])
    _write_lent([survivor for _, survivor in lenders], [absorbed for absorbed, _ in lenders])
    above = MemberJoin.objects.filter(survivor_id__in=absorbed_ids, undone_at=None).values_list(
        "survivor_id", flat=True
    )
    for member_id in sorted(set(above)):
        Member.objects.filter(id__in=ids_below(member_id)).exclude(id=member_id).update(joined_into_id=member_id)
    MemberJoin.objects.filter(id__in=[join.id for join in joins]).update(
        undone_at=now, undone_by=by, undone_reason=reason
    )
    record([
        AuditEntry("join_undone", SUBJECT, join.survivor_id, join.brand_id, by,
                   after={"separated": rows[join.absorbed_id].number, "reason": reason, "taken_along": 0})
        for join in joins
    ], at=now)  # fmt: skip
    announce([MemberSeparated(one.brand_id, one.absorbed_id, one.survivor_id, one.id, now) for one in joins], at=now)


def _write_lent(givers: Sequence[Member], takers: Sequence[Member]) -> None:
    """Write what was lent: whoever gives lets go first, since a phone and an account are one member's alone."""
    for members in (givers, takers):
        Member.objects.bulk_update(members, LENT_FIELDS, batch_size=PIECE)
