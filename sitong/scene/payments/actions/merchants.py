"""Open the accounts with a provider into which entities are paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.scene.payments.models import Merchant
from sitong.scene.payments.wechat import malformed_key
from sitong.shared.errors import Refused


class MerchantKeyMalformed(Refused):
    """A key of the account cannot be read; `field` says which. Nothing was opened."""

    code = "scene.merchant_key_malformed"


@dataclass(frozen=True, slots=True)
class MerchantWanted:
    """An account with a provider; `entity_id` None: the brand's own."""

    brand_id: UUID
    entity_id: UUID | None
    merchant_number: str
    app_id: str
    serial: str
    private_key: str
    api_key: str
    provider_key_id: str
    provider_key: str
    gateway: str = ""
    provider: str = "wechat"


def open_merchants(wanted: Sequence[MerchantWanted], *, now: datetime) -> list[Merchant]:
    """Open accounts with a provider, or give the open ones of the same entity, their keys brought up to date.

    Raises MerchantKeyMalformed before anything is written.
    """
    for one in wanted:
        if field := malformed_key(private_key=one.private_key, provider_key=one.provider_key, api_key=one.api_key):
            raise MerchantKeyMalformed(field=field)
    made = []
    with transaction.atomic():
        for one in wanted:
            facts = {"merchant_number": one.merchant_number, "app_id": one.app_id, "serial": one.serial, "private_key": one.private_key,
                     "api_key": one.api_key, "provider_key_id": one.provider_key_id, "provider_key": one.provider_key, "gateway": one.gateway}  # fmt: skip
            merchant, _ = Merchant.objects.update_or_create(
                brand_id=one.brand_id, entity_id=one.entity_id, provider=one.provider, closed_at=None,
                defaults=facts, create_defaults={**facts, "created_at": now},
            )  # fmt: skip
            made.append(merchant)
    return made
