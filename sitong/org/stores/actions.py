"""Open stores, change what is theirs, close them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import transaction

from sitong.org.brands.actions import CodeTaken, ZoneUnknown
from sitong.org.brands.models import Brand, LegalEntity
from sitong.org.dealers.actions import EntityUnknown, ParentUnknown
from sitong.org.dealers.models import Dealer
from sitong.org.stores import rules
from sitong.org.stores.events import StoreChanged, StoreClosed, StoreOpened
from sitong.org.stores.models import Store, StoreKind
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

STORES_OWN = frozenset({
    "hours", "pickup", "delivery", "appointments", "theme", "phone", "fence_m", "online_takes_stock",
})  # fmt: skip
"""What the store itself may change; the brand and the dealer may change all of CHANGEABLE."""

CHANGEABLE = STORES_OWN | {"name", "name_en", "address", "city", "latitude_e6", "longitude_e6", "zone"}


class KindUnknown(Refused):
    """A store is direct, franchise, special or authorized."""

    code = "org.kind_unknown"


class DirectHasNoDealer(Refused):
    """A direct store belongs to the brand itself."""

    code = "org.direct_has_no_dealer"


class HoursMalformed(Refused):
    """The opening hours make no sense."""

    code = "org.hours_malformed"


class PositionMalformed(Refused):
    """The position is half or not on the Earth."""

    code = "org.position_malformed"


class FenceOutOfRange(Refused):
    """The fence is too narrow or too wide."""

    code = "org.fence_out_of_range"


class ThemeMalformed(Refused):
    """The theme says something that the mini shop does not know."""

    code = "org.theme_malformed"


class StoreIsClosed(Refused):
    """The store is closed for good."""

    code = "org.store_is_closed"


@dataclass(frozen=True, slots=True)
class StoreWanted:
    """A store to open. The id is the caller's: sent again, it gets the first answer. Position in WGS-84."""

    id: UUID
    brand_id: UUID
    entity_id: UUID
    kind: str
    code: str
    name: str
    name_en: str = ""
    dealer_id: UUID | None = None
    address: str = ""
    city: str = ""
    phone: str = ""
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    fence_m: int = 200
    zone: str = "Asia/Shanghai"
    hours: dict[str, list[list[str]]] = field(default_factory=dict)
    pickup: bool = True
    delivery: bool = False
    appointments: bool = False
    online_takes_stock: bool = True
    theme: dict[str, str] = field(default_factory=dict)


def open_stores(wanted: Sequence[StoreWanted], *, by: UUID | None, now: datetime) -> list[Store | Refused]:
    """Open stores in the order given, each whole or refused whole.

    Refused: shared.not_found (no such brand), org.entity_unknown, org.parent_unknown (dealer), org.kind_unknown,
    org.direct_has_no_dealer, org.code_taken, what `change_store` refuses, shared.repeat_differs.
    """
    brand_ids = {one.brand_id for one in wanted}
    with transaction.atomic():
        brands = {
            brand.id for brand in Brand.objects.select_for_update(no_key=True).filter(id__in=brand_ids).order_by("id")
        }
        there = Store.objects.in_bulk([one.id for one in wanted])
        dealers = Dealer.objects.defer("territory").in_bulk({one.dealer_id for one in wanted if one.dealer_id})
        entities = LegalEntity.objects.in_bulk({one.entity_id for one in wanted})
        codes = set(
            Store.objects.filter(brand_id__in=brand_ids, code__in=[one.code for one in wanted]).values_list(
                "brand_id", "code"
            )
        )
        outcomes: list[Store | Refused] = []
        fresh: list[Store] = []
        for one in wanted:
            if earlier := there.get(one.id):
                outcomes.append(earlier if _same(earlier, one) else RepeatDiffers(id=one.id))
                continue
            refused = NotFound() if one.brand_id not in brands else _refusal(one, dealers, entities, codes)
            if refused:
                outcomes.append(refused)
                continue
            store = Store(created_at=now, **asdict(one))
            there[one.id] = store
            codes.add((one.brand_id, one.code))
            fresh.append(store)
            outcomes.append(store)
        Store.objects.bulk_create(fresh)
        record(
            [AuditEntry("opened", "org.store", one.id, one.brand_id, by, after=_shown(one)) for one in fresh], at=now
        )
        announce([StoreOpened(one.brand_id, one.id, one.dealer_id, one.kind) for one in fresh], at=now)
    return outcomes


def change_store(store_id: UUID, changes: Mapping[str, Any], *, by: UUID | None, now: datetime) -> Store:
    """Change fields named in CHANGEABLE. What is equal already leaves no trace.

    Refused: shared.not_found, org.store_is_closed, org.hours_malformed, org.position_malformed,
    org.fence_out_of_range, org.theme_malformed, org.zone_unknown.
    """
    if unknown := set(changes) - CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    with transaction.atomic():
        store = _locked(store_id)
        if store.closed_at:
            raise StoreIsClosed(code=store.code)
        before, after = differing({key: getattr(store, key) for key in changes}, changes)
        for key, value in after.items():
            setattr(store, key, value)
        if refused := _content_refusal(store):
            raise refused
        if after:
            store.save(update_fields=list(after))
            record([AuditEntry("changed", "org.store", store.id, store.brand_id, by, before, after)], at=now)
            announce([StoreChanged(store.brand_id, store.id, store.dealer_id, store.kind)], at=now)
    return store


def close_store(store_id: UUID, *, by: UUID | None, now: datetime) -> Store:
    """Close a store for good: it opens no orders any more; what is open is finished. Closed already: nothing happens.

    Refused: shared.not_found.
    """
    with transaction.atomic():
        store = _locked(store_id)
        if store.closed_at:
            return store
        store.closed_at = now
        store.save(update_fields=["closed_at"])
        record([AuditEntry("closed", "org.store", store.id, store.brand_id, by)], at=now)
        announce([StoreClosed(store.brand_id, store.id, store.dealer_id, store.kind)], at=now)
    return store


def _locked(store_id: UUID) -> Store:
    store = Store.objects.select_for_update(no_key=True).filter(id=store_id).first()
    if store is None:
        raise NotFound()
    return store


def _refusal(
    one: StoreWanted, dealers: Mapping[UUID, Dealer], entities: Mapping[UUID, LegalEntity], codes: set[tuple[UUID, str]]
) -> Refused | None:
    entity = entities.get(one.entity_id)
    if entity is None or entity.brand_id != one.brand_id:
        return EntityUnknown(entity=one.entity_id)
    if one.kind not in StoreKind.values:
        return KindUnknown(kind=one.kind)
    if one.dealer_id:
        if one.kind == StoreKind.DIRECT:
            return DirectHasNoDealer(code=one.code)
        dealer = dealers.get(one.dealer_id)
        if dealer is None or dealer.brand_id != one.brand_id or dealer.closed_at:
            return ParentUnknown(parent=one.dealer_id)
    if (one.brand_id, one.code) in codes:
        return CodeTaken(code=one.code)
    return _content_refusal(one)


def _content_refusal(store: Store | StoreWanted) -> Refused | None:
    if problem := rules.hours_problem(store.hours):
        return HoursMalformed(problem=problem)
    if problem := rules.position_problem(store.latitude_e6, store.longitude_e6):
        return PositionMalformed(problem=problem)
    if not rules.FENCE_M[0] <= store.fence_m <= rules.FENCE_M[1]:
        return FenceOutOfRange(least_m=rules.FENCE_M[0], most_m=rules.FENCE_M[1])
    if problem := rules.theme_problem(store.theme):
        return ThemeMalformed(problem=problem)
    if store.zone not in available_timezones():
        return ZoneUnknown(zone=store.zone)
    return None


def _same(store: Store, one: StoreWanted) -> bool:
    return (store.brand_id, store.code, store.kind, store.dealer_id) == (
        one.brand_id,
        one.code,
        one.kind,
        one.dealer_id,
    )


def _shown(store: Store) -> dict[str, Any]:
    return {"code": store.code, "name": store.name, "kind": store.kind, "dealer": store.dealer_id}
