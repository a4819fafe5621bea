"""Read what orders have counted for."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sitong.shared.statements import run

BY_MONTH = """
SELECT member_id, date_trunc('month', "on")::date, sum(points)::bigint FROM scene_rewarded WHERE brand_id = %s::uuid
GROUP BY 1, 2 HAVING sum(points) > 0 ORDER BY 1, 2
"""


def points_by_month(brand_id: UUID) -> dict[UUID, list[tuple[date, int]]]:
    """Give what the orders of each member have earned, by the first day of the month."""
    found: dict[UUID, list[tuple[date, int]]] = {}
    for member_id, month, points in run(BY_MONTH, [brand_id]):
        found.setdefault(member_id, []).append((month, points))
    return found
