"""Lifetime value: when it was reckoned for a brand, by which parameters, and how far it was off where that could be seen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class ValueRun(models.Model):
    """One time that the value of a brand's members was reckoned. What each member is worth stands in a Parquet file at `path`,
    by ordinals; in here stand sums only.

    The parameters were fitted on what was known `holdout_days` before `as_of`; `expected` and `actual` are the purchases of those
    days. `naive` is what one would expect if everybody went on as before; the errors are a member's, on average.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=20, blank=True, default="", help_text="reading, fitting, comparing")
    as_of = models.DateField(null=True)
    holdout_days = models.PositiveSmallIntegerField(default=0)
    horizon_days = models.PositiveSmallIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    fitted = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(default=dict)
    worth_minor = models.BigIntegerField(default=0)
    expected = models.FloatField(default=0)
    actual = models.FloatField(default=0)
    naive = models.FloatField(default=0)
    error_each = models.FloatField(default=0)
    naive_error_each = models.FloatField(default=0)
    path = models.CharField(max_length=200, blank=True, default="", help_text="Below the folder of values.")
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "insight"
        constraints = [
            models.UniqueConstraint(fields=["brand_id"], condition=Q(ended_at=None), name="value_one_at_a_time")
        ]
        indexes = [models.Index(fields=["brand_id", "-asked_at"], name="value_newest")]
