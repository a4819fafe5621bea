"""Stored value: what a brand promises on it, and every entry of a member's wallet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id

NAMED_CAP_MAX_MINOR = 500_000
BEARER_CAP_MAX_MINOR = 100_000
"""The most that one card may hold, in fen: 5,000 yuan named, 1,000 yuan bearer. See docs/compliance.md."""


class WalletTerms(models.Model):
    """What a brand's wallets may hold at most, in minor units of the brand's currency. No row: the lawful maximum.

    `issuer_id` is the legal entity that owes the members their money; none: the entity of the store where it was paid in.
    """

    brand_id = models.UUIDField(primary_key=True)
    named_cap_minor = models.BigIntegerField(default=NAMED_CAP_MAX_MINOR)
    bearer_cap_minor = models.BigIntegerField(default=BEARER_CAP_MAX_MINOR)
    issuer_id = models.UUIDField(null=True)
    changed_at = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(named_cap_minor__gte=0, named_cap_minor__lte=NAMED_CAP_MAX_MINOR), name="wallet_named_cap"
            ),
            models.CheckConstraint(
                condition=Q(bearer_cap_minor__gte=0, bearer_cap_minor__lte=BEARER_CAP_MAX_MINOR),
                name="wallet_bearer_cap",
            ),
        ]


class TopUpPlan(models.Model):
    """An offer to pay in: pay so much, get so much as a gift. It is closed, never changed: what was promised stays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=40, blank=True, default="")
    pay_minor = models.BigIntegerField()
    gift_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    pay_minor__gt=0, gift_minor__gte=0, pay_minor__lte=NAMED_CAP_MAX_MINOR - models.F("gift_minor")
                ),
                name="topup_plan_within_cap",
            ),
        ]
        indexes = [models.Index(fields=["brand_id"], condition=Q(closed_at__isnull=True), name="topup_plan_open")]


class EntryKind(models.TextChoices):
    """Why a wallet changed. `stayed`: money that an undone join left with the other member."""

    TOP_UP = "top_up"
    SPEND = "spend"
    GIVE_BACK = "give_back"
    WITHDRAW = "withdraw"
    STAYED = "stayed"


class WalletEntry(models.Model):
    """One change of one member's wallet, in its two parts, signed. The entries of a member add up to its ledger accounts.

    `id` is the caller's (a payment's, a refund's, a top-up's). `of_id`: the spending that is given back, the top-up that is
    withdrawn. Rows are added; only `member_id` changes, when two members turn out to be one.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    principal_minor = models.BigIntegerField(default=0)
    gift_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="CNY")
    entity_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True)
    of_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["top_up", "give_back"], principal_minor__gte=0, gift_minor__gte=0)
                | Q(kind__in=["spend", "withdraw"], principal_minor__lte=0, gift_minor__lte=0)
                | Q(kind="stayed"),
                name="wallet_entry_signs",
            ),
            models.CheckConstraint(condition=~Q(principal_minor=0, gift_minor=0), name="wallet_entry_moves"),
        ]
        indexes = [
            models.Index(fields=["member_id", "-at"], name="wallet_entry_member"),
            models.Index(fields=["of_id"], condition=Q(of_id__isnull=False), name="wallet_entry_of"),
            models.Index(fields=["brand_id", "entity_id", "at"], name="wallet_entry_entity"),
        ]
