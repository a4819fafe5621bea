"""What linking takes and gives over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from sitong.member.linking.models import LinkDecision, LinkPair, LinkRun
from sitong.member.linking.queries import Side
from sitong.member.linking.rules import ASK_FROM_BP, JOIN_FROM_BP


class LinkRunOut(Schema):
    id: UUID
    import_id: UUID
    title: str
    state: str
    records: int
    done: int
    certain: int
    joined: int
    again: int
    queued: int
    created: int
    joins: int
    undone: int
    join_from_bp: int
    ask_from_bp: int
    asked_at: datetime
    done_at: datetime | None
    undone_at: datetime | None


class LinkRunNew(Schema):
    id: UUID
    import_id: UUID


class LinkBandsBody(Schema):
    join_from_bp: int = Field(ge=0, le=10_000)
    ask_from_bp: int = Field(ge=0, le=10_000)


class LinkBandsAsked(Schema):
    join_from_bp: int = Field(JOIN_FROM_BP, ge=0, le=10_000)
    ask_from_bp: int = Field(ASK_FROM_BP, ge=0, le=10_000)


class LinkBandsPreviewOut(Schema):
    joined: int
    asked: int
    alone: int


class LinkReasonOut(Schema):
    field: str
    level: str
    weight: float


class LinkPairOut(Schema):
    id: UUID
    member_id: UUID
    record_id: UUID | None
    other_id: UUID | None
    state: str
    weight: float
    probability: float
    reasons: list[LinkReasonOut]


class LinkSideOut(Schema):
    id: UUID
    kind: str
    title: str
    said: dict[str, list[str]]


class LinkPairShownOut(LinkPairOut):
    left: LinkSideOut
    right: LinkSideOut


class LinkPairPage(Schema):
    items: list[LinkPairOut]
    open: int


class LinkDecisionNew(Schema):
    id: UUID
    pair_id: UUID
    verdict: Literal["same", "different", "later"]


class LinkDecisionOut(Schema):
    id: UUID
    pair_id: UUID | None
    verdict: str
    at: datetime
    taken_back_at: datetime | None


def run_out(run: LinkRun) -> dict[str, Any]:
    """Give a run as the API shows it."""
    names = [name for name in LinkRunOut.model_fields if name != "import_id"]
    return {name: getattr(run, name) for name in names} | {"import_id": run.file_id}


def pair_out(pair: LinkPair) -> dict[str, Any]:
    """Give a pair as the API shows it: the reasons without what was not compared."""
    reasons = [
        {"field": field, "level": level, "weight": weight}
        for field, (level, weight) in pair.reasons.items()
        if level != "nothing"
    ]
    names = ("id", "member_id", "record_id", "other_id", "state", "weight", "probability")
    return {name: getattr(pair, name) for name in names} | {"reasons": reasons}


def side_out(side: Side) -> dict[str, Any]:
    """Give one half of a pair."""
    said = {name: list(values) for name, values in side.said.items()}
    return {"id": side.id, "kind": side.kind, "title": side.title, "said": said}


def decision_out(decision: LinkDecision) -> dict[str, Any]:
    """Give a decision as the API shows it."""
    return {name: getattr(decision, name) for name in LinkDecisionOut.model_fields}
