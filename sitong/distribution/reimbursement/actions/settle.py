"""Check statements and settle them, in money or in goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.distribution.reimbursement.actions.accounts import DUE, OWED, accounts_for
from sitong.distribution.reimbursement.events import StatementChecked, StatementSettled
from sitong.distribution.reimbursement.models import Dispute, Settlement, Statement
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ledger.actions import TransferWanted, post_transfers

WAYS = ("money", "goods")
REFERENCE_MAX = 80


class StillDisputed(Refused):
    """Lines of the statement are in dispute: decide them first. Fact `lines`."""

    code = "distribution.still_disputed"


class NotChecked(Refused):
    """The statement must be checked before it is settled."""

    code = "distribution.not_checked"


class AlreadySettled(Refused):
    """The statement was settled before."""

    code = "distribution.already_settled"


class SettlementUnnamed(Refused):
    """A settlement says whether it is in money or in goods, and by which reference both find it."""

    code = "distribution.settlement_unnamed"


@dataclass(frozen=True, slots=True)
class SettleWanted:
    """A statement was paid. `id` is the client's. `way`: money or goods; `reference`: the transfer's or delivery's number."""

    id: UUID
    statement_id: UUID
    way: str
    reference: str


def check_statements(statement_ids: Sequence[UUID], *, by: UUID | None, now: datetime) -> list[Statement | Refused]:
    """Say that statements were checked line by line: what they agree on will be paid, and no line can be doubted any more.

    Again changes nothing. Refused: shared.not_found, distribution.still_disputed.
    """
    with transaction.atomic():
        rows = _locked(statement_ids)
        open_disputes: dict[UUID, int] = {}
        for statement_id in Dispute.objects.filter(statement_id__in=rows, accepted=None).values_list(
            "statement_id", flat=True
        ):
            open_disputes[statement_id] = open_disputes.get(statement_id, 0) + 1
        checked: list[Statement] = []
        outcomes: list[Statement | Refused] = []
        for key in statement_ids:
            row = rows.get(key)
            if row is None:
                outcomes.append(NotFound(what="statement"))
            elif row.checked_at is not None:
                outcomes.append(row)
            elif key in open_disputes:
                outcomes.append(StillDisputed(lines=open_disputes[key]))
            else:
                row.checked_at, row.checked_by = now, by
                checked.append(row)
                outcomes.append(row)
        Statement.objects.bulk_update(checked, ["checked_at", "checked_by"])
        announce([
            StatementChecked(row.brand_id, row.id, row.claimant_id, row.debtor_id, row.agreed_minor) for row in checked
        ], at=now)  # fmt: skip
        record([
            AuditEntry("checked", "distribution.statement", row.id, row.brand_id, by, {}, {"agreed_minor": row.agreed_minor})
            for row in checked
        ], at=now)  # fmt: skip
    return outcomes


def settle_statements(wanted: Sequence[SettleWanted], *, by: UUID | None, now: datetime) -> list[Settlement | Refused]:
    """Write down that checked statements were paid, and take what they agreed on off the ledger, each whole and once.

    The same id with the same content gets the first answer. Where more came back than was claimed, the claimant pays.
    Refused: shared.not_found, shared.repeat_differs, distribution.settlement_unnamed, not_checked, already_settled.
    """
    with transaction.atomic():
        rows = _locked([one.statement_id for one in wanted])
        before = {one.statement_id: one for one in Settlement.objects.filter(statement_id__in=rows)}
        taken = Settlement.objects.in_bulk([one.id for one in wanted])
        fresh: list[Settlement] = []
        outcomes: list[Settlement | Refused] = []
        for one in wanted:
            row, reference = rows.get(one.statement_id), one.reference.strip()[:REFERENCE_MAX]
            there = before.get(one.statement_id)
            if row is None:
                outcomes.append(NotFound(what="statement"))
            elif one.id in taken or (there is not None and there.id == one.id):
                first = taken.get(one.id) or there
                assert first is not None
                same = (first.statement_id, first.way, first.reference) == (one.statement_id, one.way, reference)
                outcomes.append(first if same else RepeatDiffers(id=one.id))
            elif there is not None:
                outcomes.append(AlreadySettled(number=row.number))
            elif one.way not in WAYS or not reference:
                outcomes.append(SettlementUnnamed())
            elif row.checked_at is None:
                outcomes.append(NotChecked(number=row.number))
            else:
                row.settled_at = now
                made = Settlement(
                    id=one.id, brand_id=row.brand_id, statement_id=row.id, way=one.way, reference=reference,
                    amount_minor=row.agreed_minor, by=by, at=now,
                )  # fmt: skip
                before[row.id] = made
                fresh.append(made)
                outcomes.append(made)
        _write(fresh, rows, by=by, now=now)
    return outcomes


def _locked(statement_ids: Sequence[UUID]) -> dict[UUID, Statement]:
    rows = Statement.objects.select_for_update(no_key=True).filter(id__in=statement_ids).order_by("id")
    return {row.id: row for row in rows}


def _write(fresh: Sequence[Settlement], rows: dict[UUID, Statement], *, by: UUID | None, now: datetime) -> None:
    Settlement.objects.bulk_create(fresh)
    Statement.objects.bulk_update([rows[one.statement_id] for one in fresh], ["settled_at"])
    moved = [(one, rows[one.statement_id]) for one in fresh if one.amount_minor]
    accounts = accounts_for(
        (
            (row.brand_id, owner, row.currency, kind)
            for _, row in moved
            for owner, kind in ((row.claimant_id, DUE), (row.debtor_id, OWED))
        ),
        now=now,
    )
    transfers = []
    for one, row in moved:
        due, owed = accounts[row.brand_id, row.claimant_id, row.currency, DUE], accounts[row.brand_id, row.debtor_id, row.currency, OWED]  # fmt: skip
        debit, credit = (owed, due) if one.amount_minor > 0 else (due, owed)
        transfers.append(TransferWanted(
            uuid5(one.id, "settled"), debit, credit, abs(one.amount_minor), "distribution.settled", document_id=row.id, by=by
        ))  # fmt: skip
    for outcome in post_transfers(transfers, now=now):
        if isinstance(outcome, Refused):
            raise outcome
    announce([
        StatementSettled(row.brand_id, row.id, row.claimant_id, row.debtor_id, one.amount_minor, one.way)
        for one in fresh
        if (row := rows[one.statement_id])
    ], at=now)  # fmt: skip
    record([
        AuditEntry("settled", "distribution.statement", one.statement_id, one.brand_id, by, {},
                   {"way": one.way, "reference": one.reference, "amount_minor": one.amount_minor})
        for one in fresh
    ], at=now)  # fmt: skip
