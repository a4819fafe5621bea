"""Invite staff by a link: who opens it makes an own account with the roles that were meant for it, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.org.staff.models import Invite
from sitong.org.staff.queries import invites_visible_to, may_give_all, proof_of
from sitong.shared.access.actions.accounts import StaffWanted, create_staff
from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.access.queries import AccountRow
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id

HOLDS = timedelta(days=7)


class InviteUsed(Refused):
    """Somebody has made an account by this link before."""

    code = "org.invite_used"


class InviteOver(Refused):
    """The link was taken back, or its time is over."""

    code = "org.invite_over"


@dataclass(frozen=True, slots=True)
class InviteWanted:
    """An invitation. The id is the caller's: sent again, it gets the first answer (and a new link)."""

    id: UUID
    brand_id: UUID
    system: str
    places: tuple[Place, ...]
    name: str = ""


def invite(wanted: InviteWanted, *, by: Viewer, now: datetime) -> tuple[Invite, str]:
    """Open an invitation and give it with the secret of its link, which nobody can read again later.

    The same id with the same content while it is open gives a fresh link; the one before stops working. Refused:
    shared.not_allowed, shared.repeat_differs, org.invite_used, org.invite_over.
    """
    if wanted.brand_id != by.brand_id or not wanted.places or not may_give_all(by, wanted.system, wanted.places):
        raise NotAllowed(permission="staff.change")
    secret = secrets.token_urlsafe(24)
    places = [[place.kind, str(place.id), place.role] for place in wanted.places]
    with transaction.atomic():
        there = Invite.objects.select_for_update(no_key=True).filter(id=wanted.id).first()
        if there is None:
            there = Invite(
                id=wanted.id, brand_id=wanted.brand_id, system=wanted.system, places=places, name=wanted.name[:100],
                proof=proof_of(secret), invited_by=by.account_id, invited_at=now, expires_at=now + HOLDS,
            )  # fmt: skip
            there.save(force_insert=True)
            after = {"system": wanted.system, "roles": [f"{place.role} @ {place.kind}" for place in wanted.places]}
            record([AuditEntry("invited", "org.invite", there.id, there.brand_id, by.account_id, after=after)], at=now)
            return there, secret
        if (there.brand_id, there.system, there.places) != (wanted.brand_id, wanted.system, places):
            raise RepeatDiffers(id=wanted.id)
        refuse_closed(there, now=now)
        there.proof = proof_of(secret)
        there.save(update_fields=["proof"])
    return there, secret


def revoke_invite(invite_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Take an open invitation back; one that is over already stays as it is. Refused: shared.not_found, org.invite_used."""
    with transaction.atomic():
        there = invites_visible_to(by).select_for_update(no_key=True).filter(id=invite_id).first()
        if there is None:
            raise NotFound(what="invitation")
        if there.accepted_at:
            raise InviteUsed()
        if there.revoked_at is None:
            there.revoked_at, there.revoked_by = now, by.account_id
            there.save(update_fields=["revoked_at", "revoked_by"])
            record([AuditEntry("invite_revoked", "org.invite", there.id, there.brand_id, by.account_id)], at=now)


def accept_invite(secret: str, *, username: str, password: str, name: str, phone: str, now: datetime) -> AccountRow:
    """Make the account of whoever holds the link, with its roles, and close the link. The caller shows the invitation's brand.

    Refused: shared.not_found, org.invite_used, org.invite_over, and what `create_staff` refuses: then the link stays open.
    """
    with transaction.atomic():
        there = Invite.objects.select_for_update(no_key=True).filter(proof=proof_of(secret)).first()
        if there is None:
            raise NotFound(what="invitation")
        refuse_closed(there, now=now)
        places = tuple(Place(kind, UUID(place_id), role) for kind, place_id, role in there.places)
        wanted = StaffWanted(
            new_id(), there.brand_id, there.system, username, places, name=name or there.name, phone=phone, password=password
        )  # fmt: skip
        account = create_staff(wanted, by=there.invited_by, now=now)
        there.accepted_at, there.account_id = now, account.id
        there.save(update_fields=["accepted_at", "account_id"])
        record([AuditEntry("invite_accepted", "org.invite", there.id, there.brand_id, account.id)], at=now)
    return account


def refuse_closed(there: Invite, *, now: datetime) -> None:
    """Refuse an invitation that can be accepted no more."""
    if there.accepted_at:
        raise InviteUsed()
    if there.revoked_at or there.expires_at <= now:
        raise InviteOver()
