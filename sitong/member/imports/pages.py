"""The wizard: a file comes, its columns are named, every line is checked, a person takes it; then it is linked."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.member.imports.actions import (
    ImportMappingWrong,
    ImportWanted,
    accept_import,
    begin_import,
    discard_import,
    end_upload,
    lay_out,
    map_columns,
    take_piece,
)
from sitong.member.imports.api import bad_lines_file, report_file
from sitong.member.imports.models import ImportFile
from sitong.member.imports.pieces import PIECE_BYTES
from sitong.member.imports.queries import (
    faults_counted,
    file_seen,
    imports_visible_to,
    may_read_lines,
    opening_now,
    preview_of,
    records_counted,
)
from sitong.member.imports.reports import cell_of, problems_of
from sitong.member.imports.said import (
    FIELD_NAMES,
    KIND_NAMES,
    MARKETPLACES,
    STATE_COLORS,
    STATE_NAMES,
    UNREADABLE,
    column_said,
    fault_said,
)
from sitong.member.imports.schemas import progress_bp
from sitong.member.sources.queries import sources_of_brand
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

HOME = "/brand/members/imports/"
SHOWN = 100
PREVIEW_ROWS = 8
PROBLEM_ROWS = 20
WAITING = {"received", "mapped", "accepted"}


@require_safe
@never_cache
@page_for("brand", permission="member.change")
def imports(request: ViewerRequest) -> HttpResponse:
    """Show the files that were imported, the newest first."""
    rows = [(one, *_state(one)) for one in imports_visible_to(request.viewer).order_by("-at", "-id")[:SHOWN]]
    context = {"rows": rows, "kinds": KIND_NAMES, "brand": _brand(request.viewer), "home": HOME}
    return render(request, "member/imports/list.html", context)


@require_http_methods(["GET", "POST"])
@page_for("brand", permission="member.change")
def begin(request: ViewerRequest) -> HttpResponse:
    """The first step: choose a file and say why and from where. Large files are sent in pieces by the page itself."""
    viewer, problem = request.viewer, ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(f"{HOME}{_taken_whole(request)}/")
        except Refused as refused:
            problem = sentence(refused)
    brand = _brand(viewer)
    stores = stores_visible_to(viewer, "member.change").filter(closed_at=None).order_by("code")
    return render(request, "member/imports/new.html", {
        "kinds": KIND_NAMES, "marketplaces": MARKETPLACES, "sources": sources_of_brand(brand.id), "stores": stores, "import_id": new_id(),
        "problem": problem, "said": request.POST, "piece_bytes": PIECE_BYTES, "home": HOME, "steps": _steps("uploading"),
    }, status=409 if problem else 200)  # fmt: skip


@require_safe
@never_cache
@page_for("brand", permission="member.change")
def show(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """The step at which a file stands; with ?columns=1 its columns again."""
    file = file_seen(request.viewer, import_id)
    if file.state == "uploaded" or (file.state == "checked" and request.GET.get("columns")):
        return _columns(request, file)
    return _file(request, file)


@require_POST
@page_for("brand", permission="member.change")
def columns(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """Name the columns: look at what would be read, or let every line be checked."""
    file, said = file_seen(request.viewer, import_id), request.POST
    layout: dict[str, Any] = {
        "encoding": said.get("encoding", ""), "delimiter": {"tab": "\t"}.get(said.get("delimiter", ""), said.get("delimiter", "")),
        "headed": None if "laid_out" not in said else said.get("headed") == "1",
    }  # fmt: skip
    mapping = said.getlist("field")
    try:
        if said.get("go") == "check":
            map_columns(file.id, mapping, **layout, by=request.viewer.account_id, now=clock.now())
            return HttpResponseRedirect(f"{HOME}{file.id}/")
        before = (file.encoding, file.delimiter, file.headed)
        lay_out(file, **layout, now=clock.now())
        if before == (file.encoding, file.delimiter, file.headed) and len(mapping) == len(file.columns):
            file.mapping = mapping if set(mapping) <= {"", *FIELD_NAMES} else file.mapping
    except NotFound:
        raise
    except Refused as refused:
        if isinstance(refused, ImportMappingWrong) and len(mapping) == len(file.columns):
            file.mapping = mapping
        return _columns(request, file, sentence(refused))
    return _columns(request, file)


@require_POST
@page_for("brand", permission="member.change")
def accept(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """Take the file."""
    file = file_seen(request.viewer, import_id)
    try:
        accept_import(file.id, take=request.POST.get("take", ""), by=request.viewer.account_id, now=clock.now())
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{HOME}{file.id}/")


@require_POST
@page_for("brand", permission="member.change")
def discard(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """Throw the file away."""
    file = file_seen(request.viewer, import_id)
    try:
        discard_import(file.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(f"{HOME}{file.id}/")
    messages.success(request, _("The file is thrown away, and all that was read of it."))
    return HttpResponseRedirect(HOME)


@require_safe
@page_for("brand", permission="member.change")
def report(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """Download the report of each line."""
    return cast(HttpResponse, report_file(_in_clear(request, import_id)))


@require_safe
@page_for("brand", permission="member.change")
def lines(request: ViewerRequest, import_id: UUID) -> HttpResponse:
    """Download the bad lines."""
    return cast(HttpResponse, bad_lines_file(_in_clear(request, import_id)))


def _taken_whole(request: ViewerRequest) -> UUID:
    """Take a file that came with the form; give its id."""
    said, given, viewer = request.POST, request.FILES.get("file"), request.viewer
    assert viewer.brand_id is not None
    store_id = id_in(said.get("store", ""))
    if store_id and not stores_visible_to(viewer).filter(id=store_id).exists():
        raise NotFound(what="store")
    wanted = ImportWanted(
        id_in(said.get("id", "")) or new_id(), viewer.brand_id, (given.name or "") if given else "", said.get("kind", ""), (given.size or 0) if given else 0,
        said.get("purpose", ""), said.get("origin", ""), said.get("marketplace", "") if said.get("kind") == "marketplace" else "",
        said.get("source", "") or "import", store_id,
    )  # fmt: skip
    begin_import(wanted, by=viewer.account_id, now=clock.now())
    assert given is not None
    for number, chunk in enumerate(given.chunks(PIECE_BYTES)):
        take_piece(wanted.id, number, content=chunk)
    return end_upload(wanted.id, by=viewer.account_id, now=clock.now()).id


def _columns(request: ViewerRequest, file: ImportFile, problem: str = "") -> HttpResponse:
    opening = opening_now(file, today=_today())
    clear = may_read_lines(request.viewer, file)
    rows = preview_of(file, opening, today=_today(), limit=PREVIEW_ROWS) if opening and clear else []
    shown = []
    for row in rows:
        cells = []
        for at, cell in enumerate(row.cells):
            field = file.mapping[at] if at < len(file.mapping) else ""
            fault = row.faults.get(at + 1, "")
            cells.append((cell, field, row.fields.get(field, ""), fault_said(fault)[0] if fault else ""))
        shown.append((row, cells))
    heads = [
        (at, column_said(at, name), field)
        for at, (name, field) in enumerate(zip(file.columns, file.mapping, strict=True), 1)
    ]
    return render(request, "member/imports/columns.html", {
        "file": file, "heads": heads, "rows": shown, "fields": FIELD_NAMES, "problem": problem, "clear": clear, "home": HOME, "steps": _steps("uploaded"),
        "delimiters": [(",", _("comma")), ("tab", _("tab")), (";", _("semicolon")), ("|", _("bar"))],
        "delimiter": "tab" if file.delimiter == "\t" else file.delimiter, "recodable": file.encoding in {"utf-8", "gb18030"},
    }, status=409 if problem else 200)  # fmt: skip


def _file(request: ViewerRequest, file: ImportFile) -> HttpResponse:
    clear, counted = may_read_lines(request.viewer, file), file.state in {"checked", "accepted", "linked"}
    faults = [
        (*fault_said(code), column_said(column, file.columns[column - 1] if 0 < column <= len(file.columns) else ""), n)
        for code, column, n in (faults_counted(file) if counted and (file.bad or file.noted) else ())
    ]
    problems: list[dict[str, Any]] = []
    if counted and clear:
        for one in problems_of(file, bad_only=bool(file.bad)):
            first = one.faults[0]
            what, to_do = fault_said(first["code"])
            name = file.columns[first["column"] - 1] if 0 < first["column"] <= len(file.columns) else ""
            problems.append({
                "row": one.row, "bad": one.bad, "column": column_said(first["column"], name), "cell": cell_of(file, one, first["column"]),
                "what": what, "to_do": to_do,
            })  # fmt: skip
            if len(problems) == PROBLEM_ROWS:
                break
    states = records_counted(file.id) if file.state in {"accepted", "linked"} else {}
    return render(request, "member/imports/file.html", {
        "file": file, "state": _state(file), "kind": KIND_NAMES.get(file.kind, ""), "why": UNREADABLE.get(file.fault, ""), "waits": file.state in WAITING,
        "progress": progress_bp(file) // 100, "faults": faults, "problems": problems, "clear": clear, "states": states, "brand": _brand(request.viewer),
        "home": HOME, "steps": _steps(file.state), "settled": sum(n for one, n in states.items() if one != "waiting"),
    })  # fmt: skip


def _steps(state: str) -> list[tuple[Any, str]]:
    """Give the steps with how each stands: done, here, later."""
    here = {"uploading": 0, "received": 0, "uploaded": 1, "mapped": 2, "checked": 2, "accepted": 3, "linked": 4}.get(
        state, 0
    )
    names = (_("The file"), _("Columns"), _("Check and decide"), _("Link to members"))
    return [(name, "here" if at == here else "done" if at < here else "later") for at, name in enumerate(names)]


def _state(file: ImportFile) -> tuple[Any, str]:
    return STATE_NAMES[file.state], STATE_COLORS[file.state]


def _in_clear(request: ViewerRequest, import_id: UUID) -> ImportFile:
    file = file_seen(request.viewer, import_id)
    if not may_read_lines(request.viewer, file):
        raise NotAllowed(permission="member.reveal")
    return file


def _brand(viewer: Viewer) -> BrandFacts:
    if viewer.brand_id is None:
        raise NotFound(what="brand")
    return brand_facts([viewer.brand_id])[viewer.brand_id]


def _today() -> date:
    return clock.now().date()


urlpatterns = [
    path("brand/members/imports/", imports, name="brand_imports"),
    path("brand/members/imports/new/", begin),
    path("brand/members/imports/<uuid:import_id>/", show),
    path("brand/members/imports/<uuid:import_id>/columns/", columns),
    path("brand/members/imports/<uuid:import_id>/accept/", accept),
    path("brand/members/imports/<uuid:import_id>/discard/", discard),
    path("brand/members/imports/<uuid:import_id>/report.csv", report),
    path("brand/members/imports/<uuid:import_id>/lines.csv", lines),
]
