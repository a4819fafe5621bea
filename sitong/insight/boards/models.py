"""Boards: what was reckoned from the lake, kept while it is fresh."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class BoardResult(models.Model):
    """What one board shows for one question, as reckoned from a version of the brand's lake; no member stands in it.

    `key` is the hash of board and question. A row without `made_at` waits for the worker, which reckons what is too much for
    a page. Kept for a day after it was last made.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    key = models.CharField(max_length=64)
    board = models.CharField(max_length=20)
    asked = models.JSONField()
    asked_at = models.DateTimeField()
    lake_version = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "insight"
        constraints = [models.UniqueConstraint(fields=["brand_id", "key"], name="board_result_once")]
        indexes = [models.Index(fields=["asked_at"], condition=Q(made_at=None), name="board_result_waits")]
