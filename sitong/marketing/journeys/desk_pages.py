"""Journeys at headquarters' desk: the list, ready-made ones, the editor, and what it asks for while one draws."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.journeys.actions import (
    JourneyWanted,
    change_graph,
    define_journey,
    end_journey,
    pause_journey,
    resume_journey,
    start_journey,
)
from sitong.marketing.journeys.checks import faults_of
from sitong.marketing.journeys.choices import choices_of, names_in
from sitong.marketing.journeys.forms import read_settings, shown_settings
from sitong.marketing.journeys.graph import graph_read
from sitong.marketing.journeys.models import Journey, JourneyVersion
from sitong.marketing.journeys.queries.results import node_counts
from sitong.marketing.journeys.queries.visible import counted_entries, journeys_visible_to, newest_version
from sitong.marketing.journeys.ready import READY, ready_named
from sitong.marketing.journeys.said import EVENTS, STATES, WAYS, fault_said, node_said
from sitong.marketing.journeys.texts import editor_texts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 100
VERBS = {
    "start": (start_journey, gettext_lazy("Started: members are let in from now on.")),
    "pause": (pause_journey, gettext_lazy("Paused: nobody is let in, nobody is moved.")),
    "resume": (resume_journey, gettext_lazy("It goes on.")),
    "end": (end_journey, gettext_lazy("Ended. Members inside are let out.")),
}


@page_for("brand", permission="coupon.see")
@require_safe
def journey_list(request: ViewerRequest) -> HttpResponse:
    """All journeys of the brand with their states, and the ready-made ones to begin with."""
    rows = list(journeys_visible_to(request.viewer).order_by("-created_at", "-id")[:PAGE])
    counts = counted_entries([one.id for one in rows])
    order = {"running": 0, "paused": 1, "draft": 2, "ended": 3}
    shown = [
        {"one": one, "state": STATES[one.state], "entered": counts.get(one.id, (0, 0))[0], "inside": counts.get(one.id, (0, 0))[1],
         "control": one.control_bp / 100}
        for one in sorted(rows, key=lambda one: order[one.state])
    ]  # fmt: skip
    context = {"rows": shown, "ready": READY, "may_change": request.viewer.may("coupon.change")}
    return render(request, "marketing/journeys/list.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def journey_settings(request: ViewerRequest, journey_id: UUID | None = None) -> HttpResponse:
    """Make a journey, empty or ready-made, or change its name, control group, and how often members enter."""
    journey = _seen(request, journey_id) if journey_id else None
    said = request.POST if request.method == "POST" else None
    ready = ready_named((said or request.GET).get("ready", ""))
    own_id, problem = journey.id if journey else id_in(said.get("id", "") if said else "") or new_id(), ""
    if said is not None:
        try:
            wanted = read_settings(said, own_id, _brand_id(request), journey)
            made = define_journey(wanted, by=request.viewer.account_id, now=clock.now())
            if journey is None and ready is not None:
                change_graph(made.id, ready.graph, by=request.viewer.account_id, now=clock.now())
            return HttpResponseRedirect(f"/brand/journeys/{made.id}/")
        except Refused as refused:
            problem = sentence(refused)
    context = {
        "journey": journey, "own_id": own_id, "problem": problem, "ready": ready, "said": shown_settings(journey, said, ready),
        "events": [(name, str(label)) for name, label in EVENTS.items()],
    }  # fmt: skip
    return render(request, "marketing/journeys/settings.html", context, status=409 if problem else 200)


@page_for("brand", permission="coupon.see")
@require_safe
def journey_editor(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """The graph, as it is drawn and as it runs."""
    journey = _seen(request, journey_id)
    version = newest_version(journey.id)
    may_change = request.viewer.may("coupon.change") and journey.state != "ended"
    facts = {
        "graph": version.graph, "choices": choices_of(journey.brand_id), "faults": _faults(version), "texts": editor_texts(),
        "names": names_in(graph_read(version.graph), journey.brand_id), "address": f"/brand/journeys/{journey.id}/",
        "may_change": may_change, "ways": {way: str(label) for way, label in WAYS.items()}, "state": journey.state,
        "drafted": version.frozen_at is None,
    }  # fmt: skip
    facts["said"] = _said_nodes(version, facts["names"])
    context = {
        "journey": journey, "version": version, "facts": facts, "state": STATES[journey.state], "may_change": may_change,
        "control": journey.control_bp / 100,
    }  # fmt: skip
    return render(request, "marketing/journeys/editor.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def keep_graph(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """Keep what is drawn; say what is wrong with it and how each node reads."""
    journey = _seen(request, journey_id)
    try:
        drawn = orjson.loads(request.body)
        if not isinstance(drawn, dict):
            raise ValueError
        version = change_graph(journey.id, drawn, by=request.viewer.account_id, now=clock.now())
    except ValueError:
        return JsonResponse({"message": _("What was drawn could not be read.")}, status=422)
    except Refused as refused:
        return JsonResponse({"message": sentence(refused)}, status=409)
    names = names_in(graph_read(version.graph), journey.brand_id)
    answer = {
        "version": version.number,
        "drafted": version.frozen_at is None,
        "faults": _faults(version),
        "names": names,
    }
    return JsonResponse(answer | {"said": dict(_said_nodes(version, names))})


@page_for("brand", permission="coupon.see")
@require_safe
def journey_counts(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """How many members stand at each node of the version that runs, and how many have passed it."""
    journey = _seen(request, journey_id)
    counts = node_counts(journey.id, journey.version_id) if journey.version_id else {}
    return JsonResponse({
        "state": journey.state,
        "nodes": {key: {"inside": one.inside, "passed": one.passed, "ways": one.ways} for key, one in counts.items()},
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, journey_id: UUID, verb: str) -> HttpResponse:
    """Start, pause, resume or end a journey."""
    journey = _seen(request, journey_id)
    if verb not in VERBS:
        raise NotFound(what="page")
    act, done = VERBS[verb]
    try:
        act(journey.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(f"/brand/journeys/{journey.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def copy_journey(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """Make a draft that looks like this journey."""
    one = _seen(request, journey_id)
    wanted = JourneyWanted(
        new_id(), one.brand_id, _("%(name)s (copy)") % {"name": one.name[:50]}, "", one.control_bp, one.control_reason, one.reentry,
        one.reentry_days, tuple(one.leave_on),
    )  # fmt: skip
    made = define_journey(wanted, by=request.viewer.account_id, now=clock.now())
    change_graph(made.id, newest_version(one.id).graph, by=request.viewer.account_id, now=clock.now())
    return HttpResponseRedirect(f"/brand/journeys/{made.id}/")


def _faults(version: JourneyVersion) -> list[dict[str, str]]:
    return [
        {"node": one.node, "code": one.code, "text": fault_said(one)} for one in faults_of(graph_read(version.graph))
    ]


def _said_nodes(version: JourneyVersion, names: Any) -> list[tuple[str, str]]:
    return [(node.id, node_said(node, names)) for node in graph_read(version.graph).nodes.values()]


def _brand_id(request: ViewerRequest) -> UUID:
    if request.viewer.brand_id is None:
        raise NotFound()
    return request.viewer.brand_id


def _seen(request: ViewerRequest, journey_id: UUID) -> Journey:
    journey = journeys_visible_to(request.viewer).filter(id=journey_id).first()
    if journey is None:
        raise NotFound(what="journey")
    return journey


urlpatterns = [
    path("brand/journeys/", journey_list, name="journeys"),
    path("brand/journeys/new/", journey_settings),
    path("brand/journeys/<uuid:journey_id>/", journey_editor),
    path("brand/journeys/<uuid:journey_id>/settings/", journey_settings),
    path("brand/journeys/<uuid:journey_id>/graph/", keep_graph),
    path("brand/journeys/<uuid:journey_id>/counts/", journey_counts),
    path("brand/journeys/<uuid:journey_id>/copy/", copy_journey),
    path("brand/journeys/<uuid:journey_id>/state/<slug:verb>/", change_state),
]
