"""Somebody leaves: the way in closes everywhere at once, and what was theirs goes to a colleague."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.org.staff.actions.changes import NotYourself
from sitong.org.staff.handing import registered
from sitong.org.staff.models import ClerkPin, Invite, Leaving, WechatBinding
from sitong.org.staff.queries import staff_changeable_by
from sitong.shared.access.actions import accounts, sessions
from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused


class SuccessorUnfit(Refused):
    """The successor must be another active account that you may change too."""

    code = "org.successor_unfit"


def let_go(account_id: UUID, *, successor_id: UUID | None, reason: str, by: Viewer, now: datetime) -> Leaving:
    """Disable an account, end its sessions, PIN and WeChat, take its open invitations back, and hand over what was its own.

    All or nothing; again for the same account gives the first leaving. Roles stay on the disabled account as a record.
    Refused: shared.not_found, org.not_yourself, org.successor_unfit, shared.last_owner, and what a word's hand-over refuses.
    """
    facts = staff_changeable_by(by, account_id)
    if facts is None:
        raise NotFound(what="account")
    if account_id == by.account_id:
        raise NotYourself()
    if successor_id is not None and not _fit(account_id, successor_id, by):
        raise SuccessorUnfit()
    with transaction.atomic():
        account = accounts.disable_account(account_id, by=by.account_id, now=now)
        if there := Leaving.objects.filter(account_id=account_id).first():
            return there
        handed = {kind: function(account_id, successor_id, now) for kind, function in registered().items()}
        open_invites = Invite.objects.filter(invited_by=account_id, accepted_at=None, revoked_at=None)
        handed["org.invites"] = open_invites.update(revoked_at=now, revoked_by=by.account_id)
        handed["shared.sessions"] = sessions.end_sessions(account_id)
        ClerkPin.objects.filter(account_id=account_id).delete()
        WechatBinding.objects.filter(account_id=account_id).delete()
        left = Leaving(  # type: ignore[misc]
            account_id=account_id, brand_id=account.brand_id, successor_id=successor_id, reason=reason.strip()[:200],
            handed=handed, by=by.account_id, at=now,
        )  # fmt: skip
        left.save(force_insert=True)
        after = {"successor": str(successor_id or ""), "handed": handed}
        record([AuditEntry("left", "shared.account", account_id, account.brand_id, by.account_id, after=after)], at=now)
    return left


def _fit(account_id: UUID, successor_id: UUID, by: Viewer) -> bool:
    if successor_id == by.account_id:
        return True
    facts = staff_changeable_by(by, successor_id) if successor_id != account_id else None
    return facts is not None and facts.is_active
