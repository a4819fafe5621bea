"""One double-entry ledger for everything that is owed: points, stored value, commission, claims, settlement."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class Limit(models.TextChoices):
    """What an account may not do: "debits" may not exceed credits (what we owe somebody), or the other way round."""

    NONE = ""
    DEBITS = "debits"
    CREDITS = "credits"


class Phase(models.TextChoices):
    """A transfer is single, or it is pending and later resolved by exactly one post, void or expiry."""

    SINGLE = "single"
    PENDING = "pending"
    POST = "post"
    VOID = "void"
    EXPIRY = "expiry"


class LedgerAccount(models.Model):
    """What one owner has of one unit for one purpose. The row that is locked before anything is transferred.

    `unit` is a currency (minor units) or another countable thing ("points"); `kind` is the purpose, "<word>.<what>". The four
    sums only rise, but for pending ones that are resolved; they follow from the transfers, and `check_books()` says so. Never
    in here: who the owner is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    owner_id = models.UUIDField()
    unit = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    limit = models.CharField(max_length=8, choices=Limit.choices, default=Limit.NONE, blank=True)
    debits_posted = models.BigIntegerField(default=0)
    credits_posted = models.BigIntegerField(default=0)
    debits_pending = models.BigIntegerField(default=0)
    credits_pending = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        app_label = "shared"
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "kind", "unit", "brand_id"], name="ledger_account_once"),
            models.CheckConstraint(
                condition=Q(debits_posted__gte=0, credits_posted__gte=0, debits_pending__gte=0, credits_pending__gte=0),
                name="ledger_sums_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(limit="debits") | Q(credits_posted__gte=F("debits_posted") + F("debits_pending")),
                name="ledger_debits_within_credits",
            ),
            models.CheckConstraint(
                condition=~Q(limit="credits") | Q(debits_posted__gte=F("credits_posted") + F("credits_pending")),
                name="ledger_credits_within_debits",
            ),
        ]


class Transfer(models.Model):
    """An amount moved, or was reserved, from one account (debit) to another (credit). Rows are added, never changed.

    `id` was made by the client, `reference` is another name by which a repeat is known. `pending_id` is the pending transfer
    that a post, void or expiry resolves; `reverses_id` the transfer that this one takes back, wholly or in part. The accounts
    are no foreign keys: they are locked when the row is written, are never deleted, and `check_books()` looks.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    debit_account_id = models.UUIDField()
    credit_account_id = models.UUIDField()
    amount = models.BigIntegerField()
    phase = models.CharField(max_length=7, choices=Phase.choices)
    reason = models.CharField(max_length=40)
    document_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=120, null=True)
    pending_id = models.UUIDField(null=True)
    reverses_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "shared"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_positive"),
            models.CheckConstraint(condition=~Q(debit_account_id=F("credit_account_id")), name="transfer_between_two"),
            models.CheckConstraint(
                condition=Q(phase__in=["post", "void", "expiry"], pending_id__isnull=False)
                | Q(phase__in=["single", "pending"], pending_id__isnull=True),
                name="transfer_resolves_a_pending_one",
            ),
            models.UniqueConstraint(
                fields=["pending_id"], condition=Q(pending_id__isnull=False), name="transfer_resolved_once"
            ),
            models.UniqueConstraint(
                fields=["reference", "brand_id"], condition=Q(reference__isnull=False), name="transfer_reference_once"
            ),
        ]
        indexes = [
            models.Index(fields=["debit_account_id", "at"], name="transfer_debit"),
            models.Index(fields=["credit_account_id", "at"], name="transfer_credit"),
            models.Index(fields=["document_id"], condition=Q(document_id__isnull=False), name="transfer_document"),
            models.Index(fields=["reverses_id"], condition=Q(reverses_id__isnull=False), name="transfer_reversal"),
        ]


class OpenTransfer(models.Model):
    """A pending transfer that has not been resolved yet; the row goes when it is. Its `id` is the transfer's."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="open_transfer_expiry")
        ]
