"""The outbox: what was announced, who has read how far, what could not be handled, what was sent out."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class CurrentTransaction(models.Func):
    """PostgreSQL's 64-bit id of the current transaction, as bigint (it has no direct cast)."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field = models.BigIntegerField()


class Event(models.Model):
    """One announcement, written in the transaction in which it came true. Its facts are never changed.

    `transaction` is PostgreSQL's own 64-bit transaction id (`pg_current_xact_id()`), by which cursors read in commit
    order without gaps. `seq` orders events within a transaction.
    """

    seq = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField(db_default=CurrentTransaction())
    id = models.UUIDField(default=new_id)
    brand_id = models.UUIDField(null=True)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        app_label = "shared"
        indexes = [models.Index(fields=["transaction", "seq"])]


class Cursor(models.Model):
    """How far one subscriber has read: everything up to (`transaction`, `seq`) is handled, parked, or none of its names."""

    subscriber = models.CharField(max_length=80, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"


class Parked(models.Model):
    """An event that one subscriber could not handle; the others went on. Retried or dropped from the console.

    Open while both `handled_at` and `dropped_at` are empty.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField(null=True)
    subscriber = models.CharField(max_length=80)
    event = models.ForeignKey(Event, models.PROTECT)
    error = models.TextField()
    tries = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    drop_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "shared"
        constraints = [models.UniqueConstraint(fields=["subscriber", "event"], name="parked_once")]


class PeriodicRun(models.Model):
    """The last run of one time-driven function: when, for how long, and with what error ('' when it went well)."""

    name = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0, help_text="Failed runs in a row.")

    class Meta:
        app_label = "shared"


class WebhookEndpoint(models.Model):
    """An address of a brand's own system that gets its events. `names` empty: every event of the brand.

    The previous secret signs beside the new one until `previous_until`, so that the receiver can change over.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    url = models.CharField(max_length=500)
    names = ArrayField(models.CharField(max_length=80), default=list)
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(blank=True, default="")
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"
        indexes = [
            models.Index(fields=["brand_id"], condition=models.Q(removed_at__isnull=True), name="webhook_endpoints")
        ]


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint, with the last answer. Sent at least once, so a receiver may see it twice.

    The request is made from the event at each try; it is not kept here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, models.PROTECT)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(
        null=True, help_text="HTTP status of the last answer; empty when none came."
    )
    answer = models.TextField(blank=True, default="", help_text="The answer's beginning, or why none came.")
    took_ms = models.PositiveIntegerField(null=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once"),
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "next_at"], condition=models.Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["endpoint", "event"], condition=models.Q(state="given_up"), name="delivery_given_up"),
        ]
