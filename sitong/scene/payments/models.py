"""Payments of documents through providers, their notifications and refunds. A payment knows an amount, never an order."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class PaymentState(models.TextChoices):
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class Payment(models.Model):
    """One attempt to pay one document through one provider. `number` is what the provider knows as out_trade_no."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    document_id = models.UUIDField()
    provider = models.CharField(max_length=20)
    number = models.CharField(max_length=32, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    state = models.CharField(max_length=8, choices=PaymentState.choices, default=PaymentState.OPEN)
    provider_number = models.CharField(max_length=64, blank=True, default="")
    prepay_id = models.CharField(max_length=128, blank=True, default="")
    refunded_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")), name="refund_within_payment"),
        ]
        indexes = [models.Index(fields=["document_id"]), models.Index(fields=["opened_at"], condition=models.Q(state="open"), name="payment_open")]


class Refund(models.Model):
    """Money given back on one payment. The same id asks the provider once (out_refund_no)."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("asked", "done", "failed")], default="asked")
    reason = models.CharField(max_length=80, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive")]
