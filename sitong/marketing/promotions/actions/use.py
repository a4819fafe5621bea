"""What orders use of promotions: a flash sale's pieces under their lock, and a row for each promotion that saved something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from sitong.shared.statements import integers, run, uuids, write

LOCK_FLASH = """
SELECT i.promotion_id, i.sku_id, i.stock - i.sold FROM marketing_flashitem AS i
WHERE (i.promotion_id, i.sku_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))
ORDER BY i.promotion_id, i.sku_id FOR NO KEY UPDATE
"""

SELL_FLASH = """
UPDATE marketing_flashitem AS i SET sold = i.sold + n.quantity
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS n(promotion_id, sku_id, quantity)
WHERE i.promotion_id = n.promotion_id AND i.sku_id = n.sku_id
"""

WRITE_TAKINGS = """
INSERT INTO marketing_flashtaking (order_id, promotion_id, sku_id, member_id, brand_id, quantity, at)
SELECT t.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[]) AS t
"""

WRITE_USES = """
INSERT INTO marketing_promotionuse (order_id, promotion_id, brand_id, store_id, saved_minor, sales_minor, at)
SELECT u.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[]) AS u
"""

TAKINGS = (
    "SELECT promotion_id, sku_id FROM marketing_flashtaking WHERE order_id = ANY(%s::uuid[]) AND undone_at IS NULL"
)
UNDO_TAKINGS = """
UPDATE marketing_flashtaking SET undone_at = %s::timestamptz WHERE order_id = ANY(%s::uuid[]) AND undone_at IS NULL
RETURNING promotion_id, sku_id, quantity
"""
UNDO_USES = "UPDATE marketing_promotionuse SET undone_at = %s::timestamptz WHERE order_id = ANY(%s::uuid[]) AND undone_at IS NULL"

MOVE_TAKINGS = """
UPDATE marketing_flashtaking SET member_id = %s WHERE member_id = %s AND (%s::uuid[] IS NULL OR order_id = ANY(%s::uuid[]))
RETURNING order_id
"""

Pair = tuple[UUID, UUID]
"""(promotion_id, sku_id)"""


@dataclass(frozen=True, slots=True)
class FlashTaken:
    """An order takes so many of a flash sale's SKU."""

    order_id: UUID
    promotion_id: UUID
    sku_id: UUID
    member_id: UUID | None
    brand_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class PromotionUsed:
    """An order uses a promotion: what it saves, and what the lines that take part cost in the end."""

    order_id: UUID
    promotion_id: UUID
    brand_id: UUID
    store_id: UUID
    saved_minor: int
    sales_minor: int


def lock_flash(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Lock flash sales' items, sorted, and give what is left of each. In the order of locks: after coupons, before points."""
    wanted = sorted(pairs)
    rows = (
        run(LOCK_FLASH, [uuids([key for key, _ in wanted]), uuids([sku_id for _, sku_id in wanted])]) if wanted else []
    )
    return {(row[0], row[1]): row[2] for row in rows}


def use_promotions(used: Sequence[PromotionUsed], taken: Sequence[FlashTaken], *, now: datetime) -> None:
    """Write down what placed orders use of promotions. The caller holds the flash items' locks and has decided under them."""
    if taken:
        counts = Counter[Pair]()
        for one in taken:
            counts[one.promotion_id, one.sku_id] += one.quantity
        _add_sold(counts)
        write(WRITE_TAKINGS, [
            now, uuids([one.order_id for one in taken]), uuids([one.promotion_id for one in taken]), uuids([one.sku_id for one in taken]),
            uuids([one.member_id for one in taken]), uuids([one.brand_id for one in taken]), integers([one.quantity for one in taken]),
        ])  # fmt: skip
    if used:
        write(WRITE_USES, [
            now, uuids([one.order_id for one in used]), uuids([one.promotion_id for one in used]), uuids([one.brand_id for one in used]),
            uuids([one.store_id for one in used]), integers([one.saved_minor for one in used]), integers([one.sales_minor for one in used]),
        ])  # fmt: skip


def undo_promotions(order_ids: Sequence[UUID], *, now: datetime) -> None:
    """Take back what canceled or expired orders used: a flash sale's pieces can be bought again. What was undone stays so.

    The caller has locked the orders, and their coupons; it locks points and stock afterwards.
    """
    ids = uuids(sorted(order_ids))
    if pairs := {(row[0], row[1]) for row in run(TAKINGS, [ids])}:
        lock_flash(pairs)
        back = Counter[Pair]()
        for promotion_id, sku_id, quantity in run(UNDO_TAKINGS, [now, ids]):
            back[promotion_id, sku_id] -= quantity
        _add_sold(back)
    write(UNDO_USES, [now, ids])


def move_takings(of: UUID, *, to: UUID, order_ids: Sequence[UUID] | None) -> list[UUID]:
    """Give one member's takings to another (of these orders, or all), and say which orders' they are."""
    with connection.cursor() as cursor:
        some = None if order_ids is None else list(order_ids)
        cursor.execute(MOVE_TAKINGS, [to, of, some, some])
        return sorted({row[0] for row in cursor.fetchall()})


def _add_sold(counts: Counter[Pair]) -> None:
    pairs = sorted(counts)
    write(SELL_FLASH, [
        uuids([key for key, _ in pairs]), uuids([sku_id for _, sku_id in pairs]), integers([counts[pair] for pair in pairs]),
    ])  # fmt: skip
