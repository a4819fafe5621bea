"""Move a wallet's entries from one member to another, and the money with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.wallet.models import EntryKind, WalletEntry
from sitong.member.wallet.queries import GIFT, PRINCIPAL
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, lock_accounts, open_accounts, post_transfers

PARTS = ((PRINCIPAL, "principal_minor"), (GIFT, "gift_minor"))


def move_entries(from_id: UUID, to_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
    """Give all entries of one member to another and give their ids. What they add up to goes along on the ledger."""
    with transaction.atomic():
        _lock([from_id, to_id], now=now)
        rows = list(WalletEntry.objects.filter(member_id=from_id))
        _move(rows, from_id, to_id, join_id=join_id, now=now)
        return [row.id for row in rows]


def move_entries_back(row_ids: Sequence[UUID], to_id: UUID, *, from_id: UUID, join_id: UUID, now: datetime) -> None:
    """Give entries back to the member `to_id` whose they were, with what they add up to.

    When the other has spent of it meanwhile, as much goes back as is there. The rest is written down as an entry of both
    (`stayed`): it stays with whoever spent it, and a person who wants it otherwise chooses that spending, too.
    """
    with transaction.atomic():
        _lock([from_id, to_id], now=now)
        rows = list(WalletEntry.objects.filter(id__in=list(row_ids), member_id=from_id))
        _move(rows, from_id, to_id, join_id=join_id, now=now)


def _move(rows: Sequence[WalletEntry], from_id: UUID, to_id: UUID, *, join_id: UUID, now: datetime) -> None:
    """Change the rows' member; transfer what they add up to, as far as it is there, and write down what is not."""
    for brand_id, currency in sorted({(row.brand_id, row.currency) for row in rows}):
        short = {}
        for kind, column in PARTS:
            of = [row for row in rows if (row.brand_id, row.currency) == (brand_id, currency)]
            minor = sum(getattr(row, column) for row in of)
            moved = _transfer(brand_id, currency, kind, from_id, to_id, minor, join_id=join_id, now=now)
            short[column] = minor - moved
        if any(short.values()):
            stayed = {
                "kind": EntryKind.STAYED,
                "brand_id": brand_id,
                "currency": currency,
                "document_id": join_id,
                "at": now,
            }
            WalletEntry.objects.bulk_create([
                WalletEntry(id=new_id(), member_id=to_id, **{column: -minor for column, minor in short.items()}, **stayed),
                WalletEntry(id=new_id(), member_id=from_id, **short, **stayed),
            ])  # fmt: skip
    WalletEntry.objects.filter(id__in=[row.id for row in rows]).update(member_id=to_id)


def _transfer(
    brand_id: UUID, currency: str, kind: str, from_id: UUID, to_id: UUID, minor: int, *, join_id: UUID, now: datetime
) -> int:
    """Move an amount (negative: the other way) as far as it is there; give what moved, with its sign."""
    if not minor:
        return 0
    debtor, creditor = (from_id, to_id) if minor > 0 else (to_id, from_id)
    debit, credit = open_accounts(
        [AccountWanted(brand_id, owner, currency, kind, "debits") for owner in (debtor, creditor)], now=now
    )
    wanted = TransferWanted(new_id(), debit, credit, abs(minor), "wallet.join", document_id=join_id, at_most=True)
    (posted,) = post_transfers([wanted], now=now)
    if isinstance(posted, Refused):
        return 0
    return posted.amount if minor > 0 else -posted.amount


def _lock(member_ids: Sequence[UUID], *, now: datetime) -> None:
    """Lock all wallet accounts of both members, in one pass."""
    found = {
        (row.brand_id, row.currency)
        for row in WalletEntry.objects.filter(member_id__in=member_ids).only("brand_id", "currency")
    }
    wanted = [
        AccountWanted(brand_id, owner, currency, kind, "debits")
        for brand_id, currency in sorted(found) for owner in member_ids for kind, _ in PARTS
    ]  # fmt: skip
    lock_accounts(open_accounts(wanted, now=now))
