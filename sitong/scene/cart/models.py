"""The consumer's cart in one store."""

from __future__ import annotations

from django.db import models


class CartLine(models.Model):
    """How many of one SKU a member wants in one store. Holds nothing and promises no price."""

    pk = models.CompositePrimaryKey("member_id", "store_id", "sku_id")
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField()
    sku_id = models.UUIDField()
    quantity = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="cart_positive")]
