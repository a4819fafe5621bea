"""Stock by program: what lies where, and the documents that move it. For stores, dealers and the brand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, Query, Router

from sitong.goods.inventory import schemas
from sitong.goods.inventory.actions import (
    ArrivalWanted,
    CountLine,
    CountWanted,
    ReceiptLine,
    ReceiptWanted,
    SafetyWanted,
    TransferLine,
    TransferWanted,
    WriteOffLine,
    WriteOffWanted,
    arrive_stock,
    count_stock,
    receive_stock,
    set_safety,
    transfer_stock,
    write_off,
)
from sitong.goods.inventory.actions.documents import Answer
from sitong.goods.inventory.models import Location, StockDocument
from sitong.goods.inventory.queries import (
    documents_at,
    levels_now,
    levels_shown,
    locations_visible_to,
    lots_at,
    moves_at,
    on_the_way_to,
)
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["stock"])


class Page(schemas.Strict):
    """Which part of a list."""

    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)


@router.get("/stock/locations", response=list[schemas.LocationOut], auth=API_AUTH, summary="List places with stock")
def list_locations(request: HttpRequest) -> Any:
    """Give the places whose stock the account may see: the brand's all, a dealer's own and its stores', a store's own."""
    return locations_visible_to(_viewer(request, "stock.see"), "stock.see").order_by("kind", "name", "id")[:1000]


@router.get(
    "/stock/{location_id}/levels", response=schemas.LevelPage, auth=API_AUTH, summary="List what lies at a place"
)
def list_levels(request: HttpRequest, location_id: UUID, wanted: Query[Page]) -> dict[str, Any]:
    """Give the levels of a place by SKU, with the date of the lot that expires next."""
    place, _ = _place(request, location_id, "stock.see")
    items = levels_shown(place.id, after=wanted.after, limit=wanted.limit)
    return {"items": items, "after": items[-1].sku_id if len(items) == wanted.limit else None}


@router.get(
    "/stock/{location_id}/skus/{sku_id}",
    response=schemas.SkuStockOut,
    auth=API_AUTH,
    summary="Show a SKU's stock at a place",
)
def show_sku_stock(request: HttpRequest, location_id: UUID, sku_id: UUID) -> dict[str, Any]:
    """Give the level of one SKU, its lots and its last hundred moves."""
    place, _ = _place(request, location_id, "stock.see")
    level = levels_now([(place.id, sku_id)])[place.id, sku_id]
    return {
        "on_hand": level.on_hand, "held": level.held, "safety": level.safety, "free": level.free,
        "lots": list(lots_at(place.id, [sku_id])), "moves": list(moves_at(place.id, sku_id)[:100]),
    }  # fmt: skip


@router.get(
    "/stock/{location_id}/documents", response=list[schemas.DocumentOut], auth=API_AUTH, summary="List stock documents"
)
def list_documents(request: HttpRequest, location_id: UUID) -> Any:
    """Give the last two hundred receipts, counts, write-offs, returns, shipments and arrivals of a place."""
    place, _ = _place(request, location_id, "stock.see")
    return documents_at(place.id)[:200]


@router.get(
    "/stock/{location_id}/on-the-way",
    response=list[schemas.OnTheWayOut],
    auth=API_AUTH,
    summary="List what is on its way here",
)
def list_on_the_way(request: HttpRequest, location_id: UUID) -> Any:
    """Give what has been shipped to a place and has not arrived, the oldest shipment first."""
    place, _ = _place(request, location_id, "stock.see")
    return on_the_way_to([place.id])


@router.post("/stock/{location_id}/receipts", response=schemas.DocumentOut, auth=API_AUTH, summary="Receive a delivery")
def post_receipt(request: HttpRequest, location_id: UUID, wanted: schemas.ReceiptIn) -> StockDocument:
    """Take a delivery in, whole or not at all."""
    place, viewer = _place(request, location_id, "stock.change")
    lines = tuple(ReceiptLine(**line.dict()) for line in wanted.lines)
    return _one(
        receive_stock([ReceiptWanted(wanted.id, place.id, lines, wanted.note)], by=viewer.account_id, now=clock_now())
    )


@router.post("/stock/{location_id}/counts", response=schemas.DocumentOut, auth=API_AUTH, summary="Count stock")
def post_count(request: HttpRequest, location_id: UUID, wanted: schemas.CountIn) -> StockDocument:
    """Set what is on hand to what was counted. Refused below what is promised to orders."""
    place, viewer = _place(request, location_id, "stock.change")
    lines = tuple(CountLine(**line.dict()) for line in wanted.lines)
    return _one(
        count_stock([CountWanted(wanted.id, place.id, lines, wanted.note)], by=viewer.account_id, now=clock_now())
    )


@router.post("/stock/{location_id}/write-offs", response=schemas.DocumentOut, auth=API_AUTH, summary="Write goods off")
def post_write_off(request: HttpRequest, location_id: UUID, wanted: schemas.WriteOffIn) -> StockDocument:
    """Take out what can't be sold any more; those that expire first when no lot is named."""
    place, viewer = _place(request, location_id, "stock.change")
    lines = tuple(WriteOffLine(**line.dict()) for line in wanted.lines)
    return _one(
        write_off([WriteOffWanted(wanted.id, place.id, lines, wanted.note)], by=viewer.account_id, now=clock_now())
    )


@router.post(
    "/stock/{location_id}/transfers", response=schemas.DocumentOut, auth=API_AUTH, summary="Ship goods to another place"
)
def post_transfer(request: HttpRequest, location_id: UUID, wanted: schemas.TransferIn) -> StockDocument:
    """Send goods on their way to another place of the brand; the other side reports their arrival."""
    place, viewer = _place(request, location_id, "stock.change")
    lines = tuple(TransferLine(**line.dict()) for line in wanted.lines)
    one = TransferWanted(wanted.id, place.id, wanted.to_location_id, lines, wanted.note)
    return _one(transfer_stock([one], by=viewer.account_id, now=clock_now()))


@router.post(
    "/stock/{location_id}/arrivals", response=schemas.DocumentOut, auth=API_AUTH, summary="Take in what has arrived"
)
def post_arrival(request: HttpRequest, location_id: UUID, wanted: schemas.ArrivalIn) -> StockDocument:
    """Take in what came of a shipment, in one or several deliveries."""
    place, viewer = _place(request, location_id, "stock.change")
    lines = tuple(TransferLine(**line.dict()) for line in wanted.lines)
    return _one(
        arrive_stock(
            [ArrivalWanted(wanted.id, place.id, wanted.shipment_id, lines, wanted.note)],
            by=viewer.account_id,
            now=clock_now(),
        )
    )


@router.put("/stock/{location_id}/safety", response=list[schemas.SafetyIn], auth=API_AUTH, summary="Set safety stock")
def put_safety(request: HttpRequest, location_id: UUID, wanted: schemas.SafetyListIn) -> Any:
    """Set how many units of some SKUs no channel may promise; all or none."""
    place, viewer = _place(request, location_id, "stock.change")
    with transaction.atomic():
        answers = set_safety(
            [SafetyWanted(place.id, one.sku_id, one.safety) for one in wanted.lines],
            by=viewer.account_id,
            now=clock_now(),
        )
        if refused := next((answer for answer in answers if isinstance(answer, Refused)), None):
            raise refused
    return answers


def _viewer(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    return viewer


def _place(request: HttpRequest, location_id: UUID, permission: str) -> tuple[Location, Viewer]:
    viewer = _viewer(request, permission)
    place = locations_visible_to(viewer, permission).filter(id=location_id).first()
    if place is None:
        raise NotFound(what="location")
    return place, viewer


def _one(answers: list[Answer]) -> StockDocument:
    (answer,) = answers
    if isinstance(answer, Refused):
        raise answer
    return answer
