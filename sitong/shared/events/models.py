"""The outbox: what was announced, who has read how far, what could not be handled, what was sent out."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class CurrentTransaction(models.Func):
    """PostgreSQL's 64-bit id of the current transaction, as bigint (it has no direct cast)."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field = models.BigIntegerField()


class Event(models.Model):
    """One announcement, written in the transaction in which it came true. Rows are never changed.

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
    """How far one subscriber has read: everything up to (`transaction`, `seq`) is handled or parked."""

    subscriber = models.CharField(max_length=80, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"


class Parked(models.Model):
    """An event that one subscriber could not handle; the others went on. Retried from the console."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField(null=True)
    subscriber = models.CharField(max_length=80)
    event = models.ForeignKey(Event, models.PROTECT)
    error = models.TextField()
    tries = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"
        constraints = [models.UniqueConstraint(fields=["subscriber", "event"], name="parked_once")]
