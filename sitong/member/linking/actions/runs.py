"""Runs of linking: asked for, begun, finished, failed; models kept; the brand's bands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.member.imports.actions import finish_import
from sitong.member.imports.models import ImportFile
from sitong.member.linking.models import LinkBands, LinkModel, LinkRun, RunState
from sitong.member.linking.queries import bands_of
from sitong.member.linking.rules import Bands, preview_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id

UNFINISHED = (RunState.WAITING, RunState.RUNNING, RunState.FAILED)


class BandsMalformed(Refused):
    """Joining begins at or above asking, both between 1 % and 99.99 %."""

    code = "member.bands_malformed"


class RunOpen(Refused):
    """The file is being linked already."""

    code = "member.link_running"


class NotAccepted(Refused):
    """Only a file that was taken can be linked."""

    code = "member.link_not_accepted"


def link_import(import_id: UUID, *, run_id: UUID, by: UUID | None, now: datetime) -> LinkRun:
    """Ask for the records of an accepted file to be linked; a worker does it. The id is the caller's: again, the same answer.

    Refused: shared.not_found, member.link_not_accepted, member.link_running (another run of this file is not done).
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        if there := LinkRun.objects.filter(id=run_id, file_id=import_id).first():
            return there
        if file.state not in {"accepted", "linked"}:
            raise NotAccepted()
        if LinkRun.objects.filter(file_id=import_id, state__in=UNFINISHED).exists():
            raise RunOpen()
        bands = bands_of(file.brand_id)
        run = LinkRun.objects.create(
            id=run_id, brand_id=file.brand_id, file_id=file.id, title=file.name, join_from_bp=bands.join_from_bp,
            ask_from_bp=bands.ask_from_bp, by=by, asked_at=now,
        )  # fmt: skip
        record(
            [AuditEntry("link_asked", "member.link_run", run.id, run.brand_id, by, after={"file": str(file.id)})],
            at=now,
        )
    return run


def set_bands(brand_id: UUID, *, bands: Bands, by: UUID | None, now: datetime) -> LinkBands:
    """Set from which probability on the brand joins by itself and asks; for runs from now on.

    Refused: member.bands_malformed.
    """
    if not bands.sound():
        raise BandsMalformed()
    with transaction.atomic():
        before = bands_of(brand_id)
        kept, _ = LinkBands.objects.update_or_create(
            brand_id=brand_id,
            defaults={"join_from_bp": bands.join_from_bp, "ask_from_bp": bands.ask_from_bp, "by": by, "at": now},
        )
        if before != bands:
            change = [{"join_from_bp": one.join_from_bp, "ask_from_bp": one.ask_from_bp} for one in (before, bands)]
            record([AuditEntry("bands_set", "member.link_bands", brand_id, brand_id, by, *change)], at=now)
    return kept


def begin_run(run_id: UUID, *, now: datetime) -> LinkRun | None:
    """Take up a run that waits, or that a worker left behind; None when it is over."""
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).filter(id=run_id).first()
        if run is None or run.state not in UNFINISHED:
            return None
        run.state, run.began_at, run.fault = RunState.RUNNING, run.began_at or now, ""
        run.save(update_fields=["state", "began_at", "fault"])
    return run


def keep_model(brand_id: UUID, *, model: Mapping[str, Any], now: datetime) -> LinkModel:
    """Keep what was learned as the brand's next version; the same model again is the one that stands."""
    newest = LinkModel.objects.filter(brand_id=brand_id).order_by("-version").first()
    if newest and newest.parameters == model:
        return newest
    fresh = LinkModel(
        id=new_id(), brand_id=brand_id, version=newest.version + 1 if newest else 1, recipe=model["sitong_version"],
        parameters=dict(model), trained_on=model["sitong_faces"], trained_at=now,
    )  # fmt: skip
    LinkModel.objects.bulk_create([fresh], ignore_conflicts=True)  # of two workers at once, the first one's is kept
    return LinkModel.objects.get(brand_id=brand_id, version=fresh.version)


def note_matched(run_id: UUID, *, model_id: UUID, records: int, histogram: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG001
    """Write down with which model a run works, on how many records, and how likely their best pairs are."""
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).get(id=run_id)
        run.model_id, run.records = model_id, run.done + records
        if not run.histogram:
            run.histogram = dict(histogram)
        run.save(update_fields=["model", "records", "histogram"])
        found = preview_of(histogram, Bands(run.join_from_bp, run.ask_from_bp))
        bands = {"joined": found.joined, "asked": found.asked, "alone": found.alone}
        LinkModel.objects.filter(id=model_id, quality={}).update(quality={"records": records, **bands})


def finish_run(run_id: UUID, *, now: datetime) -> None:
    """Say that every record of the run has been looked at."""
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).get(id=run_id)
        if run.state == RunState.RUNNING:
            run.state, run.done_at, run.records = RunState.DONE, now, run.done
            run.save(update_fields=["state", "done_at", "records"])
            finish_import(run.file_id, now=now)
            counts = {name: getattr(run, name) for name in ("certain", "joined", "queued", "created", "again", "joins")}
            record([AuditEntry("linked", "member.link_run", run.id, run.brand_id, run.by, after=counts)], at=now)


def fail_run(run_id: UUID, *, fault: str, now: datetime) -> None:
    """Note why a run stopped; it is taken up again where it was."""
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).filter(id=run_id, state=RunState.RUNNING).first()
        if run:
            run.state, run.fault, run.done_at = RunState.FAILED, fault[:200], now
            run.save(update_fields=["state", "fault", "done_at"])
