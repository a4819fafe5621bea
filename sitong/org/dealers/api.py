"""Dealers by program."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.org.brands.actions import EntityWanted, register_entities
from sitong.org.brands.models import LegalEntity
from sitong.org.brands.queries import entities_visible_to
from sitong.org.dealers.actions import DealerWanted, appoint_dealers, change_dealer, close_dealer, move_dealer
from sitong.org.dealers.models import Dealer
from sitong.org.dealers.queries import dealers_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["org"])
UNSAID: Any = None
"""The default of a field that is left as it is: it may be left out, but not be null."""


class DealerSeen(Schema):
    id: UUID
    parent_id: UUID | None
    entity_id: UUID
    code: str
    name: str
    name_en: str
    territory: list[str]
    closed_at: datetime | None


class DealerPage(Schema):
    """Dealers by code; `next` is the code after which the next page begins, empty at the end."""

    items: list[DealerSeen]
    next: str


class DealerFilter(Schema):
    after: str = Field("", max_length=40)
    limit: int = Field(50, ge=1, le=200)


class DealerNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    entity_id: UUID
    code: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    name: str = Field(min_length=1, max_length=100)
    name_en: str = Field("", max_length=100)
    parent_id: UUID | None = None
    territory: list[str] = Field(default_factory=list, description="H3 cells of resolution 7.", max_length=20_000)


class DealerChanges(Schema):
    name: str = Field(UNSAID, min_length=1, max_length=100)
    name_en: str = Field(UNSAID, max_length=100)
    territory: list[str] = Field(UNSAID, max_length=20_000)


class DealerMove(Schema):
    parent_id: UUID | None


class EntityNew(Schema):
    id: UUID
    name: str = Field(min_length=1, max_length=200)
    credit_code: str = Field("", max_length=18, pattern=r"^[0-9A-Z]{0,18}$")


class EntitySeen(Schema):
    id: UUID
    name: str
    credit_code: str


@router.get("/org/dealers", auth=API_AUTH, response=DealerPage, summary="List dealers")
def list_dealers(request: HttpRequest, wanted: Query[DealerFilter]) -> dict[str, Any]:
    """Give the dealers that the account may see, by code."""
    found = dealers_visible_to(_viewer(request, "org.see")).filter(code__gt=wanted.after).order_by("code")
    items = list(found[: wanted.limit])
    return {"items": items, "next": items[-1].code if len(items) == wanted.limit else ""}


@router.post("/org/dealers", auth=API_AUTH, response=DealerSeen, summary="Appoint a dealer")
def appoint(request: HttpRequest, wanted: DealerNew) -> Dealer:
    """Appoint a dealer of the brand. Repeating the same id gives the first answer."""
    viewer = _viewer(request, "org.change")
    new = DealerWanted(
        wanted.id,
        _brand(viewer),
        wanted.entity_id,
        wanted.code,
        wanted.name,
        wanted.name_en,
        wanted.parent_id,
        tuple(wanted.territory),
    )
    (outcome,) = appoint_dealers([new], by=viewer.account_id, now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.patch("/org/dealers/{dealer_id}", auth=API_AUTH, response=DealerSeen, summary="Change a dealer")
def patch_dealer(request: HttpRequest, dealer_id: UUID, wanted: DealerChanges) -> Dealer:
    """Change a dealer's name or territory."""
    viewer = _changing(request, dealer_id)
    return change_dealer(dealer_id, wanted.dict(exclude_unset=True), by=viewer.account_id, now=clock.now())


@router.post("/org/dealers/{dealer_id}/move", auth=API_AUTH, response=DealerSeen, summary="Move a dealer in the tree")
def move(request: HttpRequest, dealer_id: UUID, wanted: DealerMove) -> Dealer:
    """Put a dealer, with all below it, under another one, or at the top."""
    viewer = _changing(request, dealer_id)
    return move_dealer(dealer_id, parent_id=wanted.parent_id, by=viewer.account_id, now=clock.now())


@router.post("/org/dealers/{dealer_id}/close", auth=API_AUTH, response=DealerSeen, summary="Close a dealer")
def close(request: HttpRequest, dealer_id: UUID) -> Dealer:
    """Close a dealer that has nothing open below."""
    viewer = _changing(request, dealer_id)
    return close_dealer(dealer_id, by=viewer.account_id, now=clock.now())


@router.get("/org/entities", auth=API_AUTH, response=list[EntitySeen], summary="List legal entities")
def list_entities(request: HttpRequest) -> list[LegalEntity]:
    """Give the brand's legal entities; for the brand's own staff."""
    return list(entities_visible_to(_viewer(request, "org.see")).order_by("name", "id"))


@router.post("/org/entities", auth=API_AUTH, response=EntitySeen, summary="Register a legal entity")
def register(request: HttpRequest, wanted: EntityNew) -> LegalEntity:
    """Register a legal entity of the brand. Repeating the same id gives the first answer."""
    viewer = _viewer(request, "org.change")
    new = EntityWanted(wanted.id, _brand(viewer), wanted.name, wanted.credit_code)
    (outcome,) = register_entities([new], by=viewer.account_id, now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _viewer(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    return viewer


def _changing(request: HttpRequest, dealer_id: UUID) -> Viewer:
    viewer = _viewer(request, "org.change")
    if not dealers_visible_to(viewer, "org.change").filter(id=dealer_id).exists():
        raise NotFound()
    return viewer


def _brand(viewer: Viewer) -> UUID:
    if viewer.brand_id is None:
        raise NotAllowed(permission="org.change")
    return viewer.brand_id
