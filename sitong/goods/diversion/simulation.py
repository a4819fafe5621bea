"""How often the watch errs: made-up markets, judged week by week with the very rules that judge real scans.

`sitong diversion simulate` prints the table of `docs/diversion.md` anew; the same seed gives the same table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sitong.goods.diversion.judging import BoxCounts, DealerCounts, boxes_told, judged_boxes, judged_dealers
from sitong.goods.diversion.learning import learned, learned_gift_share
from sitong.goods.diversion.reach import Territory
from sitong.goods.diversion.rules import THRESHOLDS_M, HonestModel, assumed
from sitong.goods.diversion.world import Market, Setting, made_market

SETTINGS: Sequence[Setting] = (
    Setting("nobody diverts", diverting=0),
    Setting("nobody diverts, territories touch", diverting=0, apart_km=40.0),
    Setting("nobody diverts, many travelers, dealers differ", diverting=0, travelers=0.10, travelers_differ=0.8),
    Setting("nobody diverts, poor positions", diverting=0, blur_km=3.0, coarse=0.05),
    Setting("one box in twenty, one buyer", diverted=0.05),
    Setting("one box in ten, one buyer", diverted=0.10),
    Setting("one box in five, one buyer", diverted=0.20),
    Setting("half, one buyer", diverted=0.50),
    Setting("one box in five, five buyers", diverted=0.20, destinations=5),
    Setting("one box in five, next door", diverted=0.20, next_door=True),
    Setting("one box in five, next door, territories touch", diverted=0.20, next_door=True, apart_km=40.0),
    Setting("one box in five, few scans", diverted=0.20, scanned=0.05),
    Setting("one box in five, many travelers", diverted=0.20, travelers=0.10, travelers_differ=0.8),
    Setting("one box in five, a third of the dealers", diverted=0.20, diverting=13),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Of the honest and of the diverting, how many were there, and how many of them got an alert."""

    honest: int = 0
    false: int = 0
    bad: int = 0
    hit: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(self.honest + other.honest, self.false + other.false, self.bad + other.bad, self.hit + other.hit)

    @property
    def false_alarm_rate(self) -> float:
        """Alerts for each honest one and quarter."""
        return self.false / self.honest if self.honest else 0.0

    @property
    def hit_rate(self) -> float | None:
        """Of the diverting ones, the share that was found within the quarter; None where there were none."""
        return self.hit / self.bad if self.bad else None


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of judging so many made-up quarters of one setting: dealers by the sum of their scans, dealers by whole boxes,
    dealers by either, boxes. `false_share`: of a market's alerts for dealers, the share that is false, on average."""

    setting: Setting
    markets: int
    by_scans: Found
    by_boxes: Found
    dealers: Found
    boxes: Found
    weeks_until_found: float | None
    false_share: float


def measure(setting: Setting, *, markets: int, seed: int) -> Measured:
    """Judge so many made-up markets of one setting, with the seeds `seed`, `seed` + 1, …"""
    rows = [_judged(made_market(setting, seed=seed + one), setting) for one in range(markets)]
    weeks = [week for row in rows for week in row.weeks]
    by_scans, by_boxes, dealers, boxes = (sum((row.found[kind] for row in rows), Found()) for kind in range(4))
    false_shares = [row.found[2].false / max(1, row.found[2].false + row.found[2].hit) for row in rows]
    found_after = float(np.median(weeks)) if weeks else None
    return Measured(setting, markets, by_scans, by_boxes, dealers, boxes, found_after, float(np.mean(false_shares)))


@dataclass(frozen=True, slots=True)
class _Judged:
    found: tuple[Found, Found, Found, Found]
    weeks: tuple[int, ...]


def _judged(market: Market, setting: Setting) -> _Judged:
    """Look at the end of each week at all that was scanned so far, as the platform does, and count what was right."""
    beyond = _beyond(market)
    boxes = setting.dealers * setting.boxes
    owner = np.repeat(np.arange(setting.dealers), setting.boxes)
    best, best_boxes = np.zeros(setting.dealers), np.zeros(boxes)
    by_scans: dict[int, int] = {}
    by_boxes: dict[int, int] = {}
    boxes_found: set[int] = set()
    for week in range(setting.weeks):
        seen = market.week <= week
        scans, far = _counted(market.dealer[seen], beyond[seen], setting.dealers)
        of_box, far_of_box = _counted(market.box[seen], beyond[seen], boxes)
        honest = learned(scans, far, assumed(HonestModel()))
        with_far = np.bincount(owner[far_of_box[:, 0] > 0], minlength=setting.dealers)
        verdict = judged_dealers(DealerCounts(scans, far, with_far, best), honest)
        told, whole = boxes_told(of_box, far_of_box)
        gifts = learned_gift_share(
            np.bincount(owner[told], minlength=setting.dealers), np.bincount(owner[whole], minlength=setting.dealers)
        )
        of_boxes = judged_boxes(BoxCounts(owner, of_box, far_of_box, best_boxes), honest, gifts)
        best, best_boxes = verdict.best, of_boxes.best
        for dealer in np.flatnonzero(verdict.alerts).tolist():
            by_scans.setdefault(dealer, week + 1)
        for box in np.flatnonzero(of_boxes.alerts).tolist():
            boxes_found.add(box)
            by_boxes.setdefault(int(owner[box]), week + 1)
    everybody = frozenset(range(setting.dealers))
    found = (
        _found(set(by_scans), market.bad, everybody), _found(set(by_boxes), market.bad, everybody),
        _found(set(by_scans) | set(by_boxes), market.bad, everybody),
        _found(boxes_found, market.diverted_boxes, frozenset(range(boxes))),
    )  # fmt: skip
    never = setting.weeks + 1
    weeks = [min(by_scans.get(one, never), by_boxes.get(one, never)) for one in market.bad]
    return _Judged(found, tuple(week for week in weeks if week < never))


def _found(alerts: set[int], bad: frozenset[int], everybody: frozenset[int]) -> Found:
    return Found(len(everybody - bad), len(alerts - bad), len(bad), len(alerts & bad))


def _beyond(market: Market) -> NDArray[np.bool_]:
    """Tell for each scan and threshold whether it lies so far outside of its dealer's territory."""
    away = np.zeros(market.cell.size)
    for dealer, cells in enumerate(market.territories):
        mine = market.dealer == dealer
        away[mine] = Territory(cells).distances_m(market.cell[mine])
    return away[:, np.newaxis] >= np.array(THRESHOLDS_M)


def _counted(
    subject: NDArray[np.int64], beyond: NDArray[np.bool_], subjects: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    columns = [np.bincount(subject[beyond[:, one]], minlength=subjects) for one in range(beyond.shape[1])]
    return np.bincount(subject, minlength=subjects), np.stack(columns, axis=1)
