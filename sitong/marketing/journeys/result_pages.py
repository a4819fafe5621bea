"""What came of a journey, its versions, and the trial with one member."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.journeys.actions import EntryWanted, enter_members, move_to_version
from sitong.marketing.journeys.checks import faults_of
from sitong.marketing.journeys.choices import names_in
from sitong.marketing.journeys.desk_pages import _seen
from sitong.marketing.journeys.graph import Graph, graph_read
from sitong.marketing.journeys.models import Journey
from sitong.marketing.journeys.queries.results import (
    node_counts,
    outcomes_by_day,
    totals_of,
    uplift_by_version,
    uplift_by_way,
    uplift_whole,
    windows_open,
)
from sitong.marketing.journeys.queries.visible import inside_by_version, newest_version, versions_of
from sitong.marketing.journeys.said import KINDS, STATES, WAYS, WHY, node_said, reason_said
from sitong.marketing.journeys.shown import uplift_shown
from sitong.marketing.journeys.trying import Trial, tried
from sitong.member.identity.queries import found_members, member_facts
from sitong.org.brands.queries import brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import Refused, sentence

BRANCHING = ("split", "branch", "wait_until")
FOUND_MAX = 8


@page_for("brand", permission="coupon.see")
@require_safe
def journey_results(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """Uplift with its interval, by version and by way, the course of days, and the funnel by node."""
    journey = _seen(request, journey_id)
    brand = brand_facts([journey.brand_id])[journey.brand_id]
    versions = {str(one.id): one for one in versions_of(journey.id).filter(frozen_at__isnull=False)}
    shown_version = versions.get(request.GET.get("version", "")) or versions.get(str(journey.version_id))
    graph = graph_read(shown_version.graph) if shown_version else Graph({}, ())
    names = names_in(graph, journey.brand_id)
    counts = node_counts(journey.id, shown_version.id) if shown_version else {}
    by_version = uplift_by_version(journey.id) if len(versions) > 1 else {}
    goal = graph.goal
    since = clock.now() - timedelta(days=int(goal.settings["days"])) if goal else clock.now()
    context = {
        "journey": journey, "state": STATES[journey.state], "whole": uplift_shown(uplift_whole(journey.id), brand.currency, control_bp=journey.control_bp),
        "totals": totals_of(journey.id), "why": _why_rows(totals_of(journey.id).over), "goal": node_said(goal, names) if goal else "",
        "versions": [
            (versions[key].number, uplift_shown(one, brand.currency, control_bp=journey.control_bp)) for key, one in by_version.items() if key in versions
        ],
        "ways": _way_rows(journey, shown_version.id, graph, names, brand.currency) if shown_version else [],
        "funnel": _funnel(graph, counts, names), "open": windows_open(journey.id, since=since), "drawn": _drawn(journey.id),
    }  # fmt: skip
    return render(request, "marketing/journeys/results.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def journey_versions(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """The versions, how many members stand in each, and moving those of an older one over by a mapping of nodes."""
    journey = _seen(request, journey_id)
    versions = list(versions_of(journey.id))
    inside = inside_by_version(journey.id)
    if request.method == "POST":
        from_id = next((one.id for one in versions if str(one.id) == request.POST.get("from")), journey.id)
        mapping = {key[5:]: str(value) for key, value in request.POST.items() if key.startswith("node-") and value}
        try:
            moved = move_to_version(
                journey.id, mapping, from_version_id=from_id, by=request.viewer.account_id, now=clock.now()
            )
        except Refused as refused:
            messages.error(request, sentence(refused))
        else:
            messages.success(request, ngettext("%(n)s member moved.", "%(n)s members moved.", moved) % {"n": moved})
        return HttpResponseRedirect(f"/brand/journeys/{journey.id}/versions/")
    newest = next((one for one in versions if one.id == journey.version_id), None)
    into = graph_read(newest.graph) if newest else Graph({}, ())
    targets = _node_names(into, names_in(into, journey.brand_id))
    rows = []
    for one in versions:
        graph = graph_read(one.graph)
        standing = node_counts(journey.id, one.id) if inside.get(one.id) and one.id != journey.version_id else {}
        names = dict(_node_names(graph, names_in(graph, journey.brand_id)))
        moves = [
            {"node": key, "name": names.get(key, key), "inside": count.inside, "same": key in into.nodes and into.nodes[key].kind == graph.nodes[key].kind}
            for key, count in standing.items() if count.inside and key in graph.nodes
        ]  # fmt: skip
        rows.append({"one": one, "inside": inside.get(one.id, 0), "runs": one.id == journey.version_id, "moves": moves})
    context = {"journey": journey, "rows": rows, "targets": targets, "may_change": journey.state != "ended"}
    return render(request, "marketing/journeys/versions.html", context)


@page_for("brand", permission="coupon.see")
@require_safe
def journey_trial(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """Lead one real member through what is drawn, with a clock to push: nothing is sent, nothing is kept."""
    journey = _seen(request, journey_id)
    brand = brand_facts([journey.brand_id])[journey.brand_id]
    graph, now = graph_read(newest_version(journey.id).graph), clock.now()
    faults = faults_of(graph)
    start, wanted = _instant(request.GET.get("start", ""), now), request.GET.get("q", "").strip()
    found = list(found_members(request.viewer, wanted, at=now)[:FOUND_MAX]) if wanted else []
    chosen = next(
        (one for one in found if str(one.id) == request.GET.get("member")), found[0] if len(found) == 1 else None
    )
    answers = {key: value for key, value in request.GET.items() if key in graph.nodes and value in {"yes", "no"}}
    result = None
    if chosen is not None and not faults:
        until = max(start, _instant(request.GET.get("until", ""), start))
        control_bp = 0 if request.GET.get("treated") else journey.control_bp
        result = tried(Trial(
            journey.id, journey.brand_id, graph, names_in(graph, journey.brand_id), chosen.id, control_bp, ZoneInfo(brand.zone), start,
            until, answers,
        ))  # fmt: skip
    shown = member_facts([one.id for one in found])
    context = {
        "journey": journey, "faults": faults, "q": wanted, "found": [shown[one.id] for one in found], "chosen": shown.get(chosen.id) if chosen else None,
        "result": result, "zone": brand.zone, "start": start.isoformat(), "may_change": request.viewer.may("coupon.change"),
        "treated": request.GET.get("treated", ""), "answers": answers, "until": request.GET.get("until", ""),
        "by_hand": journey.state == "running" and graph.trigger is not None,
    }  # fmt: skip
    return render(request, "marketing/journeys/trial.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def enter_by_hand(request: ViewerRequest, journey_id: UUID) -> HttpResponse:
    """Let one member into a journey that runs, by hand."""
    journey = _seen(request, journey_id)
    found = list(found_members(request.viewer, request.POST.get("q", "").strip(), at=clock.now())[:2])
    if len(found) != 1:
        messages.error(request, _("Name exactly one member: by its number or its phone."))
    else:
        (outcome,) = enter_members(journey.id, [EntryWanted(found[0].id)], now=clock.now())
        if isinstance(outcome, Refused):
            messages.error(request, sentence(outcome))
        else:
            messages.success(request, _("The member has entered."))
    return HttpResponseRedirect(f"/brand/journeys/{journey.id}/try/")


def _why_rows(over: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(WHY.get(why, why)), number) for why, number in sorted(over.items(), key=lambda one: -one[1])]


def _way_rows(
    journey: Journey, version_id: UUID, graph: Graph, names: dict[str, str], currency: str
) -> list[dict[str, Any]]:
    rows = []
    for node in graph.nodes.values():
        if node.kind in BRANCHING:
            found = uplift_by_way(journey.id, version_id, node.id)
            ways = [
                (str(WAYS.get(way, way.upper())), uplift_shown(one, currency, control_bp=journey.control_bp))
                for way, one in found.items()
            ]
            if ways:
                rows.append({"kind": KINDS[node.kind], "said": node_said(node, names), "ways": ways})
    return rows


def _funnel(graph: Graph, counts: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    most = max((one.passed for one in counts.values()), default=0) or 1
    rows = []
    for node in sorted(graph.nodes.values(), key=lambda one: (one.x, one.y)):
        count = counts.get(node.id)
        if count is None:
            continue
        reasons = [(reason_said(code), number) for code, number in sorted(count.what.items(), key=lambda one: -one[1])]
        ways = [
            (str(WAYS.get(way, way.upper())), number)
            for way, number in sorted(count.ways.items())
            if way not in {"", "next"}
        ]
        rows.append({
            "kind": KINDS[node.kind], "said": node_said(node, names), "passed": count.passed, "inside": count.inside, "ways": ways,
            "reasons": reasons, "share": round(100 * count.passed / most),
        })  # fmt: skip
    return rows


def _drawn(journey_id: UUID) -> dict[str, Any]:
    rows = outcomes_by_day(journey_id)
    return {
        "days": [day for day, _groups in rows],
        **{
            group: [round(100 * one.get(group, (0, 0))[0] / (one.get(group, (0, 0))[1] or 1), 2) for _day, one in rows]
            for group in ("treated", "control")
        },
    }


def _node_names(graph: Graph, names: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (node.id, " · ".join(part for part in (str(KINDS.get(node.kind, node.kind)), node_said(node, names)) if part)) for node in graph.nodes.values()
    ]  # fmt: skip


def _instant(text: str, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return otherwise
    return at if at.tzinfo else otherwise


urlpatterns = [
    path("brand/journeys/<uuid:journey_id>/results/", journey_results),
    path("brand/journeys/<uuid:journey_id>/versions/", journey_versions),
    path("brand/journeys/<uuid:journey_id>/try/", journey_trial),
    path("brand/journeys/<uuid:journey_id>/enter/", enter_by_hand),
]
