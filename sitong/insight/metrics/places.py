"""Whose figures a viewer may look at: the brand's, its own branch's, its own store's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

SEE = "figures.see"


@dataclass(frozen=True, slots=True)
class Place:
    """A place with figures of its own. `under` are the dealers at or above it, by path."""

    id: UUID
    kind: str  # brand, dealer or store
    name: str
    name_en: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """What one viewer may look at: the places from the top down, with the brand's currency and zone."""

    places: Sequence[Place]
    currency: str
    zone: str

    def place(self, place_id: UUID | None) -> Place:
        """Give the place asked for, the topmost when none is. Refuses NotFound for one that is not the viewer's."""
        for one in self.places:
            if place_id is None or one.id == place_id:
                return one
        raise NotFound(what="place")

    def stores_at(self, place: Place) -> list[Place]:
        """Give the stores at or below a place."""
        stores = [one for one in self.places if one.kind == "store"]
        if place.kind == "brand":
            return stores
        return [
            one for one in stores if one.id == place.id or (place.kind == "dealer" and one.path.startswith(place.path))
        ]


def places_of(viewer: Viewer) -> Places:
    """Give the places whose figures the viewer may see. Three queries. Refuses NotAllowed without the permission."""
    viewer.require(SEE)
    brand_id = viewer.brand_id
    assert brand_id is not None
    brand = brand_facts([brand_id])[brand_id]
    places = [Place(brand.id, "brand", brand.name, brand.name_en)] if viewer.place_ids("brand", SEE) else []
    dealers = dealers_visible_to(viewer, SEE).order_by("path").values_list("id", "name", "name_en", "path")
    places += [Place(key, "dealer", name, name_en, path) for key, name, name_en, path in dealers]
    stores = stores_visible_to(viewer, SEE).order_by("code").annotate(dealer_path=F("dealer__path"))
    rows = stores.values_list("id", "code", "name", "name_en", "dealer_path")
    places += [
        Place(key, "store", f"{name} {code}", f"{name_en or name} {code}", path or "")
        for key, code, name, name_en, path in rows
    ]
    return Places(places, brand.currency, brand.zone)
