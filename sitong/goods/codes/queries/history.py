"""What happened to one code: made, produced, packed, moved (also by what it was packed in), put in use, made void, scanned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sitong.goods.codes.models import CodeActivation, CodeBatch, CodeProduction, CodeVoid, Scan
from sitong.goods.codes.moving import Packed, Place
from sitong.goods.codes.ranges import REACHES
from sitong.shared.statements import integers, run

FOREVER = datetime.max.replace(tzinfo=UTC)
SCANS_SHOWN = 200

MOVES = """
SELECT m.id, m.kind, m.from_kind, m.from_id, m.to_kind, m.to_id, m.by, m.at, m.request_id, m.note
FROM unnest(%s::int[], %s::bigint[]) AS k(reach, span)
CROSS JOIN LATERAL (SELECT * FROM goods_codemove WHERE batch_id = %s AND reach = k.reach AND first <= %s AND first > %s - k.span AND last >= %s) AS m
WHERE m.at >= %s AND m.at < %s
"""

PACKINGS = """
SELECT p.id, p.brand_id, p.batch_id, p.first, p.last, p.parent_batch_id, p.parent_first, p.per_parent, p.start, p.request_id, p.by, p.packed_at,
       p.unpacked_at
FROM unnest(%s::int[], %s::bigint[]) AS k(reach, span)
CROSS JOIN LATERAL (SELECT * FROM goods_codepacking WHERE batch_id = %s AND reach = k.reach AND first <= %s AND first > %s - k.span
                    AND last >= %s) AS p
"""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a code's history. `kind`: made, produced, active, void, packed, unpacked, ship, receive, sell, return, scan.

    `carrier` is the code that it was packed in, or that was moved and took it along: (batch_id, serial).
    """

    kind: str
    at: datetime
    id: UUID
    by: UUID | None = None
    start: Place | None = None
    goal: Place | None = None
    carrier: tuple[UUID, int] | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stay:
    """A code was, from `since` to `until`, the outermost thing around, or a part of what was."""

    batch_id: UUID
    serial: int
    since: datetime
    until: datetime


def history_of(batch: CodeBatch, serial: int) -> list[Happened]:
    """Give all that happened to a code, the first first; of scans the last two hundred."""
    found = [Happened("made", batch.made_at, batch.id, batch.made_by)]
    for row in _holding(CodeProduction.objects, batch.id, serial):
        more: dict[str, date | str | UUID | None] = {
            "lot": row.lot, "line": row.line, "produced_on": row.produced_on, "expires_on": row.expires_on, "sku_id": row.sku_id,
        }  # fmt: skip
        found.append(Happened("produced", row.at, row.id, row.by, more=more))
    found += [Happened("active", row.at, row.id, row.by) for row in _holding(CodeActivation.objects, batch.id, serial)]
    found += [
        Happened("void", row.at, row.id, row.by, more={"reason": row.reason})
        for row in _holding(CodeVoid.objects, batch.id, serial)
    ]
    own = _Stay(batch.id, serial, datetime.min.replace(tzinfo=UTC), FOREVER)
    for stay in _stays(own, found):
        found += _moves(stay, own)
    for scan in Scan.objects.filter(batch_id=batch.id, serial=serial).order_by("-at")[:SCANS_SHOWN]:
        said = {
            "role": scan.role,
            "side": scan.side,
            "before": scan.before,
            "store_id": scan.store_id,
            "dealer_id": scan.dealer_id,
        }
        found.append(Happened("scan", scan.at, scan.id, scan.account_id, more=said))
    order = {"made": 0, "produced": 1, "active": 2}
    return sorted(found, key=lambda one: (one.at, order.get(one.kind, 3)))


def _holding(rows: Any, batch_id: UUID, serial: int) -> QuerySet[Any]:
    """Give the range of one kind that holds a serial: the last that begins before it, if it reaches so far."""
    last = rows.filter(batch_id=batch_id, first__lte=serial).order_by("-first").values("id")[:1]
    found: QuerySet[Any] = rows.filter(id__in=list(last.values_list("id", flat=True)), last__gte=serial)
    return found


def _stays(own: _Stay, found: list[Happened]) -> Iterator[_Stay]:
    """Give the code and everything that it was ever packed in, each for its time; packing and taking out are written to `found`."""
    asked = [own]
    while asked:
        stay = asked.pop()
        yield stay
        for packed, parent, until in _packings(stay):
            if packed.packed_at >= stay.until or until <= stay.since:
                continue
            if packed.packed_at >= stay.since:
                found.append(Happened("packed", packed.packed_at, packed.request_id, packed.by, carrier=parent))
            if until < stay.until:
                found.append(Happened("unpacked", until, packed.id, carrier=parent))
            asked.append(_Stay(*parent, max(stay.since, packed.packed_at), min(stay.until, until)))


def _packings(stay: _Stay) -> list[tuple[Packed, tuple[UUID, int], datetime]]:
    """Give in what a code lay, until when. When a neighbor is taken out, what is left goes on as another row: here it is one."""
    found: dict[tuple[UUID, datetime, UUID, int], tuple[Packed, tuple[UUID, int], datetime]] = {}
    for *columns, unpacked_at in run(PACKINGS, [*_reaches(), stay.batch_id, stay.serial, stay.serial, stay.serial]):
        packed = Packed(*columns)
        parent = packed.parent_batch_id, packed.parent_of(stay.serial)
        key = packed.request_id, packed.packed_at, *parent
        until = unpacked_at or FOREVER
        if key not in found or until > found[key][2]:
            found[key] = packed, parent, until
    return list(found.values())


def _moves(stay: _Stay, own: _Stay) -> list[Happened]:
    rows = run(MOVES, [*_reaches(), stay.batch_id, stay.serial, stay.serial, stay.serial, stay.since, stay.until])
    carrier = None if (stay.batch_id, stay.serial) == (own.batch_id, own.serial) else (stay.batch_id, stay.serial)
    found: dict[UUID, Happened] = {}
    for _, kind, from_kind, from_id, to_kind, to_id, by, at, request_id, note in rows:
        start = Place(from_kind, from_id) if from_id else None
        goal = Place(to_kind, to_id) if to_id else None
        found[request_id] = Happened(kind, at, request_id, by, start, goal, carrier, {"note": note} if note else {})
    return list(found.values())


def _reaches() -> list[str]:
    return [integers(range(len(REACHES))), integers(REACHES)]
