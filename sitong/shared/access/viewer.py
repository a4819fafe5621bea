"""Who is asking: the account behind a request or a token, without a query."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from sitong.shared.access.permissions import NOT_BY_PIN, permissions_of
from sitong.shared.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the tree at which the account has a role. It reaches everything below."""

    kind: str  # brand, dealer or store
    id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account that asks. `member_id` is set for consumers. `by_pin`: it took a till over by PIN and has no more than a till's rights."""

    account_id: UUID
    system: str  # brand, dealer, store, consumer or operator
    brand_id: UUID | None
    places: tuple[Place, ...] = ()
    member_id: UUID | None = None
    by_pin: bool = False

    def may(self, permission: str) -> bool:
        """Tell whether one of the account's roles carries the permission ("goods.change"), at whatever place."""
        return bool(self.places_with(permission))

    def require(self, permission: str) -> None:
        """Refuse with NotAllowed unless one of the account's roles carries the permission.

        Where it carries it is the other half: scope by `…_visible_to(viewer, permission)`.
        """
        if not self.may(permission):
            raise NotAllowed(permission=permission)

    def places_with(self, permission: str) -> list[Place]:
        """Give the places at which the account's role carries the permission."""
        if self.by_pin and permission in NOT_BY_PIN:
            return []
        return [place for place in self.places if permission in permissions_of(self.system, place.role)]

    def place_ids(self, kind: str, permission: str | None = None) -> list[UUID]:
        """Give the ids of the places of one kind at which the account has a role (that carries the permission)."""
        places = self.places if permission is None else self.places_with(permission)
        return [place.id for place in places if place.kind == kind]


class ViewerRequest(HttpRequest):
    """A request behind a gate, where the middleware has said who asks. For annotations; no request is made of it."""

    viewer: Viewer
