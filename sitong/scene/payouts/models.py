"""Rewards in cash on their way to members."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PayoutState(models.TextChoices):
    """`waiting`: the member's WeChat is not known yet. `ready`: to be sent. `offered`: the member has to receive it.
    `failed`: it did not come through, and is sent under another number when somebody asks."""

    WAITING = "waiting"
    READY = "ready"
    OFFERED = "offered"
    DONE = "done"
    FAILED = "failed"


class Payout(models.Model):
    """Money that a campaign owes a member, sent by the payment provider's transfer. `id` is that of the cash due.

    `number` is what the provider knows (out_bill_no), made of the id and of how often it was tried: within one try the same
    number is asked again and again, and pays once. `package` opens the provider's question to the member. The money owed and
    paid stands on the ledger. Never in here: who the member is at the provider.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    source = models.CharField(max_length=60)
    store_id = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=PayoutState.choices, default=PayoutState.WAITING)
    merchant_id = models.UUIDField(null=True)
    attempt = models.SmallIntegerField(default=1)
    number = models.CharField(max_length=32, unique=True)
    package = models.CharField(max_length=512, blank=True, default="")
    provider_number = models.CharField(max_length=64, blank=True, default="")
    fault = models.CharField(
        max_length=64, blank=True, default="", help_text="The provider's word, or a refusal's code."
    )
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="When the provider was last asked.")
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "scene"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at__isnull=True)),
                name="payout_done_when_done",
            ),
        ]
        indexes = [
            models.Index(fields=["member_id", "-due_at"], name="payout_member"),
            models.Index(fields=["brand_id", "state", "-due_at"], name="payout_brand"),
            models.Index(fields=["asked_at"], condition=Q(state__in=["ready", "offered"]), name="payout_open"),
        ]
