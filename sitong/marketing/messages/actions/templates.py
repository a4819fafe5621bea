"""Templates change: written, submitted, approved or refused by the provider, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.messages.catalog import FIELDS, fields_in, unknown_fields
from sitong.marketing.messages.models import Approval, Channel, MessagePurpose, MessageTemplate
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

TEXT_MAX = 1_000
WAYS_OUT = ("退订", "拒收")
"""How a marketing SMS tells its way out: one of these words stands in it."""

NEEDS_CODE = frozenset({"sms", "wechat", "voice"})


class MessageTemplateMalformed(Refused):
    """A template has a name, a text of at most 1,000 characters, and where the provider needs one its code; `what` is missing."""

    code = "marketing.message_template_malformed"


class MessageTemplateField(Refused):
    """A text or slot names a field that is not in the catalog."""

    code = "marketing.message_template_field"


class MessageTemplateFrozen(Refused):
    """The provider has approved the template as it is. Make another one instead."""

    code = "marketing.message_template_frozen"


class MessageWithoutWayOut(Refused):
    """A marketing SMS tells how to refuse further ones (通信短信息服务管理规定 art. 20, Advertising Law art. 43)."""

    code = "marketing.message_without_way_out"


class MessageWithoutSender(Refused):
    """An SMS says in its signature from whom it is (Advertising Law art. 43)."""

    code = "marketing.message_without_sender"


@dataclass(frozen=True, slots=True)
class TemplateWanted:
    """A template as a draft. `slots` are the provider's own fields with ours, in the provider's order."""

    id: UUID
    brand_id: UUID
    channel: str
    purpose: str
    name: str
    text: str
    name_en: str = ""
    text_en: str = ""
    subject: str = ""
    subject_en: str = ""
    provider_code: str = ""
    provider_code_en: str = ""
    signature: str = ""
    slots: Sequence[tuple[str, str]] = ()
    link: str = ""


def define_template(wanted: TemplateWanted, *, by: UUID | None, now: datetime) -> MessageTemplate:
    """Keep a template as a draft; e-mail and WeCom ask no provider, so theirs can be sent at once. Its id is the client's.

    Refused: marketing.message_template_malformed, …_template_field, …_template_frozen, …_without_way_out, …_without_sender.
    """
    _refuse(wanted)
    with transaction.atomic():
        row = MessageTemplate.objects.select_for_update(no_key=True).filter(id=wanted.id).first()
        if row is not None and row.brand_id != wanted.brand_id:
            raise NotFound(what="template")
        content = _content(wanted)
        if row is not None:
            if all(getattr(row, name) == value for name, value in content.items()):
                return row
            if row.approval in (Approval.APPROVED, Approval.WAITING) or row.channel != wanted.channel:
                raise MessageTemplateFrozen()
        approval = Approval.DRAFT if wanted.channel in NEEDS_CODE else Approval.NONE
        row = row or MessageTemplate(id=wanted.id, brand_id=wanted.brand_id, created_at=now, created_by=by)
        for name, value in (content | {"approval": approval, "approval_note": ""}).items():
            setattr(row, name, value)
        row.save()
        _trace("defined", row, by, now)
    return row


def submit_template(template_id: UUID, *, by: UUID | None, now: datetime) -> MessageTemplate:
    """Say that the template was handed in to the provider; from here on it stays as it is. Refused: …_template_malformed."""

    return _approval(template_id, Approval.WAITING, "", by, now)


def note_approval(
    template_id: UUID, approval: str, *, note: str = "", by: UUID | None, now: datetime
) -> MessageTemplate:
    """Keep the provider's answer: waiting, approved or refused (then its reason). A refused one may be changed again."""
    if approval not in (Approval.WAITING, Approval.APPROVED, Approval.REFUSED):
        raise MessageTemplateMalformed(what="approval")
    return _approval(template_id, Approval(approval), note, by, now)


def end_template(template_id: UUID, *, by: UUID | None, now: datetime) -> MessageTemplate:
    """Plan no more messages with it; those that are planned are still sent."""
    with transaction.atomic():
        row = _locked(template_id)
        if row.ended_at is None:
            row.ended_at = now
            row.save(update_fields=["ended_at"])
            _trace("ended", row, by, now)
    return row


def _approval(template_id: UUID, approval: Approval, note: str, by: UUID | None, now: datetime) -> MessageTemplate:
    with transaction.atomic():
        row = _locked(template_id)
        if row.channel not in NEEDS_CODE or (row.approval, row.approval_note) == (approval, note[:200]):
            return row
        if not row.provider_code:
            raise MessageTemplateMalformed(what="provider_code")
        row.approval, row.approval_note = approval, note[:200]
        row.approved_at = now if approval == Approval.APPROVED else None
        row.save(update_fields=["approval", "approval_note", "approved_at"])
        _trace(str(approval), row, by, now)
    return row


def _refuse(one: TemplateWanted) -> None:
    if one.channel not in Channel.values or one.purpose not in MessagePurpose.values or not one.name.strip():
        raise MessageTemplateMalformed(what="name")
    if not one.text.strip() or max(len(one.text), len(one.text_en)) > TEXT_MAX:
        raise MessageTemplateMalformed(what="text")
    if one.channel == "email" and not one.subject.strip():
        raise MessageTemplateMalformed(what="subject")
    if one.link and not one.link.startswith(("https://", "/")):
        raise MessageTemplateMalformed(what="link")
    if one.channel in ("sms", "wechat", "voice") and len({name for name, _ in one.slots}) != len(one.slots):
        raise MessageTemplateMalformed(what="slots")
    named = fields_in(one.text, one.text_en, one.subject, one.subject_en, one.link) | {field for _, field in one.slots}
    if unknown := unknown_fields(named):
        raise MessageTemplateField(fields=", ".join(unknown), known=", ".join(sorted(FIELDS)))
    if one.channel == "sms" and not one.signature.strip():
        raise MessageWithoutSender()
    if one.channel == "sms" and one.purpose == "marketing" and not any(word in one.text for word in WAYS_OUT):
        raise MessageWithoutWayOut()


def _content(one: TemplateWanted) -> dict[str, object]:
    return {
        "channel": one.channel, "purpose": one.purpose, "name": one.name.strip()[:60], "name_en": one.name_en.strip()[:60],
        "subject": one.subject.strip()[:100], "subject_en": one.subject_en.strip()[:100], "text": one.text.strip(),
        "text_en": one.text_en.strip(), "provider_code": one.provider_code.strip()[:64],
        "provider_code_en": one.provider_code_en.strip()[:64], "signature": one.signature.strip(" 【】")[:40],
        "slots": [list(pair) for pair in one.slots], "link": one.link.strip()[:300],
    }  # fmt: skip


def _locked(template_id: UUID) -> MessageTemplate:
    row = MessageTemplate.objects.select_for_update(no_key=True).filter(id=template_id).first()
    if row is None:
        raise NotFound(what="template")
    return row


def _trace(verb: str, row: MessageTemplate, by: UUID | None, now: datetime) -> None:
    after = {"name": row.name, "channel": row.channel, "approval": row.approval}
    record([AuditEntry(verb, "marketing.message_template", row.id, row.brand_id, by, {}, after)], at=now)
