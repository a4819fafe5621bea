"""What a SKU costs, where, for whom, from how many, when; and what it cost before."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class Price(models.Model):
    """One price of one SKU in minor units for a base unit (per kilogram when weighed).

    An empty `channel`, `store_kind` and `store_id` mean all. Which of several prices holds: docs/rules/price.md. A price
    that was once in force is not changed or deleted: it is ended, and the next one starts.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    sku = models.ForeignKey("goods.Sku", models.CASCADE, related_name="prices")
    channel = models.CharField(max_length=20, blank=True, default="")
    store_kind = models.CharField(max_length=12, blank=True, default="")
    store_id = models.UUIDField(null=True)
    quantity_from = models.PositiveIntegerField(default=1)
    amount_minor = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")), name="price_period"),
        ]
        indexes = [models.Index(fields=["sku", "starts_at"])]
