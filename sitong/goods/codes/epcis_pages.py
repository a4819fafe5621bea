"""Histories of codes as EPCIS 2.0 files, and files of others that are taken in, for headquarters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sitong.goods.codes.actions.capture import capture_events
from sitong.goods.codes.epcis import document_of, events_of
from sitong.goods.codes.queries.epcis import events_of_batch, events_of_code, names_for
from sitong.goods.codes.seen import batch_seen, code_seen
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import Refused, sentence

BYTES_MAX = 5_000_000


@page_for("brand", permission="codes.see")
@require_safe
def code_epcis(request: ViewerRequest) -> HttpResponse:
    """One code's history as a file."""
    read, batch = code_seen(request.viewer, request.GET.get("code", "")[:300])
    return _file(events_of_code(batch, read.serial), batch.brand_id, read.letters, clock.now())


@page_for("brand", permission="codes.see")
@require_safe
def batch_epcis(request: ViewerRequest, batch_id: UUID) -> HttpResponse:
    """All that happened to a batch's codes as a file."""
    batch = batch_seen(request.viewer, batch_id)
    return _file(events_of_batch(batch), batch.brand_id, batch.number, clock.now())


@page_for("brand", permission="codes.change")
@require_http_methods(["GET", "POST"])
def take_in(request: ViewerRequest) -> HttpResponse:
    """Take in a file of EPCIS events, and say of each what became of it."""
    shown: list[dict[str, Any]] = []
    if request.method == "POST":
        given = request.FILES.get("file")
        try:
            if given is None or (given.size or 0) > BYTES_MAX:
                raise ValueError(_("Choose a file of at most 5 MB."))
            events = events_of(orjson.loads(given.read()))
        except ValueError as error:
            messages.error(
                request, _("This is no EPCIS 2.0 file that can be read: %(why)s") % {"why": str(error)[:200]}
            )
        else:
            assert request.viewer.brand_id is not None
            outcomes = capture_events(
                events, brand_id=request.viewer.brand_id, by=request.viewer.account_id, now=clock.now()
            )
            shown = [
                {"event": event, "why": sentence(one) if isinstance(one, Refused) else ""}
                for event, one in zip(events, outcomes, strict=True)
            ]
    return render(request, "goods/codes/capture.html", {"shown": shown})


def _file(events: Any, brand_id: UUID, name: str, now: datetime) -> HttpResponse:
    answer = HttpResponse(
        orjson.dumps(document_of(events, names_for(brand_id), now=now), option=orjson.OPT_INDENT_2),
        content_type="application/ld+json",
    )
    answer["Content-Disposition"] = f'attachment; filename="epcis-{name}.jsonld"'
    return answer


urlpatterns = [
    path("brand/codes/epcis/", code_epcis),
    path("brand/codes/epcis/capture/", take_in),
    path("brand/codes/<uuid:batch_id>/epcis/", batch_epcis),
]
