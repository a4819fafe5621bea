"""Linking over HTTP: runs, bands, the queue of pairs, decisions and their taking back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from sitong.member.imports.queries import file_seen
from sitong.member.linking import schemas
from sitong.member.linking.actions import DecisionWanted, decide_pair, link_import, set_bands, take_back, undo_run
from sitong.member.linking.models import LinkDecision
from sitong.member.linking.queries import (
    bands_of,
    open_pairs,
    pair_seen,
    pair_shown,
    queue_of,
    run_preview,
    run_seen,
    runs_of,
)
from sitong.member.linking.rules import Bands
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["member"])


@router.get("/link-runs", response=list[schemas.LinkRunOut], auth=API_AUTH, summary="List runs of linking")
def list_runs(request: HttpRequest) -> list[dict[str, Any]]:
    """The brand's runs, the newest first."""
    return [schemas.run_out(one) for one in runs_of(_brand_id(_viewer(request)))]


@router.post("/link-runs", response={201: schemas.LinkRunOut}, auth=API_AUTH, summary="Link an imported file")
def ask_run(request: HttpRequest, wanted: schemas.LinkRunNew) -> Status[dict[str, Any]]:
    """Let the records of an accepted file that are nobody's yet be linked (again). The same id again gets the same answer.

    Refused: member.link_not_accepted, member.link_running.
    """
    viewer = _viewer(request)
    file = file_seen(viewer, wanted.import_id)
    run = link_import(file.id, run_id=wanted.id, by=viewer.account_id, now=clock.now())
    return Status(201, schemas.run_out(run))


@router.get("/link-runs/{run_id}", response=schemas.LinkRunOut, auth=API_AUTH, summary="Read a run of linking")
def read_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """One run with its progress."""
    return schemas.run_out(run_seen(_viewer(request), run_id))


@router.get(
    "/link-runs/{run_id}/preview", response=schemas.LinkBandsPreviewOut, auth=API_AUTH, summary="Preview other bands"
)
def preview_run(request: HttpRequest, run_id: UUID, bands: Query[schemas.LinkBandsAsked]) -> dict[str, int]:
    """How many of the run's records other bands would join, ask a person about, and leave alone."""
    found = run_preview(run_seen(_viewer(request), run_id), Bands(bands.join_from_bp, bands.ask_from_bp))
    return {"joined": found.joined, "asked": found.asked, "alone": found.alone}


@router.post("/link-runs/{run_id}/undo", response=schemas.LinkRunOut, auth=API_AUTH, summary="Undo a run of linking")
def undo(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Take back all that a run joined. Members that it made, and what people decided, stay. Refused: member.link_not_done."""
    viewer = _viewer(request)
    run = run_seen(viewer, run_id)
    return schemas.run_out(undo_run(run.id, by=viewer.account_id, now=clock.now()))


@router.get("/link-bands", response=schemas.LinkBandsBody, auth=API_AUTH, summary="Read the bands of linking")
def read_bands(request: HttpRequest) -> dict[str, int]:
    """From which probability on the brand joins by itself, and from which it asks a person (hundredths of a percent)."""
    bands = bands_of(_brand_id(_viewer(request)))
    return {"join_from_bp": bands.join_from_bp, "ask_from_bp": bands.ask_from_bp}


@router.put("/link-bands", response=schemas.LinkBandsBody, auth=API_AUTH, summary="Set the bands of linking")
def write_bands(request: HttpRequest, wanted: schemas.LinkBandsBody) -> dict[str, int]:
    """For runs from now on. Refused: member.bands_malformed."""
    viewer = _viewer(request)
    bands = Bands(wanted.join_from_bp, wanted.ask_from_bp)
    kept = set_bands(_brand_id(viewer), bands=bands, by=viewer.account_id, now=clock.now())
    return {"join_from_bp": kept.join_from_bp, "ask_from_bp": kept.ask_from_bp}


@router.get("/link-pairs", response=schemas.LinkPairPage, auth=API_AUTH, summary="List pairs that wait for a person")
def list_pairs(request: HttpRequest, after: UUID | None = None) -> dict[str, Any]:
    """Pairs in their turn, fifty at a time; without personal data."""
    viewer = _viewer(request)
    last = pair_seen(viewer, after) if after else None
    pairs = queue_of(_brand_id(viewer), after=(last.turn_at, last.id) if last else None)
    return {"items": [schemas.pair_out(one) for one in pairs], "open": open_pairs(_brand_id(viewer))}


@router.get(
    "/link-pairs/{pair_id}", response=schemas.LinkPairShownOut, auth=API_AUTH, summary="Read a pair side by side"
)
def read_pair(request: HttpRequest, pair_id: UUID) -> dict[str, Any]:
    """Both sides: in clear for who may reveal members, masked for others."""
    viewer = _viewer(request)
    shown = pair_shown(pair_seen(viewer, pair_id), clear=viewer.may("member.reveal"))
    sides = {"left": schemas.side_out(shown.left), "right": schemas.side_out(shown.right)}
    return schemas.pair_out(shown.pair) | sides


@router.post("/link-decisions", response={201: schemas.LinkDecisionOut}, auth=API_AUTH, summary="Decide a pair")
def decide(request: HttpRequest, wanted: schemas.LinkDecisionNew) -> Status[dict[str, Any]]:
    """Same, different, or later. A pair once decided is never asked again. The same id again gets the same answer.

    Refused: member.pair_settled.
    """
    viewer = _viewer(request)
    pair_seen(viewer, wanted.pair_id)
    meant = DecisionWanted(wanted.id, wanted.pair_id, wanted.verdict)
    return Status(201, schemas.decision_out(decide_pair(meant, by=_account(viewer), now=clock.now())))


@router.post(
    "/link-decisions/{decision_id}/take-back",
    response=schemas.LinkDecisionOut,
    auth=API_AUTH,
    summary="Take a decision back",
)
def undo_decision(request: HttpRequest, decision_id: UUID) -> dict[str, Any]:
    """The pair is open again, and what followed from "same" is undone. Refused: member.joined_further."""
    viewer = _viewer(request)
    found = LinkDecision.objects.filter(id=decision_id, brand_id=_brand_id(viewer)).first()
    if found is None:
        raise NotFound(what="decision")
    return schemas.decision_out(take_back(found.id, by=_account(viewer), now=clock.now()))


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.change")
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed()
    return viewer


def _brand_id(viewer: Viewer) -> UUID:
    assert viewer.brand_id is not None
    return viewer.brand_id


def _account(viewer: Viewer) -> UUID:
    assert viewer.account_id is not None
    return viewer.account_id
