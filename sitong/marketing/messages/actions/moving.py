"""Messages move along with a member who is joined with another, and what is personal goes when a member is erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.messages.actions.sending import cancel_messages
from sitong.marketing.messages.models import Message, MessageAddress, MessageCredit, MessageUnsubscribe

TABLES = (Message, MessageCredit, MessageUnsubscribe, MessageAddress)


def move_messages(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Put messages, credits, what is refused and the address of one member into another's name; gives which rows.

    What the other has said already of a channel, and its own address, stay: the absorbed one's stays behind.
    """
    moved: list[UUID] = []
    with transaction.atomic():
        for table in (Message, MessageCredit):
            rows = table.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
            ids = list(rows.values_list("id", flat=True))
            table.objects.filter(id__in=ids).update(member_id=to)
            moved += ids
        said = set(MessageUnsubscribe.objects.filter(member_id=to, ended_at=None).values_list("channel", "purpose"))
        for row in (
            MessageUnsubscribe.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
        ):
            if row.ended_at is not None or (row.channel, row.purpose) not in said:
                MessageUnsubscribe.objects.filter(id=row.id).update(member_id=to)
                moved.append(row.id)
        if not MessageAddress.objects.filter(member_id=to).exists():
            own = list(MessageAddress.objects.filter(member_id=absorbed_id).values_list("id", flat=True))
            MessageAddress.objects.filter(id__in=own).update(member_id=to)
            moved += own
    return moved


def move_messages_back(row_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these rows back; those that are not in the first one's name any more are left out."""
    with transaction.atomic():
        for table in TABLES:
            rows = table.objects.select_for_update(no_key=True).filter(id__in=row_ids, member_id=of).order_by("id")
            table.objects.filter(id__in=list(rows.values_list("id", flat=True))).update(member_id=to)


def forget_members(member_ids: Collection[UUID], *, now: datetime) -> int:
    """Cancel what waits for members, end what they allowed, and delete their addresses; gives how many rows.

    Messages stay without their fields: a book of what was sent, which names nobody any more.
    """
    with transaction.atomic():
        waiting = list(Message.objects.filter(member_id__in=member_ids, state="planned").values_list("id", flat=True))
        count = cancel_messages(waiting, why="member_unknown")
        count += Message.objects.filter(member_id__in=member_ids, fields__isnull=False).update(fields=None)
        count += MessageCredit.objects.filter(member_id__in=member_ids, message_id=None, ended_at=None).update(
            ended_at=now
        )
        count += MessageAddress.objects.filter(member_id__in=member_ids).delete()[0]
    return count
