"""What staff notes of a member, and when it was in which store."""

from __future__ import annotations

from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Tag(models.Model):
    """A tag that a brand's staff may put on members by hand. A retired one stays on those who have it."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=30)
    color = models.CharField(max_length=12, default="blue")
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "name"], condition=models.Q(retired_at__isnull=True), name="member_tag_name_once"
            )
        ]


class MemberTag(models.Model):
    """Somebody put a tag on a member. Taking it away deletes the row and leaves a line in the change log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="members", db_index=False)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["member_id", "tag"], name="member_tagged_once")]
        indexes = [models.Index(fields=["tag", "member_id"], name="member_tagged")]


class MemberNote(models.Model):
    """What somebody wrote about a member. Sealed, because it may say anything; never searched."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    text = EncryptedTextField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        indexes = [models.Index(fields=["member_id", "-at"], name="member_noted")]


class VisitKind(models.TextChoices):
    """Why we know that the member was in the store."""

    BOUGHT = "bought"
    FETCHED = "fetched"
    SCANNED = "scanned"
    CHECKED_IN = "checked_in"


class Visit(models.Model):
    """A member was in a store: it bought there, fetched an order, showed its code, checked in. `document_id` is what says so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=VisitKind.choices)
    document_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["document_id"], name="member_visit_once"),
            models.CheckConstraint(condition=models.Q(kind__in=VisitKind.values), name="member_visit_known"),
        ]
        indexes = [
            models.Index(fields=["member_id", "-at"], name="member_visit_newest"),
            models.Index(fields=["store_id", "-at"], name="member_visit_store"),
        ]
