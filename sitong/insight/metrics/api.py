"""Figures over HTTP: each viewer's own places."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.insight.metrics import queries
from sitong.insight.metrics.looks import Look, look_of
from sitong.insight.metrics.places import places_of
from sitong.insight.metrics.queries import Asked, Figures
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now

router = Router(tags=["figures"])


class FiguresAsked(Schema):
    """Where and when. `place` is a brand, dealer or store of the caller's (none: the topmost); both days are included (none: 30 days)."""

    place: UUID | None = None
    start: date | None = None
    end: date | None = None
    scene: str = Field("", max_length=20)
    department: UUID | None = None


class FiguresOut(Schema):
    """A period's sums. `customers` are different members; empty when a department is asked for.

    `returned_minor` is what came back in the period had cost, whenever it was sold; net is revenue less that.
    """

    revenue_minor: int
    discount_minor: int
    orders: int
    items: int
    member_orders: int
    customers: int | None
    basket_minor: int
    returned_minor: int
    returns: int
    returned_items: int
    net_minor: int


class Summary(Schema):
    place: UUID
    currency: str
    start: date
    end: date
    now: FiguresOut
    before: FiguresOut = Field(description="The same, in the period just before.")


class RowOut(Schema):
    revenue_minor: int
    returned_minor: int
    net_minor: int
    orders: int
    items: int


class DayOut(RowOut):
    day: date
    customers: int | None


class StoreOut(RowOut):
    store: UUID
    name: str
    customers: int | None


class DepartmentOut(RowOut):
    department: UUID
    name: str


class SceneOut(RowOut):
    channel: str
    scene: str


class PlaceOut(Schema):
    id: UUID
    kind: str
    name: str
    name_en: str


@router.get("/figures", response=Summary, auth=API_AUTH, summary="Revenue, orders, customers, baskets")
def summary(request: HttpRequest, asked: Annotated[FiguresAsked, Query()]) -> dict[str, Any]:
    look = _look(request, asked)
    period, before = look.asked.period, look.asked.period.before()
    then = Asked(look.place.id, before, look.asked.scene, look.asked.department_id)
    return {
        "place": look.place.id,
        "currency": look.places.currency,
        "start": period.start,
        "end": period.last,
        "now": _figures(queries.figures(look.asked)),
        "before": _figures(queries.figures(then)),
    }


@router.get(
    "/figures/places", response=list[PlaceOut], auth=API_AUTH, summary="The places whose figures the caller may see"
)
def list_places(request: HttpRequest) -> Any:
    return list(places_of(request.viewer).places)  # type: ignore[attr-defined]


@router.get("/figures/days", response=list[DayOut], auth=API_AUTH, summary="By day")
def list_days(request: HttpRequest, asked: Annotated[FiguresAsked, Query()]) -> list[dict[str, Any]]:
    return [
        {**_row(row), "day": row.key, "customers": row.customers} for row in queries.by_day(_look(request, asked).asked)
    ]


@router.get("/figures/stores", response=list[StoreOut], auth=API_AUTH, summary="By store")
def list_stores(request: HttpRequest, asked: Annotated[FiguresAsked, Query()]) -> list[dict[str, Any]]:
    look = _look(request, asked)
    names = {one.id: one.name for one in look.stores}
    rows = queries.by_place(look.asked, list(names))
    return [{**_row(row), "store": row.key, "name": names[row.key], "customers": row.customers} for row in rows]


@router.get("/figures/departments", response=list[DepartmentOut], auth=API_AUTH, summary="By department")
def list_departments(request: HttpRequest, asked: Annotated[FiguresAsked, Query()]) -> list[dict[str, Any]]:
    look = _look(request, asked)
    names = {one.id: one.name for one in look.departments}
    return [
        {**_row(row), "department": row.key, "name": names.get(row.key, "")}
        for row in queries.by_department(look.asked)
    ]


@router.get("/figures/scenes", response=list[SceneOut], auth=API_AUTH, summary="By channel and scene")
def list_scenes(request: HttpRequest, asked: Annotated[FiguresAsked, Query()]) -> list[dict[str, Any]]:
    return [
        {**_row(row), "channel": row.channel, "scene": row.key} for row in queries.by_scene(_look(request, asked).asked)
    ]


def _look(request: HttpRequest, asked: FiguresAsked) -> Look:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    places = places_of(viewer)
    assert viewer.brand_id is not None
    wanted = {key: str(value) for key, value in asked.dict().items() if value}
    return look_of(places, viewer.brand_id, wanted, now=clock_now())


def _figures(found: Figures) -> dict[str, Any]:
    return {
        "revenue_minor": found.revenue_minor, "discount_minor": found.discount_minor, "orders": found.orders, "items": found.items,
        "member_orders": found.member_orders, "customers": found.customers, "basket_minor": found.basket_minor,
        "returned_minor": found.returned_minor, "returns": found.returns, "returned_items": found.returned_items, "net_minor": found.net_minor,
    }  # fmt: skip


def _row(row: queries.Row) -> dict[str, Any]:
    return {
        "revenue_minor": row.revenue_minor, "returned_minor": row.returned_minor, "net_minor": row.net_minor, "orders": row.orders,
        "items": row.items,
    }  # fmt: skip
