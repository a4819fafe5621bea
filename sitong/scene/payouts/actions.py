"""Payouts change here: entered, sent, settled, tried again. Each step's money moves on the ledger in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.org.brands.queries import brand_facts
from sitong.scene.payments.provider import Standing, TransferAnswer
from sitong.scene.payouts.models import Payout, PayoutState
from sitong.scene.payouts.rules import ATTEMPTS_MAX, payout_number
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, open_accounts, post_transfers

OWED, GRANTED, PAID = "scene.cash_owed", "scene.cash_rewards", "scene.cash_paid"
"""What the brand owes members in cash, what it has granted, and what it has paid."""


class PayoutNotFailed(Refused):
    """The payout has not failed: it is on its way, or has come."""

    code = "scene.payout_not_failed"


@dataclass(frozen=True, slots=True)
class PayoutDue:
    """Money that a member is owed. `id` names it: the same again changes nothing."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    amount_minor: int
    source: str
    store_id: UUID | None = None


def enter_payouts(due: Sequence[PayoutDue], *, now: datetime) -> int:
    """Enter what is owed, and owe it on the ledger. What is there already stays. Gives how many are new."""
    with transaction.atomic():
        known = set(Payout.objects.filter(id__in=[one.id for one in due]).values_list("id", flat=True))
        fresh = {one.id: one for one in due if one.id not in known}
        currencies = {
            key: brand.currency for key, brand in brand_facts({one.brand_id for one in fresh.values()}).items()
        }
        rows = [
            Payout(
                id=one.id, brand_id=one.brand_id, member_id=one.member_id, amount_minor=one.amount_minor, currency=currencies[one.brand_id],
                source=one.source, store_id=one.store_id, number=payout_number(one.id, 1), due_at=now,
            )
            for one in fresh.values()
        ]  # fmt: skip
        Payout.objects.bulk_create(rows)
        _post(rows, "due", GRANTED, OWED, now=now)
    return len(rows)


def make_ready(payout_ids: Collection[UUID], *, merchant_id: UUID) -> int:
    """Let waiting payouts be sent from a merchant account: their members' WeChat is known now. Gives how many."""
    return Payout.objects.filter(id__in=list(payout_ids), state=PayoutState.WAITING).update(
        state=PayoutState.READY, merchant_id=merchant_id
    )


def make_waiting(payout_id: UUID) -> None:
    """Let a payout that was never sent wait again: its member's WeChat is not known any more, or another account pays now.

    One that the provider may have taken keeps its number and its account, and is asked about.
    """
    Payout.objects.filter(id=payout_id, state=PayoutState.READY, asked_at=None).update(
        state=PayoutState.WAITING, merchant_id=None
    )


def note_later(number: str, fault: str, *, now: datetime) -> None:
    """Keep why a payout could not be sent now; it is sent again with the same number."""
    Payout.objects.filter(number=number, state=PayoutState.READY).update(asked_at=now, fault=fault[:64])


def note_asked(numbers: Collection[str], *, now: datetime) -> None:
    """Keep when the provider was asked about payouts."""
    Payout.objects.filter(number__in=list(numbers)).update(asked_at=now)


def settle_payouts(answers: Sequence[TransferAnswer], *, now: datetime) -> int:
    """Mark payouts as the provider says: offered to the member, done, or failed. What is done or failed stays so.

    A done one moves from owed to paid on the ledger, once. Locks payouts, then the ledger's accounts. Gives how many changed.
    """
    told = {one.number: one for one in answers}
    with transaction.atomic():
        rows = Payout.objects.select_for_update(no_key=True).filter(
            number__in=list(told), state__in=[PayoutState.READY, PayoutState.OFFERED]
        )
        changed: list[Payout] = []
        for row in rows.order_by("id"):
            answer = told[row.number]
            row.asked_at = now
            row.provider_number = answer.provider_number or row.provider_number
            if answer.standing is Standing.DONE and answer.amount_minor in {0, row.amount_minor}:
                row.state, row.done_at, row.fault, row.package = PayoutState.DONE, now, "", ""
            elif answer.standing in {Standing.FAILED, Standing.CLOSED}:
                row.state, row.fault, row.package = PayoutState.FAILED, (answer.reason or answer.standing)[:64], ""
            elif answer.standing is Standing.OPEN and answer.package:
                row.state, row.package, row.fault = PayoutState.OFFERED, answer.package, ""
            changed.append(row)
        Payout.objects.bulk_update(changed, ["state", "done_at", "fault", "package", "provider_number", "asked_at"])
        _post([row for row in changed if row.state == PayoutState.DONE], "paid", OWED, PAID, now=now)
    return len(changed)


def try_again(payout_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> Payout:
    """Send a failed payout again, under another number: the provider has closed the old one for good.

    Refused: scene.payout_not_failed, shared.not_found.
    """
    with transaction.atomic():
        row = Payout.objects.select_for_update(no_key=True).filter(id=payout_id, brand_id=brand_id).first()
        if row is None:
            raise NotFound(what="payout")
        if row.state != PayoutState.FAILED or row.attempt >= ATTEMPTS_MAX:
            raise PayoutNotFailed(state=row.state)
        before = {"number": row.number, "fault": row.fault}
        row.attempt += 1
        row.number, row.fault, row.asked_at, row.merchant_id = payout_number(row.id, row.attempt), "", None, None
        row.state = PayoutState.WAITING
        row.save(update_fields=["attempt", "number", "fault", "asked_at", "merchant_id", "state"])
        record(
            [AuditEntry("tried_again", "scene.payout", row.id, row.brand_id, by, before, {"number": row.number})],
            at=now,
        )
    return row


def move_payouts(from_id: UUID, *, to: UUID, payout_ids: Sequence[UUID] | None) -> list[UUID]:
    """Put payouts into another member's name: all (None) or these. Gives which."""
    with transaction.atomic():
        rows = Payout.objects.select_for_update(no_key=True).filter(member_id=from_id)
        rows = rows if payout_ids is None else rows.filter(id__in=list(payout_ids))
        ids = list(rows.order_by("id").values_list("id", flat=True))
        Payout.objects.filter(id__in=ids).update(member_id=to)
        return ids


def _post(rows: Iterable[Payout], step: str, debit: str, credit: str, *, now: datetime) -> None:
    """Move each payout's money between two of its brand's accounts."""
    found = list(rows)
    if not found:
        return
    wanted = [
        AccountWanted(one.brand_id, one.brand_id, one.currency, kind, "debits" if kind == OWED else "")
        for one in found for kind in (debit, credit)
    ]  # fmt: skip
    accounts = open_accounts(wanted, now=now)
    transfers = [
        TransferWanted(
            uuid5(one.id, step),
            accounts[2 * at],
            accounts[2 * at + 1],
            one.amount_minor,
            f"scene.payout_{step}",
            document_id=one.id,
        )
        for at, one in enumerate(found)
    ]
    for outcome in post_transfers(transfers, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the ledger refuses what a payout has decided: {outcome}")
