"""A member's phone is changed by staff, or proven by the member itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.joins import JoinWanted, MemberGone, join_two
from sitong.member.identity.actions.locks import lock_members_now
from sitong.member.identity.actions.members import PhoneMalformed, stand_in_line
from sitong.member.identity.events import changed
from sitong.member.identity.models import Member
from sitong.shared.access.actions.consumers import change_consumer_phone
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.masking import mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id


class PhoneOfAnother(Refused):
    """Another member has this phone. Are they one? Then join them."""

    code = "member.phone_of_another"


def change_phone(member_id: UUID, *, phone: str, by: UUID | None, now: datetime) -> Member:
    """Correct a member's phone; the account signs in by the new one from now on. The same phone changes nothing.

    Refused: member.phone_malformed, member.phone_of_another, member.erased, shared.not_found.
    """
    normal, index = _phone(phone)
    with transaction.atomic():
        member = _locked(member_id, index)
        other = Member.objects.filter(brand_id=member.brand_id, phone_index=index).exclude(id=member.id).first()
        if other and (other.joined_into_id or other.id) != member.id:
            raise PhoneOfAnother(number=other.number)
        if other is None:
            _change(member, normal, index, by, now)
    return member


def prove_phone(member_id: UUID, *, phone: str, by: UUID | None, now: datetime) -> Member:
    """Give a member the phone that it just proved to be its own; when another member has it, the two are joined.

    Refused: member.phone_malformed, member.erased, shared.not_found.
    """
    normal, index = _phone(phone)
    with transaction.atomic():
        member = _locked(member_id, index)
        other = Member.objects.filter(brand_id=member.brand_id, phone_index=index).exclude(id=member.id).first()
        if other is None:
            _change(member, normal, index, by, now)
            return member
        if (other.joined_into_id or other.id) != member.id:
            wanted = JoinWanted(new_id(), member.brand_id, member.id, other.id, reason="phone")
            member = Member.objects.get(id=join_two(wanted, by=by, now=now).survivor_id)
    return member


def _phone(phone: str) -> tuple[str, bytes]:
    normal = normal_phone(phone)
    if normal is None:
        raise PhoneMalformed()
    return normal, keyed_index(normal)


def _locked(member_id: UUID, index: bytes) -> Member:
    """Stand in line for the phone, then lock who the member is now."""
    brands = Member.objects.filter(id=member_id).values_list("brand_id", flat=True)
    stand_in_line([(brand_id, index) for brand_id in brands])
    member = lock_members_now([member_id])[member_id]
    if member.erased_at:
        raise MemberGone()
    return member


def _change(member: Member, normal: str, index: bytes, by: UUID | None, now: datetime) -> None:
    if member.phone_index and bytes(member.phone_index) == index:
        return
    before, member.phone, member.phone_index = member.phone, normal, index
    member.save(update_fields=["phone", "phone_index"])
    if member.account_id:
        change_consumer_phone(member.account_id, phone=normal)
    change = {"phone": mask_phone(before)}, {"phone": mask_phone(normal)}
    record([AuditEntry("phone_changed", "member.member", member.id, member.brand_id, by, *change)], at=now)
    announce(changed("keys", [(member.brand_id, member.id)]), at=now)
