"""Which members a change is about, locked: who they are now, in the order of their ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection, transaction

from sitong.member.identity.models import Member
from sitong.member.identity.queries import member_now
from sitong.shared.errors import NotFound, Refused

ATTEMPTS = 5
LOCK = "SELECT count(pg_advisory_xact_lock(n)) FROM (SELECT unnest(%s::bigint[]) AS n ORDER BY 1) AS sorted"


class MembersBusy(Refused):
    """These members were joined and separated again and again just now."""

    code = "member.busy"


class _JoinedMeanwhile(Exception):
    """Somebody else joined one of them while we waited for its row."""


def stand_in_line_for_keys(numbers: Collection[int]) -> None:
    """Let two who bring one key at once come one after the other, by advisory locks that end with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(numbers)])


def key_number(brand_id: UUID, kind: str, *, app: str, index: bytes) -> int:
    """Give the number of the advisory lock that stands for a key."""
    tail = hash_of(f"{kind}:{app}") ^ (brand_id.int & 0x7FFF_FFFF)
    return int.from_bytes(index[:8], "big", signed=True) ^ tail


def hash_of(text: str) -> int:
    """Give a number of 31 bits for a text, the same in every process."""
    number = 0
    for sign in text.encode():
        number = (number * 131 + sign) & 0x7FFF_FFFF
    return number


def lock_members_now(member_ids: Sequence[UUID]) -> dict[UUID, Member]:
    """Lock these members and those who they are now, and give for each id the member that it is now.

    One sorted SELECT. If one of them was joined into yet another while we waited, all locks are given back (the savepoint
    is rolled back) and taken again from the start, so that the order is never broken. Refused: shared.not_found, member.busy.
    """
    wanted = set(member_ids)
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _locked(wanted)
        except _JoinedMeanwhile:
            continue
    raise MembersBusy()


def lock_rows(member_ids: Collection[UUID]) -> dict[UUID, Member]:
    """Lock just these rows, sorted."""
    rows = Member.objects.select_for_update(no_key=True).filter(id__in=member_ids).order_by("id")
    return {row.id: row for row in rows}


def _locked(wanted: set[UUID]) -> dict[UUID, Member]:
    now = member_now(wanted)
    rows = lock_rows(wanted | set(now.values()))
    if wanted - set(rows):
        raise NotFound(what="member")
    for member_id in wanted:
        if (rows[member_id].joined_into_id or member_id) != now[member_id] or rows[now[member_id]].joined_into_id:
            raise _JoinedMeanwhile
    return {member_id: rows[now[member_id]] for member_id in wanted}
