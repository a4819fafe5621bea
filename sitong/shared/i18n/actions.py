"""What the platform keeps about a person's language."""

from __future__ import annotations

from uuid import UUID

from sitong.shared.access.models import Account


def remember_language(account_id: UUID, language: str) -> None:
    """Keep the account's language, in which messages reach it and in which it sees pages on its next device."""
    Account.objects.filter(id=account_id).exclude(language=language).update(language=language)
