"""Stock for people: the desks of brand and dealer, and the clerk's phone. One SKU at one place is one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import by_barcode, sku_facts, skus_of_products
from sitong.goods.catalog.queries.search import ranking
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
from sitong.goods.inventory.models import Location, LocationKind, MoveReason
from sitong.goods.inventory.queries import (
    levels_now,
    levels_shown,
    locations_visible_to,
    lots_at,
    moves_at,
    on_the_way_to,
    stock_shown,
)
from sitong.goods.inventory.schemas import QUANTITY_MAX
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 40
MOVES = 30
PLACES_MAX = 1_000
REASONS = {
    MoveReason.RECEIPT: gettext_lazy("Received"), MoveReason.SALE: gettext_lazy("Sold"), MoveReason.RETURN: gettext_lazy("Brought back"),
    MoveReason.COUNT: gettext_lazy("Counted"), MoveReason.TRANSFER_OUT: gettext_lazy("Sent"),
    MoveReason.TRANSFER_IN: gettext_lazy("Arrived"), MoveReason.WRITE_OFF: gettext_lazy("Written off"),
}  # fmt: skip


class QuantityForm(forms.Form):
    """A quantity in base units, and the request's own id, so that a second tap changes nothing."""

    id = forms.UUIDField()
    quantity = forms.IntegerField(min_value=0, max_value=QUANTITY_MAX)


class ReceiveForm(QuantityForm):
    """A delivery, perhaps of a lot."""

    lot = forms.CharField(max_length=40, required=False)
    expires_on = forms.DateField(required=False)


class WriteOffForm(QuantityForm):
    """What can't be sold any more, and why."""

    note = forms.CharField(max_length=200, required=False)


class TransferForm(QuantityForm):
    """What goes to another place."""

    to = forms.UUIDField()


def _receive(place: UUID, sku: UUID, said: dict[str, Any], by: UUID, now: datetime) -> Sequence[Any]:
    line = ReceiptLine(sku, said["quantity"], said["lot"], said["expires_on"])
    return receive_stock([ReceiptWanted(said["id"], place, (line,))], by=by, now=now)


def _count(place: UUID, sku: UUID, said: dict[str, Any], by: UUID, now: datetime) -> Sequence[Any]:
    return count_stock([CountWanted(said["id"], place, (CountLine(sku, said["quantity"]),))], by=by, now=now)


def _write_off(place: UUID, sku: UUID, said: dict[str, Any], by: UUID, now: datetime) -> Sequence[Any]:
    return write_off(
        [WriteOffWanted(said["id"], place, (WriteOffLine(sku, said["quantity"]),), said["note"])], by=by, now=now
    )


def _transfer(place: UUID, sku: UUID, said: dict[str, Any], by: UUID, now: datetime) -> Sequence[Any]:
    return transfer_stock(
        [TransferWanted(said["id"], place, said["to"], (TransferLine(sku, said["quantity"]),))], by=by, now=now
    )


def _safety(place: UUID, sku: UUID, said: dict[str, Any], by: UUID, now: datetime) -> Sequence[Any]:
    return set_safety([SafetyWanted(place, sku, said["quantity"])], by=by, now=now)


Deed = Callable[[UUID, UUID, dict[str, Any], UUID, datetime], Sequence[Any]]
DEEDS: dict[str, tuple[type[QuantityForm], Deed]] = {
    "receive": (ReceiveForm, _receive),
    "count": (QuantityForm, _count),
    "write-off": (WriteOffForm, _write_off),
    "transfer": (TransferForm, _transfer),
    "safety": (QuantityForm, _safety),
}


@page_for("brand", "dealer", "store", permission="stock.see")
@require_safe
def levels(request: HttpRequest) -> HttpResponse:
    """What lies at a place, with search over the whole catalog, and what is on its way there. A barcode leads to its SKU."""
    viewer = _viewer(request)
    places = list(locations_visible_to(viewer, "stock.see").order_by("kind", "name", "id")[:PLACES_MAX])
    place = _chosen(places, request.GET.get("place", "") or request.GET.get("store", ""))
    words = request.GET.get("q", "").replace("\x00", "").strip()
    after = id_in(request.GET.get("after", ""))
    if words and (scan := by_barcode(place.brand_id, words)) is not None:
        return HttpResponseRedirect(f"{_home(viewer)}{place.id}/{scan.sku_id}/")
    if words:
        products = ranking(place.brand_id, words)[:PAGE]
        skus = skus_of_products(products)
        rows = stock_shown(place.id, [sku.id for product in products for sku in skus.get(product, ())])
    else:
        rows = levels_shown(place.id, after=after, limit=PAGE)
    filled = {
        "place": place, "places": places, "q": words, "rows": rows, "home": _home(viewer), "may_change": _may_change(viewer, place),
        "after": rows[-1].sku_id if not words and len(rows) == PAGE else None, "later": after is not None, "shipments": _shipments(place),
    }  # fmt: skip
    return render(request, f"goods/inventory/{_shape(viewer)}_levels.html", filled)


@page_for("brand", "dealer", "store", permission="stock.see")
@require_safe
def sku_stock(request: HttpRequest, location_id: UUID, sku_id: UUID) -> HttpResponse:
    """One SKU at one place: its level, lots and last moves, and everything that can be done with it."""
    viewer = _viewer(request)
    place = _chosen(list(locations_visible_to(viewer, "stock.see").filter(id=location_id)), str(location_id))
    sku = sku_facts([sku_id]).get(sku_id)
    if sku is None or sku.brand_id != place.brand_id:
        raise NotFound(what="sku")
    filled = {
        "place": place, "sku": sku, "level": levels_now([(place.id, sku_id)])[place.id, sku_id], "lots": list(lots_at(place.id, [sku_id])),
        "moves": [(move, REASONS[MoveReason(move.reason)]) for move in moves_at(place.id, sku_id)[:MOVES]], "home": _home(viewer),
        "may_change": _may_change(viewer, place), "goals": _goals(viewer, place), "deeds": [(*deed, new_id()) for deed in _deeds()],
    }  # fmt: skip
    return render(request, f"goods/inventory/{_shape(viewer)}_sku.html", filled)


@page_for("brand", "dealer", "store", permission="stock.change")
@require_POST
def change(request: HttpRequest, location_id: UUID, sku_id: UUID, verb: str) -> HttpResponse:
    """Receive, count, write off, send, or set the safety stock of one SKU; leads back to its page with what came of it."""
    viewer = _viewer(request)
    place = _chosen(list(locations_visible_to(viewer, "stock.change").filter(id=location_id)), str(location_id))
    form_class, deed = DEEDS[verb]
    form = form_class(request.POST)
    if form.is_valid():
        (answer,) = deed(place.id, sku_id, form.cleaned_data, viewer.account_id, clock.now())
        _tell(request, answer)
    else:
        messages.error(request, _("Please look at the numbers again."))
    return HttpResponseRedirect(f"{_home(viewer)}{place.id}/{sku_id}/")


@page_for("brand", "dealer", "store", permission="stock.change")
@require_POST
def arrive(request: HttpRequest, location_id: UUID, shipment_id: UUID) -> HttpResponse:
    """Take in everything of a shipment that is still on its way."""
    viewer = _viewer(request)
    place = _chosen(list(locations_visible_to(viewer, "stock.change").filter(id=location_id)), str(location_id))
    arrival = id_in(request.POST.get("id", ""))
    lines = tuple(
        TransferLine(one.sku_id, one.quantity) for one in on_the_way_to([place.id]) if one.shipment_id == shipment_id
    )
    if arrival is None or not lines:
        messages.error(request, _("Nothing of this shipment is on its way any more."))
    else:
        (answer,) = arrive_stock(
            [ArrivalWanted(arrival, place.id, shipment_id, lines)], by=viewer.account_id, now=clock.now()
        )
        _tell(request, answer)
    return HttpResponseRedirect(f"{_home(viewer)}?place={place.id}")


def _shipments(place: Location) -> list[dict[str, Any]]:
    """Give what is on its way to a place by shipment, each with the id that its arrival will have."""
    coming = on_the_way_to([place.id])
    facts = sku_facts([one.sku_id for one in coming])
    found: dict[UUID, list[tuple[Any, int]]] = {}
    for one in coming:
        found.setdefault(one.shipment_id, []).append((facts[one.sku_id], one.quantity))
    return [{"id": shipment, "lines": lines, "arrival_id": new_id()} for shipment, lines in found.items()]


def _deeds() -> list[tuple[str, str, str]]:
    return [
        ("receive", _("Receive"), ""),
        ("count", _("Count"), _("How many lie here now, all lots together.")),
        ("write-off", _("Write off"), _("What expires first goes first.")),
        ("transfer", _("Send"), _("The other place confirms when it has come.")),
        ("safety", _("Safety stock"), _("So many are never promised to an order.")),
    ]


def _goals(viewer: Viewer, place: Location) -> list[Location]:
    """Give where goods of a place can be sent: the viewer's other places, and back to the brand's warehouses."""
    own = locations_visible_to(viewer, "stock.see").exclude(id=place.id).order_by("kind", "name", "id")[:PLACES_MAX]
    brand = (
        Location.objects.filter(brand_id=place.brand_id, kind=LocationKind.BRAND_WAREHOUSE)
        .exclude(id=place.id)
        .order_by("name", "id")
    )
    return list({goal.id: goal for goal in [*brand, *own]}.values())


def _tell(request: HttpRequest, answer: object) -> None:
    if isinstance(answer, Refused):
        messages.error(request, sentence(answer))
    else:
        messages.success(request, _("Saved."))


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _home(viewer: Viewer) -> str:
    return f"/{viewer.system}/stock/"


def _shape(viewer: Viewer) -> str:
    return "phone" if viewer.system == "store" else "desk"


def _may_change(viewer: Viewer, place: Location) -> bool:
    return locations_visible_to(viewer, "stock.change").filter(id=place.id).exists()


def _chosen(places: list[Location], wanted: str) -> Location:
    """Give the wanted place, or the first; NotFound for one that is not the viewer's."""
    found = next((place for place in places if not wanted or str(place.id) == wanted), None)
    if found is None:
        raise NotFound(what="location")
    return found


urlpatterns = [
    each
    for system in ("brand", "dealer", "store")
    for each in (
        path(f"{system}/stock/", levels),
        path(f"{system}/stock/<uuid:location_id>/<uuid:sku_id>/", sku_stock),
        path(f"{system}/stock/<uuid:location_id>/arrive/<uuid:shipment_id>/", arrive),
        *(path(f"{system}/stock/<uuid:location_id>/<uuid:sku_id>/{verb}/", change, {"verb": verb}) for verb in DEEDS),
    )
]
