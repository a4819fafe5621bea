"""What a SKU costs, where, for whom, from how many, when; and what it cost before."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class PriceList(models.TextChoices):
    """Regular prices hold until they are replaced; a promotion's price lies over them for a time and then goes by itself."""

    REGULAR = "regular"
    PROMOTION = "promotion"


class Price(models.Model):
    """One price of one SKU in minor units for a base unit (per kilogram when weighed).

    An empty `channel`, `store_kind`, `store_id` and `tier` (the code of a members' tier) mean all. Which of several prices
    holds: docs/rules/price.md. A price that was once in force is not changed or deleted: it is ended, and the next one
    starts. For one SKU, list, channel, store kind, store, tier and quantity step the half-open periods [starts_at, ends_at)
    never overlap.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    sku = models.ForeignKey("goods.Sku", models.CASCADE, related_name="prices", db_index=False)
    price_list = models.CharField(max_length=10, choices=PriceList.choices, default=PriceList.REGULAR)
    channel = models.CharField(max_length=20, blank=True, default="")
    store_kind = models.CharField(max_length=12, blank=True, default="")
    store_id = models.UUIDField(null=True)
    tier = models.CharField(max_length=20, blank=True, default="")
    quantity_from = models.PositiveIntegerField(default=1)
    amount_minor = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=models.Q(quantity_from__gte=1), name="price_from_one"),
            models.CheckConstraint(condition=models.Q(price_list__in=PriceList.values), name="price_list_known"),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")), name="price_period"
            ),
            models.CheckConstraint(
                condition=~models.Q(price_list="promotion") | models.Q(ends_at__isnull=False), name="price_promotion_ends"
            ),
            models.UniqueConstraint(
                fields=["sku", "store_id", "channel", "store_kind", "quantity_from", "price_list", "tier"],
                condition=models.Q(ends_at__isnull=True), nulls_distinct=False, name="price_one_without_end",
            ),
            models.UniqueConstraint(
                fields=["sku", "store_id", "channel", "store_kind", "quantity_from", "price_list", "tier", "starts_at"],
                nulls_distinct=False, name="price_starts_once",
            ),
        ]  # fmt: skip
