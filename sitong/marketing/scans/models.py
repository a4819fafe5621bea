"""What the scan of a code earns: plans, how far each has come, the codes that were drawn with, and rebates."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class ScanPlan(models.Model):
    """What a consumer gets who scans a code of a batch or of a product, once for each code. Frozen once it has been drawn from,
    but in the consumers' favor.

    `prizes` is a list of {reward, chance_ppm, cost_minor, quantity}: one prize whose chance is a million is a fixed reward, what is
    missing to a million wins nothing. `cost_minor` is what a prize costs the brand, by which the budget counts. Counts stand in
    ScanPlanCount, never here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    batch_id = models.UUIDField(null=True)
    product_id = models.UUIDField(null=True)
    prizes = models.JSONField(default=list)
    budget_minor = models.BigIntegerField(null=True, help_text="What all rewards may cost together; none: no end.")
    rewards_daily = models.IntegerField(null=True, help_text="How many prizes are won in one of the brand's days.")
    per_member = models.IntegerField(null=True, help_text="How many codes one member may draw with.")
    per_member_daily = models.IntegerField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="scan_plan_ends_after"),
            models.CheckConstraint(
                condition=Q(batch_id__isnull=False, product_id__isnull=True)
                | Q(batch_id__isnull=True, product_id__isnull=False),
                name="scan_plan_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["batch_id"], condition=Q(batch_id__isnull=False), name="scan_plan_batch"),
            models.Index(fields=["product_id"], condition=Q(product_id__isnull=False), name="scan_plan_product"),
        ]


class ScanPlanCount(models.Model):
    """How far a plan has come. The row that is locked before a code is drawn with, and before the plan is changed.

    `won_on` is the brand's day to which `won_today` belongs; `won_each` counts the prizes in the plan's order. All of it follows
    from the draws, and `check_books` says so.
    """

    plan_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    drawn = models.IntegerField(default=0)
    won = models.IntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    won_today = models.IntegerField(default=0)
    won_on = models.DateField(null=True)
    won_each = ArrayField(models.IntegerField(), default=list)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(won__lte=F("drawn")), name="scan_plan_count_adds_up")]


class CodeDraw(models.Model):
    """A member has drawn with a code, once and for all, under a plan. Codes that nobody has drawn with have no row.

    `scan_id` was made by the client. `prize` is its place in the plan (none: nothing was won), `cost_minor` what it takes of the
    budget. `fault`: what was won could not be handed over, and why; it stays the member's, and its next scan tries again.
    Never in here: where the scan was.
    """

    pk = models.CompositePrimaryKey("batch_id", "serial")
    batch_id = models.UUIDField()
    serial = models.BigIntegerField()
    brand_id = models.UUIDField()
    product_id = models.UUIDField(null=True)
    scan_id = models.UUIDField(unique=True)
    member_id = models.UUIDField()
    plan_id = models.UUIDField()
    prize = models.SmallIntegerField(null=True)
    cost_minor = models.BigIntegerField(default=0)
    fault = models.CharField(max_length=60, blank=True, default="")
    store_id = models.UUIDField(null=True, help_text="In whose mini shop it was scanned, if in one.")
    drawn_at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(fields=["member_id", "plan_id", "drawn_at"], name="code_draw_member"),
            models.Index(fields=["plan_id", "drawn_at"], name="code_draw_plan"),
        ]


class RebatePlan(models.Model):
    """What the brand owes a store or a dealer for each box (or item, or pallet) of a product that it receives and scans in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    product_id = models.UUIDField(null=True, help_text="None: of any product.")
    level = models.CharField(max_length=8, default="box")
    amount_minor = models.BigIntegerField()
    budget_minor = models.BigIntegerField(null=True)
    spent_minor = models.BigIntegerField(
        default=0, help_text="Follows from the rebates; the row is locked before one is written."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="rebate_positive"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="rebate_plan_ends_after"),
            models.CheckConstraint(
                condition=Q(budget_minor__isnull=True) | Q(spent_minor__lte=F("budget_minor")),
                name="rebate_within_budget",
            ),
        ]


class Rebate(models.Model):
    """One code that a store or a dealer has scanned in for a plan, once for each code. The money stands on the ledger."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    plan_id = models.UUIDField()
    batch_id = models.UUIDField()
    serial = models.BigIntegerField()
    holder_id = models.UUIDField(help_text="The store or dealer that is owed it.")
    holder_kind = models.CharField(max_length=8)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["plan_id", "batch_id", "serial"], name="rebate_once")]
        indexes = [models.Index(fields=["holder_id", "at"], name="rebate_holder")]
