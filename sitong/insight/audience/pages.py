"""Segments on headquarters' desk: listed, built, looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from sitong.insight.audience.actions import install_ready_made
from sitong.insight.audience.catalog import OFFERS, catalog_for, named, names_in, products_named
from sitong.insight.audience.ready import Days, groups
from sitong.insight.audience.seeing import Seen, counted, seen, shared
from sitong.member.profile.rules import COLORS
from sitong.member.segments.actions import (
    SegmentWanted,
    archive_segment,
    change_segment,
    make_segment,
    unwatch_segment,
    watch_segment,
)
from sitong.member.segments.language import EVERYBODY, Rule, kept
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import CHANGES, segments_to_pick, segments_visible_to, trend_of
from sitong.member.segments.words import words_of
from sitong.member.sources.queries import sources_of_brand
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

BODY_MAX = 100_000
COMPARED_MAX = 4
GROUPS = {
    "rfm": (
        _lazy("RFM"),
        _lazy("By recency, frequency and amount, against the brand's own buyers: champions, loyal, at risk, lost."),
    ),
    "life": (
        _lazy("Life cycle"),
        _lazy("New, active, sleeping and lost members, by the days since they came or bought."),
    ),
    "price": (_lazy("Price sensitivity"), _lazy("Who mostly buys with a discount, and who never does.")),
    "category": (_lazy("Category preference"), _lazy("Who spends most in one department.")),
    "channel": (_lazy("Channel preference"), _lazy("Who mostly buys in one channel.")),
    "occasion": (_lazy("Occasions"), _lazy("Birthdays within days, and buyers of the festivals.")),
}
"""The groups of ready-made segments: what they are called, and who is meant."""


@require_safe
@never_cache
@page_for("brand", permission="member.see")
def segments(request: ViewerRequest) -> HttpResponse:
    """List the brand's segments, each read aloud, with how many belong to the live ones."""
    viewer = request.viewer
    there = list(segments_visible_to(viewer).filter(archived_at=None).order_by("-changed_at"))
    rows = [(one, _words(viewer, rule_of(one.rule))) for one in there]
    return render(request, "insight/audience/list.html", {"rows": rows, "may_change": viewer.may(CHANGES)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission=CHANGES)
def build(request: ViewerRequest, segment_id: UUID | None = None) -> HttpResponse:
    """Show the builder with a new segment or one that is there; a POST keeps it."""
    viewer, problem = request.viewer, ""
    segment = _segment(viewer, segment_id, CHANGES) if segment_id else None
    rule: Rule = rule_of(segment.rule) if segment else EVERYBODY
    said: Any = segment
    if request.method == "POST":
        said = _said(request)
        try:
            rule = rule_of(said["kept"])
            kept_as = _keep(request, segment, said, at=now())
        except Refused as refused:
            problem = sentence(refused)
        else:
            messages.success(request, _("The segment is kept."))
            return HttpResponseRedirect(f"/brand/segments/{kept_as}/")
    context = {
        "segment": segment, "said": said, "problem": problem, "rule": kept(rule), "id": new_id(), "colors": COLORS,
        "catalog": catalog_for(viewer, rule, _to_pick(viewer, besides=segment_id)),
    }  # fmt: skip
    return render(request, "insight/audience/build.html", context, status=200 if not problem else 409)


@require_POST
@never_cache
@page_for("brand", permission="member.see")
def count(request: ViewerRequest) -> HttpResponse:
    """Say of a rule that is being built how many members it holds for, and read it aloud; or what is wrong, and where."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    rule, told, problem = None, None, ""
    try:
        rule = rule_of(_json(request.body[:BODY_MAX]))
        told = counted(viewer.brand_id, rule, at=now())
    except Refused as refused:
        problem = sentence(refused)
    context = {
        "told": told, "words": _words(viewer, rule) if rule else "", "problem": problem,
        "leaves": [(_words(viewer, leaf), members) for leaf, members in told.leaves] if told else (),
    }  # fmt: skip
    return render(request, "insight/audience/count.html", context)


@require_GET
@never_cache
@page_for("brand", permission="member.see")
def products(request: ViewerRequest) -> HttpResponse:
    """Find products for a condition of the builder."""
    return JsonResponse({"found": products_named(request.viewer, request.GET.get("q", "")[:60])})


@require_safe
@never_cache
@page_for("brand", permission="member.see")
def segment_page(request: ViewerRequest, segment_id: UUID) -> HttpResponse:
    """Show one segment: its rule in words, how many belong and belonged, who they are, and what it shares with others."""
    viewer, at = request.viewer, now()
    segment = _segment(viewer, segment_id)
    rule = rule_of(segment.rule)
    assert viewer.brand_id is not None
    wanted = [id for id in map(id_in, request.GET.getlist("with")) if id][:COMPARED_MAX]
    there = segments_visible_to(viewer).filter(id__in=wanted, archived_at=None).in_bulk()
    compared = [segment, *(there[id] for id in wanted if id in there)]
    looked = seen(viewer.brand_id, rule, at=at)
    overlap = shared(viewer.brand_id, [rule_of(one.rule) for one in compared], at=at) if len(compared) > 1 else []
    context = {
        "segment": segment, "words": _words(viewer, rule), "seen": looked, "may_change": viewer.may(CHANGES),
        "breakdowns": _breakdowns(viewer, looked), "sources": sources_of_brand(viewer.brand_id),
        "zone": brand_facts([viewer.brand_id])[viewer.brand_id].zone,
        "pickable": _to_pick(viewer, besides=segment.id), "chosen": {one.id.hex for one in compared},
        "overlap": overlap,
        "drawn": {
            "trend": [[on.isoformat(), members, entered, -left] for on, members, entered, left in trend_of(segment.id)],
            "overlap": [[[named(compared[place]) for place in places], members] for places, members in overlap],
            "said": {"members": _("Members"), "entered": pgettext("segment", "Came"), "left": pgettext("segment", "Left")},
        },
    }  # fmt: skip
    return render(request, "insight/audience/segment.html", context)


def _breakdowns(viewer: Viewer, looked: Seen) -> list[tuple[str, list[tuple[str, int]]]]:
    """Give the groups of a segment's members with names that people read."""
    labels = {"tier": _("By tier"), "source": _("By source"), "store_id": _("By home store")}
    known = {
        "tier": dict(OFFERS["tier"](viewer)),
        "source": dict(OFFERS["source"](viewer)),
        "store_id": dict(OFFERS["store"](viewer)),
    }
    return [
        (label, [(known[name].get(code, code), members) for code, members in looked.breakdowns[name]])
        for name, label in labels.items()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission=CHANGES)
def ready_made(request: ViewerRequest) -> HttpResponse:
    """Offer the ready-made segments by group; a POST installs the chosen ones with the bounds of today's buyers."""
    viewer, problem = request.viewer, ""
    assert viewer.brand_id is not None
    if request.method == "POST":
        chosen = [one for one in groups() if one in request.POST.getlist("group")]
        days = Days(*(_days(request, name) for name in ("new", "active", "sleeping")))
        try:
            made = install_ready_made(
                viewer.brand_id, chosen, live="live" in request.POST, days=days, by=viewer.account_id, now=now()
            )
        except Refused as refused:
            problem = sentence(refused)
        else:
            messages.success(request, _("{count} segments are there.").format(count=len(made)))
            return HttpResponseRedirect("/brand/segments/")
    offered = [(code, *GROUPS[code]) for code in groups()]
    context = {"groups": offered, "days": Days(), "problem": problem}
    return render(request, "insight/audience/ready_made.html", context, status=409 if problem else 200)


def _days(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return (
        min(max(int(text), 1), 3_660) if text.isascii() and text.isdigit() and len(text) < 6 else getattr(Days(), name)
    )


def _change(verb: Callable[..., Any], told: Callable[[], str], back: str = "") -> Callable[..., HttpResponse]:
    @require_POST
    @never_cache
    @page_for("brand", permission=CHANGES)
    def change(request: ViewerRequest, segment_id: UUID) -> HttpResponse:
        """Change one thing about a segment and go back to it."""
        assert request.viewer.brand_id is not None
        _segment(request.viewer, segment_id, CHANGES)
        try:
            verb(segment_id, request.viewer.brand_id, by=request.viewer.account_id, now=now())
        except Refused as refused:
            messages.error(request, sentence(refused))
            return HttpResponseRedirect(f"/brand/segments/{segment_id}/")
        messages.success(request, told())
        return HttpResponseRedirect(back or f"/brand/segments/{segment_id}/")

    return change


watch = _change(watch_segment, lambda: _("The segment is live: it fills now, and who comes and goes is noticed."))
unwatch = _change(unwatch_segment, lambda: _("The segment is not live any more."))
archive = _change(archive_segment, lambda: _("The segment is archived."), "/brand/segments/")


def _keep(request: ViewerRequest, segment: Any, said: dict[str, Any], *, at: datetime) -> UUID:
    viewer = request.viewer
    assert viewer.brand_id is not None
    wanted = SegmentWanted(
        segment.id if segment else said["id"], viewer.brand_id, said["name"], said["kept"], said["name_en"], said["note"],
        said["as_tag"], said["color"], said["live"],
    )  # fmt: skip
    if segment is None:
        return make_segment(wanted, by=viewer.account_id, now=at).id
    return change_segment(wanted, version=said["version"], by=viewer.account_id, now=at).id


def _said(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    version = form.get("version", "")
    return {
        "id": id_in(form.get("id", "")) or new_id(), "name": form.get("name", "")[:200], "name_en": form.get("name_en", "")[:200],
        "note": form.get("note", "")[:500], "as_tag": "as_tag" in form, "color": form.get("color", "blue")[:12], "live": "live" in form,
        "version": int(version) if version.isascii() and version.isdigit() else 0, "kept": _json(form.get("rule", "")[:BODY_MAX]),
    }  # fmt: skip


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _segment(viewer: Viewer, segment_id: UUID, permission: str = "member.see") -> Any:
    segment = segments_visible_to(viewer, permission).filter(id=segment_id).first()
    if segment is None:
        raise NotFound(what="segment")
    return segment


def _to_pick(viewer: Viewer, *, besides: UUID | None) -> list[tuple[str, str]]:
    assert viewer.brand_id is not None
    english = (get_language() or "").startswith("en")
    return [
        (id.hex, name_en if english and name_en else name)
        for id, name, name_en in segments_to_pick(viewer.brand_id)
        if id != besides
    ]


def _words(viewer: Viewer, rule: Rule) -> str:
    names = names_in(rule, viewer, {"segment": _to_pick(viewer, besides=None)})
    return words_of(rule, get_language() or "zh-hans", names)


urlpatterns = [
    path("brand/segments/", segments, name="brand_segments"),
    path("brand/segments/new/", build, name="brand_segment_new"),
    path("brand/segments/ready-made/", ready_made, name="brand_segments_ready_made"),
    path("brand/segments/count/", count),
    path("brand/segments/products/", products),
    path("brand/segments/<uuid:segment_id>/", segment_page, name="brand_segment"),
    path("brand/segments/<uuid:segment_id>/build/", build, name="brand_segment_build"),
    path("brand/segments/<uuid:segment_id>/watch/", watch),
    path("brand/segments/<uuid:segment_id>/unwatch/", unwatch),
    path("brand/segments/<uuid:segment_id>/archive/", archive),
]
