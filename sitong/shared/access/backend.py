"""How Django reads the account of a session back. Who may open one is decided by the sign-in actions, not here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from sitong.shared.access.models import Account
from sitong.shared.access.queries import account_by_id


class AccountBackend(BaseBackend):
    """Reads an account within the scope in force: an account of a brand that is not shown is nobody."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Sign nobody in: `authenticate()` knows no second factor, so no session may come of it."""

    def get_user(self, user_id: Any) -> Account | None:
        return account_by_id(user_id if isinstance(user_id, UUID) else UUID(str(user_id)))
