"""Claims over HTTP: what is due and owed, statements line by line, disputes, checking, settling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

from ninja import Router

from sitong.distribution.reimbursement import schemas
from sitong.distribution.reimbursement.access import line_for, statement_for
from sitong.distribution.reimbursement.actions import (
    DisputeWanted,
    LineAnswer,
    SettleWanted,
    accept_lines,
    check_statements,
    dispute_lines,
    reject_lines,
    settle_statements,
    stand_by_lines,
    withdraw_lines,
)
from sitong.distribution.reimbursement.models import ClaimLine
from sitong.distribution.reimbursement.queries.lists import (
    LineShown,
    latest_lines,
    lines_of,
    lines_shown,
    party_ids,
    statement_with_counts,
    statements_visible_to,
    sums_of,
)
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import Refused

router = Router(tags=["claims"])
Side = Literal["due", "owed"]


@router.get("/claims/sums", response=schemas.SumsOut, auth=API_AUTH, summary="What is due or owed")
def show_sums(request: ViewerRequest, side: Side = "due") -> Any:
    """What others owe the asker's own places (`due`), or what these owe (`owed`): open, stated, settled."""
    request.viewer.require("claims.see")
    return sums_of(party_ids(request.viewer), side=side)


@router.get(
    "/claims", response=list[schemas.ClaimLineOut], auth=API_AUTH, summary="List claims that stand in no statement yet"
)
def list_open(request: ViewerRequest, side: Side = "due") -> list[dict[str, Any]]:
    """The asker's own claims of this month, or those on it, the newest first."""
    request.viewer.require("claims.see")
    return [_line(one) for one in latest_lines(party_ids(request.viewer), side=side, limit=500)]


@router.get("/claim-statements", response=list[schemas.StatementOut], auth=API_AUTH, summary="List statements")
def list_statements(request: ViewerRequest, side: Literal["due", "owed", ""] = "") -> Any:
    """The statements of which the asker's places are a side, the newest month first; headquarters sees all of the brand's."""
    request.viewer.require("claims.see")
    found, own = statements_visible_to(request.viewer), party_ids(request.viewer)
    if side:
        found = found.filter(**{"claimant_id__in" if side == "due" else "debtor_id__in": own})
    return statement_with_counts(found)


@router.get(
    "/claim-statements/{statement_id}", response=schemas.StatementWhole, auth=API_AUTH, summary="Show a statement"
)
def show_statement(request: ViewerRequest, statement_id: UUID) -> dict[str, Any]:
    """One statement with its lines, the proof behind each and what was said of it."""
    return _whole(request.viewer, statement_id)


@router.post(
    "/claim-statements/{statement_id}/check",
    response=schemas.StatementWhole,
    auth=API_AUTH,
    summary="Check a statement",
)
def check_one(request: ViewerRequest, statement_id: UUID) -> dict[str, Any]:
    """Say that all lines were checked: whoever is to pay agrees to what stands."""
    statement = statement_for(request.viewer, statement_id, "claims.check")
    _only(check_statements([statement.id], by=request.viewer.account_id, now=clock_now()))
    return _whole(request.viewer, statement_id)


@router.post(
    "/claim-statements/{statement_id}/settle",
    response=schemas.SettlementOut,
    auth=API_AUTH,
    summary="Settle a statement",
)
def settle_one(request: ViewerRequest, statement_id: UUID, said: schemas.SettleIn) -> Any:
    """Write down that a checked statement was paid, in money or goods. The same id again gets the same answer."""
    statement = statement_for(request.viewer, statement_id, "claims.settle")
    wanted = SettleWanted(said.id, statement.id, said.way, said.reference)
    return _only(settle_statements([wanted], by=request.viewer.account_id, now=clock_now()))


@router.post("/claim-lines/{line_id}/dispute", response=schemas.ClaimLineOut, auth=API_AUTH, summary="Doubt a line")
def dispute_one(request: ViewerRequest, line_id: UUID, said: schemas.SaidIn) -> dict[str, Any]:
    """Doubt one line of a statement that was not checked yet, and say why."""
    line = line_for(request.viewer, line_id, "claims.check")
    _only(dispute_lines([DisputeWanted(line.id, said.text)], by=request.viewer.account_id, now=clock_now()))
    return _again(line_id)


@router.post("/claim-lines/{line_id}/stand-by", response=schemas.ClaimLineOut, auth=API_AUTH, summary="Stand by a line")
def stand_by_one(request: ViewerRequest, line_id: UUID, said: schemas.SaidIn) -> dict[str, Any]:
    """Answer a doubt: the claimant stands by the line and says why."""
    return _say(request, line_id, "claims.answer", stand_by_lines, said.text)


@router.post("/claim-lines/{line_id}/withdraw", response=schemas.ClaimLineOut, auth=API_AUTH, summary="Withdraw a line")
def withdraw_one(request: ViewerRequest, line_id: UUID, said: schemas.SaidIn) -> dict[str, Any]:
    """Answer a doubt: the claimant gives in, and the line counts no more."""
    return _say(request, line_id, "claims.answer", withdraw_lines, said.text)


@router.post(
    "/claim-lines/{line_id}/accept", response=schemas.ClaimLineOut, auth=API_AUTH, summary="Accept a doubted line"
)
def accept_one(request: ViewerRequest, line_id: UUID) -> dict[str, Any]:
    """End a doubt: whoever is to pay accepts the line after all."""
    return _say(request, line_id, "claims.check", accept_lines, "")


@router.post(
    "/claim-lines/{line_id}/reject", response=schemas.ClaimLineOut, auth=API_AUTH, summary="Reject a doubted line"
)
def reject_one(request: ViewerRequest, line_id: UUID) -> dict[str, Any]:
    """End a doubt after the claimant's answer: the line counts no more, at this level alone."""
    return _say(request, line_id, "claims.check", reject_lines, "")


def _say(
    request: ViewerRequest, line_id: UUID, permission: str, act: Callable[..., Sequence[Any]], text: str
) -> dict[str, Any]:
    line = line_for(request.viewer, line_id, permission)
    _only(act([LineAnswer(line.id, text)], by=request.viewer.account_id, now=clock_now()))
    return _again(line_id)


def _again(line_id: UUID) -> dict[str, Any]:
    return _line(lines_shown(list(ClaimLine.objects.filter(id=line_id)))[0])


def _whole(viewer: Viewer, statement_id: UUID) -> dict[str, Any]:
    statement = statement_for(viewer, statement_id)
    (row,) = statement_with_counts(statements_visible_to(viewer).filter(id=statement.id))
    shown = {name: getattr(row, name) for name in schemas.StatementOut.model_fields}
    return {**shown, "each": [_line(one) for one in lines_of([statement.id])]}


def _line(one: LineShown) -> dict[str, Any]:
    names = [name for name in schemas.ClaimLineOut.model_fields if name not in {"state", "reason", "answer", "proof"}]
    return {
        **{name: getattr(one.line, name) for name in names},
        "state": one.state,
        "reason": one.dispute.reason if one.dispute else one.line.reason,
        "answer": one.dispute.answer if one.dispute else "",
        "proof": one.handover.proof.digest.hex() if one.handover else "",
    }


def _only(outcomes: Sequence[Any]) -> Any:
    """Give the outcome of a batch of one; raise its refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
