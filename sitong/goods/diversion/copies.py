"""How strongly scans of one code say that there are copies of it: reasons, each with its weight.

A weight is that of evidence, ten times the decimal logarithm of how much likelier something is with copies about than without
(I. J. Good, *Probability and the Weighing of Evidence*, 1950; the unit is Turing's deciban). Weights of separate reasons add up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sitong.goods.diversion.reach import apart_m, cells_read

SPEED_MAX_KMH = 1_000.0
"""Faster than any airliner: cruising speeds end at 950 km/h."""

TRAVEL_MIN_M = 100_000.0
TRAVELS_MAX = 3
SCANS_WEIGHED = 50
AGAIN = 0.3
"""Of those who scan a code, the share after whom somebody else scans it, too: the family, a friend, the next owner."""

COPIED_DB = 40
"""From here on (10,000 to 1) an alert is opened: about one code in ten thousand may have copies."""

WEIGHTS_DB = {"never_produced": 40, "never_activated": 25, "voided": 25, "impossible_travel": 20}
REASONS = (*WEIGHTS_DB, "too_many")


@dataclass(frozen=True, slots=True, order=True)
class Sight:
    """One scan of a code: when, in which H3 cell ('' unknown), by whom ('' unknown: somebody else each time)."""

    at: datetime
    cell: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class CodeLife:
    """What is known of a code besides its scans."""

    produced: bool = True
    activated: bool = True
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to think of copies: its name, how often it was found, its weight in decibans."""

    name: str
    times: int
    weight_db: int


def reasons_of(life: CodeLife, sights: Iterable[Sight]) -> tuple[Reason, ...]:
    """Give the reasons why a code may have been copied, the heaviest first. The order of the sights does not matter.

    - never produced, never activated, voided: a fixed weight each, once the code was scanned at all;
    - impossible travel: two scans one after the other, by different people, at least 100 km and more than 1,000 km/h apart. Honest
      scans do that when one of them is located by a network far away, one in a hundred: 20 decibans each, three of them at most;
    - too many: m people scan an honest code with the probability 0.3^(m-1) (a geometric distribution), so they weigh
      -10·log₁₀ of that.
    """
    seen = sorted(set(sights))[:SCANS_WEIGHED]
    if not seen:
        return ()
    states = {
        "never_produced": not life.produced,
        "never_activated": not life.activated and life.produced,
        "voided": life.voided,
    }
    found = [Reason(name, 1, WEIGHTS_DB[name]) for name, so in states.items() if so]
    if travels := impossible_travels(seen):
        found.append(Reason("impossible_travel", travels, WEIGHTS_DB["impossible_travel"] * min(travels, TRAVELS_MAX)))
    people = len({one.person for one in seen if one.person}) + sum(1 for one in seen if not one.person)
    if people > 1:
        found.append(Reason("too_many", people, round(-10 * (people - 1) * math.log10(AGAIN))))
    return tuple(sorted(found, key=lambda one: (-one.weight_db, one.name)))


def weight_of(reasons: Iterable[Reason]) -> int:
    """Give the weight of reasons together, in decibans."""
    return sum(one.weight_db for one in reasons)


def impossible_travels(sights: Sequence[Sight]) -> int:
    """Count the pairs of located scans, one after the other, between which no one person can have traveled."""
    located = sorted(one for one in sights if one.cell)
    if len(located) < 2:
        return 0
    cells = cells_read(one.cell for one in located)
    far = apart_m(cells[:-1], cells[1:])
    pairs = list(itertools.pairwise(located))
    hours = np.array([(after.at - before.at).total_seconds() / 3600 for before, after in pairs])
    others = np.array([not before.person or before.person != after.person for before, after in pairs])
    return int(np.count_nonzero(others & (far >= TRAVEL_MIN_M) & (far / 1000 > SPEED_MAX_KMH * hours)))
