"""Tiers: the brand's plan and its levels, what each member bought on each day, and where each member stands."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class Measure(models.TextChoices):
    POINTS = "points"
    SPENDING = "spending"


class Window(models.TextChoices):
    ROLLING = "rolling"
    CALENDAR = "calendar"


class Period(models.TextChoices):
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class TierPlan(models.Model):
    """One version of a brand's plan for tiers. Rows are added, never changed; the highest version is the one in force.

    What counts (`measure`) is added up over the last `window_months` ("rolling") or since the calendar stretch of so many
    months began ("calendar"). A member rises at once and falls only at the end of a `period`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    version = models.PositiveIntegerField()
    measure = models.CharField(max_length=10, choices=Measure.choices)
    window = models.CharField(max_length=10, choices=Window.choices, default=Window.ROLLING)
    window_months = models.PositiveSmallIntegerField(default=6)
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.MONTH)
    notice_days = models.PositiveSmallIntegerField(default=14)
    by = models.UUIDField(null=True)
    published_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["brand_id", "version"], name="tier_plan_version_once")]


class TierLevel(models.Model):
    """One level of a plan and its benefits. `level` counts from 1 upward, and thresholds rise with it."""

    pk = models.CompositePrimaryKey("plan_id", "level")
    plan_id = models.UUIDField()
    level = models.PositiveSmallIntegerField()
    brand_id = models.UUIDField()
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=40, blank=True, default="")
    threshold = models.BigIntegerField()
    discount_bp = models.PositiveIntegerField(default=0)
    points_factor_bp = models.PositiveIntegerField(default=10_000)
    birthday_points = models.PositiveIntegerField(default=0)
    free_delivery = models.BooleanField(default=False)
    early_hours = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["plan_id", "code"], name="tier_level_code_once"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0, discount_bp__lte=10_000, points_factor_bp__lte=100_000),
                name="tier_level_within_bounds",
            ),
        ]


class TierDay(models.Model):
    """What one member's orders of one business date came to, less what was canceled or returned since.

    A return is subtracted from the day of the order, not from its own: so a day never goes below zero.
    """

    pk = models.CompositePrimaryKey("member_id", "on")
    member_id = models.UUIDField()
    on = models.DateField()
    brand_id = models.UUIDField()
    amount_minor = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0, points__gte=0), name="tier_day_not_negative")
        ]


class Standing(models.Model):
    """Where a member stands: what replaying its days up to `settled_on` gives under the plan of `version`.

    `level` 0: none. It holds until the end of `keeps_until` unless the member rises. `floor_level` until `floor_until` is
    what a change of plan has left to a member who would have fallen by it. The row is locked before days change.
    """

    member_id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    version = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    since = models.DateField(null=True)
    keeps_until = models.DateField()
    settled_on = models.DateField()
    floor_level = models.PositiveSmallIntegerField(default=0)
    floor_until = models.DateField(null=True)
    noticed_until = models.DateField(null=True, help_text="The period end of which the member was told last.")

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["brand_id", "keeps_until"], name="standing_due"),
            models.Index(fields=["brand_id", "level"], name="standing_level"),
        ]


class Retiering(models.Model):
    """One time that the tiers of a whole brand are settled: `because` of a new plan, or because a period is over.

    What was done stands here in the transaction that did it, so that a run that was killed is taken up where it stopped.
    `moves` counts the members whose level changed, by the level's code before and after. Who they are say the events.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    version = models.PositiveIntegerField()
    because = models.CharField(max_length=10, choices=[("plan", "plan"), ("period", "period")])
    on = models.DateField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    found = models.PositiveIntegerField(default=0, help_text="Standings to be written, as the last look found them.")
    written = models.PositiveIntegerField(default=0)
    rose = models.PositiveIntegerField(default=0)
    fell = models.PositiveIntegerField(default=0)
    moves = models.JSONField(default=list, help_text="[[before, after, members], …]")
    finding_ms = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id"], condition=Q(ended_at=None), name="retiering_one_at_a_time")
        ]
        indexes = [models.Index(fields=["brand_id", "-asked_at"], name="retiering_newest")]


class Birthday(models.Model):
    """Month and day on which a member was born, as the member said; the year is nobody's business.

    `gifted_year` is the last year whose gift was given, so that it is given once.
    """

    member_id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    said_at = models.DateTimeField()
    gifted_year = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31), name="birthday_is_a_day"
            )
        ]
        indexes = [models.Index(fields=["month", "day"], name="birthday_day")]
