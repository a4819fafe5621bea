"""What members say about messages: no more of these, again, one subscribe message please, here is my address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from sitong.marketing.messages.events import MessageUnsubscribed
from sitong.marketing.messages.models import (
    MessageAddress,
    MessageCredit,
    MessageTemplate,
    MessageUnsubscribe,
)
from sitong.member.identity.queries import member_facts, member_now
from sitong.shared.access.fields import keyed_index
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id


class MessageAddressMalformed(Refused):
    """This is no e-mail address."""

    code = "marketing.message_address_malformed"


@dataclass(frozen=True, slots=True)
class Stop:
    """A member wants no more of a purpose in a channel. `how`: page, link, reply, blocked, staff."""

    brand_id: UUID
    member_id: UUID
    channel: str
    purpose: str = "marketing"
    how: str = "page"


@dataclass(frozen=True, slots=True)
class CreditGiven:
    """A member allowed one message of a subscribe template. The id is the client's."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    template_id: UUID


def unsubscribe(stops: Sequence[Stop], *, now: datetime) -> int:
    """Keep that members want no more; said again, nothing happens. Gives how many are new. What is planned is not sent."""
    with transaction.atomic():
        known = member_now({one.member_id for one in stops})
        rows = [
            MessageUnsubscribe(id=new_id(), brand_id=one.brand_id, member_id=known[one.member_id], channel=one.channel,
                               purpose=one.purpose, how=one.how, at=now)
            for one in dict.fromkeys(stops) if one.member_id in known
        ]  # fmt: skip
        MessageUnsubscribe.objects.bulk_create(rows, ignore_conflicts=True)
        made = MessageUnsubscribe.objects.in_bulk([row.id for row in rows])
        fresh = [row for row in rows if row.id in made]
        announce([MessageUnsubscribed(row.brand_id, row.member_id, row.channel, row.purpose) for row in fresh], at=now)
    return len(fresh)


def subscribe_again(stop: Stop, *, now: datetime) -> bool:
    """Let a member have again what it had refused; gives whether it had. Marketing still needs the consent."""
    known = member_now([stop.member_id]).get(stop.member_id, stop.member_id)
    held = MessageUnsubscribe.objects.filter(
        brand_id=stop.brand_id, member_id=known, channel=stop.channel, purpose=stop.purpose, ended_at=None
    )
    return bool(held.update(ended_at=now))


def give_credits(given: Sequence[CreditGiven], *, now: datetime) -> list[MessageCredit | Refused]:
    """Keep that members allowed subscribe messages, one for each; the same id again is the same one.

    Refused: shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        known = member_now({one.member_id for one in given})
        templates = MessageTemplate.objects.in_bulk([one.template_id for one in given])
        there = MessageCredit.objects.in_bulk([one.id for one in given])
        outcomes: list[MessageCredit | Refused] = []
        fresh: list[MessageCredit] = []
        for one in given:
            template, member_id = templates.get(one.template_id), known.get(one.member_id)
            if (
                member_id is None
                or template is None
                or (template.brand_id, template.channel) != (one.brand_id, "wechat")
            ):
                outcomes.append(NotFound(what="member" if member_id is None else "template"))
            elif earlier := there.get(one.id):
                same = (earlier.member_id, earlier.template_id) == (member_id, one.template_id)
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            else:
                row = MessageCredit(
                    id=one.id, brand_id=one.brand_id, member_id=member_id, template_id=one.template_id, given_at=now
                )
                there[one.id] = row
                fresh.append(row)
                outcomes.append(row)
        MessageCredit.objects.bulk_create(fresh, ignore_conflicts=True)
    return outcomes


def end_credits(pairs: Collection[tuple[UUID, UUID]], *, now: datetime) -> None:
    """End what members had allowed of templates and not used: they refused it in WeChat itself. (member, template)"""
    for template_id in sorted({pair[1] for pair in pairs}):
        members = [member for member, of in pairs if of == template_id]
        MessageCredit.objects.filter(
            member_id__in=members, template_id=template_id, message_id=None, ended_at=None
        ).update(ended_at=now)


def keep_address(member_id: UUID, address: str, *, now: datetime) -> MessageAddress:
    """Keep a member's e-mail address in place of the one before. Refused: marketing.message_address_malformed."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise MessageAddressMalformed() from None
    known = member_now([member_id]).get(member_id)
    if known is None:
        raise NotFound(what="member")
    index = keyed_index(f"email:{address.lower()}")
    facts = {
        "brand_id": member_facts([known])[known].brand_id,
        "address": address,
        "address_index": index,
        "given_at": now,
    }
    row, _ = MessageAddress.objects.update_or_create(member_id=known, defaults=facts)
    return row


def drop_address(member_id: UUID) -> None:
    """Forget a member's e-mail address."""
    MessageAddress.objects.filter(member_id__in=set(member_now([member_id]).values())).delete()
