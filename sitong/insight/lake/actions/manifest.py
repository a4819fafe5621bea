"""What every writer of the lake shares: be the only one, number what is written, let files count and retire."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F

from sitong.insight.lake.files import Written
from sitong.insight.lake.models import LakeFile, LakeState
from sitong.insight.lake.schema import VERSION
from sitong.shared.errors import Refused


@contextmanager
def only_writer(brand_id: UUID, *, patient: bool) -> Iterator[bool]:
    """Be the only one who writes a brand's lake; when another does, wait for it if `patient`, else give False.

    Held by the session and not by a transaction, so that no transaction is open while files are written; it ends with the
    session at the latest.
    """
    key = int.from_bytes(hashlib.sha256(f"sitong lake {brand_id.hex}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        if patient:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            alone = True
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def next_version(brand_id: UUID) -> int:
    """Take the next version of a brand's lake. The caller is the only writer."""
    LakeState.objects.get_or_create(brand_id=brand_id)
    LakeState.objects.filter(brand_id=brand_id).update(version=F("version") + 1)
    return LakeState.objects.values_list("version", flat=True).get(brand_id=brand_id)


def let_count(
    brand_id: UUID, written: Iterable[Written], *, version: int, whole: Collection[UUID], made_by: str, now: datetime
) -> None:
    """Enter finished files into the manifest: from the commit on they count. `whole` names those that are a whole partition."""
    LakeFile.objects.bulk_create([
        LakeFile(
            id=one.id, brand_id=brand_id, table=one.table, part=one.part, path=one.path, rows=one.rows, bytes=one.bytes,
            ordinal_min=one.ordinal_min, ordinal_max=one.ordinal_max, on_min=one.on_min, on_max=one.on_max,
            schema_version=VERSION, version=version, whole=one.id in whole, made_by=made_by, made_at=now,
        )
        for one in written
    ])  # fmt: skip


def retire(file_ids: Iterable[UUID], *, now: datetime) -> None:
    """Let files count no more. They stay on the disk for those who read them now."""
    LakeFile.objects.filter(id__in=list(file_ids), retired_at=None).update(retired_at=now)


def note_trouble(brand_id: UUID, refused: Refused | None, *, now: datetime) -> None:
    """Write down with which refusal the last work ended; None: it went well, and what was wrong is over."""
    LakeState.objects.get_or_create(brand_id=brand_id)
    facts = {key: str(value) for key, value in refused.facts.items()} if refused else {}
    LakeState.objects.filter(brand_id=brand_id).update(
        trouble=refused.code if refused else "", trouble_facts=facts, trouble_at=now if refused else None
    )
