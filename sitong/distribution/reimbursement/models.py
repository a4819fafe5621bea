"""What stores and dealers claim for gifts of the brand that were handed over: lines, statements, disputes, settlements."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Party(models.TextChoices):
    """Who claims, and of whom."""

    STORE = "store"
    DEALER = "dealer"
    BRAND = "brand"


class ClaimLine(models.Model):
    """One level's claim for one gift that was handed over: a store's on its dealer (`level` 0), a dealer's on whoever is above.

    The chain is that of the redemption's day. `of_id` empty: a claim, which stands on the ledger as a transfer; else what
    takes such a claim back, with a negative amount. `statement_id` says in which statement it stands once one was drawn, and
    `rejected_at` that a dispute ended against the claimant. Proven by the redemption of the same `redemption_id`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    redemption_id = models.UUIDField()
    gift_id = models.UUIDField()
    store_id = models.UUIDField(help_text="Where the gift was handed over.")
    level = models.IntegerField()
    claimant_kind = models.CharField(max_length=6, choices=Party.choices)
    claimant_id = models.UUIDField()
    debtor_kind = models.CharField(max_length=6, choices=Party.choices)
    debtor_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    code = models.CharField(max_length=16, help_text="The gift's code, as on the proof.")
    at = models.DateTimeField(help_text="When the gift was handed over, or taken back.")
    of_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=80, blank=True, default="")
    statement_id = models.UUIDField(null=True)
    rejected_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField()

    class Meta:
        app_label = "distribution"
        constraints = [
            models.UniqueConstraint(fields=["redemption_id", "level"], condition=Q(of_id=None), name="claimed_once"),
            models.UniqueConstraint(fields=["of_id"], condition=Q(of_id__isnull=False), name="claim_taken_back_once"),
            models.CheckConstraint(
                condition=Q(of_id=None, amount_minor__gt=0) | Q(of_id__isnull=False, amount_minor__lt=0),
                name="claim_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["claimant_id", "at"], name="claim_claimant"),
            models.Index(fields=["debtor_id", "at"], name="claim_debtor"),
            models.Index(fields=["statement_id"], name="claim_statement"),
            models.Index(fields=["brand_id", "at"], condition=Q(statement_id=None), name="claim_unstated"),
        ]


class Statement(models.Model):
    """What one claims of the level above for one month of the brand's calendar. Drawn once the month is over, from the lines
    that stand in no other; what comes late stands in the next.

    `total_minor` is the sum of its lines, `agreed_minor` without those that were rejected. The row that is locked before a
    line is disputed or answered, before it is checked and settled.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=60)
    month_on = models.DateField(help_text="The first day of the month.")
    claimant_kind = models.CharField(max_length=6, choices=Party.choices)
    claimant_id = models.UUIDField()
    debtor_kind = models.CharField(max_length=6, choices=Party.choices)
    debtor_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    lines = models.IntegerField()
    total_minor = models.BigIntegerField()
    agreed_minor = models.BigIntegerField()
    drawn_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    checked_by = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "distribution"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "claimant_id", "debtor_id", "month_on", "currency"], name="statement_once_a_month"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | Q(checked_at__isnull=False), name="statement_checked_first"
            ),
        ]
        indexes = [
            models.Index(fields=["claimant_id", "month_on"], name="statement_claimant"),
            models.Index(fields=["debtor_id", "month_on"], name="statement_debtor"),
        ]


class Dispute(models.Model):
    """Whoever is to pay doubts one line, and says why; the claimant answers; then the line is accepted or rejected."""

    line_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    statement_id = models.UUIDField()
    reason = models.CharField(max_length=200)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=200, blank=True, default="")
    answered_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True, help_text="Empty: not decided.")
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "distribution"
        indexes = [models.Index(fields=["statement_id"], name="dispute_statement")]


class Settlement(models.Model):
    """A statement was paid, in money or in goods, with the reference by which both find it. Rows are added, never changed."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    statement_id = models.UUIDField(unique=True)
    way = models.CharField(max_length=5, help_text="money or goods")
    reference = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "distribution"
