"""Documents by which a member pays into its wallet."""

from __future__ import annotations

from django.db import models


class TopUpState(models.TextChoices):
    """`returned`: the money came and could not be paid in (too late, or above the cap), so it went back."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    RETURNED = "returned"


class TopUpDocument(models.Model):
    """One paying in: how much, what gift was promised with it, through which store. `id` was made by the client.

    The wallet's own entry of the same id is written when it is paid. `withdrawn_minor`: what was paid out again.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    entity_id = models.UUIDField(null=True)
    plan_id = models.UUIDField(null=True)
    number = models.CharField(max_length=24)
    pay_minor = models.BigIntegerField()
    gift_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="CNY")
    state = models.CharField(max_length=10, choices=TopUpState.choices, default=TopUpState.OPEN)
    withdrawn_minor = models.BigIntegerField(default=0)
    by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(pay_minor__gt=0, gift_minor__gte=0), name="topup_positive"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_minor__gte=0, withdrawn_minor__lte=models.F("pay_minor")),
                name="topup_withdrawn_within",
            ),
        ]
        indexes = [
            models.Index(fields=["member_id", "-opened_at"], name="topup_member"),
            models.Index(fields=["pay_by"], condition=models.Q(state="open"), name="topup_unpaid"),
        ]
