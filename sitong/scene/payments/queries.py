"""Reads of payments, and the adapter of a merchant account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from sitong.scene.payments.models import Merchant, Payment, PaymentState, Refund
from sitong.scene.payments.provider import Provider
from sitong.scene.payments.wechat import WeChatProvider
from sitong.shared.errors import NotFound

ASK_AFTER = timedelta(seconds=20)
ASK_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as others see it."""

    id: UUID
    document_id: UUID
    merchant_id: UUID
    number: str
    amount_minor: int
    refunded_minor: int
    currency: str
    state: str
    prepay_id: str
    paid_at: datetime | None


def payments_of(document_ids: Collection[UUID]) -> dict[UUID, list[PaymentFacts]]:
    """Give the payments of documents, oldest first, in one statement."""
    found: dict[UUID, list[PaymentFacts]] = {}
    for row in Payment.objects.filter(document_id__in=list(document_ids)).order_by("opened_at", "id"):
        found.setdefault(row.document_id, []).append(_facts(row))
    return found


def documents_of(numbers: Collection[str]) -> dict[str, UUID]:
    """Give the document behind each payment number; unknown numbers are absent."""
    return dict(Payment.objects.filter(number__in=list(numbers)).values_list("number", "document_id"))


def payments_to_ask_about(*, now: datetime, limit: int = 100) -> list[PaymentFacts]:
    """Give open payments whose notification should have come: opened a while ago and not asked about since a while."""
    due = Payment.objects.filter(state=PaymentState.OPEN, opened_at__lt=now - ASK_AFTER).exclude(prepay_id="")
    due = due.filter(Q(asked_at__isnull=True) | Q(asked_at__lt=now - ASK_AGAIN_AFTER))
    return [_facts(row) for row in due.order_by("asked_at", "opened_at")[:limit]]


def refunds_to_send(*, limit: int = 100) -> Sequence[Refund]:
    """Give refunds that the provider has not yet called done or failed."""
    return list(Refund.objects.filter(state="asked").select_related("payment").order_by("asked_at")[:limit])


def merchant_of(*, brand_id: UUID, entity_id: UUID | None, provider: str = "wechat") -> Merchant:
    """Give the account into which the entity is paid, else the brand's own. NotFound when there is neither."""
    open_ones = Merchant.objects.filter(brand_id=brand_id, provider=provider, closed_at__isnull=True)
    found = open_ones.filter(entity_id=entity_id).first() or open_ones.filter(entity_id__isnull=True).first()
    if found is None:
        raise NotFound(what="merchant")
    return found


def provider_of(merchant_id: UUID) -> Provider:
    """Give the adapter of a merchant account. NotFound for an unknown one."""
    merchant = Merchant.objects.filter(id=merchant_id).first()
    if merchant is None:
        raise NotFound(what="merchant")
    return _adapter(
        merchant.merchant_number, merchant.app_id, merchant.serial, merchant.private_key, merchant.api_key,
        merchant.provider_key_id, merchant.provider_key, merchant.gateway,
    )  # fmt: skip


def notify_url(merchant_id: UUID) -> str:
    """Give the address at which the provider reaches us for this merchant account."""
    return f"{settings.PUBLIC_URL}/api/v1/payments/wechat/{merchant_id}/notify"


@lru_cache(maxsize=256)
def _adapter(
    merchant_number: str,
    app_id: str,
    serial: str,
    private_key: str,
    api_key: str,
    provider_key_id: str,
    provider_key: str,
    gateway: str,
) -> Provider:
    return WeChatProvider(
        merchant_number=merchant_number, app_id=app_id, serial=serial, private_key=private_key, api_key=api_key,
        provider_key_id=provider_key_id, provider_key=provider_key, gateway=gateway,
    )  # fmt: skip


def _facts(row: Payment) -> PaymentFacts:
    return PaymentFacts(
        row.id,
        row.document_id,
        row.merchant_id,
        row.number,
        row.amount_minor,
        row.refunded_minor,
        row.currency,
        row.state,
        row.prepay_id,
        row.paid_at,
    )
