"""What the API of messages takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

ChannelName = Literal["sms", "wechat", "wecom", "email", "voice"]


class MessageTemplateIn(Schema):
    """A template as a draft. Fields of the catalog stand in braces: {member_name}."""

    id: UUID
    channel: ChannelName = "sms"
    purpose: Literal["marketing", "service"] = "service"
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    subject: str = Field("", max_length=100)
    subject_en: str = Field("", max_length=100)
    text: str = Field(min_length=1, max_length=1_000)
    text_en: str = Field("", max_length=1_000)
    provider_code: str = Field("", max_length=64)
    provider_code_en: str = Field("", max_length=64)
    signature: str = Field("", max_length=40)
    slots: list[tuple[str, str]] = Field([], max_length=20, description="The provider's field and ours, in its order.")
    link: str = Field("", max_length=300)


class MessageTemplateOut(Schema):
    """A template as it stands."""

    id: UUID
    channel: str
    purpose: str
    name: str
    name_en: str
    subject: str
    text: str
    text_en: str
    provider_code: str
    signature: str
    slots: list[tuple[str, str]]
    link: str
    approval: str
    approval_note: str
    ended_at: datetime | None


class ApprovalIn(Schema):
    """What the provider said."""

    approval: Literal["waiting", "approved", "refused"]
    note: str = Field("", max_length=200)


class MessageChannelIn(Schema):
    """An account with a provider. An empty secret keeps the one that is there."""

    provider: Literal["aliyun", "tencent", "wechat", "wecom", "smtp"]
    account: str = Field(min_length=1, max_length=100)
    secret: str = Field("", max_length=500)
    application: str = Field("", max_length=64)
    sender: str = Field("", max_length=100)
    callback_secret: str = Field("", max_length=100)
    gateway: str = Field("", max_length=200)
    per_second: int = Field(20, ge=1, le=1_000)


class MessageChannelOut(Schema):
    """An account without its secrets."""

    channel: str
    provider: str
    account: str
    application: str
    sender: str
    gateway: str
    per_second: int
    closed_at: datetime | None
    checked_at: datetime | None
    check_fault: str


class CapIn(Schema):
    """At most so many; null: no cap. The channel '' is all together."""

    channel: Literal["", "sms", "wechat", "wecom", "email", "voice"]
    per_day: int | None = Field(None, ge=1, le=1_000)
    per_week: int | None = Field(None, ge=1, le=1_000)
    per_month: int | None = Field(None, ge=1, le=1_000)


class MessageRulesIn(Schema):
    """Quiet hours in minutes of the day (the same twice: none), and caps."""

    quiet_from: int = Field(ge=0, le=1_439)
    quiet_until: int = Field(ge=0, le=1_439)
    caps: list[CapIn] = Field([], max_length=6)


class MessageIn(Schema):
    """A message to a member, to be sent when it may be."""

    id: UUID
    member_id: UUID
    template_id: UUID = Field(alias="message_template_id")
    cause: str = Field(min_length=1, max_length=80)
    fields: dict[str, str] = Field({}, description="What the template needs and is not the member's own.")
    not_before: datetime | None = None


class MessagesIn(Schema):
    """Up to 1,000 messages."""

    messages: list[MessageIn] = Field(min_length=1, max_length=1_000)


class MessageAnswer(Schema):
    """A message that is planned, or why not."""

    id: UUID
    code: str
    message: str
    send_after: datetime | None


class MessageOut(Schema):
    """A message without its text, which is kept nowhere."""

    id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    purpose: str
    cause: str
    state: str
    fault: str
    send_after: datetime
    attempts: int
    sent_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None


class MessageLogOut(Schema):
    """A page of the log; `next` is asked for with ?before=."""

    messages: list[MessageOut]
    next: str | None


class MessageDayOut(Schema):
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


class DecideIn(Schema):
    """What became of messages of which nobody knows."""

    message_ids: list[UUID] = Field(min_length=1, max_length=500)
    verdict: Literal["sent", "failed", "again"]


class MessageWishIn(Schema):
    """Whether the consumer wants messages of a purpose in a channel."""

    channel: ChannelName
    purpose: Literal["marketing", "service"] = "marketing"
    wanted: bool


class MessageWishOut(Schema):
    """What the consumer has said no to."""

    channel: str
    purpose: str


class CreditIn(Schema):
    """The consumer allowed one subscribe message; the id is the client's."""

    id: UUID
    message_template_id: UUID


class CreditOut(Schema):
    """How many are allowed and not used yet."""

    message_template_id: UUID
    left: int


class MessageCounted(Schema):
    """How many changed."""

    count: int
