"""Put together what an experiment brought: shares from what came of it, spending from the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sitong.insight.experiments.expressions import spent_by_group
from sitong.insight.experiments.rules import Sums, difference_of_means, theta_of
from sitong.insight.lake.reading import Lake
from sitong.insight.sources.experiments import ExperimentCounts, entered_in, experiments_of
from sitong.shared.intervals import Interval, share_difference

SHOWN_MAX = 20


def board(lake: Lake, brand_id: UUID, zone: str, until: date) -> dict[str, Any]:
    """Give the brand's newest experiments that have a control group, each with its differences."""
    by_journey: dict[UUID, list[ExperimentCounts]] = {}
    for row in experiments_of(brand_id):
        by_journey.setdefault(row.id, []).append(row)
    found = []
    for journey_id, groups in list(by_journey.items())[:SHOWN_MAX]:
        spent = spent_by_group(lake, entered_in(journey_id, brand_id, zone), until=until)
        found.append(compared(groups, spent))
    return {"experiments": found}


def compared(groups: Sequence[ExperimentCounts], spent: Mapping[str, Sums]) -> dict[str, Any]:
    """Compare the treated with the control group, in shares and in what they spent, plainly and sharpened."""
    counts = {row.group: (row.members, row.converted) for row in groups}
    (members, converted), (others, other_converted) = counts.get("treated", (0, 0)), counts.get("control", (0, 0))
    treated, control = spent.get("treated", Sums()), spent.get("control", Sums())
    theta = theta_of(treated, control)
    plain, sharp = difference_of_means(treated, control), difference_of_means(treated, control, theta=theta)
    first = groups[0]
    return {
        "id": first.id.hex, "name": first.name, "name_en": first.name_en, "state": first.state,
        "started_on": first.started_on.isoformat() if first.started_on else "", "members": members, "converted": converted,
        "control": others, "control_converted": other_converted,
        "uplift": _said(share_difference(converted, members, other_converted, others)) if others else None,
        "matured": treated.members + control.members, "spend": _said(plain), "sharp": _said(sharp), "theta": round(theta, 4),
        "narrower": round(1 - (sharp.high - sharp.low) / (plain.high - plain.low), 4) if plain and sharp and plain.high > plain.low else 0,
    }  # fmt: skip


def _said(one: Interval | None) -> list[float] | None:
    return None if one is None else [one.value, one.low, one.high]
