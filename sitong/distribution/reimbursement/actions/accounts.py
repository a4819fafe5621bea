"""The accounts of claims: what is due to somebody, and what somebody owes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sitong.shared.ledger.actions import AccountWanted, open_accounts

DUE = "distribution.claims_due"
"""What others owe the owner: its debits are claims, its credits what was paid or taken back."""
OWED = "distribution.claims_owed"
"""What the owner owes those below: its credits are claims, its debits what it paid or what was taken back."""

Key = tuple[UUID, UUID, str, str]
"""Brand, owner, currency, kind."""


def accounts_for(keys: Iterable[Key], *, now: datetime) -> dict[Key, UUID]:
    """Give the accounts, opening those that are missing. They have no limit: what was paid may be taken back afterwards."""
    wanted = sorted(set(keys))
    ids = open_accounts([AccountWanted(brand, owner, unit, kind) for brand, owner, unit, kind in wanted], now=now)
    return dict(zip(wanted, ids, strict=True))
