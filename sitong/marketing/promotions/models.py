"""Promotions, where they hold, what a flash sale has sold, and which orders used them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.marketing.coupons.models import Stacking
from sitong.shared.ids import new_id


class PromotionKind(models.TextChoices):
    GIFT = "gift"
    NTH = "nth"
    BUNDLE = "bundle"
    STEPS = "steps"
    MEMBER_DAY = "member_day"
    FLASH = "flash"


class Promotion(models.Model):
    """What a brand gives to whoever buys certain goods at a certain time. Nobody claims it: it is in the price.

    `rule` holds what its kind needs (`rules.Rule`), `terms` the conditions (`coupons.rules.Terms`), `month_days` the days of
    the month by the store's clock; an empty one means "any". Frozen once it is published: it is stopped, and another one
    published. What a flash sale has sold stands in FlashItem, never here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=PromotionKind.choices)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    rule = models.JSONField(default=dict)
    terms = models.JSONField(default=dict)
    month_days = models.JSONField(default=list)
    members_only = models.BooleanField(default=False)
    stores_choose = models.BooleanField(default=False, help_text="Holds only in stores that chose it (PromotionStore).")
    stacking = models.CharField(max_length=9, choices=Stacking.choices, default=Stacking.GROUP)
    stack_group = models.CharField(max_length=20, blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="The first instant at which it is over.")
    published_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True, help_text="Holds no more from then on, for good.")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PromotionKind.values), name="promotion_kind_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="promotion_ends_after"),
        ]
        indexes = [models.Index(fields=["brand_id", "ends_at"], name="promotion_brand_end")]


class PromotionVersion(models.Model):
    """Rises with each change of a brand's published promotions, so that a process may keep what it has read."""

    brand_id = models.UUIDField(primary_key=True)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "marketing"


class PromotionStore(models.Model):
    """A promotion was pushed to a store; it holds there from `chosen_at` until `left_at`."""

    pk = models.CompositePrimaryKey("promotion_id", "store_id")
    brand_id = models.UUIDField()
    promotion_id = models.UUIDField()
    store_id = models.UUIDField()
    pushed_at = models.DateTimeField()
    chosen_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    chosen_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["store_id"], name="promotion_store_store")]


class FlashItem(models.Model):
    """How many of one SKU a flash sale has, apart from the goods' stock, and how many are sold: locked before one is sold.

    `sold` is the sum of the takings that stand, and `check_books` says so. Goods that are returned do not come back here.
    """

    pk = models.CompositePrimaryKey("promotion_id", "sku_id")
    brand_id = models.UUIDField()
    promotion_id = models.UUIDField()
    sku_id = models.UUIDField()
    stock = models.IntegerField()
    sold = models.IntegerField(default=0)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(sold__gte=0, sold__lte=F("stock")), name="flash_never_oversold"),
        ]
        indexes = [models.Index(fields=["sku_id"], name="flash_item_sku")]


class FlashTaking(models.Model):
    """An order took so many of a flash sale's SKU. It stands until the order is canceled or expires (`undone_at`)."""

    pk = models.CompositePrimaryKey("order_id", "promotion_id", "sku_id")
    brand_id = models.UUIDField()
    order_id = models.UUIDField()
    promotion_id = models.UUIDField()
    sku_id = models.UUIDField()
    member_id = models.UUIDField(null=True)
    quantity = models.IntegerField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="flash_taking_positive")]
        indexes = [
            models.Index(fields=["promotion_id", "member_id"], name="flash_taking_member"),
            models.Index(fields=["member_id"], condition=Q(member_id__isnull=False), name="flash_taking_who"),
        ]


class PromotionUse(models.Model):
    """An order used a promotion: what it saved, and what the lines that took part cost after all discounts.

    Rows are added; `undone_at` is set when the order is canceled or expires. Who bought stands in the order alone.
    """

    pk = models.CompositePrimaryKey("order_id", "promotion_id")
    brand_id = models.UUIDField()
    order_id = models.UUIDField()
    promotion_id = models.UUIDField()
    store_id = models.UUIDField()
    saved_minor = models.BigIntegerField()
    sales_minor = models.BigIntegerField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(saved_minor__gt=0, sales_minor__gte=0), name="promotion_use_positive")
        ]
        indexes = [models.Index(fields=["promotion_id", "store_id"], name="promotion_use_promotion")]
