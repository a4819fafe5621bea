"""Balances, statements, and whether the books agree."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.shared.ledger.books import check_ledger as check_books
from sitong.shared.ledger.models import LedgerAccount, Transfer
from sitong.shared.ledger.rules import AccountNow

__all__ = ["accounts_of", "balances", "check_books", "statement_of", "transfers_of"]


def balances(account_ids: Collection[UUID]) -> dict[UUID, AccountNow]:
    """Give the balances of these accounts without locking them: what is shown, not what may be promised."""
    columns = (
        "id",
        "brand_id",
        "unit",
        "limit",
        "debits_posted",
        "credits_posted",
        "debits_pending",
        "credits_pending",
    )
    return {row[0]: AccountNow(*row) for row in LedgerAccount.objects.filter(id__in=account_ids).values_list(*columns)}


def accounts_of(owner_ids: Collection[UUID]) -> QuerySet[LedgerAccount]:
    """Give the accounts of these owners, by purpose."""
    return LedgerAccount.objects.filter(owner_id__in=owner_ids).order_by("owner_id", "kind", "unit")


def statement_of(account_id: UUID) -> QuerySet[Transfer]:
    """Give the transfers of an account, the latest first."""
    return Transfer.objects.filter(Q(debit_account_id=account_id) | Q(credit_account_id=account_id)).order_by(
        "-at", "-id"
    )


def transfers_of(document_ids: Collection[UUID]) -> QuerySet[Transfer]:
    """Give the transfers that these documents caused, in the order of their posting."""
    return Transfer.objects.filter(document_id__in=document_ids).order_by("at", "id")
