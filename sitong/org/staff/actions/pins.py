"""PINs: a clerk takes over a till at which a colleague of the same store is signed in."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.org.staff.models import ClerkPin
from sitong.org.staff.queries import clerks_of, pin_proof
from sitong.org.staff.rules import pin_is_weak
from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.errors import NotAllowed, NotFound, NotSignedIn, Refused
from sitong.shared.statements import run

TRIES = 5
LOCKED_FOR = timedelta(minutes=10)

SET = """
INSERT INTO org_clerkpin (account_id, brand_id, proof, tries_left, locked_until, set_at) VALUES (%s, %s, %s, %s, NULL, %s)
ON CONFLICT (account_id) DO UPDATE SET proof = excluded.proof, tries_left = excluded.tries_left, locked_until = NULL, set_at = excluded.set_at
"""


class PinWeak(Refused):
    """A PIN has six digits, not all alike and not counting up or down."""

    code = "org.pin_weak"


class PinWrong(NotSignedIn):
    """This is not the clerk's PIN: fact tries_left."""

    code = "org.pin_wrong"


class PinLocked(NotSignedIn):
    """Too many wrong PINs: sign in with the password, or wait until `until`."""

    code = "org.pin_locked"


class PinMissing(NotSignedIn):
    """The clerk has set no PIN: sign in with the password and set one under the own account."""

    code = "org.pin_missing"


def set_pin(account_id: UUID, *, brand_id: UUID, pin: str, now: datetime) -> None:
    """Set one's own PIN; a lock of the one before ends. Refused: org.pin_weak."""
    if pin_is_weak(pin):
        raise PinWeak()
    with transaction.atomic():
        run(SET, [account_id, brand_id, pin_proof(account_id, pin), TRIES, now])
        record([AuditEntry("pin_set", "shared.account", account_id, brand_id, account_id)], at=now)


def remove_pin(account_id: UUID, *, brand_id: UUID, by: UUID, now: datetime) -> None:
    """Take a PIN away; none is no error."""
    with transaction.atomic():
        if ClerkPin.objects.filter(account_id=account_id).delete()[0]:
            record([AuditEntry("pin_removed", "shared.account", account_id, brand_id, by)], at=now)


def prove_pin(account_id: UUID, *, store_id: UUID, pin: str, now: datetime) -> UUID:
    """Give the account if the PIN is the clerk's and the clerk works in the store where the till stands.

    Five wrong ones lock it for ten minutes, and that is kept whatever else fails. Refused: shared.not_allowed (not of this
    store), org.pin_missing, org.pin_wrong, org.pin_locked.
    """
    if account_id not in {clerk.id for clerk in clerks_of(store_id)}:
        raise NotAllowed(permission="till.sell")
    with transaction.atomic():
        kept = ClerkPin.objects.select_for_update(no_key=True).filter(account_id=account_id).first()
        if kept is None:
            raise PinMissing()
        if kept.locked_until and kept.locked_until > now:
            raise PinLocked(until=kept.locked_until.isoformat())
        right = hmac.compare_digest(bytes(kept.proof), pin_proof(account_id, pin))
        tries = TRIES if kept.locked_until else kept.tries_left  # the lock is over: all tries again
        kept.tries_left = TRIES if right else tries - 1
        kept.locked_until = None if right or kept.tries_left else now + LOCKED_FOR
        kept.save(update_fields=["tries_left", "locked_until"])
        if kept.locked_until:
            record([AuditEntry("pin_locked", "shared.account", account_id, kept.brand_id, None)], at=now)
    if kept.locked_until:
        raise PinLocked(until=kept.locked_until.isoformat())
    if not right:
        raise PinWrong(tries_left=kept.tries_left)
    return account_id


def clear_pin_lock(account_id: UUID, *, by: UUID, now: datetime) -> None:
    """End the lock of a PIN. Refused: shared.not_found."""
    with transaction.atomic():
        kept = ClerkPin.objects.select_for_update(no_key=True).filter(account_id=account_id).first()
        if kept is None:
            raise NotFound(what="PIN")
        kept.tries_left, kept.locked_until = TRIES, None
        kept.save(update_fields=["tries_left", "locked_until"])
        record([AuditEntry("pin_unlocked", "shared.account", account_id, kept.brand_id, by)], at=now)
