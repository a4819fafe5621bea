"""What flash sales have left, and how much of them a member has had."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sitong.shared.statements import run, uuids

LEFT = """
SELECT i.promotion_id, i.sku_id, i.stock - i.sold FROM unnest(%s::uuid[], %s::uuid[]) AS w(promotion_id, sku_id)
JOIN marketing_flashitem AS i ON i.promotion_id = w.promotion_id AND i.sku_id = w.sku_id
"""

HAD = """
SELECT t.promotion_id, t.sku_id, t.member_id, sum(t.quantity)::bigint FROM marketing_flashtaking AS t
WHERE t.promotion_id = ANY(%s::uuid[]) AND t.member_id = ANY(%s::uuid[]) AND t.undone_at IS NULL
GROUP BY t.promotion_id, t.sku_id, t.member_id
"""

Pair = tuple[UUID, UUID]
"""(promotion_id, sku_id)"""


@dataclass(frozen=True, slots=True)
class FlashNow:
    """What is left of flash sales by (promotion_id, sku_id), and what members have had by (promotion_id, sku_id, member_id)."""

    left: dict[Pair, int]
    had: dict[tuple[UUID, UUID, UUID], int]


NO_FLASH = FlashNow({}, {})


def flash_left(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Give how many are left; to show, promising nothing. One statement, or none."""
    wanted = sorted(pairs)
    if not wanted:
        return {}
    rows = run(LEFT, [uuids([key for key, _ in wanted]), uuids([sku_id for _, sku_id in wanted])])
    return {(row[0], row[1]): row[2] for row in rows}


def flash_had(pairs: Collection[Pair], member_ids: Collection[UUID]) -> dict[tuple[UUID, UUID, UUID], int]:
    """Give how many members have had of flash sales. One statement, or none."""
    if not pairs or not member_ids:
        return {}
    rows = run(HAD, [uuids(sorted({key for key, _ in pairs})), uuids(sorted(member_ids))])
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def flash_now(pairs: Collection[Pair], member_ids: Collection[UUID]) -> FlashNow:
    """Give both, to show."""
    return FlashNow(flash_left(pairs), flash_had(pairs, member_ids)) if pairs else NO_FLASH
