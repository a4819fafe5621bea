"""Members join, are bound to their account, and change what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.member.identity.events import MemberJoined, changed
from sitong.member.identity.models import Member
from sitong.member.identity.rules import member_number
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.masking import mask_name, mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

NAME_MAX = 60
UNKNOWN_SOURCE = "unknown"
"""By which entry a member came of whom nobody said it: every member has a source (M9)."""
PHONES_LOCKED_MAX = 500
LOCK = "SELECT count(pg_advisory_xact_lock(n)) FROM (SELECT unnest(%s::bigint[]) AS n ORDER BY 1) AS sorted"
LOCK_SHARED = LOCK.replace("xact_lock", "xact_lock_shared")


class PhoneMalformed(Refused):
    """This cannot be a phone number."""

    code = "member.phone_malformed"


class AccountTaken(Refused):
    """The account, or the member, is bound to another one already."""

    code = "member.account_taken"


@dataclass(frozen=True, slots=True)
class MemberWanted:
    """Somebody who joins. The id is the caller's: sent again, it gets the first answer.

    Who is known by phone in the brand already is not joined twice: the member that stands there is given.
    """

    id: UUID
    brand_id: UUID
    phone: str = ""
    name: str = ""
    source: str = ""
    home_store_id: UUID | None = None
    account_id: UUID | None = None


def join_members(wanted: Sequence[MemberWanted], *, now: datetime) -> list[Member | Refused]:
    """Join members in order of arrival, each whole or refused whole; one statement a table, whatever the number.

    Who turns out to be a member that was joined into another gets that other.

    The phone is a certain key: a second joining with it gives the first member, and binds the account if it has none.
    Refused: member.phone_malformed, member.account_taken, shared.repeat_differs.
    """
    phones = [normal_phone(one.phone) if one.phone else "" for one in wanted]
    indexes = [keyed_index(phone) if phone else None for phone in phones]
    with transaction.atomic():
        stand_in_line([(one.brand_id, index) for one, index in zip(wanted, indexes, strict=True) if index])
        by_id, by_phone, by_account = _members_there(wanted, indexes)
        outcomes: list[Member | Refused] = []
        fresh: list[Member] = []
        bound: list[Member] = []
        for one, phone, index in zip(wanted, phones, indexes, strict=True):
            if phone is None:
                outcomes.append(PhoneMalformed())
                continue
            member = by_id.get(one.id)
            if member and (member.brand_id, member.phone) != (one.brand_id, phone):
                outcomes.append(RepeatDiffers(id=one.id))
                continue
            member = member or (by_phone.get((one.brand_id, index)) if index else None)
            member = member or (by_account.get(one.account_id) if one.account_id else None)
            if member is None:
                member = _member(one, phone, index, now)
                fresh.append(member)
            elif one.account_id and member.account_id is None and one.account_id not in by_account:
                member.account_id = one.account_id
                if member not in fresh:
                    bound.append(member)
            elif (
                one.account_id
                and member.account_id != one.account_id
                and not _same(member, by_account.get(one.account_id))
            ):
                outcomes.append(AccountTaken())
                continue
            by_id[member.id] = by_id[one.id] = member
            if index:
                by_phone[(one.brand_id, index)] = member
            if member.account_id:
                by_account[member.account_id] = member
            outcomes.append(member)
        Member.objects.bulk_create(fresh, batch_size=5_000)
        Member.objects.bulk_update(bound, ["account_id"], batch_size=5_000)
        outcomes = _as_they_are_now(outcomes)
        announce([MemberJoined(one.brand_id, one.id, one.source, one.home_store_id) for one in fresh], at=now)
        announce(changed("account", ((one.brand_id, one.id) for one in bound)), at=now)
    return outcomes


def rename_member(member_id: UUID, *, name: str, by: UUID | None, now: datetime) -> Member:
    """Change what a member is called. Refused: shared.not_found (also one that was erased)."""
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).filter(id=member_id, erased_at=None).first()
        if member is None:
            raise NotFound()
        before, member.name = member.name, name.strip()[:NAME_MAX]
        if before != member.name:
            member.save(update_fields=["name"])
            change = {"name": mask_name(before)}, {"name": mask_name(member.name)}
            record([AuditEntry("renamed", "member.member", member.id, member.brand_id, by, *change)], at=now)
    return member


def reveal_member(member_id: UUID, *, by: UUID, now: datetime) -> Mapping[str, str]:
    """Show name and phone of a member in clear, and leave who looked. Refused: shared.not_found.

    The caller has checked `member.reveal`.
    """
    with transaction.atomic():
        member = Member.objects.filter(id=member_id).first()
        if member is None:
            raise NotFound()
        shown = {"name": mask_name(member.name), "phone": mask_phone(member.phone)}
        record([AuditEntry("revealed", "member.member", member.id, member.brand_id, by, after=shown)], at=now)
    return {"name": member.name, "phone": member.phone}


def note_exported(member_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Leave in the change log that somebody took all that is kept of a member. Refused: shared.not_found."""
    with transaction.atomic():
        member = Member.objects.filter(id=member_id).first()
        if member is None:
            raise NotFound()
        record([AuditEntry("exported", "member.member", member.id, member.brand_id, by)], at=now)


def stand_in_line(keys: Sequence[tuple[UUID, bytes]]) -> None:
    """Let two joinings of one phone at once come one after the other, by advisory locks that end with the transaction.

    A call of ordinary size shares its brand's lock and takes one for each phone, in order; a large import takes the
    brand's lock alone, since the server's table of locks is small.
    """
    phones = sorted(
        {int.from_bytes(index[:8], "big", signed=True) ^ (brand.int & 0x7FFF_FFFF) for brand, index in keys}
    )
    brands = sorted({(brand.int & 0x7FFF_FFFF_FFFF_FFFF) for brand, _ in keys})
    few = len(phones) <= PHONES_LOCKED_MAX
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED if few else LOCK, [brands])
        cursor.execute(LOCK, [phones if few else []])


def _same(member: Member, other: Member | None) -> bool:
    """Tell whether two rows are one member now."""
    return other is not None and (member.joined_into_id or member.id) == (other.joined_into_id or other.id)


def _as_they_are_now(outcomes: Sequence[Member | Refused]) -> list[Member | Refused]:
    """Put those who stayed in the place of those who were joined into them."""
    absorbed = [one.joined_into_id for one in outcomes if isinstance(one, Member) and one.joined_into_id]
    stayed = Member.objects.in_bulk(absorbed) if absorbed else {}
    return [
        stayed.get(one.joined_into_id, one) if isinstance(one, Member) and one.joined_into_id else one
        for one in outcomes
    ]


def _members_there(
    wanted: Sequence[MemberWanted], indexes: Sequence[bytes | None]
) -> tuple[dict[UUID, Member], dict[tuple[UUID, bytes], Member], dict[UUID, Member]]:
    """Read the members that stand there already: by id, by brand and phone, by account."""
    by_id = Member.objects.in_bulk([one.id for one in wanted])
    same_phone = Member.objects.filter(
        brand_id__in={one.brand_id for one in wanted}, phone_index__in=[index for index in indexes if index]
    )
    by_phone = {
        (member.brand_id, bytes(member.phone_index or b"")): member
        for member in same_phone.select_for_update(no_key=True).order_by("id")
    }
    same_account = Member.objects.filter(account_id__in=[one.account_id for one in wanted if one.account_id])
    return by_id, by_phone, {member.account_id: member for member in same_account if member.account_id}


def _member(one: MemberWanted, phone: str, index: bytes | None, now: datetime) -> Member:
    return Member(
        id=one.id, brand_id=one.brand_id, account_id=one.account_id, number=member_number(one.id), name=one.name.strip()[:NAME_MAX],
        phone=phone, phone_index=index, source=one.source[:40] or UNKNOWN_SOURCE, home_store_id=one.home_store_id, joined_at=now,
    )  # fmt: skip
