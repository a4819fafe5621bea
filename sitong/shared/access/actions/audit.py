"""Leave who, when, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from structlog.contextvars import get_contextvars

from sitong.shared.access.models import Audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: `verb` in the past tense ("changed"), `subject` as "<word>.<thing>" ("org.store").

    `by` is the account, None for the platform itself. Personal data goes in masked only.
    """

    verb: str
    subject: str
    subject_id: UUID | None
    brand_id: UUID | None
    by: UUID | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def record(entries: Sequence[AuditEntry], *, at: datetime) -> None:
    """Write the entries in the caller's transaction: the change and its trace come or go together. One statement."""
    if not entries:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("record inside of the transaction of the change")
    request_id = str(get_contextvars().get("request_id", ""))[:40]
    Audit.objects.bulk_create(
        Audit(
            brand_id=entry.brand_id, by=entry.by, at=at, verb=entry.verb, subject=entry.subject,
            subject_id=entry.subject_id, before=_plain(entry.before), after=_plain(entry.after), request_id=request_id,
        )
        for entry in entries
    )  # fmt: skip


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give of both sides only what differs, so that an audit row shows the change and no more."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in facts.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(one) for one in value]
    return _plain(value) if isinstance(value, Mapping) else value
