"""Headquarters' desk of identities: one pair at a time, the runs, and from which likelihood on nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.linking.actions import DecisionWanted, decide_pair, link_import, set_bands, take_back, undo_run
from sitong.member.linking.looks import FIELDS, RUN_COLORS, RUN_STATES, likely_said, reasons_said
from sitong.member.linking.models import LinkDecision
from sitong.member.linking.queries import (
    PairShown,
    bands_of,
    decided_by,
    joined_pairs,
    last_decision,
    next_pair,
    open_pairs,
    pair_seen,
    pair_shown,
    pairs_counted,
    run_preview,
    run_seen,
    runs_of,
)
from sitong.member.linking.rules import WEIGHT_HIGH, WEIGHT_LOW, Bands
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

HOME = "/brand/identity/"
TODAY = timedelta(hours=12)
TAKEN_BACK_WITHIN = timedelta(hours=2)
WORKING = {"waiting", "running", "failed"}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a pair, as both sides say it. `agree`: yes, no, or nothing to compare."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    agree: bool | None


@require_safe
@never_cache
@page_for("brand", permission="member.change")
def queue(request: ViewerRequest) -> HttpResponse:
    """Show the pair whose turn it is, both sides beside each other, with the reasons."""
    brand_id, account_id, now = _brand_id(request.viewer), request.viewer.account_id, clock.now()
    pair = next_pair(brand_id)
    shown = pair_shown(pair, clear=request.viewer.may("member.reveal")) if pair else None
    assert account_id is not None
    return render(request, "member/linking/queue.html", {
        "home": HOME, "open": open_pairs(brand_id), "decided": decided_by(brand_id, account_id, since=now - TODAY),
        "last": last_decision(brand_id, account_id, since=now - TAKEN_BACK_WITHIN), "decision_id": new_id(),
        "working": [run for run in runs_of(brand_id) if run.state in WORKING], **(_pair_context(shown) if shown else {}),
    })  # fmt: skip


@require_POST
@page_for("brand", permission="member.change")
def decide(request: ViewerRequest, pair_id: UUID) -> HttpResponse:
    """Take a person's word, and show the next pair."""
    pair = pair_seen(request.viewer, pair_id)
    said = request.POST.get("verdict", "")
    assert request.viewer.account_id is not None
    try:
        wanted = DecisionWanted(id_in(request.POST.get("id", "")) or new_id(), pair.id, said)
        decide_pair(wanted, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="member.change")
def undo_decision(request: ViewerRequest, decision_id: UUID) -> HttpResponse:
    """Take back what was said."""
    found = LinkDecision.objects.filter(id=decision_id, brand_id=_brand_id(request.viewer)).first()
    if found is None:
        raise NotFound(what="decision")
    assert request.viewer.account_id is not None
    try:
        take_back(found.id, by=request.viewer.account_id, now=clock.now())
        messages.success(request, _("Taken back. The pair waits again."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(HOME)


@require_safe
@never_cache
@page_for("brand", permission="member.change")
def runs(request: ViewerRequest) -> HttpResponse:
    """Show the runs, the newest first."""
    found = runs_of(_brand_id(request.viewer))
    rows = [(one, one.certain + one.joined + one.again, RUN_STATES[one.state], RUN_COLORS[one.state]) for one in found]
    context = {
        "home": HOME,
        "rows": rows,
        "open": open_pairs(_brand_id(request.viewer)),
        "waits": any(one.state in WORKING for one in found),
    }
    return render(request, "member/linking/runs.html", context)


@require_safe
@never_cache
@page_for("brand", permission="member.change")
def run(request: ViewerRequest, run_id: UUID) -> HttpResponse:
    """Show one run: its counts, how likely its pairs were, what other bands would mean, the least likely joins."""
    found = run_seen(request.viewer, run_id)
    bands = bands_of(found.brand_id)
    least = [(pair, likely_said(pair.probability), reasons_said(pair.reasons)) for pair in joined_pairs(found.id)]
    return render(request, "member/linking/run.html", {
        "home": HOME, "run": found, "state": RUN_STATES[found.state], "color": RUN_COLORS[found.state], "bands": bands,
        "preview": run_preview(found, bands), "chart": _chart(found.histogram), "least": least, "pairs": pairs_counted(found.id),
        "waits": found.state in WORKING, "progress": found.done * 100 // found.records if found.records else 0,
        "matched": found.certain + found.joined + found.again, "again_id": new_id(),
        "join_percent": f"{bands.join_from_bp / 100:g}", "ask_percent": f"{bands.ask_from_bp / 100:g}",
    })  # fmt: skip


@require_POST
@page_for("brand", permission="member.change")
def undo(request: ViewerRequest, run_id: UUID) -> HttpResponse:
    """Take back all that a run joined."""
    found = run_seen(request.viewer, run_id)
    try:
        done = undo_run(found.id, by=request.viewer.account_id, now=clock.now())
        messages.success(request, _("Undone: {count} records are nobody's again.").format(count=done.undone))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{HOME}runs/{found.id}/")


@require_POST
@page_for("brand", permission="member.change")
def again(request: ViewerRequest, run_id: UUID) -> HttpResponse:
    """Link the same file's records that are nobody's yet, by the bands of now."""
    found = run_seen(request.viewer, run_id)
    try:
        fresh = link_import(
            found.file_id,
            run_id=id_in(request.POST.get("id", "")) or new_id(),
            by=request.viewer.account_id,
            now=clock.now(),
        )
        return HttpResponseRedirect(f"{HOME}runs/{fresh.id}/")
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{HOME}runs/{found.id}/")


@require_POST
@page_for("brand", permission="member.change")
def bands(request: ViewerRequest) -> HttpResponse:
    """Keep the bands for runs from now on."""
    back = id_in(request.POST.get("run", ""))
    wanted = Bands(_bp(request.POST.get("join", "")), _bp(request.POST.get("ask", "")))
    try:
        set_bands(_brand_id(request.viewer), bands=wanted, by=request.viewer.account_id, now=clock.now())
        messages.success(request, _("Kept. They hold from the next run on."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{HOME}runs/{back}/" if back else f"{HOME}runs/")


def _pair_context(shown: PairShown) -> dict[str, Any]:
    stores = _store_names(shown)
    lines = []
    for name, label in FIELDS.items():
        left, right = shown.left.said.get(name, ()), shown.right.said.get(name, ())
        if name == "store":
            left, right = (tuple(stores.get(one, "") for one in side) for side in (left, right))
        if left or right:
            lines.append(Line(str(label), left, right, _agree(name, left, right)))
    return {
        "pair": shown.pair, "shown": shown, "lines": lines, "bars": reasons_said(shown.pair.reasons),
        "likely": likely_said(shown.pair.probability),
    }  # fmt: skip


def _agree(name: str, left: tuple[str, ...], right: tuple[str, ...]) -> bool | None:
    if not left or not right:
        return None
    if name == "birthday":
        return bool({one[-5:] for one in left} & {one[-5:] for one in right})
    return bool(set(left) & set(right))


def _store_names(shown: PairShown) -> dict[str, str]:
    ids = {found for side in (shown.left, shown.right) for one in side.said.get("store", ()) if (found := id_in(one))}
    return {str(key): one.name for key, one in store_facts(ids).items()}


def _chart(histogram: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Give the bars of the histogram: weights, records that may join by themselves, records that may not."""
    buckets = [str(weight) for weight in range(WEIGHT_LOW, WEIGHT_HIGH + 1)]
    series = {kind: [histogram.get(kind, {}).get(one, 0) for one in buckets] for kind in ("sure", "unsure")}
    other = histogram.get("other", {})
    return {
        "weights": [int(one) for one in buckets],
        **series,
        "certain": other.get("certain", 0),
        "alone": other.get("alone", 0),
    }


def _bp(text: str) -> int:
    try:
        return round(float(text) * 100)
    except ValueError:
        return -1


def _brand_id(viewer: Viewer) -> UUID:
    assert viewer.brand_id is not None
    return viewer.brand_id


urlpatterns = [
    path("brand/identity/", queue, name="identity_queue"),
    path("brand/identity/bands/", bands, name="identity_bands"),
    path("brand/identity/pairs/<uuid:pair_id>/", decide, name="identity_decide"),
    path("brand/identity/decisions/<uuid:decision_id>/take-back/", undo_decision, name="identity_take_back"),
    path("brand/identity/runs/", runs, name="identity_runs"),
    path("brand/identity/runs/<uuid:run_id>/", run, name="identity_run"),
    path("brand/identity/runs/<uuid:run_id>/undo/", undo, name="identity_undo"),
    path("brand/identity/runs/<uuid:run_id>/again/", again, name="identity_again"),
]
