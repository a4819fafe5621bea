"""Which places a viewer acts for when goods come and go, where it may send them, and what places are called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sitong.goods.codes.moving import Place
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealer_facts, dealers_visible_to
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared.access.viewer import Viewer

PLACES_MAX = 2_000


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """A place and what people call it."""

    place: Place
    name: str
    name_en: str
    zone: str = ""

    @property
    def key(self) -> str:
        """As it stands in a form: kind and id."""
        return f"{self.place.kind}:{self.place.id}"


def places_of(viewer: Viewer, permission: str = "codes.move") -> list[PlaceNamed]:
    """Give the places for which the viewer may ship, receive and sell: the brand, its dealers, its stores, as far as it reaches."""
    found: list[PlaceNamed] = []
    for brand in brand_facts(viewer.place_ids("brand", permission)).values():
        found.append(PlaceNamed(Place("brand", brand.id), brand.name, brand.name_en, brand.zone))
    for dealer in dealers_visible_to(viewer, permission).filter(closed_at=None).order_by("path")[:PLACES_MAX]:
        found.append(PlaceNamed(Place("dealer", dealer.id), dealer.name, dealer.name_en))
    for store in stores_visible_to(viewer, permission).filter(closed_at=None).order_by("code")[:PLACES_MAX]:
        found.append(PlaceNamed(Place("store", store.id), store.name, store.name_en, store.zone))
    return found


def goals_of(viewer: Viewer, at: Place) -> list[PlaceNamed]:
    """Give where goods of a place may be sent: what the viewer sees below and beside it, and the place above it."""
    found = [one for one in places_of(viewer, "codes.move") if one.place != at]
    above = [one for one in _above(viewer, at) if one.place not in {other.place for other in found}]
    return above + found


def place_names(places: Collection[Place]) -> dict[Place, PlaceNamed]:
    """Give what places are called; unknown ones are left out. At most three statements."""
    ids: dict[str, set[UUID]] = {"brand": set(), "dealer": set(), "store": set()}
    for place in places:
        ids[place.kind].add(place.id)
    found: dict[Place, PlaceNamed] = {}
    for brand in brand_facts(ids["brand"]).values() if ids["brand"] else ():
        found[Place("brand", brand.id)] = PlaceNamed(Place("brand", brand.id), brand.name, brand.name_en, brand.zone)
    for dealer in dealer_facts(ids["dealer"]).values() if ids["dealer"] else ():
        found[Place("dealer", dealer.id)] = PlaceNamed(Place("dealer", dealer.id), dealer.name, dealer.name_en)
    for store in store_facts(ids["store"]).values() if ids["store"] else ():
        found[Place("store", store.id)] = PlaceNamed(Place("store", store.id), store.name, store.name_en, store.zone)
    return found


def place_of(text: str) -> Place | None:
    """Read a place as it stands in a form."""
    kind, _, key = text.partition(":")
    try:
        return Place(kind, UUID(key)) if kind in {"brand", "dealer", "store"} else None
    except ValueError:
        return None


def _above(viewer: Viewer, at: Place) -> list[PlaceNamed]:
    """Give who supplies a place: its dealer, that one's dealer, or the brand."""
    parent: UUID | None = None
    if at.kind == "store" and (store := store_facts([at.id]).get(at.id)):
        parent = store.dealer_id
    if at.kind == "dealer" and (dealer := dealer_facts([at.id]).get(at.id)):
        parent = dealer.parent_id
    if parent is not None:
        return list(place_names([Place("dealer", parent)]).values())
    return (
        []
        if at.kind == "brand" or viewer.brand_id is None
        else list(place_names([Place("brand", viewer.brand_id)]).values())
    )
