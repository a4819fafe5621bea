"""A person says which column is which; the worker then reads every line, in pieces that each stand for themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from sitong.member.imports.actions.refused import ImportElsewhere, ImportMappingWrong
from sitong.member.imports.checking import Checked, checked_blocks, opening_of
from sitong.member.imports.encodings import DELIMITERS, GB18030, UTF8
from sitong.member.imports.models import ImportFile, ImportState
from sitong.member.imports.rules import CERTAIN, FIELDS, JOINED
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.access.fields import keyed_indexes, seal_many
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_ids
from sitong.shared.statements import bytes_of, integers, run, texts, uuids, write

CLEARED_AT_ONCE = 10_000
MAPPABLE = {ImportState.UPLOADED, ImportState.MAPPED, ImportState.CHECKED}

WRITE_RECORDS = """
INSERT INTO member_importrecord (id, brand_id, file_id, row, fields, phone_index, state)
SELECT r.id, %s::uuid, %s::uuid, r.row, r.fields, nullif(r.phone, ''::bytea), 'waiting'
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bytea[]) AS r (id, row, fields, phone)
"""
WRITE_PROBLEMS = """
INSERT INTO member_importproblem (id, brand_id, file_id, row, bad, faults, line)
SELECT p.id, %s::uuid, %s::uuid, p.row, p.bad, p.faults, p.line
FROM unnest(%s::uuid[], %s::bigint[], %s::boolean[], %s::jsonb[], %s::text[]) AS p (id, row, bad, faults, line)
"""
CLEAR = {
    "records": "DELETE FROM member_importrecord WHERE id IN (SELECT id FROM member_importrecord WHERE file_id = %s LIMIT %s) RETURNING id",
    "problems": "DELETE FROM member_importproblem WHERE id IN (SELECT id FROM member_importproblem WHERE file_id = %s LIMIT %s) RETURNING id",
    "pieces": "DELETE FROM member_importpiece WHERE id IN (SELECT id FROM member_importpiece WHERE file_id = %s LIMIT %s) RETURNING id",
}


def map_columns(
    import_id: UUID,
    mapping: Sequence[str],
    *,
    encoding: str = "",
    delimiter: str = "",
    headed: bool | None = None,
    by: UUID | None,
    now: datetime,
) -> ImportFile:
    """Say which field each column is, and the worker checks every line anew. The same while it is checked changes nothing.

    Encoding, delimiter and head stay as they were found when they are not said.
    Refused: shared.not_found, member.import_elsewhere, member.import_mapping_wrong.
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        if file.state not in MAPPABLE:
            raise ImportElsewhere()
        before = _said(file)
        lay_out(file, encoding=encoding, delimiter=delimiter, headed=headed, now=now)
        if len(mapping) != len(file.columns) or not _makes_sense(mapping):
            raise ImportMappingWrong()
        file.mapping = list(mapping)
        if file.state != ImportState.UPLOADED and before == _said(file):
            return file
        file.state, file.checked_at = ImportState.MAPPED, None
        file.at_byte = file.at_line = file.rows = file.good = file.noted = file.bad = file.blank_lines = 0
        file.save()
        after = {"mapping": file.mapping, "encoding": file.encoding, "delimiter": file.delimiter}
        record([AuditEntry("mapped", "member.import", file.id, file.brand_id, by, {}, after)], at=now)
    return file


def lay_out(file: ImportFile, *, encoding: str, delimiter: str, headed: bool | None, now: datetime) -> None:
    """Change in memory how a file is to be read, and what follows: its columns and the guessed mapping.

    Refused: member.import_mapping_wrong.
    """
    if encoding and encoding != file.encoding:
        if encoding not in {UTF8, GB18030} or file.encoding not in {UTF8, GB18030}:
            raise ImportMappingWrong()
        file.encoding = encoding
    if delimiter and file.form == "csv":
        if delimiter not in DELIMITERS:
            raise ImportMappingWrong()
        file.delimiter = delimiter
    file.headed = file.headed if headed is None else headed
    opening = opening_of(file, _today(file, now))
    if opening is None:
        raise ImportMappingWrong()
    file.columns, file.mapping = list(opening.columns), list(opening.guessed)


def _said(file: ImportFile) -> tuple[object, ...]:
    return (tuple(file.mapping), file.encoding, file.delimiter, file.headed)


def _makes_sense(mapping: Sequence[str]) -> bool:
    counts = Counter(one for one in mapping if one)
    if not set(counts) <= set(FIELDS) or any(count > 1 for one, count in counts.items() if one not in JOINED):
        return False
    return any(one in counts for one in CERTAIN) or ("name" in counts and ("birthday" in counts or "address" in counts))


def _today(file: ImportFile, now: datetime) -> date:
    return business_date(now, brand_facts([file.brand_id])[file.brand_id].zone)


def check_some(file: ImportFile, *, blocks: int, now: datetime) -> bool:
    """Check the next blocks of a mapped file, each in a transaction of its own; tell whether there is more to do.

    What an earlier mapping left goes first. Nothing is written when a person has changed the file meanwhile.
    """
    if file.rows == 0 and file.at_byte == 0 and clear(file.id, "records", "problems"):
        return True
    today = _today(file, now)
    opening = opening_of(file, today)
    if opening is None:
        return False
    for number, block in enumerate(checked_blocks(file, opening, today), 1):
        if not _keep(file, block):
            return False
        if number >= blocks:
            return True
    _finish(file, now=now)
    return False


def clear(file_id: UUID, *subjects: str) -> bool:
    """Delete a piece of what belongs to a file; tell whether anything was there."""
    return any(bool(run(CLEAR[subject], [file_id, CLEARED_AT_ONCE])) for subject in subjects)


def _keep(file: ImportFile, block: Checked) -> bool:
    """Write one block and how far the check has come; False when the file is not as it was."""
    sealed = seal_many(block.fields)
    lines = seal_many(block.problem_lines)
    phones = keyed_indexes(block.phones)
    with transaction.atomic():
        held = ImportFile.objects.select_for_update(no_key=True).get(id=file.id)
        if held.state != ImportState.MAPPED or held.at_byte != file.at_byte or _said(held) != _said(file):
            return False
        of = [file.brand_id, file.id]
        if block.rows:
            ids = uuids(new_ids(len(block.rows)))
            write(WRITE_RECORDS, [*of, ids, integers(block.rows), texts(sealed), bytes_of(phones)])
        if block.problem_rows:
            bad = "{" + ",".join(["t" if one else "f" for one in block.problem_bad]) + "}"
            ids = uuids(new_ids(len(block.problem_rows)))
            write(
                WRITE_PROBLEMS, [*of, ids, integers(block.problem_rows), bad, texts(block.problem_faults), texts(lines)]
            )
        good, bad_lines = len(block.rows), block.bad
        ImportFile.objects.filter(id=file.id).update(
            at_byte=block.end_byte, at_line=block.end_line, rows=F("rows") + good + bad_lines, good=F("good") + good, bad=F("bad") + bad_lines,
            noted=F("noted") + len(block.problem_rows) - bad_lines, blank_lines=F("blank_lines") + block.blank,
        )  # fmt: skip
    file.at_byte, file.at_line = block.end_byte, block.end_line
    file.rows += good + bad_lines
    return True


def _finish(file: ImportFile, *, now: datetime) -> None:
    with transaction.atomic():
        held = ImportFile.objects.select_for_update(no_key=True).get(id=file.id)
        if held.state == ImportState.MAPPED and held.at_byte == file.at_byte and _said(held) == _said(file):
            held.state, held.checked_at = ImportState.CHECKED, now
            held.save(update_fields=["state", "checked_at"])
