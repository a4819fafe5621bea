"""Stock as it was found: counts, write-offs, safety stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sitong.goods.inventory.actions.documents import Answer, brands_of_skus, record
from sitong.goods.inventory.actions.levels import close_untouched, open_levels
from sitong.goods.inventory.actions.receipts import QuantityNotPositive
from sitong.goods.inventory.models import DocumentKind, Location, MoveReason
from sitong.goods.inventory.rules import UNDATED, LotKey, Pair, Step, Stock
from sitong.shared.access.actions.audit import AuditEntry
from sitong.shared.access.actions.audit import record as record_changes
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id
from sitong.shared.statements import integers, run, uuids

SET_SAFETY = """
UPDATE goods_level AS level SET safety = wanted.safety
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS wanted(location_id, sku_id, safety)
WHERE level.location_id = wanted.location_id AND level.sku_id = wanted.sku_id
"""
EXPIRED = """
SELECT lot.id, lot.location_id, lot.sku_id, lot.code, lot.expires_on, lot.quantity
FROM goods_lot AS lot JOIN goods_location AS place ON place.id = lot.location_id AND place.kind <> 'transit'
WHERE lot.expires_on < %s::date AND lot.quantity > 0 AND lot.id > %s::uuid ORDER BY lot.id LIMIT %s::int
"""
EXPIRED_NOTE = "expired"
WITHDRAWN_AT_ONCE = 1_000


class CountBelowHeld(Refused):
    """Fewer units were counted than are promised to orders; end those first: facts sku_id, counted, held."""

    code = "goods.count_below_held"


class NotThere(Refused):
    """More units are to go than lie there without being promised: facts sku_id, wanted, there."""

    code = "goods.not_there"


class LineTwice(Refused):
    """A document speaks twice of the same units: a lot twice, or a lot and all lots together. Fact sku_id."""

    code = "goods.line_twice"


class NegativeQuantity(Refused):
    """A quantity below zero was given: facts sku_id, quantity."""

    code = "goods.negative_quantity"


@dataclass(frozen=True, slots=True)
class CountLine:
    """So many base units of a SKU were found; of one lot when `of_lot`, else of all lots together."""

    sku_id: UUID
    counted: int
    of_lot: bool = False
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class CountWanted:
    """Some SKUs were counted at a location; `id` is the client's, for repeats."""

    id: UUID
    location_id: UUID
    lines: tuple[CountLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class WriteOffLine:
    """So many base units of a SKU are gone or unfit; of one lot when `of_lot`, else those that expire first."""

    sku_id: UUID
    quantity: int
    of_lot: bool = False
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class WriteOffWanted:
    """Goods are broken, stolen or expired; `id` is the client's, for repeats; `note` says why."""

    id: UUID
    location_id: UUID
    lines: tuple[WriteOffLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SafetyWanted:
    """So many base units of a SKU at a location that no channel may promise."""

    location_id: UUID
    sku_id: UUID
    safety: int


def count_stock(wanted: Sequence[CountWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Set what is on hand to what was counted, each count whole or not at all.

    What is missing is taken from the lots that expire first; what is found on top goes to the lot that was counted, else to
    the undated one. Refusals: NotFound, RepeatDiffers, LineTwice, NegativeQuantity, CountBelowHeld.
    """

    def decide(one: CountWanted, stock: Stock) -> list[Step] | Refused:
        if refused := line_twice(one.lines):
            return refused
        changes: dict[UUID, int] = {}
        for line in one.lines:
            pair = (one.location_id, line.sku_id)
            lots = stock.lots.get(pair, {})
            there = lots.get((line.lot, line.expires_on), 0) if line.of_lot else stock.on_hand(pair)
            changes[line.sku_id] = changes.get(line.sku_id, 0) + line.counted - there
            if line.counted < 0:
                return NegativeQuantity(sku_id=line.sku_id, quantity=line.counted)
            if (left := stock.not_held(pair) + changes[line.sku_id]) < 0:
                held = stock.levels[pair].held
                return CountBelowHeld(sku_id=line.sku_id, counted=held + left, held=held)
        return [step for line in one.lines for step in _set(one.id, (one.location_id, line.sku_id), line, stock)]

    return record(DocumentKind.COUNT.value, wanted, pairs_of=_pairs, decide=decide, by=by, now=now)


def write_off(wanted: Sequence[WriteOffWanted], *, by: UUID | None, now: datetime) -> list[Answer]:
    """Take goods out of stock that can't be sold any more, each document whole or not at all.

    Refusals: NotFound, RepeatDiffers, QuantityNotPositive, NotThere (what is held stays).
    """

    def decide(one: WriteOffWanted, stock: Stock) -> list[Step] | Refused:
        gone: dict[tuple[UUID, LotKey | None], int] = {}
        for line in one.lines:
            pair, lot = (one.location_id, line.sku_id), (line.lot, line.expires_on) if line.of_lot else None
            if line.quantity < 1:
                return QuantityNotPositive(sku_id=line.sku_id, quantity=line.quantity)
            gone[line.sku_id, lot] = gone.get((line.sku_id, lot), 0) + line.quantity
            wanted_here = sum(quantity for (sku, _), quantity in gone.items() if sku == line.sku_id)
            in_lot = stock.lots.get(pair, {}).get(lot, 0) if lot else wanted_here
            if wanted_here > stock.not_held(pair) or gone[line.sku_id, lot] > in_lot:
                there = min(stock.not_held(pair), in_lot) if lot else stock.not_held(pair)
                return NotThere(sku_id=line.sku_id, wanted=gone[line.sku_id, lot] if lot else wanted_here, there=there)
        steps: list[Step] = []
        for line in sorted(
            one.lines, key=lambda line: not line.of_lot
        ):  # named lots first: the others take what is left
            pair, reason = (one.location_id, line.sku_id), MoveReason.WRITE_OFF.value
            if line.of_lot:
                steps.append(
                    stock.put(pair, (line.lot, line.expires_on), -line.quantity, reason=reason, document_id=one.id)
                )
            else:
                steps += stock.lose(pair, line.quantity, reason=reason, document_id=one.id)
        return steps

    return record(DocumentKind.WRITE_OFF.value, wanted, pairs_of=_pairs, decide=decide, by=by, now=now)


def withdraw_expired(*, now: datetime, today: date | None = None) -> int:
    """Write off the expired lots of all locations, but for units that are held, so that no channel promises them.

    `today`: the platform's business date when not given. A thousand lots a transaction, one document for each location in
    it; gives how many units were written off.
    """
    today = today or business_date(now, settings.TIME_ZONE)
    withdrawn = 0

    def decide(one: WriteOffWanted, stock: Stock) -> list[Step] | Refused:
        nonlocal withdrawn
        steps: list[Step] = []
        for line in one.lines:
            pair, lot = (one.location_id, line.sku_id), (line.lot, line.expires_on)
            if (free := min(stock.lots.get(pair, {}).get(lot, 0), stock.not_held(pair))) > 0:
                steps.append(stock.put(pair, lot, -free, reason=MoveReason.WRITE_OFF.value, document_id=one.id))
        withdrawn -= sum(step.quantity for step in steps)
        return steps or NotThere(sku_id=one.lines[0].sku_id, wanted=one.lines[0].quantity, there=0)

    after = UUID(int=0)
    while lots := run(EXPIRED, [today, after, WITHDRAWN_AT_ONCE]):
        after = lots[-1][0]
        lines: dict[UUID, list[WriteOffLine]] = {}
        for _, location, sku, code, expires_on, quantity in lots:
            lines.setdefault(location, []).append(
                WriteOffLine(sku, quantity, of_lot=True, lot=code, expires_on=expires_on)
            )
        wanted = [WriteOffWanted(new_id(), location, tuple(found), EXPIRED_NOTE) for location, found in lines.items()]
        record(DocumentKind.WRITE_OFF.value, wanted, pairs_of=_pairs, decide=decide, by=None, now=now)
    return withdrawn


def set_safety(wanted: Sequence[SafetyWanted], *, by: UUID | None, now: datetime) -> list[SafetyWanted | Refused]:
    """Set the safety stock, the last one wanted for a place and SKU winning. Refusals: NotFound, NegativeQuantity."""
    brands = dict(Location.objects.filter(id__in={one.location_id for one in wanted}).values_list("id", "brand_id"))
    skus = brands_of_skus({one.sku_id for one in wanted})
    answers: list[SafetyWanted | Refused] = []
    rows: dict[Pair, int] = {}
    for one in wanted:
        if one.location_id not in brands or skus.get(one.sku_id) != brands[one.location_id]:
            answers.append(NotFound(what="location" if one.location_id not in brands else "sku"))
        elif one.safety < 0:
            answers.append(NegativeQuantity(sku_id=one.sku_id, quantity=one.safety))
        else:
            rows[one.location_id, one.sku_id] = one.safety
            answers.append(one)
    if rows:
        with transaction.atomic():
            levels = open_levels(rows, brands)
            close_untouched([pair for pair, safety in rows.items() if safety == 0])
            changed = {pair: safety for pair, safety in rows.items() if levels[pair].safety != safety}
            run(
                SET_SAFETY,
                [
                    uuids(location for location, _ in changed),
                    uuids(sku for _, sku in changed),
                    integers(changed.values()),
                ],
            )
            record_changes([
                AuditEntry(
                    "changed", "goods.safety", location, brands[location], by,
                    {"sku_id": sku, "safety": levels[location, sku].safety}, {"sku_id": sku, "safety": safety},
                )
                for (location, sku), safety in changed.items()
            ], at=now)  # fmt: skip
    return answers


def line_twice(lines: Sequence[CountLine]) -> LineTwice | None:
    """Give the refusal of the first line that speaks of units of which an earlier line spoke."""
    seen: dict[UUID, set[LotKey | None]] = {}
    for line in lines:
        lots = seen.setdefault(line.sku_id, set())
        lot = (line.lot, line.expires_on) if line.of_lot else None
        if lot in lots or None in lots or (lot is None and lots):
            return LineTwice(sku_id=line.sku_id)
        lots.add(lot)
    return None


def _pairs(one: CountWanted | WriteOffWanted) -> list[Pair]:
    return [(one.location_id, line.sku_id) for line in one.lines]


def _set(document_id: UUID, pair: Pair, line: CountLine, stock: Stock) -> list[Step]:
    reason = MoveReason.COUNT.value
    lot: LotKey = (line.lot, line.expires_on) if line.of_lot else UNDATED
    there = stock.lots.get(pair, {}).get(lot, 0) if line.of_lot else stock.on_hand(pair)
    if line.counted == there:
        return []
    if line.of_lot or line.counted > there:
        return [stock.put(pair, lot, line.counted - there, reason=reason, document_id=document_id)]
    return stock.lose(pair, there - line.counted, reason=reason, document_id=document_id)
