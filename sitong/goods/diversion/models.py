"""What is counted of consumers' scans, the scans that lie outside of a territory, and the alerts that come of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class DiversionCount(models.Model):
    """How many codes of a dealer, store and product consumers scanned in a quarter, and how many of them how far outside.

    Each code counts once, by its first scan with a place. `period_on` is the quarter's first day in the brand's zone. Never in here:
    codes shipped to nobody or to a dealer without a territory.
    """

    pk = models.CompositePrimaryKey("period_on", "dealer_id", "store_id", "product_id")
    brand_id = models.UUIDField()
    period_on = models.DateField()
    dealer_id = models.UUIDField()
    store_id = models.UUIDField(help_text="The dealer's own id where the goods had not gone on to a store.")
    product_id = models.UUIDField(help_text="The batch's id where no product is known.")
    scans = models.IntegerField(default=0)
    far_5km = models.IntegerField(default=0)
    far_15km = models.IntegerField(default=0)
    far_50km = models.IntegerField(default=0)
    far_150km = models.IntegerField(default=0)

    class Meta:
        app_label = "goods"
        indexes = [models.Index(fields=["brand_id", "period_on"], name="diversion_count_period")]


class BoxCount(models.Model):
    """The same for the codes of one box. `best` is the largest ln E of all looks so far."""

    pk = models.CompositePrimaryKey("period_on", "batch_id", "serial")
    brand_id = models.UUIDField()
    period_on = models.DateField()
    batch_id = models.UUIDField(help_text="The batch of the box, not of what is in it.")
    serial = models.BigIntegerField()
    dealer_id = models.UUIDField()
    scans = models.IntegerField(default=0)
    far_5km = models.IntegerField(default=0)
    far_15km = models.IntegerField(default=0)
    far_50km = models.IntegerField(default=0)
    far_150km = models.IntegerField(default=0)
    best = models.FloatField(default=0.0)

    class Meta:
        app_label = "goods"
        indexes = [
            models.Index(
                fields=["brand_id", "period_on", "dealer_id"], condition=Q(far_5km__gt=0), name="box_count_far"
            ),
        ]


class FarScan(models.Model):
    """A counted scan at least 5 km outside of the territory: the evidence. Its id is the scan's.

    Never in here: who scanned. The place is an H3 cell of some five square kilometers.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    period_on = models.DateField()
    dealer_id = models.UUIDField()
    store_id = models.UUIDField()
    product_id = models.UUIDField()
    batch_id = models.UUIDField()
    serial = models.BigIntegerField()
    box_batch_id = models.UUIDField(null=True)
    box_serial = models.BigIntegerField(null=True)
    cell = models.BigIntegerField()
    distance_m = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [models.CheckConstraint(condition=Q(distance_m__gte=5_000), name="far_scan_is_far")]
        indexes = [
            models.Index(fields=["brand_id", "period_on", "dealer_id", "-at"], name="far_scan_dealer"),
            models.Index(fields=["store_id", "period_on", "-at"], name="far_scan_store"),
            models.Index(fields=["box_batch_id", "box_serial"], name="far_scan_box"),
        ]


class DiversionWeight(models.Model):
    """How a dealer or a store stands in a quarter: the evidence at the last look, and the largest of all looks."""

    pk = models.CompositePrimaryKey("period_on", "subject_id")
    brand_id = models.UUIDField()
    period_on = models.DateField()
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=6)
    scans = models.IntegerField()
    far = ArrayField(models.IntegerField())
    evidence = models.FloatField(help_text="ln E.")
    best = models.FloatField(
        help_text="The largest ln E so far; 1/E bounds the chance that honest scans ever reach it."
    )
    looked_at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        indexes = [models.Index(fields=["brand_id", "period_on", "-best"], name="diversion_weight_period")]


class AlertKind(models.TextChoices):
    DEALER = "dealer"
    STORE = "store"
    BOXES = "boxes"
    CODE = "code"


class CodeAlert(models.Model):
    """Something about codes that a person should look at: one row for each dealer, store or code and quarter.

    `facts` are what the alert rests on, as of `grown_at`; they grow while the evidence does. Steps say what people made of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=6, choices=AlertKind.choices)
    period_on = models.DateField()
    dealer_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)
    batch_id = models.UUIDField(null=True)
    serial = models.BigIntegerField(null=True)
    subject = models.CharField(
        max_length=60, help_text="What it is about, so that there is one alert for it and quarter."
    )
    weight_db = models.IntegerField(help_text="Weight of evidence in decibans.")
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    grown_at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "subject"], name="code_alert_once"),
            models.UniqueConstraint(fields=["brand_id", "number"], name="code_alert_number_once"),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="code_alert_kind_known"),
        ]
        indexes = [
            models.Index(fields=["brand_id", "-opened_at"], name="code_alert_brand"),
            models.Index(fields=["dealer_id", "-opened_at"], name="code_alert_dealer"),
        ]


class AlertVerb(models.TextChoices):
    LOOKED_AT = "looked_at"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"


class CodeAlertStep(models.Model):
    """Somebody did something with an alert. Never changed; the last one says how it stands, none: it is new."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    alert = models.ForeignKey(CodeAlert, models.CASCADE, related_name="steps")
    turn = models.IntegerField()
    verb = models.CharField(max_length=10, choices=AlertVerb.choices)
    reason = models.CharField(max_length=300, blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["alert", "turn"], name="code_alert_step_turn"),
            models.CheckConstraint(condition=Q(verb__in=AlertVerb.values), name="code_alert_step_known"),
            models.CheckConstraint(
                condition=~Q(verb__in=["dismissed", "confirmed", "reopened"]) | ~Q(reason=""),
                name="code_alert_step_reason",
            ),
        ]
