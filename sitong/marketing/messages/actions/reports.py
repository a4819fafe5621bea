"""What carriers and readers tell of messages afterwards: delivered, failed, opened, clicked, and replies that want no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.messages.actions.states import Told, tell
from sitong.marketing.messages.actions.wishes import Stop, unsubscribe
from sitong.marketing.messages.models import Message, MessageAttempt
from sitong.marketing.messages.queries.found import messages_of_calls, messages_of_numbers, messages_of_openids
from sitong.member.identity.queries import member_by_phone

STOP_WORDS = {"T", "TD", "R", "N", "退订", "拒收", "退订回T", "取消"}


@dataclass(frozen=True, slots=True)
class Report:
    """One carrier's word of one message, which it names by its own number, by our call and the address, or by openid and template.

    `what`: delivered, failed, sent.
    """

    brand_id: UUID
    channel: str
    what: str
    at: datetime
    fault: str = ""
    provider_id: str = ""
    attempt_id: UUID | None = None
    address: str = ""
    template_code: str = ""
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A member answered an SMS."""

    brand_id: UUID
    phone: str
    text: str


def note_reports(reports: Sequence[Report], *, now: datetime) -> int:
    """Keep what carriers tell, in any order and any number of times; gives how many messages changed.

    What names no message of the brand's is left out. The number of statements does not depend on the number of reports.
    """
    with transaction.atomic():
        by_call = messages_of_calls([(one.brand_id, one.attempt_id, one.address) for one in reports if one.attempt_id])
        numbered = [one for one in reports if one.provider_id and not one.attempt_id]
        by_number = messages_of_numbers([(one.brand_id, one.channel, one.provider_id) for one in numbered])
        left = [one for one in numbered if (one.brand_id, one.channel, one.provider_id) not in by_number]
        by_openid = messages_of_openids([(one.brand_id, one.address, one.template_code) for one in left if one.address])
        told = []
        for one in reports:
            found = one.message_id or (
                by_call.get((one.brand_id, one.attempt_id, one.address))
                if one.attempt_id
                else by_number.get((one.brand_id, one.channel, one.provider_id))
                or by_openid.get((one.brand_id, one.address, one.template_code))
            )
            if found is not None:
                told.append(Told(found, one.what, one.at, one.fault, one.provider_id))
        changed = tell(told, now=now)
        _close(sorted({one.attempt_id for one in reports if one.attempt_id}), now)
    return changed


def note_read(message_id: UUID, what: str, *, now: datetime) -> int:
    """Keep that a member opened a message, or clicked its link (which opens it)."""
    with transaction.atomic():
        told = [Told(message_id, "opened", now)] + ([Told(message_id, "clicked", now)] if what == "clicked" else [])
        return tell(told, now=now)


def note_replies(replies: Sequence[Reply], *, now: datetime) -> int:
    """Let members who answered T, R or 退订 have no more marketing messages by SMS; gives how many are new."""
    stops = []
    for one in replies:
        if one.text.strip().upper().removeprefix("回复").strip() in STOP_WORDS:
            member = member_by_phone(one.brand_id, one.phone)
            if member is not None:
                stops.append(Stop(one.brand_id, member.id, "sms", "marketing", "reply"))
    return unsubscribe(stops, now=now) if stops else 0


def _close(attempt_ids: Sequence[UUID], now: datetime) -> None:
    """A call of which every message was told needs not be asked about."""
    MessageAttempt.objects.filter(id__in=attempt_ids, state="asked").exclude(id__in=_open(attempt_ids)).update(
        state="answered", answered_at=now
    )


def _open(attempt_ids: Sequence[UUID]) -> set[UUID]:
    return set(Message.objects.filter(attempt_id__in=attempt_ids, state="sending").values_list("attempt_id", flat=True))  # type: ignore[arg-type]
