"""Between wallets and the ledger: which accounts a wallet has, their locks, and the two transfers of every entry.

Wallets are locked last: whoever also touches coupons, points or stock has done so before (docs/locking.md), since the
entities' accounts are shared by all of their customers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from sitong.member.wallet.models import WalletEntry
from sitong.member.wallet.queries import GIFT, GIVEN, HELD, PRINCIPAL
from sitong.member.wallet.rules import WalletNow
from sitong.shared.errors import Refused
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, lock_accounts, open_accounts, post_transfers


class WalletKey(NamedTuple):
    """Whose wallet, and with which entity it has business (none: the brand itself)."""

    brand_id: UUID
    member_id: UUID
    entity_id: UUID | None
    currency: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The four ledger accounts between a member and an entity."""

    principal: UUID
    gift: UUID
    held: UUID
    given: UUID


class LockedWallets:
    """Wallets whose accounts are locked until the transaction ends; what they hold follows what the batch has decided."""

    def __init__(self, accounts: dict[WalletKey, Accounts], now: dict[UUID, WalletNow]) -> None:
        self._accounts, self._now = accounts, now

    def accounts(self, key: WalletKey) -> Accounts:
        return self._accounts[key]

    def holds(self, key: WalletKey) -> WalletNow:
        return self._now[self._accounts[key].principal]

    def add(self, key: WalletKey, principal_minor: int, gift_minor: int) -> None:
        account, was = self._accounts[key].principal, self.holds(key)
        self._now[account] = WalletNow(was.principal_minor + principal_minor, was.gift_minor + gift_minor)


def lock_wallet_accounts(keys: Collection[WalletKey], *, now: datetime) -> LockedWallets:
    """Open what is missing and lock all accounts of these wallets in one sorted pass. Four statements, whatever the number."""
    ordered = sorted(set(keys), key=lambda key: (key.member_id, str(key.entity_id), key.currency))
    wanted = [account for key in ordered for account in _accounts_wanted(key)]
    ids = open_accounts(wanted, now=now)
    accounts = {key: Accounts(*ids[4 * at : 4 * at + 4]) for at, key in enumerate(ordered)}
    locked = lock_accounts(ids)
    holds = {
        one.principal: WalletNow(
            locked[one.principal].may_be_debited or 0,
            locked[one.gift].may_be_debited or 0,
        )
        for one in accounts.values()
    }
    return LockedWallets(accounts, holds)


def write_entries(
    entries: Sequence[WalletEntry], keys: Sequence[WalletKey], *, locked: LockedWallets, now: datetime
) -> None:
    """Write entries and move their money on the ledger. The caller has locked the wallets and found them high enough."""
    if not entries:
        return
    transfers = [
        one for entry, key in zip(entries, keys, strict=True) for one in _transfers(entry, locked.accounts(key))
    ]
    for outcome in post_transfers(transfers, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the ledger refuses what the wallet has decided: {outcome}")
    WalletEntry.objects.bulk_create(entries)


def transfer_id(entry_id: UUID, part: str) -> UUID:
    """Give the id of the transfer that moves one part ("principal" or "gift") of an entry."""
    return uuid5(entry_id, part)


def _accounts_wanted(key: WalletKey) -> Iterable[AccountWanted]:
    side = key.entity_id or key.brand_id
    yield AccountWanted(key.brand_id, key.member_id, key.currency, PRINCIPAL, "debits")
    yield AccountWanted(key.brand_id, key.member_id, key.currency, GIFT, "debits")
    yield AccountWanted(key.brand_id, side, key.currency, HELD)
    yield AccountWanted(key.brand_id, side, key.currency, GIVEN)


def _transfers(entry: WalletEntry, accounts: Accounts) -> Iterable[TransferWanted]:
    parts = (
        ("principal", accounts.principal, accounts.held, entry.principal_minor),
        ("gift", accounts.gift, accounts.given, entry.gift_minor),
    )
    for part, member, side, minor in parts:
        if minor:
            debit, credit = (side, member) if minor > 0 else (member, side)
            yield TransferWanted(
                transfer_id(entry.id, part), debit, credit, abs(minor), f"wallet.{entry.kind}",
                document_id=entry.document_id, by=entry.by,
            )  # fmt: skip
