"""Where things are: positions, distances, fences, H3 cells, and the coordinates of Chinese maps."""

from sitong.shared.geo.datums import from_bd09, from_gcj02, to_bd09, to_gcj02
from sitong.shared.geo.positions import Position
from sitong.shared.geo.rules import cell_of, cells_touching, center_of, distance_m, is_in_territory, is_inside, nearest

__all__ = [
    "Position", "cell_of", "cells_touching", "center_of", "distance_m", "from_bd09", "from_gcj02", "is_in_territory", "is_inside",
    "nearest", "to_bd09", "to_gcj02",
]  # fmt: skip
