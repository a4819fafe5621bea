"""Purchase targets, supply that is received, campaigns that are earned, and an advertising provider on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sitong.goods.catalog.queries import skus_of_products
from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
from sitong.marketing.ads.actions import (
    TargetWanted,
    approve_campaign,
    define_target,
    grant_campaigns,
    keep_account,
    publish_target,
)
from sitong.marketing.models import AdCampaign
from sitong.scene.adverts.demo.server import DemoAds
from sitong.shared.clock import business_date
from sitong.shared.ids import new_id
from tests.make.org import NOW, done

ACCOUNT, TOKEN = 25_610, "a token"


def a_target(brand: Any, *, quantity: int = 100, published: bool = True, now: datetime = NOW, **fields: Any):
    """Who receives a hundred units in a month earns a week of advertising within three kilometers."""
    values = {
        "name": "进货达标", "name_en": "Supply reached", "place_kind": "store", "period": "month", "starts_on": date(2026, 1, 1),
        "daily_minor": 10_000, "title": "附近好店", "text": "到店有礼", **fields,
    }  # fmt: skip
    target = define_target(TargetWanted(new_id(), brand.id, quantity=quantity, **values), by=None, now=now)
    return publish_target(target.id, by=None, now=now) if published else target


def receives(place: Any, product: Any, quantity: int, *, now: datetime = NOW):
    """A delivery comes to a store, or to a dealer's warehouse."""
    kind = "store" if type(place).__name__ == "Store" else "dealer_warehouse"
    open_locations([LocationWanted(place.id, place.brand_id, kind, place.id, place.name, place.entity_id)])
    sku_id = skus_of_products([product.id])[product.id][0].id
    return done(receive_stock([ReceiptWanted(new_id(), place.id, (ReceiptLine(sku_id, quantity),))], by=None, now=now))


def an_approved_campaign(brand: Any, store: Any, product: Any, *, now: datetime = NOW):
    """A store has reached its target, and headquarters lets the campaign go."""
    today = business_date(now, brand.zone)
    a_target(brand, now=now, starts_on=today)
    receives(store, product, 100, now=now)
    grant_campaigns(now=now)
    campaign = AdCampaign.objects.get(brand_id=brand.id)
    return approve_campaign(campaign.id, starts_on=today, by=None, now=now)


@contextmanager
def an_ad_provider(**named: Any) -> Iterator[DemoAds]:
    """Run the demo provider in a thread."""
    provider = DemoAds(account_number=ACCOUNT, access_token=TOKEN, **named)
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join(5)


def an_ad_account(brand: Any, provider: DemoAds, *, token: str = TOKEN, now: datetime = NOW):
    """The brand's account with that provider."""
    return keep_account(brand.id, str(ACCOUNT), access_token=token, gateway=provider.address, by=None, now=now)
