"""Pay into wallets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.wallet.actions.books import WalletKey, lock_wallet_accounts, write_entries
from sitong.member.wallet.models import EntryKind, WalletEntry
from sitong.member.wallet.queries import caps_of
from sitong.shared.errors import NotFound, Refused, RepeatDiffers


class WalletCapExceeded(Refused):
    """The wallet would hold more than the law and the brand's terms allow: facts cap, holds, wanted (minor units)."""

    code = "member.wallet_cap_exceeded"


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money that was paid in, and the gift that comes with it. `id` is the paid document's; the same id is the same top-up.

    `entity_id`: who owes it to the member.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    principal_minor: int
    gift_minor: int = 0
    entity_id: UUID | None = None
    currency: str = "CNY"
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """A top-up as it stands."""

    id: UUID
    principal_minor: int
    gift_minor: int


def top_up(wanted: Sequence[TopUp], *, now: datetime) -> list[ToppedUp | Refused]:
    """Pay into wallets, in order of arrival. The caller has the money.

    What a wallet holds afterwards, gift included, is within its cap: 5,000 yuan when the member is named by a phone, 1,000
    when not, or less by the brand's terms; this is decided under the wallet's lock. Refused: member.wallet_cap_exceeded,
    shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        caps = caps_of({one.member_id for one in wanted})
        known = [one for one in wanted if one.member_id in caps]
        locked = lock_wallet_accounts([_key(one) for one in known], now=now)
        earlier = WalletEntry.objects.in_bulk([one.id for one in wanted])
        fresh: list[WalletEntry] = []
        keys: list[WalletKey] = []
        outcomes: list[ToppedUp | Refused] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(_again(before, one))
            elif one.member_id not in caps or one.principal_minor <= 0 or one.gift_minor < 0:
                outcomes.append(NotFound(what="member"))
            elif (holds := locked.holds(_key(one)).total_minor) + one.principal_minor + one.gift_minor > caps[
                one.member_id
            ]:
                outcomes.append(
                    WalletCapExceeded(cap=caps[one.member_id], holds=holds, wanted=one.principal_minor + one.gift_minor)
                )
            else:
                entry = earlier[one.id] = WalletEntry(
                    id=one.id, brand_id=one.brand_id, member_id=one.member_id, kind=EntryKind.TOP_UP,
                    principal_minor=one.principal_minor, gift_minor=one.gift_minor, currency=one.currency,
                    entity_id=one.entity_id, document_id=one.id, by=one.by, at=now,
                )  # fmt: skip
                locked.add(_key(one), one.principal_minor, one.gift_minor)
                fresh.append(entry)
                keys.append(_key(one))
                outcomes.append(ToppedUp(one.id, one.principal_minor, one.gift_minor))
        write_entries(fresh, keys, locked=locked, now=now)
    return outcomes


def _again(before: WalletEntry, one: TopUp) -> ToppedUp | Refused:
    same = (before.kind, before.principal_minor, before.gift_minor) == (
        EntryKind.TOP_UP,
        one.principal_minor,
        one.gift_minor,
    )
    return ToppedUp(before.id, before.principal_minor, before.gift_minor) if same else RepeatDiffers(id=one.id)


def _key(one: TopUp) -> WalletKey:
    return WalletKey(one.brand_id, one.member_id, one.entity_id, one.currency)
