"""Places where stock lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import connection

from sitong.goods.inventory.models import Location, LocationKind

OPEN = """
INSERT INTO goods_location (id, brand_id, kind, place_id, entity_id, name)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[])
ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class LocationWanted:
    """A store's location has the store's id; a warehouse has an id of its own, made by whoever opens it."""

    id: UUID
    brand_id: UUID
    kind: str
    place_id: UUID
    name: str
    entity_id: UUID | None = None


def transit_id(location_id: UUID) -> UUID:
    """Give the id of the location that stands for what is on its way to `location_id`."""
    return uuid5(NAMESPACE_OID, f"sitong:transit:{location_id}")


def open_locations(wanted: Sequence[LocationWanted]) -> list[Location]:
    """Open locations; those that stand stay as they are. Each gets a transit location for what is on its way there."""
    rows = [(one.id, one.brand_id, one.kind, one.place_id, one.entity_id, one.name) for one in wanted]
    rows += [
        (transit_id(one.id), one.brand_id, LocationKind.TRANSIT.value, one.place_id, one.entity_id, one.name)
        for one in wanted
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(OPEN, list(map(list, zip(*sorted(rows), strict=True))))
    found = Location.objects.in_bulk([one.id for one in wanted])
    return [found[one.id] for one in wanted]
