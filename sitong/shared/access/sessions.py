"""A person's way in through the pages: password first, then the second factor, then a session of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import login, logout
from django.http import HttpRequest

from sitong.shared.access.actions.sessions import note_session
from sitong.shared.access.gates import BACKEND, remember
from sitong.shared.access.models import Account
from sitong.shared.access.queries import account_by_id
from sitong.shared.access.scope import brands_shown

PENDING_KEY = "sitong_pending"
PENDING_HOLDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose password was right and whose second factor is still to come."""

    account: Account
    next: str


def hold_pending(request: HttpRequest, account: Account, *, next: str, now: datetime) -> None:
    """Remember for ten minutes that the password was right. Nothing opens by it."""
    request.session.cycle_key()
    request.session[PENDING_KEY] = {
        "account": str(account.id),
        "brand": str(account.brand_id),
        "next": next,
        "at": now.isoformat(),
    }


def pending_of(request: HttpRequest, *, now: datetime) -> Pending | None:
    """Give who is between password and second factor in this session; None when that is too long ago."""
    held: dict[str, Any] | None = request.session.get(PENDING_KEY)
    if not held or now - datetime.fromisoformat(held["at"]) > PENDING_HOLDS:
        return None
    with brands_shown([UUID(held["brand"])]):
        account = account_by_id(UUID(held["account"]))
    return Pending(account, held["next"]) if account else None


def enter(
    request: HttpRequest, account: Account, *, member_id: UUID | None = None, now: datetime, by_pin: bool = False
) -> None:
    """Open a session for an account that has proved all it must. The session gets a new key; an earlier one's content goes."""
    request.session.pop(PENDING_KEY, None)
    with brands_shown([account.brand_id] if account.brand_id else []):
        login(request, account, backend=BACKEND)
        remember(request.session, account, member_id=member_id, now=now, by_pin=by_pin)
        note_session(request)


def leave(request: HttpRequest) -> None:
    """End the session."""
    logout(request)


def signed_in_staff(request: HttpRequest) -> Account | None:
    """Give the account of the staff member whose session this is; None for strangers, consumers and tokens."""
    viewer = getattr(request, "viewer", None)
    if viewer is None or viewer.system == "consumer" or "Authorization" in request.headers:
        return None
    return request.user if isinstance(request.user, Account) else None
