"""Pay top-ups: the money and the wallet change in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.wallet.actions import TopUp, top_up
from sitong.scene.payments.actions import (
    Confirmation,
    RefundWanted,
    Tender,
    ask_refunds,
    close_payments,
    confirm_paid,
    take_tenders,
)
from sitong.scene.payments.payers import confirms
from sitong.scene.payments.provider import PaymentAnswer
from sitong.scene.payments.queries import documents_of, tenders_kept
from sitong.scene.topups.models import TopUpDocument, TopUpState
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

REFUND_OF_TOP_UP = UUID("b3a6a3f0-6c0e-5c55-9c58-2f3a7c0d9e21")
"""Name space of the refunds that follow by themselves: money that cannot be paid in goes back once."""


class TopUpNotPayable(Refused):
    """The top-up is paid already, or its time is over: fact state."""

    code = "scene.topup_not_payable"


@dataclass(frozen=True, slots=True)
class CashTopUp:
    """Cash is handed over for a top-up, to a clerk. `id` is the payment's; the same id is the same payment."""

    id: UUID
    topup_id: UUID
    given_minor: int | None = None
    by: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaidIn:
    """A paid top-up, and the change."""

    topup_id: UUID
    pay_minor: int
    gift_minor: int
    change_minor: int


def pay_topups_in_cash(wanted: Sequence[CashTopUp], *, now: datetime) -> list[PaidIn | Refused]:
    """Take cash for top-ups and pay it into the wallets. What is refused leaves nothing behind.

    Refused: shared.not_found, scene.topup_not_payable, scene.given_too_little, member.wallet_cap_exceeded,
    shared.repeat_differs. Locks top-ups, then payments, then wallets.
    """
    outcomes: list[PaidIn | Refused] = []
    for one in wanted:  # a till takes one at a time; each has a savepoint of its own, since two words write
        try:
            with transaction.atomic():
                outcomes.append(_in_cash(one, now=now))
        except Refused as refused:
            outcomes.append(refused)
    return outcomes


@confirms("topup")
def confirm_topups(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid and pay them into the wallets. The same news again changes nothing.

    Money for a top-up that has expired, is paid already, or would lift the wallet above its cap goes back at once and whole.
    """
    with transaction.atomic():
        documents = documents_of([one.number for one in confirmed])
        topups = _lock(documents.values())
        outcomes = confirm_paid(confirmed, now=now)
        fresh = [
            one for one in outcomes if isinstance(one, Confirmation) and not one.repeated and one.document_id in topups
        ]
        good: dict[UUID, Confirmation] = {}
        unwanted: list[Confirmation] = []
        for one in fresh:
            row = topups[one.document_id]
            payable = row.state == TopUpState.OPEN and row.id not in good and one.amount_minor == row.pay_minor
            if payable:
                good[row.id] = one
            else:
                unwanted.append(one)
        rows = [topups[topup_id] for topup_id in good]
        for row, told in zip(rows, _pay_in(rows, now=now), strict=True):
            if isinstance(told, Refused):
                unwanted.append(good[row.id])
                row.state = TopUpState.RETURNED
            else:
                row.state, row.paid_at = TopUpState.PAID, now
        TopUpDocument.objects.bulk_update(rows, ["state", "paid_at"])
        ask_refunds([
            RefundWanted(uuid5(REFUND_OF_TOP_UP, str(one.payment_id)), one.document_id, one.amount_minor, "top-up not possible",
                         one.payment_id)
            for one in unwanted
        ], now=now)  # fmt: skip
        return outcomes


def _in_cash(one: CashTopUp, *, now: datetime) -> PaidIn:
    row = _lock([one.topup_id]).get(one.topup_id)
    if row is None:
        raise NotFound(what="top-up")
    if (before := tenders_kept([one.id]).get(one.id)) is not None:
        if before.document_id != row.id:
            raise RepeatDiffers(id=one.id)
        return PaidIn(row.id, row.pay_minor, row.gift_minor, before.change_minor)
    if row.state != TopUpState.OPEN or row.pay_by <= now:
        raise TopUpNotPayable(number=row.number, state=row.state)
    close_payments([row.id], now=now)
    tender = Tender(one.id, row.id, row.brand_id, row.entity_id, "cash", row.pay_minor, row.currency, member_id=row.member_id,
                    given_minor=one.given_minor, by=one.by, shift_id=one.shift_id, document_kind="topup")  # fmt: skip
    (taken,) = take_tenders([tender], now=now)
    if isinstance(taken, Refused):
        raise taken
    (told,) = _pay_in([row], now=now)
    if isinstance(told, Refused):
        raise told
    row.state, row.paid_at = TopUpState.PAID, now
    row.save(update_fields=["state", "paid_at"])
    return PaidIn(row.id, row.pay_minor, row.gift_minor, taken.change_minor)


def _pay_in(rows: Sequence[TopUpDocument], *, now: datetime) -> Sequence[object]:
    return top_up(
        [TopUp(row.id, row.brand_id, row.member_id, row.pay_minor, row.gift_minor, row.entity_id, row.currency, row.by) for row in rows],
        now=now,
    )  # fmt: skip


def _lock(ids: Collection[UUID]) -> dict[UUID, TopUpDocument]:
    rows = TopUpDocument.objects.select_for_update(no_key=True).filter(id__in=list(ids))
    return {row.id: row for row in rows.order_by("id")}
