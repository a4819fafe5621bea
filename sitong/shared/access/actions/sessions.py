"""Sessions of pages: kept by allauth's usersessions, seen by their owner, ended by the owner or by who manages the staff."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.http import HttpRequest


def note_session(request: HttpRequest) -> None:
    """Keep that somebody is signed in from here: at sign-in, and every few minutes while it is used."""
    UserSession.objects.create_from_request(request)


def end_sessions(account_id: UUID, *, but: str = "", only: Collection[int] | None = None) -> int:
    """End an account's sessions, all but the one with the key `but`, or only those with these ids. Gives how many ended."""
    found = UserSession.objects.filter(user_id=account_id).exclude(session_key=but)
    if only is not None:
        found = found.filter(id__in=only)
    ended = 0
    for session in found:
        session.end()
        ended += 1
    return ended
