"""What is wanted of planning, what it answers, and why it may say no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sitong.shared.errors import Refused


class MessageTemplateUnknown(Refused):
    """There is no such template of this brand, or it has ended."""

    code = "marketing.message_template_unknown"


class MessageMemberUnknown(Refused):
    """There is no such member of this brand, or it was erased."""

    code = "marketing.message_member_unknown"


class MessageChannelOff(Refused):
    """The brand has no open account for this channel."""

    code = "marketing.message_channel_off"


class MessageTemplateUnready(Refused):
    """The provider has not approved the template."""

    code = "marketing.message_template_unready"


class MessageFieldMissing(Refused):
    """The template names fields that the planner did not bring."""

    code = "marketing.message_field_missing"


class MessageFieldUnknown(Refused):
    """A field is not one of the catalog that a planner may bring, or its value is too long."""

    code = "marketing.message_field_unknown"


class MessageNoConsent(Refused):
    """The member has not consented to marketing."""

    code = "marketing.message_no_consent"


class MessageUnsubscribedFrom(Refused):
    """The member wants no messages of this purpose in this channel."""

    code = "marketing.message_unsubscribed_from"


class MessageNoAddress(Refused):
    """Nothing is known by which the member could be reached in this channel."""

    code = "marketing.message_no_address"


class MessageNoCredit(Refused):
    """The member has not allowed a further subscribe message of this template."""

    code = "marketing.message_no_credit"


class MessageCapped(Refused):
    """The member gets as many as it may in this day, week or month."""

    code = "marketing.message_capped"


REFUSALS: dict[str, type[Refused]] = {
    "template_unknown": MessageTemplateUnknown, "member_unknown": MessageMemberUnknown, "channel_off": MessageChannelOff,
    "template_unready": MessageTemplateUnready, "field_missing": MessageFieldMissing, "field_unknown": MessageFieldUnknown,
    "no_consent": MessageNoConsent, "unsubscribed": MessageUnsubscribedFrom, "no_address": MessageNoAddress,
    "no_credit": MessageNoCredit, "capped": MessageCapped,
}  # fmt: skip
"""By the word that `rules.No` says."""


@dataclass(frozen=True, slots=True)
class MessageWanted:
    """A message to a member. `id` is the planner's: the same again gets the first answer. `cause` is its word for why.

    `fields` are those of the catalog that the planner knows (`catalog.SAID`); what is the member's own is looked up later.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    template_id: UUID
    cause: str
    fields: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that will be sent, not before `send_after`. `member_id` is who the member is now."""

    id: UUID
    member_id: UUID
    template_id: UUID
    cause: str
    send_after: datetime


@dataclass(frozen=True, slots=True)
class PlannedMany:
    """What became of many messages, in their order: '' for planned, else the code of the refusal."""

    message_ids: Sequence[UUID]
    codes: Sequence[str]

    @property
    def planned(self) -> int:
        """How many are planned."""
        return sum(1 for code in self.codes if not code)

    @property
    def refused(self) -> Counter[str]:
        """How many were refused, by code."""
        return Counter(code for code in self.codes if code)
