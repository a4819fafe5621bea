"""Payments of documents through providers, their notifications and refunds. A payment knows an amount, never an order."""

from __future__ import annotations

from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Merchant(models.Model):
    """An account with a payment provider into which one legal entity is paid (no entity: the brand's own).

    Money goes to the account of the entity that sells, never through somebody else's (no 二清). The private key and the
    APIv3 key are sealed. An empty `gateway` is the provider's own address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    entity_id = models.UUIDField(null=True)
    provider = models.CharField(max_length=20)
    merchant_number = models.CharField(max_length=32)
    app_id = models.CharField(max_length=32)
    serial = models.CharField(max_length=64)
    private_key = EncryptedTextField()
    api_key = EncryptedTextField()
    provider_key_id = models.CharField(max_length=80)
    provider_key = models.TextField()
    gateway = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "entity_id", "provider"],
                nulls_distinct=False,
                condition=models.Q(closed_at__isnull=True),
                name="merchant_once",
            ),
        ]


class PaymentState(models.TextChoices):
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class Payment(models.Model):
    """One payment of one document, or the attempt; a document may have several, of several kinds.

    `provider` is its kind: "wechat", "cash", "wallet" or "exchange". Those but a provider's have no merchant and are paid at
    once; an exchange's money lies on the payments of the document `source_id`, whose goods came back. `given_minor`
    is the cash that was handed over, change included, `shift_id` the till's shift in whose drawer it lies. `number` is what
    a provider knows as out_trade_no. `document_kind` says who hears that it is paid.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    document_id = models.UUIDField()
    document_kind = models.CharField(max_length=10, default="order")
    entity_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="payments")
    provider = models.CharField(max_length=20)
    way = models.CharField(
        max_length=8, default="app", help_text="How the provider is used: app (JSAPI) or code (the till scans)."
    )
    given_minor = models.BigIntegerField(null=True)
    source_id = models.UUIDField(null=True)
    shift_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    number = models.CharField(max_length=32, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    state = models.CharField(max_length=8, choices=PaymentState.choices, default=PaymentState.OPEN)
    provider_number = models.CharField(max_length=64, blank=True, default="")
    prepay_id = models.CharField(max_length=128, blank=True, default="")
    reversal = models.CharField(
        max_length=5, blank=True, default="", help_text="A code payment given up: asked, then done."
    )
    refunded_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="When the provider was last asked by query.")
    expires_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="refund_within_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(provider__in=["cash", "wallet", "exchange"], merchant__isnull=True)
                | (~models.Q(provider__in=["cash", "wallet", "exchange"]) & models.Q(merchant__isnull=False)),
                name="payment_merchant_known",
            ),
            models.CheckConstraint(
                condition=models.Q(given_minor__isnull=True) | models.Q(given_minor__gte=models.F("amount_minor")),
                name="payment_given_enough",
            ),
            models.CheckConstraint(
                condition=models.Q(provider="exchange", source_id__isnull=False)
                | (~models.Q(provider="exchange") & models.Q(source_id__isnull=True)),
                name="payment_source_known",
            ),
        ]
        indexes = [
            models.Index(fields=["document_id"]),
            models.Index(fields=["opened_at"], condition=models.Q(state="open"), name="payment_open"),
            models.Index(fields=["opened_at"], condition=models.Q(reversal="asked"), name="payment_to_reverse"),
            models.Index(fields=["shift_id"], condition=models.Q(shift_id__isnull=False), name="payment_shift"),
            models.Index(fields=["source_id"], condition=models.Q(source_id__isnull=False), name="payment_source"),
            models.Index(fields=["brand_id", "paid_at"], condition=models.Q(state="paid"), name="payment_paid"),
        ]


class Refund(models.Model):
    """Money given back on one payment. The same id asks the provider once (out_refund_no).

    `request_id`: the giving back of a document's money of which this is one payment's part. Cash and wallet are done at
    once; `by` handed the cash out, from the drawer of `shift_id`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    provider_number = models.CharField(max_length=64, blank=True, default="")
    request_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    shift_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("asked", "done", "failed")], default="asked")
    reason = models.CharField(max_length=80, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive")]
        indexes = [
            models.Index(fields=["request_id"], condition=models.Q(request_id__isnull=False), name="refund_request"),
            models.Index(fields=["shift_id"], condition=models.Q(shift_id__isnull=False), name="refund_shift"),
        ]


class BillCheck(models.Model):
    """One day's bill of one merchant account, compared with our payments and refunds. Compared anew, the row is replaced.

    `on` is the provider's business date (Beijing). `differences`: what does not agree, a list of {code, number, ours, theirs}.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="bills")
    on = models.DateField()
    payments_count = models.IntegerField(default=0)
    payments_minor = models.BigIntegerField(default=0)
    refunds_count = models.IntegerField(default=0)
    refunds_minor = models.BigIntegerField(default=0)
    differences = models.JSONField(default=list)
    checked_at = models.DateTimeField()

    class Meta:
        app_label = "scene"
        constraints = [models.UniqueConstraint(fields=["merchant", "on"], name="bill_once")]
