"""Dealers in a tree, each with its territory."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class Dealer(models.Model):
    """A dealer. `path` lists the ids from the topmost dealer down to this one, so that "all below" is one comparison.

    `territory` holds H3 cells (resolution 7, as hexadecimal text) in which the dealer may sell.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    entity = models.ForeignKey("org.LegalEntity", models.PROTECT)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.TextField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    territory = models.JSONField(default=list)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "org"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="dealer_code_once")]
        indexes = [
            models.Index(fields=["brand_id", "path"], opclasses=["uuid_ops", "text_pattern_ops"], name="dealer_path")
        ]


class DealerPath(models.Model):
    """Where a dealer stood in the tree until `until_at`, when it or one above it was moved. Rows are added, never changed.

    A dealer that was never moved has none: its path is the one that it has now.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    dealer_id = models.UUIDField()
    path = models.TextField()
    until_at = models.DateTimeField()

    class Meta:
        app_label = "org"
        indexes = [models.Index(fields=["dealer_id", "until_at"], name="dealer_path_then")]
