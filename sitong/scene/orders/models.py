"""Orders, their lines, and their history."""

from __future__ import annotations

from django.db import models


class OrderState(models.TextChoices):
    PLACED = "placed"
    PAID = "paid"
    HANDED_OVER = "handed_over"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Order(models.Model):
    """One order at one store. `id` was made by the client; `content_hash` tells a repeat from another order of the same id.

    `goods_minor` is the sum of the lines before discounts, `total_minor` what is to be paid. Of `discount_minor`, promotions gave
    `promotion_minor`, coupons `coupon_minor`, and `points_spent` points paid `points_minor`; the rest are steps and tiers.
    `state` sums up the steps; who and when stand in OrderStep. The pickup code is drawn when the order is paid. Orders that came from elsewhere
    (`source`) have their number there as `number`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    entity_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True)
    number = models.CharField(max_length=24)
    channel = models.CharField(max_length=20)
    scene = models.CharField(max_length=20)
    source = models.CharField(max_length=20, blank=True, default="")
    state = models.CharField(max_length=12, choices=OrderState.choices)
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    promotion_minor = models.BigIntegerField(default=0, db_default=0)
    coupon_minor = models.BigIntegerField(default=0, db_default=0)
    points_minor = models.BigIntegerField(default=0, db_default=0)
    points_spent = models.BigIntegerField(default=0, db_default=0)
    total_minor = models.BigIntegerField()
    pickup_code = models.CharField(max_length=12, blank=True, default="")
    content_hash = models.BinaryField(max_length=32, null=True)
    placed_at = models.DateTimeField()
    pay_by = models.DateTimeField(null=True)
    placed_on = models.DateField(help_text="Business date in the store's zone.")

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("goods_minor") - models.F("discount_minor"), total_minor__gte=0
                ),
                name="order_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(coupon_minor__gte=0, points_minor__gte=0, points_spent__gte=0),
                name="order_parts_positive",
            ),
            models.CheckConstraint(condition=models.Q(state__in=OrderState.values), name="order_state_known"),
            models.UniqueConstraint(fields=["brand_id", "source", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["store_id", "pickup_code"],
                condition=models.Q(state="paid") & ~models.Q(pickup_code=""),
                name="order_pickup_once",
            ),
        ]
        indexes = [
            models.Index(fields=["store_id", "-placed_at"], name="order_store"),
            models.Index(fields=["member_id", "-placed_at"], name="order_member"),
            models.Index(fields=["pay_by"], condition=models.Q(state="placed"), name="order_unpaid"),
        ]


class OrderLine(models.Model):
    """One SKU in an order, with the price as promised. total = goods − discount; goods = quantity × unit (weighed: per kilogram).

    `promotion_minor` and `coupon_minor` are the parts of the discount that these gave, `points_minor` the part that points paid. No foreign key to
    the order: lines are written in the order's own transaction, orders are never deleted, and `check_books` looks for lines
    without one.
    """

    pk = models.CompositePrimaryKey("order_id", "position")
    brand_id = models.UUIDField()
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="lines", db_index=False, db_constraint=False)
    position = models.PositiveSmallIntegerField()
    sku_id = models.UUIDField()
    name = models.CharField(max_length=200)
    weighed = models.BooleanField(default=False)
    quantity = models.BigIntegerField()
    unit_minor = models.BigIntegerField()
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    promotion_minor = models.BigIntegerField(default=0, db_default=0)
    coupon_minor = models.BigIntegerField(default=0)
    points_minor = models.BigIntegerField(default=0, db_default=0)
    total_minor = models.BigIntegerField()
    reasons = models.JSONField(default=list)
    returned = models.BigIntegerField(default=0, db_default=0, help_text="Base units that came back.")
    returned_minor = models.BigIntegerField(default=0, db_default=0, help_text="What they had cost: it went back.")

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("goods_minor") - models.F("discount_minor"), total_minor__gte=0
                ),
                name="line_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(returned=0, returned_minor=0)
                | models.Q(
                    returned__gt=0,
                    returned__lte=models.F("quantity"),
                    returned_minor__gte=0,
                    returned_minor__lte=models.F("total_minor"),
                ),
                name="line_returned_within_bought",
            ),
        ]


class OrderStep(models.Model):
    """One step in an order's life: what, who, when, why. Rows are added, never changed; each step happens once."""

    pk = models.CompositePrimaryKey("order_id", "step")
    brand_id = models.UUIDField()
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="steps", db_index=False, db_constraint=False)
    step = models.CharField(max_length=12, choices=OrderState.choices)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True, default="")
    request_id = models.UUIDField(
        null=True, help_text="The request that made it, so that the same request gets the same answer."
    )

    class Meta:
        app_label = "scene"
