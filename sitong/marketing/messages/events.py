"""What messages tell others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@dataclass(frozen=True, slots=True)
class MessageHappening(Happening):
    """Something happened to one message. `cause` is the planner's word for why it was sent."""

    message_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str


@happening
@dataclass(frozen=True, slots=True)
class MessageSent(MessageHappening):
    """A provider has taken a message."""

    name: ClassVar[str] = "marketing.message_sent"


@happening
@dataclass(frozen=True, slots=True)
class MessageDelivered(MessageHappening):
    """A message has reached the member."""

    name: ClassVar[str] = "marketing.message_delivered"


@happening
@dataclass(frozen=True, slots=True)
class MessageFailed(MessageHappening):
    """A message did not reach the member; `fault` is the provider's code, or ours."""

    name: ClassVar[str] = "marketing.message_failed"
    fault: str


@happening
@dataclass(frozen=True, slots=True)
class MessageOpened(MessageHappening):
    """A member has opened a message."""

    name: ClassVar[str] = "marketing.message_opened"


@happening
@dataclass(frozen=True, slots=True)
class MessageClicked(MessageHappening):
    """A member has followed a message's link."""

    name: ClassVar[str] = "marketing.message_clicked"


@happening
@dataclass(frozen=True, slots=True)
class MessageUnsubscribed(Happening):
    """A member wants no more messages of this purpose in this channel."""

    name: ClassVar[str] = "marketing.message_unsubscribed"
    member_id: UUID
    channel: str
    purpose: str
