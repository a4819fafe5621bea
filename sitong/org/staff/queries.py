"""Staff as a viewer may see and change them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from sitong.org.dealers.models import Dealer
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.staff.rules import may_give
from sitong.org.stores.models import Store
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.permissions import ROLES, permissions_of
from sitong.shared.access.queries import AccountFacts, AccountRow, staff_at, staff_facts
from sitong.shared.access.viewer import Place, Viewer


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """A place of the tree with its name, as a list of roles shows it."""

    kind: str
    id: UUID
    name: str
    name_en: str


def places_in_reach(viewer: Viewer, permission: str = "staff.change") -> set[UUID]:
    """Give the ids of all places at which the viewer may do what `permission` names: own ones and everything below."""
    brands = set(viewer.place_ids("brand", permission)) & {viewer.brand_id}
    dealers = set(dealers_visible_to(viewer, permission).values_list("id", flat=True))
    stores = set(stores_visible_to(viewer, permission).values_list("id", flat=True))
    return {place for place in brands | dealers | stores if place}


def staff_visible_to(viewer: Viewer) -> QuerySet[AccountRow]:
    """Give the staff accounts at the places at which the viewer may change staff."""
    return staff_at(places_in_reach(viewer)).filter(brand_id=viewer.brand_id)


def staff_changeable_by(viewer: Viewer, account_id: UUID) -> AccountFacts | None:
    """Give a staff account that the viewer may change: all its roles in reach and none above the viewer's own. Else None."""
    account = staff_visible_to(viewer).filter(id=account_id).first()
    if account is None:
        return None
    (facts,) = staff_facts([account])
    return facts if may_give_all(viewer, facts.system, facts.places) else None


def may_give_all(viewer: Viewer, system: str, places: Iterable[Place]) -> bool:
    """Tell whether the viewer may give, or take, all of these roles at their places."""
    reach = places_in_reach(viewer)
    own = frozenset[str]().union(
        *(permissions_of(viewer.system, place.role) for place in viewer.places_with("staff.change"))
    )
    return all(
        place.id in reach
        and may_give(viewer.system, own, system=system, role_permissions=permissions_of(system, place.role))
        for place in places
    )


def roles_to_give(viewer: Viewer) -> list[tuple[str, str]]:
    """Give the (system, role) pairs that the viewer may give somewhere in reach."""
    own = frozenset[str]().union(
        *(permissions_of(viewer.system, place.role) for place in viewer.places_with("staff.change"))
    )
    return [
        (system, role)
        for system in ("brand", "dealer", "store")
        for role, permissions in ROLES[system].items()
        if may_give(viewer.system, own, system=system, role_permissions=permissions)
    ]


def places_named(place_ids: Iterable[UUID]) -> dict[UUID, PlaceNamed]:
    """Give the names of dealers and stores by id; the brand's own id is left out."""
    ids = set(place_ids)
    named = {
        row[0]: PlaceNamed("dealer", *row)
        for row in Dealer.objects.filter(id__in=ids).values_list("id", "name", "name_en")
    }
    named.update(
        {
            row[0]: PlaceNamed("store", *row)
            for row in Store.objects.filter(id__in=ids).values_list("id", "name", "name_en")
        }
    )
    return named
