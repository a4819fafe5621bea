"""Headquarters' batches of codes: the list, making one, its ranges, packing, printing files, and what happened to one code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import by_barcode, sku_facts
from sitong.goods.codes import forms, words
from sitong.goods.codes.actions import (
    BatchWanted,
    CodeFileWanted,
    CodeRange,
    PackWanted,
    ProductionWanted,
    RangeWanted,
    activate_codes,
    bind_production,
    make_batches,
    open_file,
    pack_codes,
    void_codes,
)
from sitong.goods.codes.models import CodeBatch, CodeFile
from sitong.goods.codes.queries import contents_of, standings_now
from sitong.goods.codes.queries.batches import batches_visible_to, gtin_of, numbers_of, ranges_of, sku_by_code
from sitong.goods.codes.queries.history import history_of
from sitong.goods.codes.seen import batch_seen, code_seen
from sitong.goods.codes.sending import send_file
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 50
FILES = 8


@page_for("brand", permission="codes.see")
@require_safe
def batch_list(request: ViewerRequest) -> HttpResponse:
    """All batches, the newest first, with what became of their codes; a code that is typed or scanned leads to its history."""
    if text := request.GET.get("code", "").strip()[:300]:
        return _look(request, text)
    found = batches_visible_to(request.viewer)
    if words_ := request.GET.get("q", "").replace("\x00", "").strip():
        found = found.filter(Q(name__icontains=words_) | Q(number__icontains=words_))
    if (level := request.GET.get("level", "")) in words.LEVELS:
        found = found.filter(level=level)
    page = Paginator(found.order_by("-made_at", "-id"), PAGE).get_page(request.GET.get("page"))
    numbers, skus = (
        numbers_of([batch.id for batch in page]),
        sku_facts({batch.sku_id for batch in page if batch.sku_id}),
    )
    rows = [(batch, numbers[batch.id], skus.get(batch.sku_id) if batch.sku_id else None) for batch in page]
    return render(request, "goods/codes/list.html", {
        "page": page, "rows": rows, "said": request.GET, "levels": words.LEVELS, "may_change": request.viewer.may("codes.change"),
    })  # fmt: skip


@page_for("brand", permission="codes.change")
@require_http_methods(["GET", "POST"])
def new_batch(request: ViewerRequest) -> HttpResponse:
    """Make a batch; its printing files and ranges stand on its page."""
    brand, batch_id = _brand(request), id_in(request.POST.get("id", "")) or new_id()
    form = forms.BatchForm(request.POST or None, initial={"level": "item", "units": 1})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        sku_id = _sku(brand.id, said["product"]) if said["product"] else None
        if said["product"] and sku_id is None:
            form.add_error("product", _("No product has this barcode or code."))
        else:
            wanted = BatchWanted(batch_id, brand.id, said["quantity"], said["level"], said["inner"], said["name"], sku_id,
                                 gtin_of(sku_id) if sku_id else "", said["units"])  # fmt: skip
            (outcome,) = make_batches([wanted], by=request.viewer.account_id, now=clock.now())
            if not isinstance(outcome, Refused):
                messages.success(request, _("The batch is made. Fetch its codes for the printer below."))
                return HttpResponseRedirect(f"/brand/codes/{outcome.id}/")
            form.add_error(None, sentence(outcome))
    return render(
        request, "goods/codes/form.html", {"form": form, "batch_id": batch_id}, status=422 if form.errors else 200
    )


@page_for("brand", permission="codes.see")
@require_safe
def batch_detail(request: ViewerRequest, batch_id: UUID) -> HttpResponse:
    """One batch: what became of its codes, its ranges, and everything that can be done with them."""
    batch, brand = batch_seen(request.viewer, batch_id), _brand(request)
    ranges = ranges_of(batch.id)
    skus = sku_facts({row.sku_id for row in ranges.productions} | ({batch.sku_id} if batch.sku_id else set()))
    parents = (
        batches_visible_to(request.viewer).filter(level__in=words.LEVELS_ABOVE[batch.level]).order_by("-made_at")[:PAGE]
    )
    return render(request, "goods/codes/detail.html", {
        "batch": batch, "numbers": numbers_of([batch.id])[batch.id], "ranges": ranges, "skus": skus, "sku": skus.get(batch.sku_id) if batch.sku_id else None,
        "zone": brand.zone, "level": words.LEVELS[batch.level], "may_change": request.viewer.may("codes.change"), "parents": list(parents),
        "ids": [new_id() for _each in range(5)], "forms": forms.FORMS, "links": [one for one in forms.LINKS if one[0] != "gs1" or batch.gtin],
        **_files(batch),
    })  # fmt: skip


@page_for("brand", permission="codes.see")
@require_safe
def files(request: ViewerRequest, batch_id: UUID) -> HttpResponse:
    """The part of a batch's page that shows how far its printing files have been sent; asked again while one runs."""
    batch = batch_seen(request.viewer, batch_id)
    return render(request, "goods/codes/files.html", {"batch": batch, "zone": _brand(request).zone, **_files(batch)})


@page_for("brand", permission="codes.change")
@require_POST
def change(request: ViewerRequest, batch_id: UUID, verb: str) -> HttpResponse:
    """Bind production, put in use, make void or pack a range; leads back to the batch with what came of it."""
    batch = batch_seen(request.viewer, batch_id)
    form_class, deed = DEEDS[verb]
    form = form_class(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please look at the numbers again."))
    else:
        outcome = deed(batch, form.cleaned_data, request.viewer.account_id)
        if isinstance(outcome, Refused):
            messages.error(request, sentence(outcome))
        else:
            messages.success(request, _("Saved."))
    return HttpResponseRedirect(f"/brand/codes/{batch.id}/")


@page_for("brand", permission="codes.change")
@require_POST
def ask_file(request: ViewerRequest, batch_id: UUID) -> HttpResponse:
    """Fetch codes for a printer. Without a password it has an address of its own, from which an interrupted download goes on."""
    batch = batch_seen(request.viewer, batch_id)
    form = forms.FileForm(request.POST)
    try:
        if not form.is_valid():
            raise NotFound(what="file")
        said = form.cleaned_data
        link = "" if said["link"] == "none" else said["link"]
        wanted = CodeFileWanted(
            said["id"], batch.brand_id, batch.id, said["first"], said["last"], said["form"], link, said["side"] == "inner", bool(said["password"])
        )  # fmt: skip
        if said["password"]:
            return send_file(request, wanted, batch, viewer=request.viewer, password=said["password"])
        made = open_file(wanted, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(
            request, sentence(refused) if not isinstance(refused, NotFound) else _("Please look at the numbers again.")
        )
        return HttpResponseRedirect(f"/brand/codes/{batch.id}/#files")
    return HttpResponseRedirect(f"/brand/codes/files/{made.id}/")


@page_for("brand", permission="codes.change")
@require_safe
def file(request: ViewerRequest, file_id: UUID) -> HttpResponse:
    """A printing file that was asked for; `?on=1` gives only what of it has not been sent yet."""
    row = CodeFile.objects.filter(id=file_id, brand_id=_brand(request).id, encrypted=False).first()
    if row is None:
        raise NotFound(what="file")
    batch = batch_seen(request.viewer, row.batch_id)
    names = ("brand_id", "batch_id", "first", "last", "form", "link", "inner")
    wanted = CodeFileWanted(row.id, **{name: getattr(row, name) for name in names})
    if request.GET.get("on") and row.sent_to < row.last:
        wanted = CodeFileWanted(
            new_id(), **{**{name: getattr(row, name) for name in names}, "first": max(row.first, row.sent_to + 1)}
        )
    return send_file(request, wanted, batch, viewer=request.viewer)


def _look(request: ViewerRequest, text: str) -> HttpResponse:
    brand = _brand(request)
    try:
        read, batch = code_seen(request.viewer, text)
    except Refused as refused:
        return render(request, "goods/codes/look.html", {"asked": text, "why": sentence(refused)}, status=404)
    standing = standings_now([read.key]).get(read.key)
    lines = words.history_told(history_of(batch, read.serial))
    contents = contents_of([CodeRange(batch.id, read.serial, read.serial)]) if batch.level != "item" else None
    skus = sku_facts({line.sku_id for line in contents.lines} if contents else {read.sku_id} if read.sku_id else set())
    return render(request, "goods/codes/look.html", {
        "asked": text, "read": read, "batch": batch, "level": words.LEVELS[batch.level], "lines": lines, "zone": brand.zone,
        "where": words.where_told(standing, brand.id), "sku": skus.get(read.sku_id) if read.sku_id else None,
        "contents": [(skus[line.sku_id], line) for line in contents.lines] if contents else [],
    })  # fmt: skip


def _produce(batch: CodeBatch, said: dict[str, Any], by: UUID) -> object:
    sku_id = _sku(batch.brand_id, said.pop("product"))
    if sku_id is None:
        return NotFound(what="sku")
    (outcome,) = bind_production(
        [ProductionWanted(brand_id=batch.brand_id, batch_id=batch.id, sku_id=sku_id, **said)], by=by, now=clock.now()
    )
    return outcome


def _activate(batch: CodeBatch, said: dict[str, Any], by: UUID) -> object:
    (outcome,) = activate_codes(
        [RangeWanted(brand_id=batch.brand_id, batch_id=batch.id, **said)], by=by, now=clock.now()
    )
    return outcome


def _void(batch: CodeBatch, said: dict[str, Any], by: UUID) -> object:
    (outcome,) = void_codes([RangeWanted(brand_id=batch.brand_id, batch_id=batch.id, **said)], by=by, now=clock.now())
    return outcome


def _pack(batch: CodeBatch, said: dict[str, Any], by: UUID) -> object:
    children = (CodeRange(batch.id, said["first"], said["last"]),)
    wanted = PackWanted(said["id"], batch.brand_id, said["parent"], said["parent_first"], children, said["per_parent"])
    (outcome,) = pack_codes([wanted], by=by, now=clock.now())
    return outcome


Deed = Callable[[CodeBatch, dict[str, Any], UUID], object]
DEEDS: dict[str, tuple[type[Form], Deed]] = {
    "produce": (forms.ProductionForm, _produce),
    "activate": (forms.RangeForm, _activate),
    "void": (forms.VoidForm, _void),
    "pack": (forms.PackForm, _pack),
}


def _files(batch: CodeBatch) -> dict[str, Any]:
    rows = list(CodeFile.objects.filter(batch_id=batch.id).order_by("-started_at")[:FILES])
    running = any(
        row.sent_to < row.last and (row.sent_at or row.started_at) > clock.now() - words.STALLED for row in rows
    )
    names = dict(forms.FORMS)
    shown = [
        (
            row,
            names[row.form],
            (row.sent_to - row.first + 1) * 100 // (row.last - row.first + 1),
            row.last - row.first + 1,
        )
        for row in rows
    ]
    return {"files": shown, "running": running}


def _sku(brand_id: UUID, number: str) -> UUID | None:
    scan = by_barcode(brand_id, number.strip())
    return scan.sku_id if scan else sku_by_code(brand_id, number.strip())


def _brand(request: ViewerRequest) -> BrandFacts:
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


urlpatterns = [
    path("brand/codes/", batch_list),
    path("brand/codes/new/", new_batch),
    path("brand/codes/files/<uuid:file_id>/", file),
    path("brand/codes/<uuid:batch_id>/", batch_detail),
    path("brand/codes/<uuid:batch_id>/files/", files),
    path("brand/codes/<uuid:batch_id>/file/", ask_file),
    *(path(f"brand/codes/<uuid:batch_id>/{verb}/", change, {"verb": verb}) for verb in DEEDS),
]
