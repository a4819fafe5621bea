"""Points: the brand's plan, and what the ledger does not say: when they expire, what they were earned and spent for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class PointPlan(models.Model):
    """One version of a brand's plan for points. Rows are added, never changed: the highest version is the one in force.

    `earn_points_per_100` is earned on 100 minor units that were paid, `minor_per_point` is what one point pays. Points are
    spent in multiples of `spend_step` and pay at most `spend_share_bp` of a total. `expiry_months` 0: they never expire.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    version = models.PositiveIntegerField()
    earn_points_per_100 = models.PositiveIntegerField()
    minor_per_point = models.PositiveIntegerField()
    spend_step = models.PositiveIntegerField(default=1)
    spend_share_bp = models.PositiveIntegerField(default=10_000)
    pending_days = models.PositiveSmallIntegerField(default=7)
    expiry_months = models.PositiveSmallIntegerField(default=12)
    notice_days = models.PositiveSmallIntegerField(default=30)
    by = models.UUIDField(null=True)
    published_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "version"], name="point_plan_version_once"),
            models.CheckConstraint(
                condition=Q(minor_per_point__gte=1, spend_step__gte=1, spend_share_bp__lte=10_000),
                name="point_plan_within_bounds",
            ),
        ]


class PointBucket(models.Model):
    """How many of a member's ready points expire at the end of one month. Buckets add up to the ledger's ready account."""

    pk = models.CompositePrimaryKey("member_id", "expires_on")
    member_id = models.UUIDField()
    expires_on = models.DateField(help_text="The last day on which they may be spent; 9999-12-31: for ever.")
    brand_id = models.UUIDField()
    left = models.BigIntegerField()
    noticed_at = models.DateTimeField(null=True, help_text="When the member was told that they expire.")

    class Meta:
        app_label = "member"
        constraints = [models.CheckConstraint(condition=Q(left__gte=0), name="point_bucket_not_negative")]
        indexes = [models.Index(fields=["expires_on"], condition=Q(left__gt=0), name="point_bucket_due")]


class PointsEarning(models.Model):
    """What one line of one document has earned: pending until `matures_at`, then ready, less what was taken back.

    `rate` and `factor_bp` are those of the time of payment, so that a return takes back by the terms that gave.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    document_id = models.UUIDField()
    position = models.PositiveSmallIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    rate = models.PositiveIntegerField(default=0)
    factor_bp = models.PositiveIntegerField(default=10_000)
    points = models.BigIntegerField()
    taken_back = models.BigIntegerField(default=0)
    earned_at = models.DateTimeField()
    matures_at = models.DateTimeField()
    matured_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True, help_text="The bucket into which it matured.")

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, taken_back__gte=0, taken_back__lte=F("points")), name="earning_within_points"
            )
        ]
        indexes = [
            models.Index(fields=["document_id"], name="earning_document"),
            models.Index(fields=["matures_at"], condition=Q(matured_at=None), name="earning_due"),
            models.Index(fields=["member_id", "matures_at"], condition=Q(matured_at=None), name="earning_pending"),
        ]


class PointsSpending(models.Model):
    """Points that a document spent as money, and how many of them were given back. Its parts stand in PointsTaken."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    document_id = models.UUIDField(unique=True)
    points = models.BigIntegerField()
    given_back = models.BigIntegerField(default=0)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, given_back__gte=0, given_back__lte=F("points")), name="spending_within_points"
            )
        ]
        indexes = [models.Index(fields=["member_id"], name="spending_member")]


class PointsTaken(models.Model):
    """From which bucket a spending took how many points: what is given back goes where it came from."""

    pk = models.CompositePrimaryKey("spending_id", "expires_on")
    spending_id = models.UUIDField()
    expires_on = models.DateField()
    brand_id = models.UUIDField()
    points = models.BigIntegerField()
    given_back = models.BigIntegerField(default=0)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, given_back__gte=0, given_back__lte=F("points")), name="taken_within_points"
            )
        ]


class PointsEntry(models.Model):
    """One thing that happened to a member's points and what it changed. Rows are added, never changed.

    Its transfers on the ledger are named after it. `points` is what was asked; the three changes say what came of it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    document_id = models.UUIDField(null=True)
    points = models.BigIntegerField()
    pending_change = models.BigIntegerField(default=0)
    ready_change = models.BigIntegerField(default=0)
    owed_change = models.BigIntegerField(default=0)
    expires_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["member_id", "-at"], name="points_entry_member"),
            models.Index(fields=["document_id"], condition=Q(document_id__isnull=False), name="points_entry_document"),
        ]


class PointsMoved(models.Model):
    """One bucket, or one pending earning, that went from one member to another when the two were joined."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    join_id = models.UUIDField()
    what = models.CharField(max_length=10, help_text="bucket, earning, spending, owed")
    row_id = models.UUIDField(null=True)
    expires_on = models.DateField(null=True)
    points = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
