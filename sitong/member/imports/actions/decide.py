"""A person takes a checked file, or throws it away; the worker does what is left to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from sitong.member.imports.actions.check import check_some, clear
from sitong.member.imports.actions.opening import open_file
from sitong.member.imports.actions.refused import ImportElsewhere, ImportHasBad, ImportNothing
from sitong.member.imports.events import ImportAccepted
from sitong.member.imports.models import ImportFile, ImportState
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.config import setting
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.actions import announce

KEPT_DAYS = setting(
    "SITONG_IMPORT_KEPT_DAYS", "0", "Days that an imported file's bytes are kept, sealed, after it was accepted; 0 deletes them at once.", int
)  # fmt: skip
FORGOTTEN_AFTER = timedelta(days=30)
"""A file that nobody accepts is thrown away by itself: personal data are not kept without need."""

BLOCKS_AT_ONCE = 40
CLEARED_AT_ONCE = 20
TAKEN = ("all", "good")
WAITING = [ImportState.UPLOADING, ImportState.RECEIVED, ImportState.UPLOADED, ImportState.MAPPED, ImportState.CHECKED]
DONE = [ImportState.ACCEPTED, ImportState.LINKED]


def accept_import(import_id: UUID, *, take: str, by: UUID | None, now: datetime) -> ImportFile:
    """Take a checked file: `all` its lines, which refuses while one is bad, or the `good` ones. One row changes: all or nothing.

    The same again gives the first answer. Refused: shared.not_found, member.import_elsewhere (not checked), member.import_has_bad,
    member.import_nothing, shared.repeat_differs.
    """
    if take not in TAKEN:
        raise NotFound(what="way")
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        if file.state in DONE:
            if file.taken != take:
                raise RepeatDiffers(id=import_id)
            return file
        if file.state != ImportState.CHECKED:
            raise ImportElsewhere()
        if not file.good:
            raise ImportNothing()
        if take == "all" and file.bad:
            raise ImportHasBad(bad=file.bad)
        file.state, file.taken, file.accepted_by, file.accepted_at = ImportState.ACCEPTED, take, by, now
        file.save(update_fields=["state", "taken", "accepted_by", "accepted_at"])
        after = {"take": take, "good": file.good, "bad": file.bad}
        record([AuditEntry("accepted", "member.import", file.id, file.brand_id, by, {}, after)], at=now)
        announce([ImportAccepted(file.brand_id, file.id, file.good, now)], at=now)
    return file


def discard_import(import_id: UUID, *, by: UUID | None, now: datetime) -> ImportFile:
    """Throw away a file that was not accepted; the worker deletes its bytes and all that was read of it. For good.

    Again: the same answer. Refused: shared.not_found, member.import_elsewhere (it was accepted).
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        if file.state in DONE:
            raise ImportElsewhere()
        if file.state in WAITING:
            file.state, file.discarded_by, file.discarded_at = ImportState.DISCARDED, by, now
            file.save(update_fields=["state", "discarded_by", "discarded_at"])
            record([AuditEntry("discarded", "member.import", file.id, file.brand_id, by)], at=now)
    return file


def continue_imports(*, now: datetime, blocks: int = BLOCKS_AT_ONCE) -> int:
    """Do a stretch of work for every file that waits for some: open, check, delete. Gives how many files had work.

    Each step is a short transaction, and what a worker that was killed had finished stands.
    """
    forget_old(now=now)
    over = now - timedelta(days=KEPT_DAYS)
    waits = (
        Q(state__in=[ImportState.RECEIVED, ImportState.MAPPED])
        | Q(state__in=[ImportState.DISCARDED, ImportState.UNREADABLE], emptied_at=None)
        | Q(state__in=DONE, emptied_at=None, accepted_at__lte=over)
    )
    files = list(ImportFile.objects.filter(waits).order_by("at", "id"))
    for file in files:
        if file.state == ImportState.RECEIVED:
            open_file(file, now=now)
        elif file.state == ImportState.MAPPED:
            check_some(file, blocks=blocks, now=now)
        else:
            _empty(file, now=now)
    return len(files)


def forget_old(*, now: datetime) -> int:
    """Discard files that wait for a decision for more than 30 days. Gives how many."""
    return ImportFile.objects.filter(state__in=WAITING, at__lt=now - FORGOTTEN_AFTER).update(
        state=ImportState.DISCARDED, discarded_at=now
    )


def forget_bad_lines(*, now: datetime) -> int:
    """Delete what could not be read of files that were accepted 30 days ago: by then it was mended, or is not needed. Counts stay.

    Gives how many files had any left.
    """
    since, until = now - 4 * FORGOTTEN_AFTER, now - FORGOTTEN_AFTER
    files = ImportFile.objects.filter(state__in=DONE, accepted_at__range=(since, until)).values_list("id", flat=True)
    forgotten = 0
    for file_id in files:
        pieces = 0
        while clear(file_id, "problems"):
            pieces += 1
        forgotten += pieces > 0
    return forgotten


def _empty(file: ImportFile, *, now: datetime) -> None:
    """Delete the bytes; of a file that was thrown away also what was read of it. Bad lines of an accepted file stay."""
    subjects = ("pieces",) if file.state in DONE else ("pieces", "records", "problems")
    for _ in range(CLEARED_AT_ONCE):
        if not clear(file.id, *subjects):
            ImportFile.objects.filter(id=file.id, state=file.state).update(emptied_at=now)
            return
