"""Templates, the log and the calendar, for those who may see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.marketing.messages.models import (
    Message,
    MessageAddress,
    MessageCount,
    MessageCredit,
    MessageNotice,
    MessageTemplate,
    MessageUnsubscribe,
)
from sitong.member.identity.queries import ids_of, members_visible_to
from sitong.shared.access.viewer import Viewer

SEE, CHANGE = "message.see", "message.change"
COUNTS = ("planned", "sent", "delivered", "failed", "opened", "clicked", "canceled")


@dataclass(frozen=True, slots=True)
class DaySum:
    """What one day's messages of a channel and cause came to."""

    on: date
    channel: str
    cause: str
    planned: int
    sent: int
    delivered: int
    failed: int
    opened: int
    clicked: int
    canceled: int


def templates_visible_to(viewer: Viewer) -> QuerySet[MessageTemplate]:
    """Give the templates of the viewer's brand."""
    return MessageTemplate.objects.filter(brand_id__in=viewer.place_ids("brand", SEE))


def messages_visible_to(viewer: Viewer) -> QuerySet[Message]:
    """Give the messages of the viewer's brand; a consumer has its own."""
    if viewer.system == "consumer":
        return Message.objects.filter(member_id__in=ids_of([viewer.member_id]) if viewer.member_id else [])
    return Message.objects.filter(brand_id__in=viewer.place_ids("brand", SEE))


def log_page(
    viewer: Viewer,
    *,
    state: str = "",
    channel: str = "",
    template_id: UUID | None = None,
    member_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> tuple[list[Message], tuple[datetime, UUID] | None]:
    """Give a page of the log, the newest first, and where the next begins. It is never counted."""
    rows = messages_visible_to(viewer)
    if state:
        rows = rows.filter(state=state)
    if channel:
        rows = rows.filter(channel=channel)
    if template_id:
        rows = rows.filter(template_id=template_id)
    if member_id:
        rows = rows.filter(member_id__in=ids_of([member_id]))
    if before:
        at, id = before
        rows = rows.filter(Q(send_after__lt=at) | Q(send_after=at, id__lt=id))
    found = list(rows.order_by("-send_after", "-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, (found[-1].send_after, found[-1].id) if more else None


def calendar_of(brand_id: UUID, first: date, last: date) -> list[DaySum]:
    """Give what the days from `first` to `last` hold, by day, channel and cause."""
    rows = MessageCount.objects.filter(brand_id=brand_id, due_on__range=(first, last)).order_by(
        "due_on", "channel", "cause"
    )
    return [DaySum(row.due_on, row.channel, row.cause, *(getattr(row, one) for one in COUNTS)) for row in rows]


def unknown_of(brand_id: UUID, *, limit: int = 100) -> list[Message]:
    """Give messages of which nobody knows what became; a person decides."""
    return list(Message.objects.filter(brand_id=brand_id, state="unknown").order_by("id")[:limit])


def messages_of_member(member_id: UUID, *, before: datetime | None = None, limit: int = 20) -> list[Message]:
    """Give the newest messages of a member and of who was joined into it."""
    rows = Message.objects.filter(member_id__in=ids_of([member_id]))
    if before:
        rows = rows.filter(send_after__lt=before)
    return list(rows.order_by("-send_after", "-id")[:limit])


def unsubscribed_from(member_id: UUID) -> set[tuple[str, str]]:
    """Give the (channel, purpose) of which a member wants no more."""
    rows = MessageUnsubscribe.objects.filter(member_id__in=ids_of([member_id]), ended_at=None)
    return set(rows.values_list("channel", "purpose"))


def template_names(template_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names of templates in both languages."""
    rows = MessageTemplate.objects.filter(id__in=template_ids)
    return {row[0]: (row[1], row[2] or row[1]) for row in rows.values_list("id", "name", "name_en")}


def template_facts(template_ids: Collection[UUID]) -> dict[UUID, MessageTemplate]:
    """Give templates by id."""
    return MessageTemplate.objects.in_bulk(list(template_ids))


def message_by_id(message_id: UUID) -> Message | None:
    """Give one message."""
    return Message.objects.filter(id=message_id).first()


def credits_left(member_id: UUID) -> dict[UUID, int]:
    """Give how many subscribe messages of each template a member has allowed and not got."""
    found: dict[UUID, int] = {}
    rows = MessageCredit.objects.filter(member_id__in=ids_of([member_id]), message_id=None, ended_at=None)
    for template_id in rows.values_list("template_id", flat=True):
        found[template_id] = found.get(template_id, 0) + 1
    return found


def askable_templates(brand_id: UUID) -> list[MessageTemplate]:
    """Give the WeChat templates for which the mini shop may ask members."""
    return list(
        MessageTemplate.objects.filter(
            brand_id=brand_id, channel="wechat", approval="approved", ended_at=None
        ).order_by("created_at", "id")
    )


def usable_templates(brand_id: UUID) -> list[MessageTemplate]:
    """Give the templates with which a brand may send now."""
    return list(
        MessageTemplate.objects.filter(brand_id=brand_id, approval__in=("none", "approved"), ended_at=None).order_by(
            "created_at", "id"
        )
    )


def is_seen(viewer: Viewer, member_id: UUID) -> bool:
    """Tell whether the viewer may see this member."""
    return members_visible_to(viewer).filter(id=member_id).exists()


def notices_of(brand_id: UUID) -> dict[str, UUID]:
    """Give what a brand lets be told by itself: its templates by kind."""
    return dict(MessageNotice.objects.filter(brand_id=brand_id).values_list("kind", "template_id"))


def planned_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give a member's messages since then, but for some: id, what it was for, when."""
    rows = Message.objects.filter(member_id=member_id, planned_at__gt=since).exclude(id__in=besides)
    return [(row.id, row.cause, row.send_after) for row in rows.order_by("planned_at", "id")[:200]]


def messages_kept(member_ids: Collection[UUID]) -> list[Any]:
    """Give all that is kept of members' messages, the oldest first."""
    names = ("id", "template_id", "channel", "purpose", "cause", "fields", "state", "planned_at", "sent_at", "delivered_at", "failed_at",
             "opened_at", "clicked_at")  # fmt: skip
    return list(Message.objects.filter(member_id__in=member_ids).order_by("planned_at", "id").values(*names))


def refusals_kept(member_ids: Collection[UUID]) -> list[Any]:
    """Give what members wanted no more of, the oldest first."""
    rows = MessageUnsubscribe.objects.filter(member_id__in=member_ids).order_by("at", "id")
    return list(rows.values("channel", "purpose", "how", "at", "ended_at"))


def addresses_kept(member_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Give members' e-mail addresses in clear."""
    rows = MessageAddress.objects.filter(member_id__in=member_ids).order_by("given_at")
    return [{"address": row.address, "given_at": row.given_at} for row in rows]
