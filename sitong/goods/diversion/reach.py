"""How far from a territory a scan is: great circles between cells, with all doubt in the dealer's favor."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import h3.api.basic_int as h3_int
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sitong.shared.geo.rules import EARTH_RADIUS_M, TERRITORY_RESOLUTION

CELL_REACH = 1.25
"""From a cell's center to its farthest corner, in average edges of its resolution: cells are distorted by so much at most."""

Cells = NDArray[np.uint64]

_REACH_M = np.array([CELL_REACH * h3_int.average_hexagon_edge_length(one, unit="m") for one in range(16)])


def cells_read(texts: Iterable[str]) -> Cells:
    """Give cells as numbers of their hexadecimal texts."""
    return np.array([int(text, 16) for text in texts], dtype=np.uint64)


def resolutions_of(cells: Cells) -> NDArray[np.int64]:
    """Give the resolution of each cell: bits 52 to 55 of the index (h3geo.org, "H3Index bit layout")."""
    return ((cells >> np.uint64(52)) & np.uint64(15)).astype(np.int64)


def reach_m(cells: Cells) -> NDArray[np.float64]:
    """Give how far from a cell's center somebody in it may be, in meters."""
    return np.asarray(_REACH_M[resolutions_of(cells)], dtype=np.float64)


def on_sphere(cells: Cells) -> NDArray[np.float64]:
    """Give the cells' centers as points of the unit sphere."""
    degrees = np.array([h3_int.cell_to_latlng(one) for one in cells.tolist()], dtype=np.float64).reshape(-1, 2)
    north, east = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def arcs_m(chords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the great-circle distances of chords of the unit sphere: 2R·asin(chord/2)."""
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, chords / 2)), dtype=np.float64)


class Territory:
    """The cells in which a dealer may sell, ready to be asked for distances."""

    __slots__ = ("_cells", "_tree")

    def __init__(self, cells: Collection[int]) -> None:
        kept = np.array(sorted(cells), dtype=np.uint64)
        self._cells = frozenset(kept.tolist())
        self._tree = cKDTree(on_sphere(kept)) if kept.size else None

    @property
    def drawn(self) -> bool:
        """Whether any cell is in it. Whoever has no territory cannot sell outside of it."""
        return self._tree is not None

    def distances_m(self, cells: Cells) -> NDArray[np.float64]:
        """Give for each cell the least distance that its scan can have from the territory, 0 inside of it.

        The distance of the centers less what the two cells reach: a coarse cell that touches the territory is at distance 0.
        """
        if self._tree is None:
            return np.zeros(cells.size)
        each, back = np.unique(cells, return_inverse=True)
        chords, _ = self._tree.query(on_sphere(each))
        least = np.maximum(0.0, arcs_m(np.asarray(chords)) - reach_m(each) - _REACH_M[TERRITORY_RESOLUTION])
        least[[one in self._cells for one in each.tolist()]] = 0.0
        return np.asarray(least[back], dtype=np.float64)


def apart_m(ones: Cells, others: Cells) -> NDArray[np.float64]:
    """Give the least distance between people in two cells, pair by pair."""
    chords = np.linalg.norm(on_sphere(ones) - on_sphere(others), axis=1)
    return np.maximum(0.0, arcs_m(chords) - reach_m(ones) - reach_m(others))
