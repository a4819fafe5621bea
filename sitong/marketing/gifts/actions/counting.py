"""Counts of what was handed over, which follow by events so that nothing at a counter waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sitong.shared.statements import integers, run, uuids

COUNT_REDEEMED = """
UPDATE marketing_giftcount AS c SET redeemed = c.redeemed + n.redeemed, value_minor = c.value_minor + n.value
FROM (SELECT w.gift_id, w.redeemed, w.value FROM unnest(%s::uuid[], %s::int[], %s::bigint[]) AS w(gift_id, redeemed, value)
      CROSS JOIN LATERAL (SELECT FROM marketing_giftcount WHERE gift_id = w.gift_id FOR NO KEY UPDATE) AS locked) AS n
WHERE c.gift_id = n.gift_id
"""


@dataclass(frozen=True, slots=True)
class GiftCounted:
    """One redemption (1) or one taken back (−1) of a gift, with what the store claims for it."""

    gift_id: UUID
    redeemed: int
    value_minor: int


def count_handovers(counted: Sequence[GiftCounted]) -> None:
    """Bring the gifts' counts up to date, in one statement; called exactly once for each event."""
    sums: dict[UUID, list[int]] = {}
    for one in counted:
        of = sums.setdefault(one.gift_id, [0, 0])
        of[0] += one.redeemed
        of[1] += one.redeemed * one.value_minor
    if sums:
        keys = sorted(sums)
        values = [integers([sums[key][place] for key in keys]) for place in (0, 1)]
        run(COUNT_REDEEMED, [uuids(keys), *values])
