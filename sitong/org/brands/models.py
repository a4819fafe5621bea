"""Brands and the legal entities in which they, their dealers and their stores do business."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class Brand(models.Model):
    """One brand: the wall around everything that belongs to it. Its `id` is the `brand_id` of every other table."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField()

    class Meta:
        app_label = "org"


class LegalEntity(models.Model):
    """A company or sole trader that sells, ships, owes and invoices. `credit_code` is the 18-character 统一社会信用代码."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=200)
    credit_code = models.CharField(max_length=18, blank=True)

    class Meta:
        app_label = "org"
        indexes = [models.Index(fields=["brand_id"])]
