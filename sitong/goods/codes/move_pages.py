"""Goods come and go by one scan: on the clerk's phone, and at the desks of dealers and headquarters."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from sitong.goods.catalog.queries import sku_facts
from sitong.goods.codes import words
from sitong.goods.codes.actions import MoveWanted, Place, move_codes
from sitong.goods.codes.forms import MoveForm
from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import RECEIVE, RETURN, SELL, SHIP
from sitong.goods.codes.queries import contents_of
from sitong.goods.codes.queries.moves import moves_lately
from sitong.goods.codes.queries.where import PlaceNamed, goals_of, place_of, places_of
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

TABS: dict[str, Any] = {
    RECEIVE: gettext_lazy("Receive"), SHIP: gettext_lazy("Ship"), SELL: pgettext_lazy("goods by code", "Sell"),
    RETURN: pgettext_lazy("goods by code", "Take back"),
}  # fmt: skip
DONE: dict[str, Any] = {
    RECEIVE: pgettext_lazy("goods by code", "Received"), SHIP: pgettext_lazy("goods by code", "Shipped"),
    SELL: pgettext_lazy("goods by code", "Sold"), RETURN: pgettext_lazy("goods by code", "Taken back"),
}  # fmt: skip
LATELY = 12


@page_for("brand", "dealer", "store", permission="codes.move")
@require_http_methods(["GET", "POST"])
def goods_moves(request: ViewerRequest) -> HttpResponse:
    """Receive, ship, sell or take back what is scanned; a pallet or a box takes along all that is in it."""
    viewer = request.viewer
    places = places_of(viewer)
    said = request.POST if request.method == "POST" else request.GET
    at = _chosen(places, said.get("at", ""))
    kind = said.get("kind", "") if said.get("kind", "") in TABS else RECEIVE
    goals = goals_of(viewer, at.place) if kind == SHIP else []
    result = _move(request, viewer, at, goals) if request.method == "POST" else None
    shape = "phone" if viewer.system == "store" else "desk"
    return render(request, f"goods/codes/moves_{shape}.html", {
        "places": places, "at": at, "kind": kind, "tabs": TABS, "label": TABS[kind], "goals": goals, "to": said.get("to", ""), "id": new_id(),
        "result": result, "book": said.get("book", "") if result else kind == RECEIVE or at.place.kind != "brand", "home": f"/{viewer.system}/goods/",
        "lately": moves_lately(at.place, limit=LATELY), "done": DONE, "levels": words.LEVELS,
    }, status=409 if result and not result["moved"] else 200)  # fmt: skip


def _move(request: ViewerRequest, viewer: Viewer, at: PlaceNamed, goals: list[PlaceNamed]) -> dict[str, Any]:
    """Move what was scanned, and say what came of it."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        return {"moved": None, "why": _("Scan a code first.")}
    said = form.cleaned_data
    to: Place | None = None
    if said["kind"] == SHIP:
        to = place_of(said["to"])
        if to not in {goal.place for goal in goals}:
            return {"moved": None, "why": _("Choose where the goods go.")}
    assert viewer.brand_id is not None
    wanted = MoveWanted(
        said["id"], viewer.brand_id, said["kind"], at.place, said["texts"], (), to, said["book"] and said["kind"] in {SHIP, RECEIVE}, "", viewer.account_id
    )  # fmt: skip
    (outcome,) = move_codes([wanted], now=clock.now())
    if isinstance(outcome, Refused):
        return {"moved": None, "why": sentence(outcome)}
    contents = contents_of(outcome.ranges)
    skus = sku_facts({line.sku_id for line in contents.lines})
    batches = CodeBatch.objects.in_bulk(list({unit.batch_id for unit in outcome.ranges}))
    counts: dict[str, int] = {}
    for unit in outcome.ranges:
        level = batches[unit.batch_id].level
        counts[level] = counts.get(level, 0) + unit.last - unit.first + 1
    return {
        "moved": outcome, "lines": [(skus[line.sku_id], line) for line in contents.lines],
        "what": [(words.LEVELS[level], count) for level, count in sorted(counts.items())], "said": DONE[outcome.kind],
    }  # fmt: skip


def _chosen(places: list[PlaceNamed], wanted: str) -> PlaceNamed:
    """Give the wanted place, or the first; NotFound for one that is not the viewer's."""
    found = next((one for one in places if not wanted or one.key == wanted), None)
    if found is None:
        raise NotFound(what="place")
    return found


urlpatterns = [path(f"{system}/goods/", goods_moves) for system in ("brand", "dealer", "store")]
