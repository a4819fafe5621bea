"""Pay principal out of a wallet: it goes back the way it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.wallet.actions import Withdrawal, withdraw
from sitong.member.wallet.queries import wallets_now, withdrawn_by
from sitong.member.wallet.rules import WalletNow, back_to_sources
from sitong.scene.payments.actions import GiveBack, give_back
from sitong.scene.payments.queries import cash_given_back
from sitong.scene.topups.models import TopUpDocument, TopUpState
from sitong.scene.topups.queries import kinds_of
from sitong.shared.errors import Refused, RepeatDiffers


class NothingToPayOut(Refused):
    """The wallet holds less principal than is asked for, or what is there was paid in another way: facts wanted, most."""

    code = "scene.nothing_to_pay_out"


@dataclass(frozen=True, slots=True)
class PayOutWanted:
    """A member asks its money back: `principal_minor`, or None for all of it. The same id is the same request.

    `kinds`: by which payments the money may go back. "wechat" alone when the member asks from its phone; a clerk in the store
    may also hand out cash that was paid in as cash.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    principal_minor: int | None = None
    kinds: tuple[str, ...] = ("wechat",)
    by: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What goes back and how: `cash_minor` is to be handed out now, the rest is on its way; and the gift that is forfeited."""

    id: UUID
    principal_minor: int
    gift_minor: int
    cash_minor: int


def pay_out(one: PayOutWanted, *, now: datetime) -> PaidOut:
    """Pay principal out, back to the top-ups it came from, the latest first; the gift is forfeited in proportion.

    Raises scene.nothing_to_pay_out, shared.repeat_differs. Locks top-ups, then payments, then wallets.
    """
    with transaction.atomic():
        rows = list(
            TopUpDocument.objects.select_for_update(no_key=True)
            .filter(member_id=one.member_id, brand_id=one.brand_id, state=TopUpState.PAID)
            .order_by("id")
        )
        if before := withdrawn_by(one.id):
            principal = -sum(entry.principal_minor for entry in before)
            if one.principal_minor not in (None, principal):
                raise RepeatDiffers(id=one.id)
            cash = cash_given_back([uuid5(one.id, str(row.id)) for row in rows])
            return PaidOut(one.id, principal, -sum(entry.gift_minor for entry in before), cash)
        kind_of = kinds_of([row.id for row in rows])
        sources = sorted(
            (row for row in rows if kind_of.get(row.id) in one.kinds),
            key=lambda row: (row.paid_at, row.id),
            reverse=True,
        )
        left = [row.pay_minor - row.withdrawn_minor for row in sources]
        most = min(sum(left), wallets_now([one.member_id]).get(one.member_id, WalletNow()).principal_minor)
        wanted = most if one.principal_minor is None else one.principal_minor
        if not 0 < wanted <= most:
            raise NothingToPayOut(wanted=wanted, most=most)
        parts = [(row, part) for row, part in zip(sources, back_to_sources(wanted, left), strict=True) if part]
        return _write(one, parts, now=now)


def _write(one: PayOutWanted, parts: list[tuple[TopUpDocument, int]], *, now: datetime) -> PaidOut:
    outcomes = give_back([
        GiveBack(uuid5(one.id, str(row.id)), row.id, part, "wallet paid out", by=one.by, shift_id=one.shift_id) for row, part in parts
    ], now=now)  # fmt: skip
    cash = 0
    for given in outcomes:
        if isinstance(given, Refused):
            raise RuntimeError(f"a top-up cannot be given back: {given}")
        cash += sum(part.amount_minor for part in given if part.kind == "cash")
    withdrawn = withdraw([
        Withdrawal(uuid5(one.id, f"wallet {row.id}"), one.id, row.id, one.brand_id, row.member_id, part, row.entity_id, row.currency, one.by)
        for row, part in parts
    ], now=now)  # fmt: skip
    gift = 0
    for told in withdrawn:
        if isinstance(told, Refused):
            raise told  # the wallet was spent from meanwhile: nothing is written
        gift += told.gift_minor
    for row, part in parts:
        row.withdrawn_minor += part
    TopUpDocument.objects.bulk_update([row for row, _ in parts], ["withdrawn_minor"])
    return PaidOut(one.id, sum(part for _, part in parts), gift, cash)
