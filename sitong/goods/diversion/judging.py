"""From counts to alerts: one look at all subjects of a brand and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sitong.goods.diversion.rules import (
    BOX_MINIMUM,
    LEVEL,
    Floats,
    Honest,
    Marks,
    capped_evidence,
    chance_of,
    discoveries,
    enough,
    weigh,
)

Integers = NDArray[np.int64]
BOXES_MIN = 2


@dataclass(frozen=True, slots=True)
class DealerCounts:
    """What was counted of dealers (or of stores): codes scanned, how many of them beyond each threshold, boxes of which some were far,
    and the largest ln E of earlier looks."""

    scans: Integers
    far: Integers
    boxes: Integers
    best: Floats


@dataclass(frozen=True, slots=True)
class BoxCounts:
    """What was counted of boxes; `dealer` numbers the dealer of each."""

    dealer: Integers
    scans: Integers
    far: Integers
    best: Floats


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each subject: ln E now, the largest until now, the chance that honest scans ever reach it, whether it is an alert."""

    evidence: Floats
    best: Floats
    chance: Floats
    alerts: Marks


def judged_dealers(counts: DealerCounts, honest: Honest, level: float = LEVEL) -> Verdict:
    """Judge dealers or stores as one family.

    What counts is the largest evidence of all looks until now (Ville), so looking often opens no more false alerts.
    """
    evidence = weigh(counts.scans, counts.far, honest)
    best = np.maximum(evidence, counts.best)
    chance = chance_of(best)
    alerts = discoveries(chance, level) & enough(counts.scans, counts.far, counts.boxes, honest)
    return Verdict(evidence, best, chance, alerts)


def judged_boxes(
    counts: BoxCounts, honest: Honest, gift_share: float, level: float = LEVEL, seen: Mapping[int, int] | None = None
) -> Verdict:
    """Judge boxes, those of one dealer as one family: one box alone may always be a gift, more than gifts explain are not.

    `seen` says for a dealer's number how many boxes had scans, where only some of them are given; the others count as not found.
    """
    evidence = capped_evidence(weigh(counts.scans, counts.far, honest), gift_share)
    best = np.maximum(evidence, counts.best)
    chance = chance_of(best)
    plenty = enough(counts.scans, counts.far, np.ones_like(counts.scans), honest, BOX_MINIMUM)
    alerts = np.zeros(best.size, dtype=np.bool_)
    scanned = counts.scans > 0
    for dealer in np.unique(counts.dealer[plenty]):
        mine = np.flatnonzero((counts.dealer == dealer) & scanned)
        looked_at = np.where(plenty[mine], chance[mine], 1.0)
        found = discoveries(looked_at, level, (seen or {}).get(int(dealer))) & plenty[mine]
        alerts[mine] = found & (np.count_nonzero(found) >= BOXES_MIN)
    return Verdict(evidence, best, chance, alerts)


WHOLE_SHARE = (3, 5)
FAR_AT = 1
"""A box counts as sold elsewhere when three fifths of its scans lie beyond the second threshold (15 km)."""


def boxes_told(scans: Integers, far: Integers) -> tuple[Marks, Marks]:
    """Tell which boxes have enough scans to say where they were sold, and which of these were sold elsewhere as a whole."""
    told = scans >= BOX_MINIMUM.scans
    return told, told & (far[:, FAR_AT] * WHOLE_SHARE[1] >= scans * WHOLE_SHARE[0])
