"""What campaigns have given, whatever it was; plays and money that members have from it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class RewardGiven(models.Model):
    """A campaign gave a member something. `id` is made by the campaign; `made_ids` are the coupons or gifts that it became.

    `source` names the campaign, "<topic>:<id>", so that everything it has given can be counted. Rows are added; only
    `member_id` changes, when two members turn out to be one.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    kind = models.CharField(max_length=8, help_text="points, coupon, gift, cash or chance")
    amount = models.BigIntegerField()
    ref_id = models.UUIDField(null=True)
    source = models.CharField(max_length=60)
    store_id = models.UUIDField(null=True)
    made_ids = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="reward_gives_something")]
        indexes = [
            models.Index(fields=["brand_id", "source", "kind"], name="reward_source"),
            models.Index(fields=["member_id", "at"], name="reward_member"),
        ]


class Chances(models.Model):
    """Plays of a draw that a member got from one reward, and how many of them were used. `id` is the reward's.

    Locked before a play is used; the oldest are used first.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    draw_id = models.UUIDField()
    given = models.IntegerField()
    used = models.IntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(used__gte=0, given__gte=F("used")), name="chances_used_at_most_once")
        ]
        indexes = [
            models.Index(fields=["member_id", "draw_id"], condition=Q(given__gt=F("used")), name="chances_left"),
            models.Index(fields=["draw_id"], name="chances_draw"),
        ]


class CashDue(models.Model):
    """Money that a campaign owes a member, to be paid through a payment provider's transfer. `id` is the reward's.

    Whether it was paid is not said here: whoever pays it keeps that.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    source = models.CharField(max_length=60)
    store_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="cash_due_is_something")]
        indexes = [models.Index(fields=["member_id", "at"], name="cash_due_member")]
