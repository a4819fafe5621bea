"""The demo brand's accounts with the demo's payment provider and WeChat."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from sitong.org.staff.actions import keep_wechat_app
from sitong.org.staff.demo.keys import read_app
from sitong.org.staff.wechat import AppFacts
from sitong.scene.payments.actions import MerchantWanted, open_merchants
from sitong.scene.payments.demo.keys import DemoKeys


def open_merchant(brand_id: UUID, *, now: datetime) -> None:
    """Open the brand's account with the provider that `sitong up` runs on loopback, with the keys of both sides."""
    keys = DemoKeys.read(settings.VAR / "demo-provider" / "keys.json")
    open_merchants([MerchantWanted(
        brand_id=brand_id, entity_id=None, merchant_number=keys.merchant_number, app_id=keys.app_id, serial=keys.serial,
        private_key=keys.merchant_private, api_key=keys.api_key, provider_key_id=keys.provider_key_id, provider_key=keys.provider_public,
        gateway=f"http://127.0.0.1:{settings.DEMO_PROVIDER_PORT}",
    )], now=now)  # fmt: skip


def open_wechat(brand_id: UUID, *, now: datetime) -> None:
    """Keep the demo's WeChat app for both ways in: from a mini program, and from a page."""
    app_id, secret = read_app(settings.VAR / "demo-provider")
    gateway = f"http://127.0.0.1:{settings.DEMO_WECHAT_PORT}"
    for kind in ("mini", "account"):
        keep_wechat_app(brand_id, AppFacts(kind, app_id, secret, gateway), name="Demo", by=None, now=now)
