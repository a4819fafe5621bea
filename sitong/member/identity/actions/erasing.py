"""A member is forgotten: what says who it was goes, the books stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.actions.locks import MembersBusy, lock_members_now, lock_rows
from sitong.member.identity.events import MemberErased
from sitong.member.identity.giving import ERASERS
from sitong.member.identity.models import Member, MemberKey, MemberShare
from sitong.member.identity.queries import ids_of
from sitong.shared.access.actions.consumers import close_consumer_account
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.access.masking import mask_phone
from sitong.shared.events.actions import announce


def erase_member(member_id: UUID, *, by: UUID | None, reason: str, now: datetime) -> Mapping[str, int]:
    """Erase name, phone, keys, account and whatever other topics hold of the person, of those joined into it too.

    For good: nothing of it can be brought back. Orders and ledger stay under the number, which then names nobody; the
    proof of consents stays with the phone masked. Whoever comes with the phone again is a new member. A topic that must
    not let go yet (money in the wallet) refuses, and then nothing is erased. Gives how many rows went, by subject.
    Twice gives the same: nothing is left to go. Refused: shared.not_found, and what the erasers say.
    """
    with transaction.atomic():
        held = lock_members_now([member_id, *ids_of([member_id])])
        member = held[member_id]
        if member.erased_at:
            return {}
        ids = sorted(ids_of([member.id]))
        if not set(ids) <= {member_id, member.id, *held}:
            raise MembersBusy()
        rows = lock_rows(ids)
        gone = {subject: erase(ids, now=now) for subject, erase in sorted(ERASERS.items())}
        gone["keys"] = MemberKey.objects.filter(member_id__in=ids).delete()[0]
        gone["shares"] = MemberShare.objects.filter(member_id__in=ids).delete()[0]
        shown = mask_phone(member.phone)
        for row in rows.values():
            if row.account_id:
                close_consumer_account(row.account_id)
            row.name = row.phone = ""
            row.phone_index = row.account_id = None
            row.erased_at = now
        Member.objects.bulk_update(rows.values(), ["name", "phone", "phone_index", "account_id", "erased_at"])
        facts = {"phone": shown, "reason": reason.strip()[:200], **gone}
        record([AuditEntry("erased", "member.member", member.id, member.brand_id, by, before=facts)], at=now)
        announce([MemberErased(member.brand_id, one) for one in ids], at=now)
    return gone
