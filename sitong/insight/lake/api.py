"""The lake over HTTP: how it is, and the wish that it be made anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from sitong.insight.lake.actions import ask_rebuild
from sitong.insight.lake.queries import LakeSeen, lake_seen
from sitong.insight.lake.schema import VERSION
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed

router = Router(tags=["lake"])


class LakeTableOut(Schema):
    """One table. What changed since it was compacted counts twice in `rows`."""

    name: str
    rows: int
    bytes: int
    files: int
    partitions: int
    newest_at: datetime | None


class LakeOut(Schema):
    """How the brand's lake is. `waiting` changes are yet to be written, the oldest since `waiting_since`."""

    schema_version: int
    tables: list[LakeTableOut]
    waiting: int
    waiting_since: datetime | None
    written_at: datetime | None
    rebuilt_at: datetime | None
    compacted_at: datetime | None
    rebuild_asked_at: datetime | None = Field(description="Set while it is being made anew.")
    rebuild_table: str
    rebuild_rows: int
    trouble: str = Field(description="Code of the refusal with which the last work ended; empty when it went well.")
    trouble_at: datetime | None


@router.get("/lake", response=LakeOut, auth=API_AUTH, summary="How the lake is")
def show_lake(request: HttpRequest) -> dict[str, Any]:
    return _seen(lake_seen(_viewer(request).brand_id))  # type: ignore[arg-type]


@router.post("/lake/rebuild", response={202: LakeOut}, auth=API_AUTH, summary="Ask that the lake be made anew")
def rebuild(request: HttpRequest) -> tuple[int, dict[str, Any]]:
    viewer = _viewer(request)
    assert viewer.brand_id is not None
    ask_rebuild(viewer.brand_id, by=viewer.account_id, now=clock_now())
    return 202, _seen(lake_seen(viewer.brand_id))


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    viewer.require("events.change")
    return viewer


def _seen(seen: LakeSeen) -> dict[str, Any]:
    return {
        "schema_version": VERSION,
        "tables": [
            {
                "name": one.name, "rows": one.rows, "bytes": one.bytes, "files": one.files, "partitions": one.parts,
                "newest_at": one.newest_at,
            }
            for one in seen.tables
        ],
        "waiting": seen.waiting,
        "waiting_since": seen.waiting_since,
        "written_at": seen.written_at,
        "rebuilt_at": seen.rebuilt_at,
        "compacted_at": seen.compacted_at,
        "rebuild_asked_at": seen.rebuild_asked_at,
        "rebuild_table": seen.rebuild_table,
        "rebuild_rows": seen.rebuild_rows,
        "trouble": seen.trouble,
        "trouble_at": seen.trouble_at,
    }  # fmt: skip
