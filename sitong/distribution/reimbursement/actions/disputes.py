"""Line by line: whoever is to pay doubts a line, the claimant answers, and the line is accepted or rejected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.distribution.reimbursement.actions.claim import reverse_lines
from sitong.distribution.reimbursement.events import LineDisputed
from sitong.distribution.reimbursement.models import ClaimLine, Dispute, Statement
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

TEXT_MAX = 200


class DisputeReasonMissing(Refused):
    """Whoever doubts a line, or stands by it, says why."""

    code = "distribution.dispute_reason_missing"


class AlreadyChecked(Refused):
    """The statement was checked: its lines stand."""

    code = "distribution.statement_checked"


class LineTakenBack(Refused):
    """The line takes something back, or was taken back itself: there is nothing to dispute."""

    code = "distribution.line_taken_back"


class NotDisputed(Refused):
    """Nobody doubts this line, or it was decided already."""

    code = "distribution.not_disputed"


class NotAnswered(Refused):
    """The claimant has not answered yet: a line can be accepted, but not rejected, before it has."""

    code = "distribution.not_answered"


@dataclass(frozen=True, slots=True)
class DisputeWanted:
    """A line that whoever is to pay doubts, and why."""

    line_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What the claimant says to a doubt."""

    line_id: UUID
    answer: str = ""


@dataclass(slots=True)
class _Case:
    line: ClaimLine
    statement: Statement
    dispute: Dispute | None
    back: bool


Decide = Callable[[_Case, str], Refused | None]


def dispute_lines(wanted: Sequence[DisputeWanted], *, by: UUID | None, now: datetime) -> list[Dispute | Refused]:
    """Doubt lines of statements that were not checked yet; the same line again gets the first answer.

    Refused: shared.not_found, distribution.dispute_reason_missing, statement_checked, line_taken_back.
    """
    with transaction.atomic():
        cases = _cases([one.line_id for one in wanted])
        fresh: list[Dispute] = []
        outcomes: list[Dispute | Refused] = []
        for one in wanted:
            case = cases.get(one.line_id)
            if case is None:
                outcomes.append(NotFound(what="line"))
            elif case.dispute is not None:
                outcomes.append(case.dispute)
            elif case.statement.checked_at is not None:
                outcomes.append(AlreadyChecked(number=case.statement.number))
            elif case.line.of_id is not None or case.back:
                outcomes.append(LineTakenBack())
            elif not one.reason.strip():
                outcomes.append(DisputeReasonMissing())
            else:
                case.dispute = Dispute(
                    line_id=case.line.id, brand_id=case.line.brand_id, statement_id=case.statement.id,
                    reason=one.reason.strip()[:TEXT_MAX], by=by, at=now,
                )  # fmt: skip
                fresh.append(case.dispute)
                outcomes.append(case.dispute)
        Dispute.objects.bulk_create(fresh)
        announce([
            LineDisputed(one.brand_id, one.line_id, one.statement_id, cases[one.line_id].line.claimant_id, cases[one.line_id].line.debtor_id)
            for one in fresh
        ], at=now)  # fmt: skip
        _note("disputed", fresh, by=by, now=now)
    return outcomes


def stand_by_lines(answers: Sequence[LineAnswer], *, by: UUID | None, now: datetime) -> list[Dispute | Refused]:
    """Answer doubts: the claimant stands by its lines and says why. Refused: shared.not_found, distribution.not_disputed,
    distribution.dispute_reason_missing."""

    def decide(case: _Case, said: str) -> Refused | None:
        if not said:
            return DisputeReasonMissing()
        _answer(case, said, by, now)
        return None

    return _each(answers, decide, "stood_by", by=by, now=now)


def withdraw_lines(answers: Sequence[LineAnswer], *, by: UUID | None, now: datetime) -> list[Dispute | Refused]:
    """Answer doubts: the claimant gives in, and the lines count no more. Refused: shared.not_found, distribution.not_disputed,
    distribution.line_taken_back."""

    def decide(case: _Case, said: str) -> Refused | None:
        if case.back:
            return LineTakenBack()
        _answer(case, said, by, now)
        _decided(case, by, now, accepted=False)
        return None

    return _each(answers, decide, "withdrawn", by=by, now=now)


def accept_lines(answers: Sequence[LineAnswer], *, by: UUID | None, now: datetime) -> list[Dispute | Refused]:
    """End doubts: whoever is to pay accepts the lines after all, answered or not. Refused: shared.not_found,
    distribution.not_disputed."""

    def decide(case: _Case, _said: str) -> Refused | None:
        _decided(case, by, now, accepted=True)
        return None

    return _each(answers, decide, "accepted", by=by, now=now)


def reject_lines(answers: Sequence[LineAnswer], *, by: UUID | None, now: datetime) -> list[Dispute | Refused]:
    """End doubts after the claimant's answer: the lines count no more, and their transfers are reversed, at this level alone.

    Refused: shared.not_found, distribution.not_disputed, not_answered, line_taken_back.
    """

    def decide(case: _Case, _said: str) -> Refused | None:
        assert case.dispute is not None
        if case.dispute.answered_at is None:
            return NotAnswered()
        if case.back:
            return LineTakenBack()
        _decided(case, by, now, accepted=False)
        return None

    return _each(answers, decide, "rejected", by=by, now=now)


def _each(
    answers: Sequence[LineAnswer], decide: Decide, what: str, *, by: UUID | None, now: datetime
) -> list[Dispute | Refused]:
    with transaction.atomic():
        cases = _cases([one.line_id for one in answers])
        changed: list[_Case] = []
        outcomes: list[Dispute | Refused] = []
        for one in answers:
            case = cases.get(one.line_id)
            if case is None:
                outcomes.append(NotFound(what="line"))
                continue
            if case.dispute is None or case.dispute.accepted is not None:
                outcomes.append(NotDisputed())
                continue
            refused = decide(case, one.answer.strip()[:TEXT_MAX])
            if refused is None:
                changed.append(case)
            outcomes.append(case.dispute if refused is None else refused)
        _keep(changed, by=by, now=now)
        _note(what, [case.dispute for case in changed if case.dispute], by=by, now=now)
    return outcomes


def _cases(line_ids: Sequence[UUID]) -> dict[UUID, _Case]:
    """Lock the statements, then the lines, of what is doubted, and read what was said."""
    stated = ClaimLine.objects.filter(id__in=line_ids, statement_id__isnull=False).values_list(
        "statement_id", flat=True
    )
    locked = Statement.objects.select_for_update(no_key=True).filter(id__in=set(stated)).order_by("id")
    statements = {row.id: row for row in locked}
    lines = ClaimLine.objects.select_for_update(no_key=True).filter(id__in=line_ids).order_by("id")
    disputes = Dispute.objects.in_bulk(list(line_ids))
    back = set(ClaimLine.objects.filter(of_id__in=line_ids).values_list("of_id", flat=True))
    return {
        row.id: _Case(row, statements[row.statement_id], disputes.get(row.id), row.id in back)
        for row in lines
        if row.statement_id in statements
    }


def _answer(case: _Case, said: str, by: UUID | None, now: datetime) -> None:
    assert case.dispute is not None
    case.dispute.answer, case.dispute.answered_by, case.dispute.answered_at = said, by, now


def _decided(case: _Case, by: UUID | None, now: datetime, *, accepted: bool) -> None:
    assert case.dispute is not None
    case.dispute.accepted, case.dispute.decided_by, case.dispute.decided_at = accepted, by, now
    if not accepted:
        case.line.rejected_at = now
        case.statement.agreed_minor -= case.line.amount_minor


def _keep(cases: Sequence[_Case], *, by: UUID | None, now: datetime) -> None:
    columns = ["answer", "answered_by", "answered_at", "accepted", "decided_by", "decided_at"]
    Dispute.objects.bulk_update([case.dispute for case in cases if case.dispute], columns)
    gone = [case for case in cases if case.line.rejected_at is not None]
    if gone:
        ClaimLine.objects.bulk_update([case.line for case in gone], ["rejected_at"])
        Statement.objects.bulk_update({case.statement.id: case.statement for case in gone}.values(), ["agreed_minor"])
        reverse_lines([case.line.id for case in gone], by=by, now=now)


def _note(what: str, disputes: Sequence[Dispute], *, by: UUID | None, now: datetime) -> None:
    record([
        AuditEntry(what, "distribution.claimline", one.line_id, one.brand_id, by, {}, {"reason": one.reason, "answer": one.answer})
        for one in disputes
    ], at=now)  # fmt: skip
