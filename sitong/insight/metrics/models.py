"""Totals that are kept up to date by the event handler, so that no page scans orders.

A total belongs to a place: the brand, each dealer above the store, and the store itself. So one place's figures are read
without adding up those below it, which for customers would not even be right. Days are business dates of the store.
"""

from __future__ import annotations

from django.db import models


class Grain(models.TextChoices):
    """A stretch of the calendar, named by its first day. Weeks begin on Monday."""

    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    YEAR = "Y"


class SalesTotal(models.Model):
    """What one place sold in one day or month through one channel and scene: paid orders less those canceled afterwards.

    `items` counts pieces, and 1 for each weighed line. `member_orders` are those whose member is known. What came back
    counts on the day on which it came, at the place that had sold it: net revenue is `revenue_minor − returned_minor`.
    """

    pk = models.CompositePrimaryKey("place_id", "grain", "start_on", "channel", "scene")
    brand_id = models.UUIDField()
    place_id = models.UUIDField()
    grain = models.CharField(max_length=1, choices=Grain.choices)
    start_on = models.DateField()
    channel = models.CharField(max_length=20)
    scene = models.CharField(max_length=20)
    revenue_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    orders = models.IntegerField()
    items = models.BigIntegerField()
    member_orders = models.IntegerField()
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    returns = models.IntegerField(default=0, db_default=0)
    returned_items = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        app_label = "insight"


class DepartmentTotal(models.Model):
    """What one place sold of one department in one day or month and scene. An order counts once in each of its departments.

    The department is the one in which the product stood when the order was counted; nil for a product without one.
    """

    pk = models.CompositePrimaryKey("place_id", "grain", "start_on", "department_id", "scene")
    brand_id = models.UUIDField()
    place_id = models.UUIDField()
    grain = models.CharField(max_length=1, choices=Grain.choices)
    start_on = models.DateField()
    department_id = models.UUIDField()
    scene = models.CharField(max_length=20)
    revenue_minor = models.BigIntegerField()
    orders = models.IntegerField()
    items = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    returned_items = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        app_label = "insight"


class CustomerSeen(models.Model):
    """How many orders one member has at one place in one stretch of the calendar through one scene.

    `orders` 0 stays as a row: the member has bought nothing there that was not canceled.
    """

    pk = models.CompositePrimaryKey("place_id", "grain", "start_on", "member_id", "scene")
    brand_id = models.UUIDField()
    place_id = models.UUIDField()
    grain = models.CharField(max_length=1, choices=Grain.choices)
    start_on = models.DateField()
    scene = models.CharField(max_length=20)
    member_id = models.UUIDField()
    orders = models.IntegerField()

    class Meta:
        app_label = "insight"


class CustomerTotal(models.Model):
    """How many different members bought at one place in one stretch of the calendar; through one scene, or through any ('')."""

    pk = models.CompositePrimaryKey("place_id", "grain", "start_on", "scene")
    brand_id = models.UUIDField()
    place_id = models.UUIDField()
    grain = models.CharField(max_length=1, choices=Grain.choices)
    start_on = models.DateField()
    scene = models.CharField(max_length=20)
    customers = models.IntegerField()

    class Meta:
        app_label = "insight"
