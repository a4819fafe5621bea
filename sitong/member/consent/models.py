"""What members have consented to: for which purpose, towards which legal entity, to which wording."""

from __future__ import annotations

from django.db import models


class Purpose(models.TextChoices):
    """What a member can say yes or no to. `share`: that staff of another legal entity of the brand may see it.

    `location`: that the phone's position is looked at when it checks in."""

    SERVICE = "service"
    MARKETING = "marketing"
    PROFILING = "profiling"
    SHARE = "share"
    LOCATION = "location"


class ConsentWording(models.Model):
    """What members are asked, word by word, in both languages; each change is a new version. Rows are never changed.

    `entity_id` is the legal entity that may use what is consented to; null is the brand itself.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    entity_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField()
    text = models.TextField()
    text_en = models.TextField(blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "purpose", "entity_id", "version"],
                name="member_wording_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(purpose__in=Purpose.values), name="member_purpose_known"),
            models.CheckConstraint(
                condition=~models.Q(purpose="share") | models.Q(entity_id__isnull=False), name="member_share_with_whom"
            ),
        ]


class ConsentGiven(models.Model):
    """A member said yes or no to one wording. Rows are added, never changed: the newest is what holds.

    They stay with whom they were given by, also when that member is joined into another; then the newest of both holds.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    wording = models.ForeignKey(ConsentWording, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    entity_id = models.UUIDField(null=True)
    yes = models.BooleanField()
    how = models.CharField(max_length=12)
    store_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    shown_phone = models.CharField(
        max_length=30, blank=True, default="", help_text="Masked: the proof that outlives erasing."
    )
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(condition=models.Q(purpose__in=Purpose.values), name="member_consent_known")
        ]
        indexes = [models.Index(fields=["member_id", "purpose", "-at"], name="member_consent_newest")]
