"""Automatic notices: a brand lets one kind of thing be told by itself, and what happens is planned as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.messages.actions.plan import plan_messages
from sitong.marketing.messages.catalog import NOTICES, VALUE_MAX
from sitong.marketing.messages.models import MessageNotice, MessageTemplate
from sitong.marketing.messages.planning import MessageWanted, Planned
from sitong.marketing.messages.queries.facts import READY, fields_said
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused


class MessageNoticeUnfit(Refused):
    """An automatic notice takes a service template that may be sent, with no fields but those that the notice says."""

    code = "marketing.message_notice_unfit"


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """Something happened to a member that a brand may want told. `source_id` is the happening's own id: told once."""

    kind: str
    source_id: UUID
    brand_id: UUID
    member_id: UUID
    fields: Mapping[str, str] = field(default_factory=dict)


def keep_notice(brand_id: UUID, kind: str, *, template_id: UUID, by: UUID | None, now: datetime) -> MessageNotice:
    """Let a kind of thing be told by itself with a template, from now on. Refused: marketing.message_notice_unfit."""
    if kind not in NOTICES:
        raise NotFound(what="notice")
    with transaction.atomic():
        template = MessageTemplate.objects.filter(id=template_id, brand_id=brand_id, ended_at=None).first()
        if template is None or template.approval not in READY or template.purpose != "service":
            raise MessageNoticeUnfit(fields=", ".join(NOTICES[kind]))
        if fields_said(template) - set(NOTICES[kind]):
            raise MessageNoticeUnfit(fields=", ".join(NOTICES[kind]))
        row = MessageNotice(brand_id=brand_id, kind=kind, template_id=template_id, since=now, by=by)
        MessageNotice.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["brand_id", "kind"],
            update_fields=["template_id", "since", "by"],
        )
        _trace("switched_on", brand_id, kind, by, now)
    return row


def drop_notice(brand_id: UUID, kind: str, *, by: UUID | None, now: datetime) -> None:
    """Tell a kind of thing no more by itself. What is planned is still sent."""
    with transaction.atomic():
        if MessageNotice.objects.filter(brand_id=brand_id, kind=kind).delete()[0]:
            _trace("switched_off", brand_id, kind, by, now)


def plan_notices(due: Sequence[NoticeDue], *, now: datetime) -> int:
    """Plan the messages of what happened, for brands that want it told; gives how many. The same happening is told once."""
    kinds = {one.kind for one in due}
    on = {
        (row.brand_id, row.kind): row.template_id
        for row in MessageNotice.objects.filter(brand_id__in={one.brand_id for one in due}, kind__in=kinds)
    }
    wanted = [
        MessageWanted(
            uuid5(one.source_id, f"notice:{one.kind}"), one.brand_id, one.member_id, on[one.brand_id, one.kind], f"notice:{one.kind}",
            {name: value[:VALUE_MAX] for name, value in one.fields.items()},
        )
        for one in due
        if (one.brand_id, one.kind) in on
    ]  # fmt: skip
    if not wanted:
        return 0
    return sum(1 for outcome in plan_messages(wanted, now=now) if isinstance(outcome, Planned))


def _trace(verb: str, brand_id: UUID, kind: str, by: UUID | None, now: datetime) -> None:
    record([AuditEntry(verb, "marketing.message_notice", brand_id, brand_id, by, {}, {"kind": kind})], at=now)
