"""Segments: their rules, who belongs to them now, and how many they were."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Segment(models.Model):
    """Members of one brand for whom a rule holds. `rule` is the newest version's, as `language.kept` writes it.

    `live_since`: who enters or leaves is told at once, and who belongs is kept in SegmentMember; null: the rule is asked when
    somebody wants to know. `filled_at`: when everybody had been looked at under this version; until then `filled_after` says how
    far it has come, in the order of member ids. `as_tag`: shown on its members as a tag. `members` is how many belong, and
    follows from SegmentMember.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    rule = models.JSONField()
    as_tag = models.BooleanField(default=False)
    color = models.CharField(max_length=12, default="blue")
    live_since = models.DateTimeField(null=True)
    filled_after = models.UUIDField(null=True)
    filled_at = models.DateTimeField(null=True)
    members = models.BigIntegerField(default=0)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "name"], condition=Q(archived_at__isnull=True), name="segment_name_once"
            ),
            models.CheckConstraint(condition=Q(members__gte=0), name="segment_members_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["brand_id"],
                condition=Q(live_since__isnull=False, archived_at__isnull=True),
                name="segment_live",
            ),
            models.Index(
                fields=["changed_at"],
                condition=Q(live_since__isnull=False, archived_at__isnull=True, filled_at__isnull=True),
                name="segment_to_fill",
            ),
        ]


class SegmentVersion(models.Model):
    """What a segment's rule was, from when on, and who said so. Rows are added, never changed."""

    pk = models.CompositePrimaryKey("segment_id", "version")
    segment_id = models.UUIDField()
    version = models.PositiveIntegerField()
    brand_id = models.UUIDField()
    rule = models.JSONField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"


class SegmentMember(models.Model):
    """A member belongs to a live segment, since then. Who left has no row."""

    pk = models.CompositePrimaryKey("segment_id", "member_id")
    segment_id = models.UUIDField()
    member_id = models.UUIDField()
    brand_id = models.UUIDField()
    since = models.DateTimeField()

    class Meta:
        app_label = "member"
        indexes = [models.Index(fields=["member_id"], name="segment_member")]


class SegmentCheck(models.Model):
    """When a member was last looked at for its brand's live segments, and on which day time alone may change an answer.

    The row is locked before the member's facts are read, so of two looks at one member the later one sees all. Members at whom
    nobody looked since have none.
    """

    member_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    checked_at = models.DateTimeField()
    wakes_on = models.DateField(null=True)

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["brand_id", "wakes_on"], condition=Q(wakes_on__isnull=False), name="segment_check_due")
        ]


class SegmentCount(models.Model):
    """How many belonged to a live segment at the end of a business day of the brand, and how many came and went on it."""

    pk = models.CompositePrimaryKey("segment_id", "on")
    segment_id = models.UUIDField()
    on = models.DateField()
    brand_id = models.UUIDField()
    members = models.BigIntegerField()
    entered = models.BigIntegerField(default=0)
    left = models.BigIntegerField(default=0)

    class Meta:
        app_label = "member"
