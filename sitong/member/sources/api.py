"""Sources and the growth of the member pool by program."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.member.sources.actions import SourceWanted, name_sources, retire_source
from sitong.member.sources.models import Source
from sitong.member.sources.queries import growth, sources_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["member"])


class SourceNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    code: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    kind: Literal["store_scan", "store", "mini_shop", "ad", "guide", "group", "friend", "import", "other"]
    store_id: UUID | None = None


class SourceSeen(Schema):
    """A named entry through which members come."""

    id: UUID
    code: str
    name: str
    name_en: str
    kind: str
    store_id: UUID | None
    named_at: datetime
    retired_at: datetime | None


class GrowthFilter(Schema):
    first: date
    last: date
    source: str = Field("", max_length=40)
    store_id: UUID | None = None


class GrowthSeen(Schema):
    """How many members joined on a day, by source and store (null: through no store)."""

    joined_on: date
    source: str
    store_id: UUID | None
    joined: int


@router.get("/sources", auth=API_AUTH, response=list[SourceSeen], summary="List sources")
def list_sources(request: HttpRequest) -> list[Source]:
    """Give the brand's named sources by code."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    return list(sources_visible_to(viewer).order_by("code"))


@router.post("/sources", auth=API_AUTH, response=SourceSeen, summary="Name a source")
def name_source(request: HttpRequest, wanted: SourceNew) -> Source:
    """Name an entry: `?source=<code>` on the sign-in page, `source` in the sign-in by program."""
    viewer = _brand_staff(request)
    if wanted.store_id and not stores_visible_to(viewer).filter(id=wanted.store_id).exists():
        raise NotFound(what="store")
    assert viewer.brand_id is not None
    new = SourceWanted(
        wanted.id, viewer.brand_id, wanted.code, wanted.name, wanted.kind, wanted.name_en, wanted.store_id
    )
    (source,) = name_sources([new], by=viewer.account_id, now=clock.now())
    if isinstance(source, Refused):
        raise source
    return source


@router.post("/sources/{uuid:source_id}/retire", auth=API_AUTH, response=SourceSeen, summary="Retire a source")
def retire(request: HttpRequest, source_id: UUID) -> Source:
    """Close a source; its members keep it."""
    viewer = _brand_staff(request)
    if not sources_visible_to(viewer).filter(id=source_id).exists():
        raise NotFound(what="source")
    return retire_source(source_id, by=viewer.account_id, now=clock.now())


@router.get("/sources/growth", auth=API_AUTH, response=list[GrowthSeen], summary="Show how the pool grows")
def show_growth(request: HttpRequest, wanted: Query[GrowthFilter]) -> list[dict[str, Any]]:
    """Give how many members joined each day, by source and store, of the stores that the viewer may see."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    rows = growth(viewer, first=wanted.first, last=wanted.last, source=wanted.source, store_id=wanted.store_id)
    return [
        {"joined_on": one.joined_on, "source": one.source, "store_id": one.store_id, "joined": one.joined}
        for one in rows
    ]


def _brand_staff(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.tag")
    if not viewer.place_ids("brand", "member.tag"):
        raise NotAllowed(permission="member.tag")
    return viewer
