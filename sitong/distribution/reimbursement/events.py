"""What others may hear of claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class StatementDrawn(Happening):
    """A month's claims of one on the level above stand together, to be checked."""

    name: ClassVar[str] = "distribution.statement_drawn"
    statement_id: UUID
    claimant_id: UUID
    debtor_id: UUID
    month_on: date
    total_minor: int


@happening
@dataclass(frozen=True, slots=True)
class LineDisputed(Happening):
    """Whoever is to pay doubts a line."""

    name: ClassVar[str] = "distribution.line_disputed"
    line_id: UUID
    statement_id: UUID
    claimant_id: UUID
    debtor_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class StatementChecked(Happening):
    """A statement was checked line by line: this is what will be paid."""

    name: ClassVar[str] = "distribution.statement_checked"
    statement_id: UUID
    claimant_id: UUID
    debtor_id: UUID
    agreed_minor: int


@happening
@dataclass(frozen=True, slots=True)
class StatementSettled(Happening):
    """A statement was paid in money or goods."""

    name: ClassVar[str] = "distribution.statement_settled"
    statement_id: UUID
    claimant_id: UUID
    debtor_id: UUID
    amount_minor: int
    way: str
