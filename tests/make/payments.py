"""A merchant account and its provider on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sitong.scene.payments.actions import MerchantWanted, open_merchants
from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.demo.server import DemoProvider
from sitong.scene.payments.demo.till import DemoTill

_keys: list[DemoKeys] = []


@contextmanager
def a_provider(folder: Path, *, notifies: bool = True) -> Iterator[DemoProvider]:
    """Run the demo provider in a thread. Its keys are made once a run, since that takes a moment."""
    if not _keys:
        _keys.append(DemoKeys.make())
    provider = DemoProvider(_keys[0], DemoTill(folder / "till.sqlite"), notifies=notifies)
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join(5)


def a_merchant(brand_id: UUID, provider: DemoProvider, *, now: datetime, entity_id: UUID | None = None):
    """Open an account with the provider for a brand, or for one of its entities."""
    keys = provider.keys
    return open_merchants([MerchantWanted(
        brand_id=brand_id, entity_id=entity_id, merchant_number=keys.merchant_number, app_id=keys.app_id, serial=keys.serial,
        private_key=keys.merchant_private, api_key=keys.api_key, provider_key_id=keys.provider_key_id, provider_key=keys.provider_public,
        gateway=provider.address,
    )], now=now)[0]  # fmt: skip
