"""Tills: registers, shifts with their cash, sales with their receipts, sales that wait."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class Register(models.Model):
    """One till of a store: a place with a drawer and a printer. The row that is locked before anything happens at it.

    `last_receipt` and `last_shift` are the numbers given last; under the row's lock they have no gaps and no doubles.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    name = models.CharField(max_length=40)
    paper_mm = models.PositiveSmallIntegerField(default=80)
    drawer = models.BooleanField(default=True, help_text="A drawer hangs on the printer and is kicked open by it.")
    printer_address = models.CharField(max_length=100, blank=True, default="")
    scale_address = models.CharField(max_length=100, blank=True, default="")
    last_receipt = models.PositiveIntegerField(default=0)
    last_shift = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(paper_mm__in=(58, 80)), name="register_paper"),
            models.UniqueConstraint(
                fields=["store_id", "name"], condition=models.Q(closed_at__isnull=True), name="register_name_once"
            ),
        ]


class Shift(models.Model):
    """A stretch of work at a register, from a counted float to a counted drawer. One register has one open shift at most.

    Expected cash is float + cash taken (payments of this shift) − cash refunds ± moves; `difference_minor` = counted − expected, kept at closing.
    The counts say how many there are of each denomination: {"10000": 3, "100": 12} is 312 yuan.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    register = models.ForeignKey(Register, models.PROTECT, related_name="shifts")
    number = models.PositiveIntegerField()
    float_minor = models.BigIntegerField()
    float_count = models.JSONField(default=dict)
    opened_by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    opened_on = models.DateField(help_text="Business date in the store's zone.")
    closed_by = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_count = models.JSONField(default=dict)
    counted_minor = models.BigIntegerField(null=True)
    expected_minor = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")
    close_id = models.UUIDField(
        null=True, help_text="The request that closed it, so that it gets the same answer again."
    )

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(float_minor__gte=0), name="shift_float"),
            models.UniqueConstraint(fields=["register", "number"], name="shift_number_once"),
            models.UniqueConstraint(
                fields=["register"], condition=models.Q(closed_at__isnull=True), name="shift_open_once"
            ),
        ]
        indexes = [models.Index(fields=["store_id", "-opened_at"], name="shift_store")]


class CashMove(models.Model):
    """Cash put into a drawer (positive) or taken out of it (negative) for a reason that is no sale. Never changed."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="moves")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=100)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "scene"
        constraints = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="cash_move_moves")]


class SaleState(models.TextChoices):
    PAYING = "paying"
    SOLD = "sold"
    GIVEN_UP = "given_up"


class Sale(models.Model):
    """An order that a register sold. `id` is the order's, made by the till; the lines and prices stand in the order.

    `paying`: placed and held while the customer's app pays; `sold`: paid, handed over, with a receipt number;
    `given_up`: nothing was sold, and what had been paid went back. Cash and wallet count what was kept, not what was given.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    register = models.ForeignKey(Register, models.PROTECT, related_name="sales")
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="sales")
    member_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=SaleState.choices)
    number = models.PositiveIntegerField(null=True, help_text="Receipt number, in sequence per register.")
    total_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField(default=0)
    wallet_minor = models.BigIntegerField(default=0)
    code_minor = models.BigIntegerField(default=0)
    given_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    content_hash = models.BinaryField(max_length=32)
    begun_at = models.DateTimeField()
    sold_at = models.DateTimeField(null=True)
    sold_on = models.DateField(help_text="Business date in the store's zone.")
    prints = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was printed; every later one is a copy."
    )

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("cash_minor") + models.F("wallet_minor") + models.F("code_minor")
                ),
                name="sale_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(given_minor__gte=models.F("cash_minor")), name="sale_change_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(state="sold", number__isnull=False, sold_at__isnull=False)
                | (~models.Q(state="sold") & models.Q(number__isnull=True)),
                name="sale_number_when_sold",
            ),
            models.UniqueConstraint(fields=["register", "number"], name="sale_number_once"),
        ]
        indexes = [
            models.Index(fields=["shift", "state"], name="sale_shift"),
            models.Index(fields=["store_id", "-begun_at"], name="sale_store"),
        ]


class ParkedSale(models.Model):
    """A basket that was put aside at one register and can be fetched once at any register of the store.

    It holds no stock and promises no price. `content` is what the till's page wrote: lines, member, wishes.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    register = models.ForeignKey(Register, models.PROTECT, related_name="parked")
    label = models.CharField(max_length=40, blank=True, default="")
    content = models.JSONField()
    by = models.UUIDField(null=True)
    parked_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    fetched_by = models.UUIDField(null=True)
    fetch_id = models.UUIDField(
        null=True, help_text="The request that fetched it, so that it gets the same answer again."
    )

    class Meta:
        app_label = "scene"
        indexes = [
            models.Index(
                fields=["store_id", "parked_at"], condition=models.Q(fetched_at__isnull=True), name="parked_open"
            )
        ]
