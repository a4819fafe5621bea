"""What a member lacks is filled in from what is known otherwise, and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.locks import lock_members_now
from sitong.member.identity.actions.members import NAME_MAX, stand_in_line
from sitong.member.identity.models import Member
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.phones import normal_phone

FIELDS = ["name", "phone", "phone_index", "home_store_id"]
PIECE = 500


@dataclass(frozen=True, slots=True)
class Filling:
    """What a file or another system says of a member."""

    member_id: UUID
    name: str = ""
    phone: str = ""
    home_store_id: UUID | None = None


def fill_members(wanted: Sequence[Filling], *, now: datetime) -> list[list[str]]:  # noqa: ARG001
    """Give members what they lack: name, home store, and a phone that is nobody else's. What a member has stays.

    Gives for each which fields were filled. In order of arrival; the number of statements does not depend on theirs.
    Refused: shared.not_found.
    """
    with transaction.atomic():
        brands = dict(Member.objects.filter(id__in={one.member_id for one in wanted}).values_list("id", "brand_id"))
        phones = [normal_phone(one.phone) or "" if one.phone else "" for one in wanted]
        indexes = [keyed_index(phone) if phone else b"" for phone in phones]
        claimed = [(brands[one.member_id], index) for one, index in zip(wanted, indexes, strict=True) if index]
        stand_in_line(claimed)
        members = lock_members_now([one.member_id for one in wanted]) if wanted else {}
        taken = phones_taken(claimed)
        changed: dict[UUID, Member] = {}
        filled: list[list[str]] = []
        for one, phone, index in zip(wanted, phones, indexes, strict=True):
            member = members[one.member_id]
            got = [] if member.erased_at else _fill(member, one, phone, index, taken)
            if got:
                changed[member.id] = member
            filled.append(got)
        Member.objects.bulk_update(changed.values(), FIELDS, batch_size=PIECE)
    return filled


def unfill_members(wanted: Sequence[Filling], *, fields: Sequence[Sequence[str]], now: datetime) -> None:  # noqa: ARG001
    """Take out of members what was filled in, as far as it is still the same. `fields` names for each what was."""
    with transaction.atomic():
        members = lock_members_now([one.member_id for one in wanted]) if wanted else {}
        changed: dict[UUID, Member] = {}
        for one, names in zip(wanted, fields, strict=True):
            member = members[one.member_id]
            if "name" in names and member.name == one.name.strip()[:NAME_MAX]:
                member.name = ""
            if "phone" in names and member.phone == one.phone and not member.account_id:
                member.phone, member.phone_index = "", None
            if "home_store" in names and member.home_store_id == one.home_store_id:
                member.home_store_id = None
            changed[member.id] = member
        Member.objects.bulk_update(changed.values(), FIELDS, batch_size=PIECE)


def phones_taken(claimed: Sequence[tuple[UUID, bytes]]) -> set[tuple[UUID, bytes]]:
    """Give which of these phones (brand, index) are some member's."""
    rows = Member.objects.filter(
        brand_id__in={brand for brand, _ in claimed}, phone_index__in={key for _, key in claimed}
    )
    return {(brand, bytes(index or b"")) for brand, index in rows.values_list("brand_id", "phone_index")}


def _fill(member: Member, one: Filling, phone: str, index: bytes, taken: set[tuple[UUID, bytes]]) -> list[str]:
    got = []
    if one.name.strip() and not member.name:
        member.name = one.name.strip()[:NAME_MAX]
        got.append("name")
    if index and not member.phone_index and (member.brand_id, index) not in taken:
        member.phone, member.phone_index = phone, index
        taken.add((member.brand_id, index))
        got.append("phone")
    if one.home_store_id and not member.home_store_id:
        member.home_store_id = one.home_store_id
        got.append("home_store")
    return got
