"""Holding stock for a document, giving it free again, and taking it: the hot half of inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sitong.goods.inventory.actions.levels import change_levels, lock_levels, read_lots, write_steps
from sitong.goods.inventory.rules import LevelNow, Pair, Step
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused
from sitong.shared.statements import days, integers, run, uuids, write

EXPIRED_AT_ONCE = 1_000
"""How many documents `expire_holds` frees in one transaction."""

WRITE_HOLDS = """
INSERT INTO goods_hold (document_id, sku_id, location_id, brand_id, quantity, expires_at)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::timestamptz[])
"""
PAIRS_HELD = "SELECT DISTINCT location_id, sku_id FROM goods_hold WHERE document_id = ANY(%s::uuid[])"
EXPIRED_HOLDS = "SELECT DISTINCT document_id FROM goods_hold WHERE expires_at <= %s::timestamptz LIMIT %s::int"
END_HOLDS = """
DELETE FROM goods_hold WHERE document_id = ANY(%s::uuid[])
RETURNING document_id, location_id, sku_id, quantity, brand_id
"""


class OutOfStock(Refused):
    """Fewer units of the SKU are free at the place than were wanted: facts sku_id, wanted, free."""

    code = "goods.out_of_stock"


@dataclass(frozen=True, slots=True)
class HoldWanted:
    """So many base units of a SKU at a location, promised to a document until `expires_at` (None: until it is ended)."""

    document_id: UUID
    brand_id: UUID
    location_id: UUID
    sku_id: UUID
    quantity: int
    expires_at: datetime | None = None


def hold_stock(holds: Sequence[HoldWanted]) -> None:
    """Hold stock for documents. The caller has locked the levels and found the stock free; a document holds a SKU once.

    Two statements, whatever the number. The database refuses what would hold more than is on hand: that is a caller's bug.
    """
    if not holds:
        return
    held: dict[Pair, int] = defaultdict(int)
    for hold in holds:
        held[hold.location_id, hold.sku_id] -= hold.quantity
    write(WRITE_HOLDS, [
        uuids(hold.document_id for hold in holds),
        uuids(hold.sku_id for hold in holds),
        uuids(hold.location_id for hold in holds),
        uuids(hold.brand_id for hold in holds),
        integers(hold.quantity for hold in holds),
        days(hold.expires_at for hold in holds),
    ])  # fmt: skip
    change_levels({}, held)


def keep_holds(document_ids: Collection[UUID]) -> None:
    """Let the holds of these documents (paid ones) expire no more. One statement."""
    run("UPDATE goods_hold SET expires_at = NULL WHERE document_id = ANY(%s::uuid[])", [uuids(document_ids)])


def release_holds(document_ids: Collection[UUID]) -> None:
    """Give free what these documents hold. A document that holds nothing is no error: releasing twice is releasing once."""
    with transaction.atomic():
        _, ended = _lock_and_end(document_ids)
        released: dict[Pair, int] = defaultdict(int)
        for _, pair, quantity, _ in ended:
            released[pair] += quantity
        change_levels({}, released)


def take_held_stock(
    document_ids: Collection[UUID], *, reason: str, by: UUID | None, now: datetime, today: date | None = None
) -> None:
    """Take what these documents hold out of stock and end their holds: first expired, first out; undated lots next.

    `today` (the platform's business date when not given) tells which lots have expired; they go last of all, since what a
    clerk has handed over is gone whatever its date. A document that holds nothing takes nothing. Seven statements,
    whatever the number.
    """
    today = today or business_date(now, settings.TIME_ZONE)
    with transaction.atomic():
        levels, ended = _lock_and_end(document_ids)
        if not ended:
            return
        locked = read_lots(levels, {pair[0]: brand for _, pair, _, brand in ended})
        released: dict[Pair, int] = defaultdict(int)
        steps: list[Step] = []
        for document, pair, quantity, _ in sorted(ended):
            released[pair] += quantity
            steps += locked.stock.take(pair, quantity, today=today, reason=reason, document_id=document)
        write_steps(locked, steps, released=released, by=by, now=now)


def expire_holds(*, now: datetime) -> int:
    """Give free what is held past its time, a thousand documents a transaction. Gives how many documents lost their hold."""
    expired = 0
    while True:
        documents = [document for (document,) in run(EXPIRED_HOLDS, [now, EXPIRED_AT_ONCE])]
        release_holds(documents)
        expired += len(documents)
        if len(documents) < EXPIRED_AT_ONCE:
            return expired


def _lock_and_end(document_ids: Collection[UUID]) -> tuple[dict[Pair, LevelNow], list[tuple[UUID, Pair, int, UUID]]]:
    """Lock the levels under these documents' holds, then end the holds: another may have ended them while we waited."""
    documents = sorted(set(document_ids))
    if not documents:
        return {}, []
    levels = lock_levels([(location, sku) for location, sku in run(PAIRS_HELD, [uuids(documents)])])
    ended = run(END_HOLDS, [uuids(documents)])
    return levels, [(document, (location, sku), quantity, brand) for document, location, sku, quantity, brand in ended]
