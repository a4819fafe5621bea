"""Staff hired, given roles, disabled by those who may, where they may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.org.staff.queries import may_give_all, staff_changeable_by
from sitong.shared.access.actions import accounts, factors
from sitong.shared.access.actions.accounts import StaffWanted
from sitong.shared.access.queries import AccountRow
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused


class NotYourself(Refused):
    """Nobody disables the own account or takes the own roles away."""

    code = "org.not_yourself"


def hire(wanted: StaffWanted, *, by: Viewer, now: datetime) -> AccountRow:
    """Create a staff account with roles that `by` may give at places in reach.

    Refused: shared.not_allowed, and what `create_staff` refuses.
    """
    if wanted.brand_id != by.brand_id or not may_give_all(by, wanted.system, wanted.places):
        raise NotAllowed(permission="staff.change")
    return accounts.create_staff(wanted, by=by.account_id, now=now)


def give_roles(account_id: UUID, places: Sequence[Place], *, by: Viewer, now: datetime) -> None:
    """Give an account these roles and no others. Refused: shared.not_found, shared.not_allowed, org.not_yourself, shared.last_owner."""
    system = _changeable(account_id, by)
    if not may_give_all(by, system, places):
        raise NotAllowed(permission="staff.change")
    accounts.set_roles(account_id, places, by=by.account_id, now=now)


def disable(account_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Close an account's way in. Refused: shared.not_found, org.not_yourself, shared.last_owner."""
    _changeable(account_id, by)
    accounts.disable_account(account_id, by=by.account_id, now=now)


def enable(account_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Open an account's way in again. Refused: shared.not_found, org.not_yourself."""
    _changeable(account_id, by)
    accounts.enable_account(account_id, by=by.account_id, now=now)


def reset_password(account_id: UUID, *, password: str, by: Viewer, now: datetime) -> None:
    """Set somebody's password. Refused: shared.not_found, org.not_yourself, shared.password_weak."""
    _changeable(account_id, by)
    accounts.set_password(account_id, password=password, by=by.account_id, now=now)


def clear_second_factor(account_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Take a lost second factor away; the next sign-in sets up a new one. Refused: shared.not_found, org.not_yourself."""
    _changeable(account_id, by)
    factors.clear_second_factor(account_id, by=by.account_id, now=now)


def _changeable(account_id: UUID, by: Viewer) -> str:
    """Give the account's system if `by` may change it."""
    facts = staff_changeable_by(by, account_id)
    if facts is None:
        raise NotFound()
    if account_id == by.account_id:
        raise NotYourself()
    return facts.system
