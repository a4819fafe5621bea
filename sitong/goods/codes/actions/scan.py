"""Scan codes: write down that somebody did, and say what is behind them. One statement for each table, whatever the number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import h3
from django.db import IntegrityError, transaction

from sitong.goods.codes.events import CodesScanned
from sitong.goods.codes.queries.read import read_codes, said_of
from sitong.goods.codes.reading import CodeRead, Scanned
from sitong.shared.errors import Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.geo.rules import TERRITORY_RESOLUTION
from sitong.shared.statements import integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3
CONSUMER = "consumer"

EARLIER = "SELECT id, batch_id, serial, side, role, before, at FROM goods_scan WHERE id = ANY(%s::uuid[])"

FIRST_SCANS = """
SELECT s.batch_id, s.serial, s.side, s.first_scan_at FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS w(batch_id, serial, side)
JOIN goods_codestate AS s ON s.batch_id = w.batch_id AND s.serial = w.serial AND s.side = w.side
"""

COUNT_SCANS = """
INSERT INTO goods_codestate AS s (batch_id, serial, side, brand_id, scans, staff_scans, first_scan_at, last_scan_at)
SELECT n.batch_id, n.serial, n.side, n.brand_id, n.scans, n.staff_scans, CASE WHEN n.scans > 0 THEN %s::timestamptz END,
       CASE WHEN n.scans > 0 THEN %s::timestamptz END
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::uuid[], %s::int[], %s::int[])
  AS n(batch_id, serial, side, brand_id, scans, staff_scans)
ORDER BY n.batch_id, n.serial, n.side
ON CONFLICT (batch_id, serial, side) DO UPDATE
SET scans = s.scans + excluded.scans, staff_scans = s.staff_scans + excluded.staff_scans,
    first_scan_at = coalesce(s.first_scan_at, excluded.first_scan_at), last_scan_at = coalesce(excluded.last_scan_at, s.last_scan_at)
RETURNING s.batch_id, s.serial, s.side, s.scans, s.first_scan_at
"""

WRITE_SCANS = """
INSERT INTO goods_scan (id, brand_id, batch_id, serial, side, role, member_id, account_id, store_id, dealer_id, cell, device, before, at)
SELECT w.id, w.brand_id, w.batch_id, w.serial, w.side, w.role, w.member_id, w.account_id, w.store_id, w.dealer_id,
       nullif(w.cell, 0), decode(w.device, 'hex'), w.before, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
            %s::bigint[], %s::text[], %s::int[])
  AS w(id, brand_id, batch_id, serial, side, role, member_id, account_id, store_id, dealer_id, cell, device, before)
"""

Key = tuple[UUID, int, str]


class CellTooFine(Refused):
    """Where a scan was is kept as an H3 cell of resolution 7 or coarser: never finer."""

    code = "goods.cell_too_fine"


@dataclass(frozen=True, slots=True)
class CodeScan:
    """Somebody scanned a code. `id` was made by the client. A consumer scans as a member (or unknown), staff as an account.

    `cell`: the H3 cell of resolution 7 or coarser in which it was, as an integer. `device`: a hash of 32 bytes at most.
    """

    id: UUID
    brand_id: UUID
    text: str
    role: str = CONSUMER
    member_id: UUID | None = None
    account_id: UUID | None = None
    store_id: UUID | None = None
    dealer_id: UUID | None = None
    cell: int | None = None
    device: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Fresh:
    at: int
    scan: CodeScan
    read: CodeRead

    @property
    def key(self) -> Key:
        return self.read.batch_id, self.read.serial, self.read.side


def scan_codes(scans: Sequence[CodeScan], *, now: datetime) -> list[Scanned | Refused]:
    """Write down scans in order of arrival, and say of each what the code is and how often consumers scanned it before.

    The same id for the same code again gets the same answer and writes nothing; for another code, `RepeatDiffers`. Void
    codes and such as were never activated are scanned as others are, and say so. Refused: goods.code_unknown,
    goods.cell_too_fine. The number of statements does not depend on that of scans (but on that of their brands).
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _scan(scans, now=now)
        except IntegrityError:  # another process has just written the same id: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _scan(scans: Sequence[CodeScan], *, now: datetime) -> list[Scanned | Refused]:
    reads = _read(scans)
    said = said_of(one for one in reads if isinstance(one, CodeRead))
    earlier: dict[UUID, tuple[Any, ...]] = {row[0]: row[1:] for row in run(EARLIER, [uuids({one.id for one in scans})])}
    first_scans = _first_scans(earlier)
    outcomes: list[Scanned | Refused | None] = []
    fresh: list[_Fresh] = []
    new: dict[UUID, Key] = {}
    repeats: list[tuple[int, UUID]] = []
    for at, (scan, read) in enumerate(zip(scans, reads, strict=True)):
        outcome: Scanned | Refused | None = None
        if not isinstance(read, CodeRead):
            outcome = read
        elif (row := earlier.get(scan.id)) is not None:
            same = (row[0], row[1], row[2]) == (read.batch_id, read.serial, read.side)
            first_at = first_scans.get((row[0], row[1], row[2]))
            product = said.get(read.sku_id) if read.sku_id else None
            outcome = (
                Scanned(scan.id, read, row[3], row[5], first_at, row[4], product) if same else RepeatDiffers(id=scan.id)
            )
        elif (key := new.get(scan.id)) is not None:
            if key == (read.batch_id, read.serial, read.side):
                repeats.append((at, scan.id))
            else:
                outcome = RepeatDiffers(id=scan.id)
        elif too_fine(scan.cell):
            outcome = CellTooFine()
        else:
            fresh.append(_Fresh(at, scan, read))
            new[scan.id] = fresh[-1].key
        outcomes.append(outcome)
    written = {one.id: one for one in _write(fresh, said, now=now)}
    for one in fresh:
        outcomes[one.at] = written[one.scan.id]
    for at, scan_id in repeats:
        outcomes[at] = written[scan_id]
    return [one for one in outcomes if one is not None]


def too_fine(cell: int | None) -> bool:
    """Tell whether a cell is none of H3's, or says more of where somebody was than may be kept."""
    return cell is not None and not (
        h3.is_valid_cell(h3.int_to_str(cell)) and h3.get_resolution(h3.int_to_str(cell)) <= TERRITORY_RESOLUTION
    )


def _read(scans: Sequence[CodeScan]) -> list[CodeRead | Refused]:
    by_brand: dict[UUID, list[int]] = {}
    for at, scan in enumerate(scans):
        by_brand.setdefault(scan.brand_id, []).append(at)
    found: dict[int, CodeRead | Refused] = {}
    for brand_id, places in by_brand.items():
        found.update(zip(places, read_codes([scans[at].text for at in places], brand_id=brand_id), strict=True))
    return [found[at] for at in range(len(scans))]


def _first_scans(earlier: Mapping[UUID, tuple[Any, ...]]) -> dict[Key, datetime]:
    if not earlier:
        return {}
    keys = sorted({(row[0], row[1], row[2]) for row in earlier.values()})
    rows = run(
        FIRST_SCANS,
        [uuids([key[0] for key in keys]), integers([key[1] for key in keys]), texts([key[2] for key in keys])],
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _write(fresh: Sequence[_Fresh], said: Mapping[UUID, Any], *, now: datetime) -> list[Scanned]:
    if not fresh:
        return []
    consumers = Counter(one.key for one in fresh if one.scan.role == CONSUMER)
    staff = Counter(one.key for one in fresh if one.scan.role != CONSUMER)
    brands = {one.key: one.scan.brand_id for one in fresh}
    keys = sorted(brands, key=lambda key: (key[0].int, key[1], key[2]))
    rows = run(COUNT_SCANS, [
        now, now, uuids([key[0] for key in keys]), integers([key[1] for key in keys]), texts([key[2] for key in keys]),
        uuids([brands[key] for key in keys]), integers([consumers[key] for key in keys]), integers([staff[key] for key in keys]),
    ])  # fmt: skip
    counted = {(row[0], row[1], row[2]): row[3] - consumers[row[0], row[1], row[2]] for row in rows}
    first_at = {(row[0], row[1], row[2]): row[4] for row in rows}
    made: list[Scanned] = []
    for one in fresh:
        before = counted[one.key]
        counted[one.key] += one.scan.role == CONSUMER
        product = said.get(one.read.sku_id) if one.read.sku_id else None
        made.append(Scanned(one.scan.id, one.read, one.scan.role, now, first_at[one.key], before, product))
    with pipelined():
        _write_rows(fresh, made, now=now)
        announce([_told(one.scan, scanned) for one, scanned in zip(fresh, made, strict=True)], at=now)
    return made


def _write_rows(fresh: Sequence[_Fresh], made: Sequence[Scanned], *, now: datetime) -> None:
    scans, reads = [one.scan for one in fresh], [one.read for one in fresh]
    write(WRITE_SCANS, [
        now,
        uuids([scan.id for scan in scans]),
        uuids([scan.brand_id for scan in scans]),
        uuids([read.batch_id for read in reads]),
        integers([read.serial for read in reads]),
        texts([read.side for read in reads]),
        texts([scan.role for scan in scans]),
        uuids([scan.member_id for scan in scans]),
        uuids([scan.account_id for scan in scans]),
        uuids([scan.store_id for scan in scans]),
        uuids([scan.dealer_id for scan in scans]),
        integers([scan.cell or 0 for scan in scans]),
        texts([scan.device.hex() if scan.device else None for scan in scans]),
        integers([one.before for one in made]),
    ])  # fmt: skip


def _told(scan: CodeScan, scanned: Scanned) -> CodesScanned:
    read = scanned.code
    standing = "void" if scanned.void else "active" if scanned.activated else "idle"
    return CodesScanned(
        scan.brand_id, scan.id, read.batch_id, read.serial, read.level, read.side, scan.role, scanned.before, standing,
        scan.member_id, scan.store_id, scan.dealer_id, scan.cell,
    )  # fmt: skip
