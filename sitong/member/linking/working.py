"""The work on runs: matched in memory, written down piece by piece, taken up again where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import structlog
from django.db import OperationalError, connection

from sitong.member.linking.actions import begin_run, fail_run, finish_run, keep_model, note_matched, settle_piece
from sitong.member.linking.actions.settling import PIECE
from sitong.member.linking.matching import Matched, match
from sitong.member.linking.models import LinkRun
from sitong.member.linking.queries import kept_model, undone_pairs, waiting_runs
from sitong.member.linking.reading import open_records
from sitong.member.linking.rules import Bands

ROUNDS_MAX = 3
"""Records that a person spoke of while a run looked at them are looked at again, so many times."""
log = structlog.get_logger("sitong.linking")


def work_on_runs(*, now: datetime) -> int:
    """Work on all runs that wait, one after the other; give how many were finished. Two workers never work on one brand at once."""
    done = 0
    for run in waiting_runs(now=now):
        with _alone(run.brand_id) as alone:
            if not alone:
                continue
            try:
                done += work_on(run.id, now=now)
            except Exception as error:
                fail_run(run.id, fault=type(error).__name__, now=now)
                log.error("link_failed", run=str(run.id), error=type(error).__name__)
                raise
    return done


def work_on(run_id: UUID, *, now: datetime) -> bool:
    """Link the records of a run's file that are nobody's yet; tell whether the run is finished. Again: what is left."""
    run = begin_run(run_id, now=now)
    if run is None:
        return False
    for _ in range(ROUNDS_MAX):
        if not _link_once(run, now):
            break
    finish_run(run.id, now=now)
    return True


def _link_once(run: LinkRun, now: datetime) -> bool:
    """Match and write down once; tell whether records were left for another look."""
    seen = set(run.outcomes.values_list("record_id", flat=True))
    records = [one for one in open_records(run.file_id) if one.state == "waiting" or one.id not in seen]
    if not records:
        return False
    matched, model = match(
        run.brand_id, records, kept=kept_model(run.brand_id), undone=undone_pairs(run.file_id),
        bands=Bands(run.join_from_bp, run.ask_from_bp),
    )  # fmt: skip
    kept = keep_model(run.brand_id, model=model, now=now)
    note_matched(run.id, model_id=kept.id, records=len(records), histogram=matched.histogram, now=now)
    settled = 0
    for first in range(1, len(records) + 1, PIECE):
        nodes = range(first, min(first + PIECE, len(records) + 1))
        settled += _settle(run.id, matched, nodes, now)
    return settled < len(records)


def _settle(run_id: UUID, matched: Matched, nodes: range, now: datetime) -> int:
    """Settle a piece; should its locks have met another's in a circle, once more."""
    try:
        return settle_piece(run_id, matched, nodes=nodes, now=now)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        return settle_piece(run_id, matched, nodes=nodes, now=now)


@contextmanager
def _alone(brand_id: UUID) -> Iterator[bool]:
    """Hold the brand's advisory lock for linking; False when another worker has it."""
    key = (brand_id.int ^ 0x6C696E6B) & 0x7FFF_FFFF_FFFF_FFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (alone,) = cursor.fetchone()
    try:
        yield bool(alone)
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
