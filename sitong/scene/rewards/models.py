"""What orders have counted for: the memory by which points and tiers follow an order wherever it goes."""

from __future__ import annotations

from django.db import models


class Rewarded(models.Model):
    """What one order of a member counts for now: so much paid, so many points, on its business date.

    Paid, canceled or returned: the row is brought to what the order is, and the difference goes to the member's day and
    points. So the same news twice, or news out of order, changes nothing. Orders that members did not make have no row.
    """

    order_id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    on = models.DateField()
    amount_minor = models.BigIntegerField()
    points = models.BigIntegerField()

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0, points__gte=0), name="rewarded_not_negative")
        ]
        indexes = [models.Index(fields=["member_id", "on"], name="rewarded_member")]
