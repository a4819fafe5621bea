"""Documents by which a member buys a card."""

from __future__ import annotations

from django.db import models


class CardSaleState(models.TextChoices):
    """`returned`: the money came and no card could be given, so it went back. `refunded`: the card was given back."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    RETURNED = "returned"
    REFUNDED = "refunded"


class CardSale(models.Model):
    """One card that a member buys. `id` was made by the client, and is the card's own id. Nothing is given while it is unpaid."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    kind_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    entity_id = models.UUIDField(null=True)
    number = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    state = models.CharField(max_length=10, choices=CardSaleState.choices, default=CardSaleState.OPEN)
    refunded_minor = models.BigIntegerField(default=0)
    by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="card_sale_positive"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("price_minor")),
                name="card_sale_refunded_within",
            ),
        ]
        indexes = [
            models.Index(fields=["member_id", "-opened_at"], name="card_sale_member"),
            models.Index(fields=["pay_by"], condition=models.Q(state="open"), name="card_sale_unpaid"),
        ]
