"""A made-up market with known truth: dealers, territories, honest sales, diverted boxes. For the simulator, the demo and the tests."""

from __future__ import annotations

from dataclasses import dataclass

import h3.api.basic_int as h3_int
import numpy as np
from numpy.typing import NDArray

from sitong.goods.diversion.reach import Cells
from sitong.shared.geo.rules import EARTH_RADIUS_M, TERRITORY_RESOLUTION

CODES_IN_BOX = 24
ALONG, UP = 8, 30.0
EAST = 112.0
KM_DEGREE = 111.2
RING_KM = 2.2


@dataclass(frozen=True, slots=True)
class Setting:
    """What happens in a made-up market of one quarter.

    Shares of the scans unless said otherwise. `travelers_differ`: standard deviation of the logarithm by which dealers' shares of
    travelers differ. `diverting`: how many of the dealers sell `diverted` of their boxes elsewhere, to `destinations` places each;
    `next_door`: these are the nearest territories instead of random ones. `gift_boxes`: honest boxes that travel whole.
    """

    name: str = "usual"
    dealers: int = 40
    boxes: int = 60
    scanned: float = 0.25
    apart_km: float = 70.0
    rings: tuple[int, int] = (4, 12)
    blur_km: float = 1.5
    coarse: float = 0.01
    coarse_km: float = 60.0
    neighbors: float = 0.08
    neighbor_km: float = 4.0
    travelers: float = 0.04
    travelers_differ: float = 0.4
    bought_together: float = 0.3
    gift_boxes: float = 0.001
    diverting: int = 4
    diverted: float = 0.2
    destinations: int = 1
    next_door: bool = False
    weeks: int = 13


@dataclass(frozen=True, slots=True)
class Market:
    """What was scanned, in order of time: one entry for each code that was. `bad` dealers divert, and so the boxes of `diverted_boxes`."""

    territories: tuple[frozenset[int], ...]
    dealer: NDArray[np.int64]
    box: NDArray[np.int64]
    week: NDArray[np.int64]
    cell: Cells
    bad: frozenset[int]
    diverted_boxes: frozenset[int]


def made_market(setting: Setting, *, seed: int) -> Market:
    """Make a market, the same for the same seed."""
    chance = np.random.default_rng(seed)
    centers, territories = _land(setting, chance)
    bad = np.sort(chance.permutation(setting.dealers)[: setting.diverting])
    boxes = setting.dealers * setting.boxes
    owner = np.repeat(np.arange(setting.dealers), setting.boxes)
    sold_at = owner.copy()
    gone = np.zeros(boxes, dtype=bool)
    for dealer in bad:
        mine = np.flatnonzero(owner == dealer)
        chosen = mine[chance.random(mine.size) < setting.diverted]
        sold_at[chosen] = chance.choice(_destinations(dealer, centers, setting, chance), chosen.size)
        gone[chosen] = True
    gifts = (chance.random(boxes) < setting.gift_boxes) & ~gone
    week = chance.integers(0, setting.weeks, boxes)
    scanned = chance.binomial(CODES_IN_BOX, setting.scanned, boxes)
    box = np.repeat(np.arange(boxes), scanned)
    places = _where(setting, chance, centers, box, sold_at[box], gifts)
    when = np.minimum(week[box] + chance.integers(0, 3, box.size), setting.weeks - 1)
    cells = np.array(
        [h3_int.latlng_to_cell(north, east, TERRITORY_RESOLUTION) for north, east in places.tolist()], dtype=np.uint64
    )
    order = np.argsort(when, kind="stable")
    return Market(
        territories, owner[box][order], box[order], when[order], cells[order], frozenset(bad.tolist()),
        frozenset(np.flatnonzero(gone).tolist()),
    )  # fmt: skip


def _land(setting: Setting, chance: np.random.Generator) -> tuple[NDArray[np.float64], tuple[frozenset[int], ...]]:
    """Give the dealers' towns (degrees north and east, reach in kilometers) on a shaken grid, and their territories."""
    at = np.arange(setting.dealers)
    shaken = chance.uniform(-0.25, 0.25, (setting.dealers, 2))
    north = UP + (at // ALONG + shaken[:, 0]) * setting.apart_km / KM_DEGREE
    east = EAST + (at % ALONG + shaken[:, 1]) * setting.apart_km / (KM_DEGREE * np.cos(np.radians(UP)))
    rings = chance.integers(setting.rings[0], setting.rings[1] + 1, setting.dealers)
    territories = tuple(
        frozenset(h3_int.grid_disk(h3_int.latlng_to_cell(y, x, TERRITORY_RESOLUTION), int(size)))
        for y, x, size in zip(north.tolist(), east.tolist(), rings, strict=True)
    )
    return np.stack([north, east, rings * RING_KM], axis=1), territories


def _destinations(
    dealer: int, centers: NDArray[np.float64], setting: Setting, chance: np.random.Generator
) -> NDArray[np.int64]:
    others = np.array([one for one in range(setting.dealers) if one != dealer])
    if setting.next_door:
        away = np.hypot(*(centers[others, :2] - centers[dealer, :2]).T)
        return others[np.argsort(away)[: setting.destinations]]
    return chance.choice(others, setting.destinations, replace=False)


def _where(
    setting: Setting,
    chance: np.random.Generator,
    centers: NDArray[np.float64],
    box: NDArray[np.int64],
    town: NDArray[np.int64],
    gifts: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Give where each code was scanned as the phone said it: home, then life, then error. Codes bought together are scanned together."""
    size = box.size
    with_last = np.zeros(size, dtype=bool)
    with_last[1:] = (chance.random(size - 1) < setting.bought_together) & (box[1:] == box[:-1])
    buyer = np.cumsum(~with_last) - 1
    first = np.flatnonzero(~with_last)
    home = centers[town[first]]
    buyers = first.size
    at = home[:, :2].copy()
    reach = home[:, 2] * np.sqrt(chance.random(buyers)) * 0.95
    at = _moved(at, reach, chance)
    near = chance.random(buyers) < setting.neighbors
    at[near] = _moved(at[near], chance.exponential(setting.neighbor_km, int(near.sum())), chance)
    habit = setting.travelers * np.exp(chance.normal(0, setting.travelers_differ, setting.dealers))
    away = chance.random(buyers) < habit[town[first]]
    at[away] = _moved(at[away], _journeys(int(away.sum()), chance), chance)
    party = np.flatnonzero(gifts)
    party_at = _moved(
        centers[town[np.searchsorted(box, party)].clip(0), :2] if party.size else at[:0],
        _journeys(party.size, chance),
        chance,
    )
    places = at[buyer]
    for one, there in zip(party, party_at, strict=True):
        places[box == one] = there
    coarse = chance.random(size) < setting.coarse
    error = np.where(coarse, chance.exponential(setting.coarse_km, size), chance.rayleigh(setting.blur_km, size))
    return _moved(places, error, chance)


def _journeys(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """Give distances of journeys in kilometers: a power law beyond 20 km, cut at 1,500."""
    return np.minimum(1_500.0, 20.0 * ((1 - chance.random(count)) ** (-1 / 0.6) - 1))


def _moved(at: NDArray[np.float64], km: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """Move points by so many kilometers in random directions, on a plane that is near enough to the sphere."""
    angle = chance.uniform(0, 2 * np.pi, km.size)
    degree = np.degrees(1000.0 / EARTH_RADIUS_M)
    north = at[:, 0] + km * np.sin(angle) * degree
    east = at[:, 1] + km * np.cos(angle) * degree / np.cos(np.radians(at[:, 0]))
    return np.stack([np.clip(north, 5.0, 60.0), east], axis=1)
