"""Let orders count that were brought in from elsewhere, a whole piece at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import transaction

from sitong.member.points.queries import plans_of
from sitong.member.tiers.actions import add_days, rebuild_standings
from sitong.shared.statements import integers, run, texts, uuids

ENTER_PIECES = """
INSERT INTO scene_rewarded (order_id, brand_id, member_id, "on", amount_minor, points)
SELECT o.id, o.brand_id, o.member_id, o.placed_on, o.total_minor, o.total_minor * p.rate / 100
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[]) AS p(brand_id, source, first_id, last_id, rate)
JOIN scene_order AS o ON o.brand_id = p.brand_id AND o.source = p.source AND o.id BETWEEN p.first_id AND p.last_id
WHERE o.member_id IS NOT NULL AND o.state = 'handed_over' AND o.total_minor > 0
ON CONFLICT (order_id) DO NOTHING
RETURNING brand_id, member_id, "on", amount_minor, points
"""


class Piece(Protocol):
    """Orders of one source that were brought in together."""

    @property
    def brand_id(self) -> UUID: ...
    @property
    def source(self) -> str: ...
    @property
    def first_id(self) -> UUID: ...
    @property
    def last_id(self) -> UUID: ...


def count_imported(pieces: Collection[Piece], *, now: datetime) -> None:
    """Let imported orders count for tiers, on their business dates. Their points were earned where they were made.

    The same piece again changes nothing. Standings of the brand are reckoned anew, and nobody is told of it.
    """
    if not pieces:
        return
    with transaction.atomic():
        brands = {one.brand_id for one in pieces}
        plans = plans_of(brands)
        rates = [plans[one.brand_id].earn_points_per_100 if one.brand_id in plans else 0 for one in pieces]
        rows = run(ENTER_PIECES, [
            uuids([one.brand_id for one in pieces]), texts([one.source for one in pieces]), uuids([one.first_id for one in pieces]),
            uuids([one.last_id for one in pieces]), integers(rates),
        ])  # fmt: skip
        add_days(rows)
        for brand_id in brands:
            rebuild_standings(brand_id, now=now)
