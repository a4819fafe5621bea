"""Documents by which a member buys a coupon."""

from __future__ import annotations

from django.db import models


class CouponSaleState(models.TextChoices):
    """`returned`: the money came when there was none left, so it went back. `refunded`: given back unused."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    RETURNED = "returned"
    REFUNDED = "refunded"


class CouponSale(models.Model):
    """One coupon that a member buys through the payment provider. `id` was made by the client, and is the claim's own id.

    Nothing is put aside while it is unpaid. What was paid from a wallet is given at once and has no such row.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    coupon_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    number = models.CharField(max_length=24)
    name = models.CharField(max_length=100)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    source = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=10, choices=CouponSaleState.choices, default=CouponSaleState.OPEN)
    opened_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="coupon_sale_positive")]
        indexes = [
            models.Index(fields=["member_id", "-opened_at"], name="coupon_sale_member"),
            models.Index(fields=["pay_by"], condition=models.Q(state="open"), name="coupon_sale_unpaid"),
        ]
