"""Codes over HTTP: batches, ranges, packing, moves, reading and history; files and EPCIS stand in `files_api`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.goods.codes import files_api, schemas
from sitong.goods.codes.actions import (
    BatchWanted,
    CodeRange,
    MoveWanted,
    PackWanted,
    Place,
    ProductionWanted,
    RangeWanted,
    activate_codes,
    bind_production,
    make_batches,
    move_codes,
    pack_codes,
    take_out_codes,
    void_codes,
)
from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import Standing
from sitong.goods.codes.queries import CodeRead, read_codes, standings_now
from sitong.goods.codes.queries.batches import batches_visible_to, numbers_of
from sitong.goods.codes.queries.history import history_of
from sitong.goods.codes.queries.where import goals_of, places_of
from sitong.goods.codes.seen import batch_seen, code_seen, only
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

PAGE = 50

router = Router(tags=["codes"])
router.add_router("", files_api.router)


@router.get("/code-batches", response=schemas.BatchPage, auth=API_AUTH, summary="List batches of codes")
def list_batches(request: ViewerRequest, before: datetime | None = None) -> dict[str, Any]:
    """The brand's batches, the newest first, with what became of their codes."""
    request.viewer.require("codes.see")
    found = batches_visible_to(request.viewer).order_by("-made_at", "-id")
    page = list((found.filter(made_at__lt=before) if before else found)[:PAGE])
    return {"items": _shown(page), "before": page[-1].made_at if len(page) == PAGE else None}


@router.post("/code-batches", response={201: schemas.BatchOut}, auth=API_AUTH, summary="Make a batch of codes")
def make_one(request: ViewerRequest, wanted: schemas.BatchIn) -> Status[dict[str, Any]]:
    """Make a batch: a row, however many codes. The same id again gives what stands there."""
    viewer = changing(request)
    assert viewer.brand_id is not None
    one = BatchWanted(brand_id=viewer.brand_id, **wanted.dict())
    return Status(201, _shown([only(make_batches([one], by=viewer.account_id, now=clock_now()))])[0])


@router.get("/code-batches/{batch_id}", response=schemas.BatchOut, auth=API_AUTH, summary="Show a batch of codes")
def show_batch(request: ViewerRequest, batch_id: UUID) -> dict[str, Any]:
    """One batch, with what became of its codes."""
    request.viewer.require("codes.see")
    return _shown([batch_seen(request.viewer, batch_id)])[0]


@router.post(
    "/code-batches/{batch_id}/productions",
    response={201: schemas.ProductionOut},
    auth=API_AUTH,
    summary="Bind codes to goods",
)
def bind_range(request: ViewerRequest, batch_id: UUID, wanted: schemas.ProductionIn) -> Status[Any]:
    """A range of codes was put on goods: product, lot, line and date."""
    viewer = changing(request)
    batch = batch_seen(viewer, batch_id)
    one = ProductionWanted(brand_id=batch.brand_id, batch_id=batch.id, **wanted.dict())
    return Status(201, only(bind_production([one], by=viewer.account_id, now=clock_now())))


@router.post(
    "/code-batches/{batch_id}/activations", response=schemas.RangeOut, auth=API_AUTH, summary="Put codes in use"
)
def activate_range(request: ViewerRequest, batch_id: UUID, wanted: schemas.RangeIn) -> Any:
    """Put a range of codes in use; what was in use stays so."""
    viewer = changing(request)
    return only(activate_codes([_range(viewer, batch_id, wanted)], by=viewer.account_id, now=clock_now()))


@router.post("/code-batches/{batch_id}/voids", response=schemas.RangeOut, auth=API_AUTH, summary="Make codes void")
def void_range(request: ViewerRequest, batch_id: UUID, wanted: schemas.RangeIn) -> Any:
    """Make a range of codes void, for good: lost, stolen or damaged."""
    viewer = changing(request)
    return only(void_codes([_range(viewer, batch_id, wanted)], by=viewer.account_id, now=clock_now()))


@router.post("/code-packings", response=schemas.PackOut, auth=API_AUTH, summary="Pack codes into codes")
def pack_range(request: ViewerRequest, wanted: schemas.PackIn) -> Any:
    """Pack items into boxes or boxes onto pallets: a range with so many in each, or single codes all into one."""
    viewer = changing(request)
    assert viewer.brand_id is not None
    children = tuple(CodeRange(**one.dict()) for one in wanted.children)
    one = PackWanted(
        wanted.id, viewer.brand_id, wanted.parent_batch_id, wanted.parent_first, children, wanted.per_parent
    )
    return only(pack_codes([one], by=viewer.account_id, now=clock_now()))


@router.post(
    "/code-packings/take-out", response=schemas.TakeOutOut, auth=API_AUTH, summary="Take codes out of their boxes"
)
def take_out(request: ViewerRequest, wanted: schemas.TakeOutIn) -> dict[str, int]:
    """Take codes out of what they are packed in; they stay where that is."""
    viewer = changing(request)
    assert viewer.brand_id is not None
    units = [CodeRange(**one.dict()) for one in wanted.codes]
    return {"codes": take_out_codes(units, brand_id=viewer.brand_id, by=viewer.account_id, now=clock_now())}


@router.post(
    "/code-moves", response=schemas.MovedOut, auth=API_AUTH, summary="Ship, receive, sell or take back by code"
)
def move_one(request: ViewerRequest, wanted: schemas.MoveIn) -> Any:
    """Move goods by their codes; one code moves all that is packed in it. The same id again gives the first answer."""
    viewer = request.viewer
    viewer.require("codes.move")
    at = acting_at(viewer, Place(wanted.at.kind, wanted.at.id))
    to = sending_to(viewer, at, Place(wanted.to.kind, wanted.to.id)) if wanted.to else None
    ranges = tuple(CodeRange(**one.dict()) for one in wanted.codes)
    assert viewer.brand_id is not None
    one = MoveWanted(
        wanted.id,
        viewer.brand_id,
        wanted.kind,
        at,
        tuple(wanted.texts),
        ranges,
        to,
        wanted.book,
        wanted.note,
        viewer.account_id,
    )
    return only(move_codes([one], now=clock_now()))


@router.post("/codes/read", response=list[schemas.ReadOut], auth=API_AUTH, summary="Read codes")
def read_many(request: ViewerRequest, wanted: schemas.ReadIn) -> list[dict[str, Any]]:
    """Say of each text whether it is a genuine code of the brand, and what it is on. Counts as no scan."""
    viewer = request.viewer
    viewer.require("codes.move")
    assert viewer.brand_id is not None
    reads = read_codes(wanted.texts, brand_id=viewer.brand_id)
    here = {one.place for one in places_of(viewer)}
    standings = standings_now({one.key for one in reads if isinstance(one, CodeRead)})
    return [
        {"text": text, "known": False}
        if isinstance(one, Refused)
        else read_shown(text, one, standings.get(one.key), here)
        for text, one in zip(wanted.texts, reads, strict=True)
    ]


@router.get("/codes/history", response=schemas.HistoryOut, auth=API_AUTH, summary="Show a code's history")
def show_history(request: ViewerRequest, text: schemas.CodeText) -> dict[str, Any]:
    """All that happened to one code, for headquarters: made, produced, packed, moved, in use, void, scanned."""
    viewer = request.viewer
    viewer.require("codes.see")
    read, batch = code_seen(viewer, text)
    standing = standings_now([read.key]).get(read.key)
    happened = [
        {
            "kind": one.kind, "at": one.at, "by": one.by, "start": one.start, "goal": one.goal, "more": one.more,
            "carrier": f"{one.carrier[0]}/{one.carrier[1]}" if one.carrier else None,
        }
        for one in history_of(batch, read.serial)
    ]  # fmt: skip
    return {"code": read_shown(text, read, standing, {one.place for one in places_of(viewer)}), "happened": happened}


def changing(request: ViewerRequest) -> Viewer:
    """Give the viewer, who has to be headquarters' and to have codes.change."""
    request.viewer.require("codes.change")
    return request.viewer


def acting_at(viewer: Viewer, place: Place) -> Place:
    """Give the place, if the viewer may move goods there."""
    if place not in {one.place for one in places_of(viewer)}:
        raise NotFound(what="place")
    return place


def sending_to(viewer: Viewer, at: Place, to: Place) -> Place:
    """Give the goal, if the viewer may send goods there."""
    if to not in {one.place for one in goals_of(viewer, at)}:
        raise NotFound(what="place")
    return to


def read_shown(text: str, read: CodeRead, standing: Standing | None, here: Collection[Place]) -> dict[str, Any]:
    """Give a code as the API shows it; where it is only as far as it concerns the viewer's places."""
    names = ("batch_id", "serial", "level", "side", "product_id", "sku_id", "lot", "produced_on", "expires_on")
    said = {name: getattr(read, name) for name in names}
    return {
        **said, "text": text, "known": True, "active": read.activated_at is not None, "void": read.voided_at is not None,
        "place": place_said(standing, Place("brand", read.brand_id), here),
    }  # fmt: skip


def place_said(standing: Standing | None, home: Place, here: Collection[Place]) -> str:
    """Say where goods are for one who acts for some places: here, coming, sold or elsewhere."""
    state, place = (standing.state, standing.place) if standing else ("here", home)
    if state == "sold":
        return "sold"
    return {"here": "here", "way": "coming"}[state] if place in here else "elsewhere"


def _range(viewer: Viewer, batch_id: UUID, wanted: schemas.RangeIn) -> RangeWanted:
    batch = batch_seen(viewer, batch_id)
    return RangeWanted(wanted.id, batch.brand_id, batch.id, wanted.first, wanted.last, wanted.reason)


def _shown(batches: Sequence[CodeBatch]) -> list[dict[str, Any]]:
    numbers = numbers_of([batch.id for batch in batches])
    own = [name for name in schemas.BatchOut.model_fields if name not in {"bound", "active", "void", "scanned"}]
    return [
        {
            **{name: getattr(batch, name) for name in own},
            **{name: getattr(numbers[batch.id], name) for name in ("bound", "active", "void", "scanned")},
        }
        for batch in batches
    ]
