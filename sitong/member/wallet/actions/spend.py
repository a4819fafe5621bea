"""Spend from wallets, and give back what was spent, to the same parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from sitong.member.wallet.actions.books import WalletKey, lock_wallet_accounts, write_entries
from sitong.member.wallet.models import EntryKind, WalletEntry
from sitong.member.wallet.rules import WalletNow, parts_of_return, parts_of_spending
from sitong.shared.errors import NotFound, Refused, RepeatDiffers


class WalletTooLow(Refused):
    """The wallet holds less than is to be paid with it: facts wanted, holds (minor units)."""

    code = "member.wallet_too_low"


class WalletGiveBackTooHigh(Refused):
    """More would go back to the wallet than was spent and has not gone back: facts wanted, left (minor units)."""

    code = "member.wallet_give_back_too_high"


@dataclass(frozen=True, slots=True)
class WalletPayment:
    """A document is paid from a member's wallet. `id` is the payment's; the same id is the same payment.

    `entity_id`: who sells, and so has the money from the wallet to claim.
    """

    id: UUID
    document_id: UUID
    brand_id: UUID
    member_id: UUID
    amount_minor: int
    by: UUID | None = None
    entity_id: UUID | None = None
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class WalletPaid:
    """What a payment took of each part."""

    id: UUID
    principal_minor: int
    gift_minor: int


@dataclass(frozen=True, slots=True)
class WalletGiveBack:
    """Money of one wallet payment goes back to the wallet. The same id is the same return."""

    id: UUID
    payment_id: UUID
    amount_minor: int
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class WalletGaveBack:
    """What came back to each part."""

    id: UUID
    principal_minor: int
    gift_minor: int


def pay_from_wallets(wanted: Sequence[WalletPayment], *, now: datetime) -> list[WalletPaid | Refused]:
    """Pay documents from wallets, in order of arrival: principal and gift in proportion to what is there.

    Refused: member.wallet_too_low, shared.repeat_differs. Locks the wallets' and the entities' accounts in one pass.
    """
    with transaction.atomic():
        locked = lock_wallet_accounts([_key(one) for one in wanted], now=now)
        earlier = WalletEntry.objects.in_bulk([one.id for one in wanted])
        fresh: list[WalletEntry] = []
        keys: list[WalletKey] = []
        outcomes: list[WalletPaid | Refused] = []
        for one in wanted:
            holds = locked.holds(_key(one))
            if (before := earlier.get(one.id)) is not None:
                same = (before.kind, before.document_id, -before.principal_minor - before.gift_minor) == (
                    EntryKind.SPEND, one.document_id, one.amount_minor,
                )  # fmt: skip
                outcomes.append(
                    WalletPaid(before.id, -before.principal_minor, -before.gift_minor)
                    if same
                    else RepeatDiffers(id=one.id)
                )
            elif not 0 < one.amount_minor <= holds.total_minor:
                outcomes.append(WalletTooLow(wanted=one.amount_minor, holds=holds.total_minor))
            else:
                parts = parts_of_spending(one.amount_minor, holds)
                earlier[one.id] = entry = _spending(one, parts, now)
                locked.add(_key(one), -parts.principal_minor, -parts.gift_minor)
                fresh.append(entry)
                keys.append(_key(one))
                outcomes.append(WalletPaid(one.id, parts.principal_minor, parts.gift_minor))
        write_entries(fresh, keys, locked=locked, now=now)
    return outcomes


def give_back_to_wallets(wanted: Sequence[WalletGiveBack], *, now: datetime) -> list[WalletGaveBack | Refused]:
    """Give money back to the wallets it came from, to the same parts: exactly what went out once all of it is back.

    It may lift a wallet above its cap, since nothing is paid in. Refused: shared.not_found,
    member.wallet_give_back_too_high, shared.repeat_differs.
    """
    with transaction.atomic():
        spendings = _spendings({one.payment_id for one in wanted})
        locked = lock_wallet_accounts([_key_of(row) for row in spendings.values()], now=now)
        now_there = _spendings(spendings)
        if any(now_there[key].member_id != row.member_id for key, row in spendings.items()):
            spendings = now_there  # the members were joined while we waited: lock where the money is now
            locked = lock_wallet_accounts([_key_of(row) for row in spendings.values()], now=now)
        earlier = WalletEntry.objects.in_bulk([one.id for one in wanted])
        returned = _returned(spendings)
        fresh: list[WalletEntry] = []
        outcomes: list[WalletGaveBack | Refused] = []
        for one in wanted:
            outcome = _give_back(one, spendings.get(one.payment_id), returned, earlier, fresh, now)
            outcomes.append(outcome)
        write_entries(fresh, [_key_of(spendings[row.of_id]) for row in fresh if row.of_id], locked=locked, now=now)
    return outcomes


def _give_back(
    one: WalletGiveBack,
    spending: WalletEntry | None,
    returned: dict[UUID, WalletNow],
    earlier: dict[UUID, WalletEntry],
    fresh: list[WalletEntry],
    now: datetime,
) -> WalletGaveBack | Refused:
    if spending is None:
        return NotFound(what="payment")
    if (before := earlier.get(one.id)) is not None:
        same = (before.of_id, before.principal_minor + before.gift_minor) == (one.payment_id, one.amount_minor)
        return (
            WalletGaveBack(before.id, before.principal_minor, before.gift_minor) if same else RepeatDiffers(id=one.id)
        )
    spent = WalletNow(-spending.principal_minor, -spending.gift_minor)
    back = returned.get(spending.id, WalletNow())
    left = spent.total_minor - back.total_minor
    if not 0 < one.amount_minor <= left:
        return WalletGiveBackTooHigh(wanted=one.amount_minor, left=left)
    parts = parts_of_return(one.amount_minor, spent=spent, returned=back)
    returned[spending.id] = WalletNow(back.principal_minor + parts.principal_minor, back.gift_minor + parts.gift_minor)
    earlier[one.id] = entry = WalletEntry(
        id=one.id, brand_id=spending.brand_id, member_id=spending.member_id, kind=EntryKind.GIVE_BACK,
        principal_minor=parts.principal_minor, gift_minor=parts.gift_minor, currency=spending.currency,
        entity_id=spending.entity_id, document_id=spending.document_id, of_id=spending.id, by=one.by, at=now,
    )  # fmt: skip
    fresh.append(entry)
    return WalletGaveBack(one.id, parts.principal_minor, parts.gift_minor)


def _spending(one: WalletPayment, parts: WalletNow, now: datetime) -> WalletEntry:
    return WalletEntry(
        id=one.id, brand_id=one.brand_id, member_id=one.member_id, kind=EntryKind.SPEND,
        principal_minor=-parts.principal_minor, gift_minor=-parts.gift_minor, currency=one.currency,
        entity_id=one.entity_id, document_id=one.document_id, by=one.by, at=now,
    )  # fmt: skip


def _spendings(ids: Collection[UUID]) -> dict[UUID, WalletEntry]:
    return {row.id: row for row in WalletEntry.objects.filter(id__in=list(ids), kind=EntryKind.SPEND)}


def _returned(ids: Collection[UUID]) -> dict[UUID, WalletNow]:
    rows = WalletEntry.objects.filter(of_id__in=list(ids), kind=EntryKind.GIVE_BACK).values("of_id")
    sums = rows.annotate(principal=Sum("principal_minor"), gift=Sum("gift_minor"))
    return {row["of_id"]: WalletNow(int(row["principal"]), int(row["gift"])) for row in sums}  # type: ignore[misc]


def _key(one: WalletPayment) -> WalletKey:
    return WalletKey(one.brand_id, one.member_id, one.entity_id, one.currency)


def _key_of(row: WalletEntry) -> WalletKey:
    return WalletKey(row.brand_id, row.member_id, row.entity_id, row.currency)
