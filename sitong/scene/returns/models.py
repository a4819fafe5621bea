"""Returns: goods that came back, on what terms, and members' wishes to send some back by post."""

from __future__ import annotations

from django.db import models


class ReturnPolicy(models.Model):
    """How many days after handing over a brand takes goods back. A brand without a row takes them for seven."""

    brand_id = models.UUIDField(primary_key=True)
    window_days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=models.Q(window_days__lte=3650), name="return_window_bounded")]


class Return(models.Model):
    """Goods of one order came back at one store. `id` was made by the client. Rows are added, never changed.

    `refund_minor` is what the goods had cost: it went back over the order's payments (their refunds carry this id as
    `request_id`), but for `cash_minor`, which the counter handed out for an order without payments here (imported), and
    `exchange_minor`, which pays the order `exchange_order_id`. Who sold (`sold_entity_id`) and who took back
    (`entity_id`) stand side by side for their settlement. `late_reason`: the window was over and somebody took it back
    all the same. Points that were earned are taken back by rewards, so they stand in the points' own books. `member_id` is
    whose order it was then; whose it is now, after members were joined, the order says.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=24)
    order_id = models.UUIDField()
    member_id = models.UUIDField(null=True)
    store_id = models.UUIDField(help_text="Where it came back.")
    location_id = models.UUIDField(help_text="Where the goods lie now.")
    entity_id = models.UUIDField(null=True)
    sold_store_id = models.UUIDField()
    sold_entity_id = models.UUIDField(null=True)
    way = models.CharField(max_length=8, choices=[("counter", "counter"), ("post", "post")])
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=200, blank=True, default="")
    late_reason = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3)
    refund_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField(default=0)
    exchange_minor = models.BigIntegerField(default=0)
    exchange_order_id = models.UUIDField(null=True)
    points = models.BigIntegerField(default=0, help_text="Points spent that went back.")
    coupons = models.PositiveSmallIntegerField(default=0, help_text="Coupons that the member may use again.")
    shift_id = models.UUIDField(null=True, help_text="The till's shift out of whose drawer cash went.")
    content_hash = models.BinaryField(max_length=32)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    returned_on = models.DateField(help_text="Business date in the zone of the store where it came back.")

    class Meta:
        app_label = "scene"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="return_number_once"),
            models.CheckConstraint(
                condition=models.Q(
                    refund_minor__gte=models.F("cash_minor") + models.F("exchange_minor"),
                    cash_minor__gte=0,
                    exchange_minor__gte=0,
                    points__gte=0,
                ),
                name="return_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="return_order"),
            models.Index(fields=["store_id", "-at"], name="return_store"),
            models.Index(fields=["sold_store_id", "-at"], name="return_sold_store"),
            models.Index(fields=["member_id", "-at"], name="return_member"),
            models.Index(fields=["brand_id", "-at"], name="return_brand"),
            models.Index(fields=["shift_id"], condition=models.Q(shift_id__isnull=False), name="return_shift"),
        ]


class ReturnLine(models.Model):
    """So many base units of one line of the order came back in one condition. Rows are added, never changed.

    How many came back in all stands in `OrderLine.returned`, which the database keeps within what was bought.
    """

    pk = models.CompositePrimaryKey("return_id", "position", "condition")
    brand_id = models.UUIDField()
    return_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    condition = models.CharField(max_length=10, choices=[("resellable", "resellable"), ("damaged", "damaged")])
    order_id = models.UUIDField()
    sku_id = models.UUIDField()
    quantity = models.BigIntegerField()
    refund_minor = models.BigIntegerField()
    points = models.BigIntegerField(default=0)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, refund_minor__gte=0, points__gte=0), name="return_line_positive"
            )
        ]
        indexes = [models.Index(fields=["order_id", "position"], name="return_line_order")]


class RequestState(models.TextChoices):
    """asked → approved → sent → received; or refused, or withdrawn."""

    ASKED = "asked"
    APPROVED = "approved"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ReturnRequest(models.Model):
    """A member wishes to send goods of an order back by post. `state` sums up its steps. Received, it becomes the Return of the same id."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    order_id = models.UUIDField()
    store_id = models.UUIDField(help_text="Who decides, and to whom the goods are sent: the store that sold.")
    member_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.ASKED)
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=200, blank=True, default="")
    lines = models.JSONField(help_text="[[position, quantity], …], as it was asked.")
    carrier = models.CharField(max_length=40, blank=True, default="")
    waybill = models.CharField(max_length=40, blank=True, default="")
    asked_at = models.DateTimeField()

    class Meta:
        app_label = "scene"
        constraints = [
            models.UniqueConstraint(
                fields=["order_id"],
                condition=models.Q(state__in=["asked", "approved", "sent"]),
                name="return_request_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["store_id", "state", "-asked_at"], name="return_request_store"),
            models.Index(fields=["member_id", "-asked_at"], name="return_request_member"),
        ]


class ReturnRequestStep(models.Model):
    """One step of a wish to send goods back: what, who, when, why. Rows are added, never changed; each happens once."""

    pk = models.CompositePrimaryKey("request_id", "step")
    brand_id = models.UUIDField()
    request_id = models.UUIDField()
    step = models.CharField(max_length=10, choices=RequestState.choices)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "scene"
