"""Distances against known ones, fences, cells, and the coordinates of Chinese maps."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sitong.shared.geo import (
    Position,
    cell_of,
    cells_touching,
    center_of,
    distance_m,
    from_bd09,
    from_gcj02,
    is_in_territory,
    is_inside,
    nearest,
    to_bd09,
    to_gcj02,
)

TIANANMEN = Position.of_degrees(39.908722, 116.397499)
THE_BUND = Position.of_degrees(31.239666, 121.499809)
PARIS = Position.of_degrees(48.8566, 2.3522)

anywhere = st.builds(Position, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))
in_china = st.builds(Position, st.integers(18_000_000, 53_500_000), st.integers(74_000_000, 135_000_000))


def test_a_position_is_whole_millionths_within_the_globe():
    assert (TIANANMEN.latitude_e6, TIANANMEN.longitude_e6) == (39_908_722, 116_397_499)
    assert (TIANANMEN.latitude, TIANANMEN.longitude) == (39.908722, 116.397499)
    for outside in ((90_000_001, 0), (0, -180_000_001)):
        with pytest.raises(ValueError, match="within"):
            Position(*outside)
    with pytest.raises(TypeError, match="whole numbers"):
        Position(39.9, 116.4)


def test_known_distances():
    assert distance_m(TIANANMEN, THE_BUND) == pytest.approx(1_067_000, rel=2e-3)
    degree = distance_m(Position(0, 0), Position(0, 1_000_000))
    assert degree == pytest.approx(math.pi / 180 * 6_371_008.8, rel=1e-12)
    assert distance_m(Position(0, -180_000_000), Position(0, 180_000_000)) == pytest.approx(0, abs=1e-6)
    assert distance_m(Position(90_000_000, 0), Position(-90_000_000, 0)) == pytest.approx(math.pi * 6_371_008.8)


@given(anywhere, anywhere, anywhere)
def test_distance_is_a_distance(one, other, third):
    assert distance_m(one, one) == 0
    assert distance_m(one, other) == pytest.approx(distance_m(other, one), abs=1e-6)
    assert distance_m(one, third) <= distance_m(one, other) + distance_m(other, third) + 1e-3


def test_the_edge_of_a_fence_belongs_to_it():
    gate = Position(TIANANMEN.latitude_e6 + 1_000, TIANANMEN.longitude_e6)
    away = distance_m(gate, TIANANMEN)
    assert away == pytest.approx(111.2, abs=0.05)
    assert is_inside(gate, TIANANMEN, away)
    assert not is_inside(gate, TIANANMEN, away - 0.01)


def test_the_nearest_comes_first():
    found = nearest(TIANANMEN, [(PARIS, "Paris"), (THE_BUND, "Shanghai"), (TIANANMEN, "b"), (TIANANMEN, "a")])
    assert [name for _, name in found] == ["a", "b", "Shanghai", "Paris"]


def test_a_cell_holds_its_center_and_a_territory_what_lies_in_its_cells():
    cell = cell_of(THE_BUND, resolution=7)
    assert cell == "87309958affffff"
    assert cell_of(center_of(cell), resolution=7) == cell
    assert is_in_territory(THE_BUND, {cell})
    assert not is_in_territory(TIANANMEN, {cell})


@given(in_china, st.floats(0, 20_000), st.floats(0, 1), st.floats(0, 2 * math.pi), st.sampled_from([6, 7, 8]))
def test_the_cells_cover_the_circle(center, radius_m, part, angle, resolution):
    cells = cells_touching(center, radius_m, resolution=resolution)
    north = radius_m * part * math.cos(angle) / 111_195
    east = radius_m * part * math.sin(angle) / (111_195 * math.cos(math.radians(center.latitude)))
    point = Position.of_degrees(center.latitude + north, center.longitude + east)
    assume(distance_m(center, point) <= radius_m)
    assert cell_of(point, resolution=resolution) in cells


def test_known_shifts():
    """The pairs that converters of many languages agree on (eviltransform's own tests among them)."""
    for wgs, gcj in [((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)), ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
                     ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657))]:  # fmt: skip
        assert to_gcj02(Position.of_degrees(*wgs)) == Position.of_degrees(*gcj)
    assert to_gcj02(PARIS) == from_gcj02(PARIS) == PARIS


def test_the_shift_is_some_hundred_meters():
    assert 100 < distance_m(TIANANMEN, to_gcj02(TIANANMEN)) < 1_000
    assert 500 < distance_m(TIANANMEN, to_bd09(TIANANMEN)) < 2_000


@given(in_china)
def test_there_and_back_is_the_same_point_to_a_millionth_of_a_degree(position):
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        again = back(there(position))
        assert abs(again.latitude_e6 - position.latitude_e6) <= 1
        assert abs(again.longitude_e6 - position.longitude_e6) <= 1
