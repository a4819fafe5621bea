"""Maps without tiles: territories and scans drawn from H3 cells alone, for pages (SVG) and for print."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import h3
from django.utils.html import escape

WIDTH, HEIGHT_MIN, HEIGHT_MAX = 800.0, 320.0, 640.0
MARGIN = 40.0
NAME_ROOM = 18.0
KM_DEGREE = 111.195
SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A territory: its outlines on the map, the point of its name, and whose it is ('own' or 'other')."""

    name: str
    kind: str
    rings: tuple[tuple[Point, ...], ...]
    middle: Point


@dataclass(frozen=True, slots=True)
class Spot:
    """Scans in one cell."""

    at: Point
    radius: float
    scans: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map ready to be drawn: everything in points from the upper left corner."""

    width: float
    height: float
    areas: tuple[Area, ...]
    spots: tuple[Spot, ...]
    scale_km: int
    scale_points: float


@dataclass(slots=True)
class _Frame:
    """North is up, and a kilometer is as long in either direction in the middle of the map."""

    west: float
    north: float
    points: float
    shrink: float
    shift: Point = field(default=(MARGIN, MARGIN))

    def at(self, latitude: float, longitude: float) -> Point:
        return (
            round(self.shift[0] + (longitude - self.west) * self.shrink * self.points, 1),
            round(self.shift[1] + (self.north - latitude) * self.points, 1),
        )


def drawing_of(
    own: Sequence[tuple[str, Collection[str]]],
    others: Sequence[tuple[str, Collection[str]]],
    scans: Sequence[tuple[str, int]],
) -> Drawing | None:
    """Lay out a map of territories (name, cells) and scans (cell, how many); None when there is nothing to draw."""
    shapes = [
        (name, kind, _rings(cells))
        for kind, areas in (("other", others), ("own", own))
        for name, cells in areas
        if cells
    ]
    centers = [(h3.cell_to_latlng(cell), count) for cell, count in sorted(scans)]
    corners = [corner for _, _, rings in shapes for ring in rings for corner in ring] + [
        center for center, _ in centers
    ]
    if not corners:
        return None
    frame, height = _frame(corners)
    areas = tuple(
        Area(
            name, kind, tuple(tuple(frame.at(*corner) for corner in ring) for ring in rings), frame.at(*_middle(rings))
        )
        for name, kind, rings in shapes
    )
    most = max((count for _, count in centers), default=1)
    spots = tuple(
        Spot(frame.at(*center), round(3 + 9 * math.sqrt(count / most), 1), count) for center, count in centers
    )
    points_km = frame.points / KM_DEGREE
    scale = max((km for km in SCALES_KM if km * points_km <= WIDTH / 5), default=SCALES_KM[0])
    return Drawing(WIDTH, height, areas, spots, scale, round(scale * points_km, 1))


def svg_of(drawing: Drawing, *, label: str) -> str:
    """Write a map as SVG; `label` says what it shows to whoever cannot see it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}" role="img" aria-label="{escape(label)}" '
        'font-family="sans-serif" font-size="15">',
        f'<rect width="{drawing.width:.0f}" height="{drawing.height:.0f}" fill="#f8fafc"/>',
    ]
    for area in drawing.areas:
        fill, stroke, dash = (
            ("#cfe2ff", "#2f6fdb", "") if area.kind == "own" else ("#e9ecef", "#7b8794", ' stroke-dasharray="4 3"')
        )
        path = " ".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in area.rings)
        parts.append(f'<path d="{path}" fill="{fill}" fill-opacity="0.7" stroke="{stroke}" fill-rule="evenodd"{dash}/>')
    for spot in sorted(drawing.spots, key=lambda one: -one.radius):
        parts.append(
            f'<circle cx="{spot.at[0]:g}" cy="{spot.at[1]:g}" r="{spot.radius:g}" fill="#d63939" fill-opacity="0.55" stroke="#a12626"/>'
        )
    for area in drawing.areas:
        parts.append(
            f'<text x="{area.middle[0]:g}" y="{_below(area):g}" text-anchor="middle" fill="#1d273b">{escape(area.name)}</text>'
        )
    left, low = MARGIN / 2, drawing.height - MARGIN / 2
    parts.append(
        f'<path d="M{left:g} {low - 5:g}V{low:g}H{left + drawing.scale_points:g}V{low - 5:g}" fill="none" stroke="#1d273b"/>'
    )
    parts.append(f'<text x="{left + 4:g}" y="{low - 6:g}" fill="#1d273b">{drawing.scale_km} km</text></svg>')
    return "".join(parts)


def _below(area: Area) -> float:
    """A name stands in the middle of its area, or under one that is too small for it."""
    low = max(corner[1] for ring in area.rings for corner in ring)
    return area.middle[1] if low - area.middle[1] > NAME_ROOM else low + NAME_ROOM


def coarsened(cells: Collection[tuple[str, int]], resolution: int) -> list[tuple[str, int]]:
    """Add scans up in cells of a coarser resolution."""
    found: dict[str, int] = {}
    for cell, count in cells:
        parent = cell if h3.get_resolution(cell) <= resolution else h3.cell_to_parent(cell, resolution)
        found[parent] = found.get(parent, 0) + count
    return sorted(found.items())


def _rings(cells: Collection[str]) -> list[list[Point]]:
    shape = h3.cells_to_h3shape(list(cells), tight=False)
    return [
        [(float(north), float(east)) for north, east in ring] for poly in shape for ring in (poly.outer, *poly.holes)
    ]


def _middle(rings: Sequence[Sequence[Point]]) -> Point:
    outer = max(rings, key=len)
    return sum(north for north, _ in outer) / len(outer), sum(east for _, east in outer) / len(outer)


def _frame(corners: Sequence[Point]) -> tuple[_Frame, float]:
    norths, easts = [north for north, _ in corners], [east for _, east in corners]
    south, north, west, east = min(norths), max(norths), min(easts), max(easts)
    shrink = max(0.05, math.cos(math.radians((south + north) / 2)))
    across, up = max((east - west) * shrink, 0.02), max(north - south, 0.02)
    points = min((WIDTH - 2 * MARGIN) / across, (HEIGHT_MAX - 2 * MARGIN) / up)
    height = min(HEIGHT_MAX, max(HEIGHT_MIN, up * points + 2 * MARGIN))
    shift = (WIDTH - (east - west) * shrink * points) / 2, (height - (north - south) * points) / 2
    return _Frame(west, north, points, shrink, shift), height
