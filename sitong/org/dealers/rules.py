"""Arithmetic of territories: H3 cells of resolution 7 (about 5 km² each)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import h3

TERRITORY_RESOLUTION = 7
CELLS_MAX = 20_000


def path_of(dealer_id: UUID, parent_path: str = "") -> str:
    """Give the path of a dealer: the hexadecimal ids from the top down to it, each with a slash behind it."""
    return f"{parent_path}{dealer_id.hex}/"


def wrong_cells(cells: Iterable[str]) -> list[str]:
    """Give those which are no H3 cell of the territory's resolution."""
    return [cell for cell in cells if not (h3.is_valid_cell(cell) and h3.get_resolution(cell) == TERRITORY_RESOLUTION)]


def cell_at(latitude_e6: int, longitude_e6: int) -> str:
    """Give the territory cell of a WGS-84 position in millionths of a degree."""
    return str(h3.latlng_to_cell(latitude_e6 / 1e6, longitude_e6 / 1e6, TERRITORY_RESOLUTION))


def cells_around(latitude_e6: int, longitude_e6: int, *, rings: int) -> list[str]:
    """Give the cell at a position and `rings` rings around it (1 + 3·rings·(rings+1) cells), sorted."""
    return sorted(map(str, h3.grid_disk(cell_at(latitude_e6, longitude_e6), rings)))


def covers(territory: Collection[str], latitude_e6: int, longitude_e6: int) -> bool:
    """Tell whether a position lies in a territory."""
    return cell_at(latitude_e6, longitude_e6) in territory
