"""Chinese map coordinates: WGS-84 (satellites), GCJ-02 (every map in China by law), BD-09 (Baidu's own shift of GCJ-02).

GCJ-02 has no published definition; this is the formula that became known and that maps agree with to about a meter. Phones,
the WeChat `wx.getLocation` with type gcj02, Tencent and Amap give GCJ-02; Sitong stores WGS-84 and converts at the edge. The
way back is found by iteration and agrees with the way there to less than a millionth of a degree.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sitong.shared.geo.positions import Position

SEMI_MAJOR_AXIS_M = 6_378_245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
"""The Krasovsky 1940 ellipsoid, on which the shift is computed."""

BAIDU_TURN = math.pi * 3000 / 180
CLOSE_ENOUGH = 1e-9
STEPS_MAX = 30


def to_gcj02(position: Position) -> Position:
    """Convert WGS-84 to GCJ-02. Outside of the rectangle around China nothing is shifted."""
    return Position.of_degrees(*_shifted(position.latitude, position.longitude))


def from_gcj02(position: Position) -> Position:
    """Convert GCJ-02 to WGS-84, to less than a millionth of a degree; needs about five steps."""
    return Position.of_degrees(*_unshifted(position.latitude, position.longitude))


def to_bd09(position: Position) -> Position:
    """Convert WGS-84 to BD-09."""
    return Position.of_degrees(*_baidu(*_shifted(position.latitude, position.longitude)))


def from_bd09(position: Position) -> Position:
    """Convert BD-09 to WGS-84, to about a millionth of a degree."""
    latitude, longitude = _solve(_baidu, position.latitude, position.longitude)
    return Position.of_degrees(*_unshifted(latitude, longitude))


def is_shifted(latitude: float, longitude: float) -> bool:
    """Tell whether the shift applies: the rectangle that everybody uses, wider than China itself."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _shifted(latitude: float, longitude: float) -> tuple[float, float]:
    if not is_shifted(latitude, longitude):
        return latitude, longitude
    east, north = longitude - 105.0, latitude - 35.0
    ripple = (20.0 * math.sin(6.0 * east * math.pi) + 20.0 * math.sin(2.0 * east * math.pi)) * 2.0 / 3.0
    north_m = (
        -100.0
        + 2.0 * east
        + 3.0 * north
        + 0.2 * north * north
        + 0.1 * east * north
        + 0.2 * math.sqrt(abs(east))
        + ripple
    )
    north_m += (20.0 * math.sin(north * math.pi) + 40.0 * math.sin(north / 3.0 * math.pi)) * 2.0 / 3.0
    north_m += (160.0 * math.sin(north / 12.0 * math.pi) + 320.0 * math.sin(north * math.pi / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + east + 2.0 * north + 0.1 * east * east + 0.1 * east * north + 0.1 * math.sqrt(abs(east)) + ripple
    east_m += (20.0 * math.sin(east * math.pi) + 40.0 * math.sin(east / 3.0 * math.pi)) * 2.0 / 3.0
    east_m += (150.0 * math.sin(east / 12.0 * math.pi) + 300.0 * math.sin(east / 30.0 * math.pi)) * 2.0 / 3.0
    bend = 1 - ECCENTRICITY_SQUARED * math.sin(math.radians(latitude)) ** 2
    meridian_m = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED) / (bend * math.sqrt(bend))
    parallel_m = SEMI_MAJOR_AXIS_M / math.sqrt(bend) * math.cos(math.radians(latitude))
    return latitude + math.degrees(north_m / meridian_m), longitude + math.degrees(east_m / parallel_m)


def _unshifted(latitude: float, longitude: float) -> tuple[float, float]:
    return _solve(_shifted, latitude, longitude) if is_shifted(latitude, longitude) else (latitude, longitude)


def _baidu(latitude: float, longitude: float) -> tuple[float, float]:
    length = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * BAIDU_TURN)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * BAIDU_TURN)
    return length * math.sin(angle) + 0.006, length * math.cos(angle) + 0.0065


def _solve(
    there: Callable[[float, float], tuple[float, float]], latitude: float, longitude: float
) -> tuple[float, float]:
    """Find the point that `there` brings to the given one: step by the miss until it is below a billionth of a degree."""
    north, east = latitude, longitude
    for _ in range(STEPS_MAX):
        reached_north, reached_east = there(north, east)
        north, east = north + latitude - reached_north, east + longitude - reached_east
        if max(abs(latitude - reached_north), abs(longitude - reached_east)) < CLOSE_ENOUGH:
            break
    return north, east
