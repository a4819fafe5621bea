"""By which entries members come, and how many each day."""

from __future__ import annotations

from django.db import models


class SourceKind(models.TextChoices):
    """What sort of entry it is (M9)."""

    STORE_SCAN = "store_scan"
    STORE = "store"
    MINI_SHOP = "mini_shop"
    AD = "ad"
    GUIDE = "guide"
    GROUP = "group"
    FRIEND = "friend"
    IMPORT = "import"
    OTHER = "other"


class Source(models.Model):
    """A named entry of one brand: a poster in a store, an ad, a guide, a group, a friend. Members keep its `code`."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=12, choices=SourceKind.choices)
    store_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    named_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "code"], name="member_source_once"),
            models.CheckConstraint(condition=models.Q(kind__in=SourceKind.values), name="member_source_known"),
        ]


class SourceDay(models.Model):
    """How many members joined one brand on one day by one source through one store (no store: the nil id).

    The day is the business date in the brand's zone. A join of two members later takes nothing away: both had come.
    """

    pk = models.CompositePrimaryKey("brand_id", "joined_on", "source", "store_id")
    brand_id = models.UUIDField()
    joined_on = models.DateField()
    source = models.CharField(max_length=40)
    store_id = models.UUIDField()
    joined = models.PositiveIntegerField()

    class Meta:
        app_label = "member"
        indexes = [models.Index(fields=["store_id", "joined_on"], name="member_source_store")]
