"""What brands tell their members: templates, the accounts that carry messages, what was planned and sent, and who wants none."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Channel(models.TextChoices):
    """How a message reaches a member. wechat: a subscribe message. wecom: a task that staff confirm in WeCom."""

    SMS = "sms"
    WECHAT = "wechat"
    WECOM = "wecom"
    EMAIL = "email"
    VOICE = "voice"


class MessagePurpose(models.TextChoices):
    """Marketing needs the member's consent and keeps quiet hours and caps. Service is about what the member did itself."""

    MARKETING = "marketing"
    SERVICE = "service"


class Approval(models.TextChoices):
    """What the provider says of a template. none: the channel asks nobody (e-mail, WeCom)."""

    NONE = "none"
    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class MessageTemplate(models.Model):
    """What is said in one channel, in both languages, with fields of the closed catalog in braces.

    `provider_code` is what the provider calls it, `signature` what stands in front of an SMS. `slots` names the provider's
    own fields and which of ours fills each, in its order. `link` is the page that it opens. Texts may change only while
    the provider has not approved them.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    purpose = models.CharField(max_length=9, choices=MessagePurpose.choices)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    subject = models.CharField(max_length=100, blank=True, default="")
    subject_en = models.CharField(max_length=100, blank=True, default="")
    text = models.TextField()
    text_en = models.TextField(blank=True, default="")
    provider_code = models.CharField(max_length=64, blank=True, default="")
    provider_code_en = models.CharField(max_length=64, blank=True, default="")
    signature = models.CharField(max_length=40, blank=True, default="")
    slots = models.JSONField(default=list)
    link = models.CharField(max_length=300, blank=True, default="")
    approval = models.CharField(max_length=8, choices=Approval.choices, default=Approval.DRAFT)
    approval_note = models.CharField(max_length=200, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="message_template_says_something")]
        indexes = [models.Index(fields=["brand_id", "-created_at"], name="message_template_newest")]


class MessageState(models.TextChoices):
    """How far a message is. unknown: the provider was asked and never answered, so a person decides.

    From sent on a state only rises, in this order: sent, failed, delivered, opened, clicked.
    """

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    CANCELED = "canceled"


class Message(models.Model):
    """One message to one member. `id` was made by whoever planned it; `cause` is its word for why ("journey:…").

    Holds no text and no address: it is rendered when it is sent. `fields` are what the planner said, never personal data.
    `due_on` is the brand's day of `send_after`, by which caps and the calendar count. No foreign key points here and its
    time-ordered id may be the key of partitions. `provider_id` is the provider's own number of it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    template_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    purpose = models.CharField(max_length=9, choices=MessagePurpose.choices)
    cause = models.CharField(max_length=80)
    fields = models.JSONField(null=True)
    state = models.CharField(max_length=9, choices=MessageState.choices, default=MessageState.PLANNED)
    planned_at = models.DateTimeField()
    send_after = models.DateTimeField()
    due_on = models.DateField()
    attempts = models.SmallIntegerField(default=0)
    attempt_id = models.UUIDField(null=True)
    provider_id = models.CharField(max_length=64, blank=True, default="")
    fault = models.CharField(max_length=80, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(
                fields=["brand_id", "channel", "send_after", "id"],
                condition=Q(state="planned"),
                name="message_due",
            ),
            models.Index(fields=["member_id", "due_on"], name="message_of_member"),
            models.Index(fields=["brand_id", "-send_after", "-id"], name="message_newest"),
            models.Index(fields=["attempt_id"], condition=Q(attempt_id__isnull=False), name="message_attempt"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_provider"),
            models.Index(fields=["brand_id", "id"], condition=Q(state="unknown"), name="message_unknown"),
        ]


class MessageCount(models.Model):
    """How many messages of a cause are due on a brand's day in a channel, and what became of them: for the calendar.

    `cause` is its first two parts ("journey:…"). All of it follows from the messages, and `check_books` says so. Each message
    counts once in `planned`, and once in each of the others that it has reached.
    """

    pk = models.CompositePrimaryKey("brand_id", "due_on", "channel", "cause")
    brand_id = models.UUIDField()
    due_on = models.DateField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    cause = models.CharField(max_length=80)
    planned = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    clicked = models.IntegerField(default=0)
    canceled = models.IntegerField(default=0)

    class Meta:
        app_label = "marketing"


class AttemptState(models.TextChoices):
    """asked: the call was about to be made, nothing is known of it. answered: the provider has said what became of it.
    unknown: it cannot be found out."""

    ASKED = "asked"
    ANSWERED = "answered"
    UNKNOWN = "unknown"


class MessageAttempt(models.Model):
    """One call to a provider with some messages. Committed before the call is made; the provider echoes `id` where it can.

    While `asked` and past `lease_until`, its worker is dead: the provider is asked what became of it before anything is
    sent again. `looked` counts how often it was asked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    template_id = models.UUIDField()
    count = models.IntegerField()
    state = models.CharField(max_length=8, choices=AttemptState.choices, default=AttemptState.ASKED)
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    looked = models.SmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=64, blank=True, default="")
    fault = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state="asked"), name="message_attempt_open"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_attempt_provider"),
        ]


class MessageChannel(models.Model):
    """A brand's account with the provider of one channel. Secrets are sealed. Closed: nothing is planned or sent in it.

    `account` is the access key's id, the app's or the company's id, or the mail user; `application` the SMS application or the
    WeCom agent; `sender` the number, address or staff from whom it comes. `callback_secret` proves what the provider tells
    us. An empty `gateway` is the provider's own address. `per_second` is how many calls the provider takes.
    """

    pk = models.CompositePrimaryKey("brand_id", "channel")
    brand_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    provider = models.CharField(max_length=12)
    account = models.CharField(max_length=100, blank=True, default="")
    secret = EncryptedTextField(blank=True, default="")
    application = models.CharField(max_length=64, blank=True, default="")
    sender = models.CharField(max_length=100, blank=True, default="")
    callback_secret = EncryptedTextField(blank=True, default="")
    gateway = models.CharField(max_length=200, blank=True, default="")
    per_second = models.IntegerField(default=20)
    closed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_fault = models.CharField(max_length=200, blank=True, default="")
    kept_at = models.DateTimeField()
    kept_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"


class MessagePace(models.Model):
    """How many calls to a channel's provider are free now (a token bucket), and the provider's access token while it holds.

    Its lock lets all workers of all machines keep one pace. The token is sealed and shared, since a new one may end the old.
    """

    pk = models.CompositePrimaryKey("brand_id", "channel")
    brand_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    free = models.FloatField(default=0)
    filled_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True, help_text="The provider said: not before.")
    token = EncryptedTextField(blank=True, default="")
    token_until = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"


class MessageHours(models.Model):
    """When a brand keeps quiet: no marketing message is sent between these minutes of the day, in the member's store's zone."""

    brand_id = models.UUIDField(primary_key=True)
    quiet_from = models.SmallIntegerField(default=21 * 60)
    quiet_until = models.SmallIntegerField(default=9 * 60)
    kept_at = models.DateTimeField()
    kept_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__range=(0, 1439), quiet_until__range=(0, 1439)), name="message_hours_of_a_day"
            )
        ]


class MessageCap(models.Model):
    """How many marketing messages a member gets at most, in a channel or ('') in all together, whatever their causes.

    A day, a week (from Monday) and a month are the brand's. Null: no cap.
    """

    pk = models.CompositePrimaryKey("brand_id", "channel")
    brand_id = models.UUIDField()
    channel = models.CharField(max_length=6, blank=True, default="")
    per_day = models.SmallIntegerField(null=True)
    per_week = models.SmallIntegerField(null=True)
    per_month = models.SmallIntegerField(null=True)

    class Meta:
        app_label = "marketing"


class MessageCredit(models.Model):
    """A member allowed one subscribe message of one template, once. `id` is the client's. Spent by the message that took it.

    Refused later in WeChat itself: `ended_at`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    template_id = models.UUIDField()
    given_at = models.DateTimeField()
    message_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["message_id"], name="message_credit_spent_once")]
        indexes = [
            models.Index(
                fields=["member_id", "template_id"],
                condition=Q(message_id__isnull=True, ended_at__isnull=True),
                name="message_credit_free",
            )
        ]


class MessageUnsubscribe(models.Model):
    """A member wants no more messages of a purpose in a channel. `how`: page, link, reply, blocked, staff. Kept when ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    purpose = models.CharField(max_length=9, choices=MessagePurpose.choices)
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(
                fields=["member_id", "channel", "purpose"],
                condition=Q(ended_at__isnull=True),
                name="message_unsubscribe_once",
            )
        ]
        indexes = [models.Index(fields=["member_id"], name="message_unsubscribe_of")]


class MessageAddress(models.Model):
    """A member's e-mail address, sealed, as the member gave it. Phones and WeChat's ids stand with the member itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField(unique=True)
    address = EncryptedTextField()
    address_index = models.BinaryField(max_length=32)
    given_at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["brand_id", "address_index"], name="message_address_found")]


class MessageNotice(models.Model):
    """A brand lets one kind of thing be told by itself, with this template, since then: "coupon_expiring", "pickup_ready"."""

    pk = models.CompositePrimaryKey("brand_id", "kind")
    brand_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    template_id = models.UUIDField()
    since = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
