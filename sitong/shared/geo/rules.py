"""Distance, fences, and the cells of the H3 grid."""

from __future__ import annotations

import math
from collections.abc import Collection

import h3

from sitong.shared.geo.positions import Position

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the IUGG; the sphere is off by 0.5 % at most, a meter in two hundred."""

TERRITORY_RESOLUTION = 7
"""Cells of about 5 km², in which dealers' territories are drawn."""


def distance_m(one: Position, other: Position) -> float:
    """Give the great-circle distance in meters (haversine, which stays exact for near points)."""
    latitude, other_latitude = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin(across / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def is_inside(position: Position, center: Position, radius_m: float) -> bool:
    """Tell whether a position lies inside of a round fence; its edge belongs to it."""
    return distance_m(position, center) <= radius_m


def nearest(position: Position, places: Collection[tuple[Position, str]]) -> list[tuple[float, str]]:
    """Give the places with their distances in meters, the nearest first; equally far ones by name."""
    return sorted((distance_m(position, place), name) for place, name in places)


def cell_of(position: Position, *, resolution: int) -> str:
    """Give the H3 cell that holds the position, as hexadecimal text."""
    return str(h3.latlng_to_cell(position.latitude, position.longitude, resolution))


def center_of(cell: str) -> Position:
    """Give the center of an H3 cell."""
    return Position.of_degrees(*h3.cell_to_latlng(cell))


def is_in_territory(position: Position, cells: Collection[str], *, resolution: int = TERRITORY_RESOLUTION) -> bool:
    """Tell whether the position lies in one of the cells, all of one resolution."""
    return cell_of(position, resolution=resolution) in cells


def cells_touching(center: Position, radius_m: float, *, resolution: int) -> set[str]:
    """Give cells that together cover the circle, and few that do not touch it: for look-ups before the exact test."""
    home = cell_of(center, resolution=resolution)
    # The disk of k rings around a cell reaches at least k × 1.5 edges from anywhere in it; H3's cells are distorted, edges
    # of one resolution differ by up to a factor of 1.4 from the average.
    edge_m = float(h3.average_hexagon_edge_length(resolution, unit="m"))
    rings = math.ceil(radius_m / (1.5 * edge_m / 1.4)) + 1
    reach_m = radius_m + 2 * edge_m
    return {
        cell for cell in h3.grid_disk(home, rings) if cell == home or distance_m(center, center_of(cell)) <= reach_m
    }
