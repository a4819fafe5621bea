"""Pay principal out of wallets again: it goes back to the top-ups it came from, and the gift goes in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.wallet.actions.books import WalletKey, lock_wallet_accounts, write_entries
from sitong.member.wallet.actions.spend import WalletTooLow
from sitong.member.wallet.models import EntryKind, WalletEntry
from sitong.member.wallet.rules import gift_forfeited
from sitong.shared.errors import Refused, RepeatDiffers


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Principal of one top-up is paid out. The same id is the same withdrawal; `request_id` bundles those of one request."""

    id: UUID
    request_id: UUID
    top_up_id: UUID
    brand_id: UUID
    member_id: UUID
    principal_minor: int
    entity_id: UUID | None = None
    currency: str = "CNY"
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was paid out, and the gift that went with it."""

    id: UUID
    principal_minor: int
    gift_minor: int


def withdraw(wanted: Sequence[Withdrawal], *, now: datetime) -> list[Withdrawn | Refused]:
    """Pay principal out, in order of arrival. Of the gift the same share is forfeited as of the principal goes, rounded down.

    The caller gives the money back. Refused: member.wallet_too_low, shared.repeat_differs.
    """
    with transaction.atomic():
        keys = [WalletKey(one.brand_id, one.member_id, one.entity_id, one.currency) for one in wanted]
        locked = lock_wallet_accounts(keys, now=now)
        earlier = WalletEntry.objects.in_bulk([one.id for one in wanted])
        fresh: list[WalletEntry] = []
        fresh_keys: list[WalletKey] = []
        outcomes: list[Withdrawn | Refused] = []
        for one, key in zip(wanted, keys, strict=True):
            holds = locked.holds(key)
            if (before := earlier.get(one.id)) is not None:
                same = (before.kind, -before.principal_minor) == (EntryKind.WITHDRAW, one.principal_minor)
                outcomes.append(
                    Withdrawn(before.id, -before.principal_minor, -before.gift_minor)
                    if same
                    else RepeatDiffers(id=one.id)
                )
            elif not 0 < one.principal_minor <= holds.principal_minor:
                outcomes.append(WalletTooLow(wanted=one.principal_minor, holds=holds.principal_minor))
            else:
                gift = gift_forfeited(one.principal_minor, holds)
                earlier[one.id] = entry = WalletEntry(
                    id=one.id, brand_id=one.brand_id, member_id=one.member_id, kind=EntryKind.WITHDRAW,
                    principal_minor=-one.principal_minor, gift_minor=-gift, currency=one.currency, entity_id=one.entity_id,
                    document_id=one.request_id, of_id=one.top_up_id, by=one.by, at=now,
                )  # fmt: skip
                locked.add(key, -one.principal_minor, -gift)
                fresh.append(entry)
                fresh_keys.append(key)
                outcomes.append(Withdrawn(one.id, one.principal_minor, gift))
        write_entries(fresh, fresh_keys, locked=locked, now=now)
    return outcomes
