"""What pages say of codes: levels, what happened, where something is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import Place, Standing
from sitong.goods.codes.queries.history import Happened
from sitong.goods.codes.queries.where import PlaceNamed, place_names
from sitong.shared.access.queries import account_names

LEVELS: dict[str, Any] = {"item": gettext_lazy("Item"), "box": gettext_lazy("Box"), "pallet": gettext_lazy("Pallet")}
LEVELS_ABOVE = {"item": ("box", "pallet"), "box": ("pallet",), "pallet": ()}
KINDS: dict[str, Any] = {
    "made": gettext_lazy("Code made"), "produced": gettext_lazy("Put on goods"), "active": gettext_lazy("Put in use"),
    "void": gettext_lazy("Made void"), "packed": gettext_lazy("Packed"), "unpacked": gettext_lazy("Taken out"),
    "ship": pgettext_lazy("goods by code", "Shipped"), "receive": pgettext_lazy("goods by code", "Received"),
    "sell": pgettext_lazy("goods by code", "Sold"), "return": pgettext_lazy("goods by code", "Taken back"),
    "scan": gettext_lazy("Scanned"),
}  # fmt: skip
ICONS = {
    "made": "qrcode", "produced": "package", "active": "circle-check", "void": "ban", "packed": "box", "unpacked": "package-export",
    "ship": "truck", "receive": "building-warehouse", "sell": "receipt", "return": "repeat", "scan": "scan",
}  # fmt: skip
ROLES: dict[str, Any] = {
    "consumer": gettext_lazy("by a consumer"),
    "clerk": gettext_lazy("by a store"),
    "dealer": gettext_lazy("by a dealer"),
}
STALLED = timedelta(seconds=20)
"""A file of which nothing was sent for so long is no longer shown as running."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a history as people read it."""

    icon: str
    label: str
    at: datetime
    more: str
    start: PlaceNamed | None
    goal: PlaceNamed | None
    who: str


def history_told(happened: Sequence[Happened]) -> list[Told]:
    """Give a history in words, the last first. A fixed number of statements."""
    carriers = CodeBatch.objects.in_bulk(list({one.carrier[0] for one in happened if one.carrier}))
    places = place_names({place for one in happened for place in (one.start, one.goal, _scanned_at(one)) if place})
    who = account_names({one.by for one in happened if one.by})
    return [
        Told(
            ICONS[one.kind], str(KINDS[one.kind]), one.at, _more(one, carriers), places.get(one.start) if one.start else None,
            places.get(goal) if (goal := one.goal or _scanned_at(one)) else None, who.get(one.by, "") if one.by else "",
        )
        for one in reversed(happened)
    ]  # fmt: skip


def where_told(standing: Standing | None, brand_id: UUID) -> tuple[str, PlaceNamed | None]:
    """Say where something is: a sentence's beginning, and the place."""
    state, place = (standing.state, standing.place) if standing else ("here", Place("brand", brand_id))
    said = {"here": _("Lies at"), "way": _("On the way to"), "sold": _("Sold at")}[state]
    return said, place_names([place]).get(place)


def carrier_told(carrier: tuple[UUID, int], carriers: dict[UUID, CodeBatch]) -> str:
    """Name what something was packed in: its level, batch and serial."""
    batch = carriers.get(carrier[0])
    return f"{LEVELS[batch.level]} {batch.number} / {carrier[1]}" if batch else ""


def _more(one: Happened, carriers: dict[UUID, CodeBatch]) -> str:
    if one.kind == "scan":
        inner = [_("the code under the cap")] if one.more["side"] == "inner" else []
        return " · ".join([str(ROLES[one.more["role"]]), *inner])
    said = [carrier_told(one.carrier, carriers)] if one.carrier else []
    if one.kind == "produced":
        said += [_("lot %(lot)s") % {"lot": one.more["lot"]}] if one.more["lot"] else []
        said += [_("line %(line)s") % {"line": one.more["line"]}] if one.more["line"] else []
        said += [str(one.more["produced_on"])]
    said += [str(one.more[key]) for key in ("reason", "note") if one.more.get(key)]
    return " · ".join(said)


def _scanned_at(one: Happened) -> Place | None:
    if one.kind != "scan":
        return None
    if one.more["store_id"]:
        return Place("store", one.more["store_id"])
    return Place("dealer", one.more["dealer_id"]) if one.more["dealer_id"] else None
