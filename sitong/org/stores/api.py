"""Stores by program."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.org.stores.actions import CHANGEABLE, STORES_OWN, StoreWanted, change_store, close_store, open_stores
from sitong.org.stores.models import Store
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["org"])
UNSAID: Any = None
"""The default of a field that is left as it is: it may be left out, but not be null."""


class StoreSeen(Schema):
    """A store. Position in WGS-84, millionths of a degree."""

    id: UUID
    dealer_id: UUID | None
    entity_id: UUID
    kind: str
    code: str
    name: str
    name_en: str
    address: str
    city: str
    phone: str
    latitude_e6: int | None
    longitude_e6: int | None
    fence_m: int
    zone: str
    hours: dict[str, list[list[str]]]
    pickup: bool
    delivery: bool
    appointments: bool
    online_takes_stock: bool
    theme: dict[str, str]
    closed_at: datetime | None


class StorePage(Schema):
    """Stores by code; `next` is the code after which the next page begins, empty at the end."""

    items: list[StoreSeen]
    next: str


class StoreFilter(Schema):
    after: str = Field("", max_length=40, description="Code after which to begin.")
    limit: int = Field(50, ge=1, le=200)
    kind: str = Field("", max_length=12)
    dealer_id: UUID | None = None
    closed: bool = False


class StoreNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    entity_id: UUID
    kind: str = Field(max_length=12)
    code: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    name: str = Field(min_length=1, max_length=100)
    name_en: str = Field("", max_length=100)
    dealer_id: UUID | None = None
    address: str = Field("", max_length=200)
    city: str = Field("", max_length=40)
    phone: str = Field("", max_length=30)
    latitude_e6: int | None = Field(None, ge=-90_000_000, le=90_000_000)
    longitude_e6: int | None = Field(None, ge=-180_000_000, le=180_000_000)
    fence_m: int = Field(200, ge=20, le=5_000)
    zone: str = Field("Asia/Shanghai", max_length=40)
    hours: dict[str, list[list[str]]] = Field(default_factory=dict)
    pickup: bool = True
    delivery: bool = False
    appointments: bool = False
    online_takes_stock: bool = True
    theme: dict[str, str] = Field(default_factory=dict)


class StoreChanges(Schema):
    """Only what is given is changed."""

    name: str = Field(UNSAID, min_length=1, max_length=100)
    name_en: str = Field(UNSAID, max_length=100)
    address: str = Field(UNSAID, max_length=200)
    city: str = Field(UNSAID, max_length=40)
    phone: str = Field(UNSAID, max_length=30)
    latitude_e6: int | None = Field(None, ge=-90_000_000, le=90_000_000)
    longitude_e6: int | None = Field(None, ge=-180_000_000, le=180_000_000)
    fence_m: int = Field(UNSAID, ge=20, le=5_000)
    zone: str = Field(UNSAID, max_length=40)
    hours: dict[str, list[list[str]]] = UNSAID
    pickup: bool = UNSAID
    delivery: bool = UNSAID
    appointments: bool = UNSAID
    online_takes_stock: bool = UNSAID
    theme: dict[str, str] = UNSAID


@router.get("/org/stores", auth=API_AUTH, response=StorePage, summary="List stores")
def list_stores(request: HttpRequest, wanted: Query[StoreFilter]) -> dict[str, Any]:
    """Give the stores that the account may see, by code."""
    viewer = _viewer(request, "org.see")
    found = (
        stores_visible_to(viewer).filter(closed_at__isnull=not wanted.closed, code__gt=wanted.after).order_by("code")
    )
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.dealer_id:
        found = found.filter(dealer_id=wanted.dealer_id)
    items = list(found[: wanted.limit])
    return {"items": items, "next": items[-1].code if len(items) == wanted.limit else ""}


@router.post("/org/stores", auth=API_AUTH, response=StoreSeen, summary="Open a store")
def open_store(request: HttpRequest, wanted: StoreNew) -> Store:
    """Open a store of the brand. Repeating the same id gives the first answer."""
    viewer = _viewer(request, "org.change")
    if viewer.brand_id is None:
        raise NotAllowed(permission="org.change")
    (outcome,) = open_stores(
        [StoreWanted(brand_id=viewer.brand_id, **wanted.dict())], by=viewer.account_id, now=clock.now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.get("/org/stores/{store_id}", auth=API_AUTH, response=StoreSeen, summary="Show a store")
def show_store(request: HttpRequest, store_id: UUID) -> Store:
    """Give one store that the account may see."""
    return _found(_viewer(request, "org.see"), store_id, "org.see")


@router.patch("/org/stores/{store_id}", auth=API_AUTH, response=StoreSeen, summary="Change a store")
def patch_store(request: HttpRequest, store_id: UUID, wanted: StoreChanges) -> Store:
    """Change hours, position, fence, services, theme. A store's own staff change what is theirs only."""
    viewer = _viewer(request, "store.change")
    _found(viewer, store_id, "store.change")
    changes = wanted.dict(exclude_unset=True)
    allowed = STORES_OWN if viewer.system == "store" else CHANGEABLE
    if beyond := sorted(set(changes) - allowed):
        raise NotAllowed(fields=", ".join(beyond))
    return change_store(store_id, changes, by=viewer.account_id, now=clock.now())


@router.post("/org/stores/{store_id}/close", auth=API_AUTH, response=StoreSeen, summary="Close a store for good")
def shut_store(request: HttpRequest, store_id: UUID) -> Store:
    """Close a store: no new orders; what is open is finished."""
    viewer = _viewer(request, "org.change")
    _found(viewer, store_id, "org.change")
    return close_store(store_id, by=viewer.account_id, now=clock.now())


def _viewer(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    return viewer


def _found(viewer: Viewer, store_id: UUID, permission: str) -> Store:
    store = stores_visible_to(viewer, permission).filter(id=store_id).first()
    if store is None:
        raise NotFound()
    return store
