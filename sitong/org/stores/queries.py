"""Stores as a viewer may see them, and the facts that the words above need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.org.brands.queries import brand_by_code
from sitong.org.dealers.queries import in_branches
from sitong.org.stores.models import Store
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """A store as it stood when it was asked. Position in WGS-84, millionths of a degree."""

    id: UUID
    brand_id: UUID
    dealer_id: UUID | None
    entity_id: UUID
    kind: str
    code: str
    name: str
    name_en: str
    zone: str
    pickup: bool
    delivery: bool
    appointments: bool
    online_takes_stock: bool
    address: str
    city: str
    phone: str
    latitude_e6: int | None
    longitude_e6: int | None
    fence_m: int
    hours: Mapping[str, Any]
    theme: Mapping[str, Any]
    closed_at: datetime | None


FIELDS = tuple(StoreFacts.__dataclass_fields__)


def stores_visible_to(viewer: Viewer, permission: str = "org.see") -> QuerySet[Store]:
    """Give the stores at which the viewer may do what `permission` names.

    A role reaches everything below its place: the brand's all stores, a dealer's the stores of its branch, a store's itself.
    Consumers see none this way; what everybody may see of a store is `store_by_code`.
    """
    return Store.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission))
        | Q(id__in=viewer.place_ids("store", permission))
        | in_branches(viewer.place_ids("dealer", permission), path="dealer__path"),
        Q(brand_id=viewer.brand_id),
    )


def store_facts(store_ids: Collection[UUID]) -> dict[UUID, StoreFacts]:
    """Give the facts of stores by id, of closed ones too; unknown ones are left out. One query."""
    return {row[0]: StoreFacts(*row) for row in Store.objects.filter(id__in=store_ids).values_list(*FIELDS)}


def store_by_code(brand_code: str, store_code: str) -> StoreFacts | None:
    """Give the open store behind the address /s/<brand>/<store>/. Works under any scope, since everybody may see it."""
    brand = brand_by_code(brand_code)
    if brand is None:
        return None
    with brands_shown([brand.id]):
        row = Store.objects.filter(brand_id=brand.id, code=store_code, closed_at=None).values_list(*FIELDS).first()
    return StoreFacts(*row) if row else None


def open_stores_of(brand_id: UUID) -> list[StoreFacts]:
    """Give the open stores of a brand by code: for the page on which a consumer chooses one."""
    rows = Store.objects.filter(brand_id=brand_id, closed_at=None).order_by("code").values_list(*FIELDS)
    return [StoreFacts(*row) for row in rows]
