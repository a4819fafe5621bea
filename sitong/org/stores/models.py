"""Stores of four kinds."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class StoreKind(models.TextChoices):
    """Who runs the store: 直营, 加盟, 特约, 授权."""

    DIRECT = "direct"
    FRANCHISE = "franchise"
    SPECIAL = "special"
    AUTHORIZED = "authorized"


class Store(models.Model):
    """A store. Its stock location has the same id. A store of kind direct has no dealer.

    Position is WGS-84 in millionths of a degree; `hours` maps weekday ("1" Monday to "7") to a list of ["09:00", "21:30"].
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    dealer = models.ForeignKey("org.Dealer", models.PROTECT, null=True, related_name="stores")
    entity = models.ForeignKey("org.LegalEntity", models.PROTECT)
    kind = models.CharField(max_length=12, choices=StoreKind.choices)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    latitude_e6 = models.IntegerField(null=True)
    longitude_e6 = models.IntegerField(null=True)
    fence_m = models.PositiveIntegerField(default=200)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    hours = models.JSONField(default=dict)
    pickup = models.BooleanField(default=True)
    delivery = models.BooleanField(default=False)
    appointments = models.BooleanField(default=False)
    online_takes_stock = models.BooleanField(default=True)
    theme = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "org"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "code"], name="store_code_once"),
            models.CheckConstraint(condition=models.Q(kind__in=StoreKind.values), name="store_kind_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="direct") | models.Q(dealer__isnull=True), name="store_direct_no_dealer"
            ),
            models.CheckConstraint(condition=models.Q(fence_m__gte=20, fence_m__lte=5_000), name="store_fence_sound"),
        ]
        indexes = [models.Index(fields=["brand_id", "dealer"])]
