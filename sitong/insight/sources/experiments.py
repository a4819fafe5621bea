"""What is compared with a control group: journeys, who entered them, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sitong.shared.statements import run

EXPERIMENTS = """
WITH e AS (
  SELECT journey_id, member_id, min("group") AS grp, bool_or(EXISTS (
    SELECT 1 FROM marketing_journeyoutcome AS o WHERE o.entry_id = n.id)) AS converted
  FROM marketing_journeyentry AS n WHERE brand_id = %s::uuid GROUP BY 1, 2
)
SELECT j.id, j.name, j.name_en, j.state, j.started_at::date, e.grp, count(*), count(*) FILTER (WHERE e.converted)
FROM marketing_journey AS j JOIN e ON e.journey_id = j.id WHERE j.brand_id = %s::uuid
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 5 DESC NULLS LAST, 1
"""
ENTERED = """
SELECT DISTINCT ON (coalesce(s.ordinal, m.ordinal)) coalesce(s.ordinal, m.ordinal), e."group", (e.entered_at AT TIME ZONE %s)::date
FROM marketing_journeyentry AS e JOIN member_member AS m ON m.id = e.member_id LEFT JOIN member_member AS s ON s.id = m.joined_into_id
WHERE e.journey_id = %s::uuid AND e.brand_id = %s::uuid AND coalesce(s.erased_at, m.erased_at) IS NULL
ORDER BY 1, e.entered_at
"""


class ExperimentCounts(NamedTuple):
    """One group of one journey: how many members entered, and how many did what it is for."""

    id: UUID
    name: str
    name_en: str
    state: str
    started_on: date | None
    group: str
    members: int
    converted: int


def experiments_of(brand_id: UUID) -> list[ExperimentCounts]:
    """Give the groups of all journeys of a brand that somebody entered, the newest journeys first."""
    return [ExperimentCounts(*row) for row in run(EXPERIMENTS, [brand_id, brand_id])]


def entered_in(journey_id: UUID, brand_id: UUID, zone: str) -> list[tuple[int, str, date]]:
    """Give who entered a journey: ordinal, group, and the day of the first time."""
    return [(ordinal, group, on) for ordinal, group, on in run(ENTERED, [zone, journey_id, brand_id])]
