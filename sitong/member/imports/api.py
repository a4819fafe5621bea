"""Imported files over HTTP: sent in pieces, mapped, checked, accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from sitong.member.imports.actions import (
    ImportWanted,
    accept_import,
    begin_import,
    discard_import,
    end_upload,
    map_columns,
    take_piece,
)
from sitong.member.imports.models import ImportFile
from sitong.member.imports.queries import file_seen, imports_visible_to, may_read_lines, opening_now, preview_of
from sitong.member.imports.reports import bad_lines, problems_of, report_lines
from sitong.member.imports.said import fault_said
from sitong.member.imports.schemas import (
    AcceptSaid,
    ImportNew,
    ImportPage,
    ImportSeen,
    MappingSaid,
    PieceTaken,
    PreviewSeen,
    ProblemPage,
    import_seen,
)
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["member"])
PREVIEW_ROWS = 20


class ImportsAsked(Schema):
    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)


class ProblemsAsked(Schema):
    after: int = Field(0, ge=0, le=2**62)
    limit: int = Field(50, ge=1, le=200)


@router.get("/member-imports", response=ImportPage, auth=API_AUTH, summary="List imported files")
def list_imports(request: HttpRequest, asked: Query[ImportsAsked]) -> dict[str, Any]:
    """The brand's files of customers, the newest first."""
    viewer = _viewer(request)
    found = imports_visible_to(viewer).order_by("-id")
    rows = list((found.filter(id__lt=asked.after) if asked.after else found)[: asked.limit])
    return {"items": [import_seen(one) for one in rows], "next": rows[-1].id if len(rows) == asked.limit else None}


@router.post("/member-imports", response={201: ImportSeen}, auth=API_AUTH, summary="Begin to import a file")
def begin(request: HttpRequest, wanted: ImportNew) -> Status[dict[str, Any]]:
    """Say what comes, why and from where; then send its pieces. Refused: member.import_unsaid, member.import_too_large."""
    viewer = _viewer(request)
    assert viewer.brand_id is not None
    if wanted.store_id and not stores_visible_to(viewer).filter(id=wanted.store_id).exists():
        raise NotFound(what="store")
    meant = ImportWanted(brand_id=viewer.brand_id, **wanted.model_dump())
    return Status(201, import_seen(begin_import(meant, by=viewer.account_id, now=clock.now())))


@router.put(
    "/member-imports/{import_id}/pieces/{piece}", response=PieceTaken, auth=API_AUTH, summary="Send a piece of a file"
)
def send_piece(request: HttpRequest, import_id: UUID, piece: int) -> dict[str, Any]:
    """The body is the piece itself (application/octet-stream): `piece_bytes` long, the last one shorter; numbers begin at 0.

    In any order, and again after a broken connection. Refused: member.import_piece_wrong, shared.repeat_differs.
    """
    file = file_seen(_viewer(request), import_id)
    if not 0 <= piece < 100_000:
        raise NotFound(what="piece")
    return {"there_bytes": take_piece(file.id, piece, content=request.body)}


@router.post(
    "/member-imports/{import_id}/uploaded", response=ImportSeen, auth=API_AUTH, summary="Say that a file was sent whole"
)
def uploaded(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """The worker then opens it and guesses the columns. Refused: member.import_incomplete, member.import_same."""
    viewer = _viewer(request)
    file = file_seen(viewer, import_id)
    return import_seen(end_upload(file.id, by=viewer.account_id, now=clock.now()))


@router.get("/member-imports/{import_id}", response=ImportSeen, auth=API_AUTH, summary="Show an imported file")
def show(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """How far it has come."""
    return import_seen(file_seen(_viewer(request), import_id))


@router.get(
    "/member-imports/{import_id}/preview", response=PreviewSeen, auth=API_AUTH, summary="Preview the first rows"
)
def preview(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """The first rows as they would be read, in clear: for who brought the file, and who may see members in clear."""
    file = _in_clear(request, import_id)
    opening = opening_now(file, today=_today())
    rows = preview_of(file, opening, today=_today(), limit=PREVIEW_ROWS) if opening else []
    return {
        "columns": file.columns, "mapping": file.mapping,
        "rows": [{name: getattr(one, name) for name in one.__slots__} for one in rows],
    }  # fmt: skip


@router.put("/member-imports/{import_id}/mapping", response=ImportSeen, auth=API_AUTH, summary="Name the columns")
def mapping(request: HttpRequest, import_id: UUID, said: MappingSaid) -> dict[str, Any]:
    """Say which column is which field; every line is then checked in the background. Refused: member.import_mapping_wrong."""
    viewer = _viewer(request)
    file = file_seen(viewer, import_id)
    return import_seen(map_columns(
        file.id, said.mapping, encoding=said.encoding, delimiter=said.delimiter, headed=said.headed, by=viewer.account_id, now=clock.now()
    ))  # fmt: skip


@router.get(
    "/member-imports/{import_id}/problems", response=ProblemPage, auth=API_AUTH, summary="List lines with faults"
)
def problems(request: HttpRequest, import_id: UUID, asked: Query[ProblemsAsked]) -> dict[str, Any]:
    """What is wrong in which line and column, and what to do."""
    file = file_seen(_viewer(request), import_id)
    rows = []
    for one in problems_of(file, after_row=asked.after, bad_only=False):
        rows.append(one)
        if len(rows) == asked.limit:
            break
    items = [
        {"row": one.row, "bad": one.bad, "faults": [
            dict(zip(("column", "code", "what", "to_do"), (fault["column"], fault["code"], *fault_said(fault["code"])), strict=True))
            for fault in one.faults
        ]}
        for one in rows
    ]  # fmt: skip
    return {"items": items, "next": rows[-1].row if len(rows) == asked.limit else None}


@router.get("/member-imports/{import_id}/report", auth=API_AUTH, summary="Fetch the report of each line")
def report(request: HttpRequest, import_id: UUID) -> StreamingHttpResponse:
    """CSV: line, column, what it says there, what is wrong, what to do, whether the line is taken."""
    return report_file(_in_clear(request, import_id))


@router.get("/member-imports/{import_id}/bad-lines", auth=API_AUTH, summary="Fetch the bad lines")
def lines(request: HttpRequest, import_id: UUID) -> StreamingHttpResponse:
    """CSV under the file's own head: mended, it can be imported."""
    return bad_lines_file(_in_clear(request, import_id))


@router.post("/member-imports/{import_id}/accept", response=ImportSeen, auth=API_AUTH, summary="Take a checked file")
def accept(request: HttpRequest, import_id: UUID, said: AcceptSaid) -> dict[str, Any]:
    """Take all lines or the good ones, whole or not at all. Refused: member.import_elsewhere, member.import_has_bad, member.import_nothing."""
    viewer = _viewer(request)
    file = file_seen(viewer, import_id)
    return import_seen(accept_import(file.id, take=said.take, by=viewer.account_id, now=clock.now()))


@router.post("/member-imports/{import_id}/discard", response=ImportSeen, auth=API_AUTH, summary="Throw a file away")
def discard(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """For good, with all that was read of it; only before it is accepted."""
    viewer = _viewer(request)
    file = file_seen(viewer, import_id)
    return import_seen(discard_import(file.id, by=viewer.account_id, now=clock.now()))


def report_file(file: ImportFile) -> StreamingHttpResponse:
    """Give the report as a download."""
    heads = [_("Line number"), _("Column"), _("It says"), _("What is wrong"), _("How to mend it"), _("Taken")]
    return _csv(report_lines(file, heads), f"import-report-{file.id}.csv")


def bad_lines_file(file: ImportFile) -> StreamingHttpResponse:
    """Give the bad lines as a download."""
    return _csv(bad_lines(file), f"import-lines-{file.id}.csv")


def _csv(parts: Iterator[str], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.change")
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    return viewer


def _in_clear(request: HttpRequest, import_id: UUID) -> ImportFile:
    viewer = _viewer(request)
    file = file_seen(viewer, import_id)
    if not may_read_lines(viewer, file):
        raise NotAllowed(permission="member.reveal")
    return file


def _today() -> date:
    return clock.now().date()
