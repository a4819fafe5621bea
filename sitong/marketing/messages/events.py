"""What messages tell others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class MessageSent(Happening):
    """A provider has taken a message. `cause` is the planner's word for why."""

    name: ClassVar[str] = "marketing.message_sent"
    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str


@happening
@dataclass(frozen=True, slots=True)
class MessageDelivered(Happening):
    """A message has reached the member."""

    name: ClassVar[str] = "marketing.message_delivered"
    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str


@happening
@dataclass(frozen=True, slots=True)
class MessageFailed(Happening):
    """A message did not reach the member; `fault` is the provider's code, or ours."""

    name: ClassVar[str] = "marketing.message_failed"
    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str
    fault: str


@happening
@dataclass(frozen=True, slots=True)
class MessageOpened(Happening):
    """A member has opened a message."""

    name: ClassVar[str] = "marketing.message_opened"
    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str


@happening
@dataclass(frozen=True, slots=True)
class MessageClicked(Happening):
    """A member has followed a message's link."""

    name: ClassVar[str] = "marketing.message_clicked"
    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str


@happening
@dataclass(frozen=True, slots=True)
class MessageUnsubscribed(Happening):
    """A member wants no more messages of this purpose in this channel."""

    name: ClassVar[str] = "marketing.message_unsubscribed"
    member_id: UUID
    channel: str
    purpose: str
