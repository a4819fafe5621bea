"""What stock does when places are opened, and with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.goods.inventory.actions import LocationWanted, expire_holds, open_locations, withdraw_expired
from sitong.goods.inventory.models import LocationKind
from sitong.org.brands.events import BrandFounded
from sitong.org.dealers.events import DealerAppointed
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.events import StoreOpened
from sitong.org.stores.queries import store_facts
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on


@on(BrandFounded, DealerAppointed, StoreOpened, subscriber="goods.places")
def give_each_place_its_stock(events: Sequence[BrandFounded | DealerAppointed | StoreOpened]) -> None:
    """Open a location for each new place, with the place's own id: the brand's and a dealer's first warehouse, a store."""
    dealers = dealer_facts([event.dealer_id for event in events if isinstance(event, DealerAppointed)])
    stores = store_facts([event.store_id for event in events if isinstance(event, StoreOpened)])
    wanted = [
        LocationWanted(event.brand_id, event.brand_id, LocationKind.BRAND_WAREHOUSE.value, event.brand_id, event.code)
        for event in events
        if isinstance(event, BrandFounded)
    ]
    wanted += [
        LocationWanted(
            dealer.id, dealer.brand_id, LocationKind.DEALER_WAREHOUSE.value, dealer.id, dealer.name, dealer.entity_id
        )
        for dealer in dealers.values()
    ]
    wanted += [
        LocationWanted(store.id, store.brand_id, LocationKind.STORE.value, store.id, store.name, store.entity_id)
        for store in stores.values()
    ]
    open_locations(wanted)


@every(60, "goods.expire_holds")
def free_what_is_held_too_long(now: datetime) -> None:
    expire_holds(now=now)


@every(600, "goods.withdraw_expired")
def withdraw_what_has_expired(now: datetime) -> None:
    withdraw_expired(now=now)
