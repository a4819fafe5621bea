"""The evidence for diversion: exact values, what never moves it, and how false discoveries are held down."""

from __future__ import annotations

import math

import h3
import numpy as np
import pytest
from scipy import stats

from sitong.goods.diversion.judging import BoxCounts, DealerCounts, boxes_told, judged_boxes, judged_dealers
from sitong.goods.diversion.learning import learned, learned_gift_share
from sitong.goods.diversion.reach import Territory, apart_m, cells_read, reach_m, resolutions_of
from sitong.goods.diversion.rules import (
    HALVINGS,
    THRESHOLDS_M,
    Honest,
    HonestModel,
    assumed,
    capped_evidence,
    chance_of,
    discoveries,
    enough,
    log_evidence,
    mean_evidence,
    weigh,
)

HONEST = assumed(HonestModel())


def test_what_is_assumed_of_honest_scans_is_the_sum_of_blur_networks_neighbors_and_travelers():
    five_km = (
        0.3 * math.exp(-(5**2) / (2 * 1.5**2)) + 0.01 * math.exp(-5 / 60) + 0.08 * math.exp(-1) + 0.04 * 1.25**-0.6
    )
    assert HONEST.mean[0] == pytest.approx(five_km)
    assert [round(one, 4) for one in HONEST.mean] == [0.0748, 0.0404, 0.0232, 0.0119]
    assert list(HONEST.deviation) == pytest.approx([0.5 * one for one in HONEST.mean])


def test_honest_shares_are_a_beta_distribution_with_that_mean_and_deviation():
    a, b = Honest((0.05,), (0.02,)).beta()
    assert stats.beta(a[0], b[0]).mean() == pytest.approx(0.05)
    assert stats.beta(a[0], b[0]).std() == pytest.approx(0.02)


def test_the_evidence_is_a_ratio_of_beta_binomial_likelihoods():
    """Twice as many scans as are weighed, because two scans say as much as one."""
    honest = stats.betabinom(40, 4, 96).pmf(10)
    diverting = np.mean([stats.betabinom(40, 4, 96 / 2**one).pmf(10) for one in HALVINGS])
    assert float(log_evidence(80, 20, 4, 96)) == pytest.approx(math.log(diverting / honest))
    assert float(log_evidence(80, 20, 4, 96)) == pytest.approx(5.3139, abs=1e-4)
    assert float(log_evidence(0, 0, 4, 96)) == pytest.approx(0.0)


def test_evidence_is_one_on_average_when_dealers_are_honest():
    """Summed over all that can happen, weighed by its probability under honesty: exactly 1, whatever the number of scans."""
    for scans in (1, 7, 60):
        far = np.arange(scans + 1)
        likely = stats.betabinom(scans, 4, 96).pmf(far)
        assert float(np.sum(likely * np.exp(log_evidence(2 * scans, 2 * far, 4, 96)))) == pytest.approx(1.0)


def test_looking_after_every_scan_raises_no_more_false_alarms_than_the_level():
    """Ville's bound on 4,000 honest dealers, each looked at a hundred times: never more than one in twenty at E ≥ 20."""
    chance = np.random.default_rng(7)
    share = chance.beta(4, 96, 4_000)
    far = np.cumsum(chance.random((4_000, 100)) < share[:, None], axis=1)
    highest = log_evidence(2 * np.arange(1, 101), 2 * far, 4, 96).max(axis=1)
    assert np.mean(highest >= math.log(20)) <= 0.05


def test_a_mean_of_evidence_is_not_its_sum():
    assert float(mean_evidence([math.log(8.0), math.log(2.0)])) == pytest.approx(math.log(5.0))
    assert float(mean_evidence([690.0, -690.0])) == pytest.approx(690.0 - math.log(2))


def test_one_scan_far_away_is_no_reason_and_thirty_are():
    (one, thirty) = weigh([1, 200], [[1, 1, 1, 1], [30, 30, 30, 30]], HONEST)
    assert math.exp(one) < 10
    assert thirty > math.log(1e5)


def test_a_box_that_travels_whole_never_weighs_more_than_gifts_are_rare():
    assert float(capped_evidence(690.0, 0.002)) == pytest.approx(math.log(500))
    assert float(capped_evidence(0.0, 0.002)) == pytest.approx(0.0)
    assert float(capped_evidence(math.log(100), 0.002)) == pytest.approx(-math.log(0.998 / 100 + 0.002))


def test_a_chance_is_never_above_one():
    assert chance_of([0.0, -5.0, math.log(50)]).tolist() == pytest.approx([1.0, 1.0, 0.02])


def test_discoveries_are_those_of_benjamini_and_hochberg():
    """The example of their paper: fifteen tests, four discoveries at 0.05."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert discoveries(p, 0.05).tolist() == [True] * 4 + [False] * 11
    assert discoveries(p[::-1], 0.05).tolist() == [False] * 11 + [True] * 4
    assert discoveries(p[:4], 0.05, tests=1_000).tolist() == [False] * 4
    assert discoveries([0.00001], 0.05, tests=1_000).tolist() == [True]
    assert discoveries([], 0.05).tolist() == []


def test_without_enough_scans_or_boxes_nobody_is_bothered():
    far = [[9, 9, 9, 9]]
    assert enough([100], far, [5], HONEST).tolist() == [True]
    assert enough([19], far, [5], HONEST).tolist() == [False]
    assert enough([100], far, [2], HONEST).tolist() == [False]
    assert enough([100], [[4, 4, 4, 4]], [5], HONEST).tolist() == [False]
    assert enough([1_000], [[9, 9, 9, 9]], [5], HONEST).tolist() == [False]


def test_what_is_honest_is_learned_around_the_median_dealer_and_a_third_of_bad_ones_cannot_bend_it():
    scans = np.full(30, 400)
    far = np.tile([20, 10, 6, 4], (30, 1))
    calm = learned(scans, far, HONEST)
    far[:10] = [200, 180, 150, 100]
    bent = learned(scans, far, HONEST)
    assert calm.mean[0] == pytest.approx(30 / 35 * (20 + 20 * HONEST.mean[0]) / 420 + 5 / 35 * HONEST.mean[0])
    assert bent.mean == pytest.approx(calm.mean)
    assert bent.deviation == pytest.approx(calm.deviation)


def test_without_dealers_that_have_scans_what_was_assumed_holds():
    assert learned([], np.zeros((0, 4)), HONEST) == HONEST
    assert learned([19, 3], [[9, 9, 9, 9], [1, 1, 1, 1]], HONEST) == HONEST


def test_gifts_are_learned_from_the_dealers_who_have_fewest():
    assert learned_gift_share([], []) == 0.002
    assert learned_gift_share([1_000] * 4, [2, 2, 2, 900]) == pytest.approx(2 * (6 + 0.5) / 3_500)
    assert learned_gift_share([10_000] * 4, [0] * 4) == 0.001


def test_a_territory_knows_how_far_a_scan_is_at_least():
    home = h3.latlng_to_cell(30.0, 120.0, 7)
    territory = Territory([int(cell, 16) for cell in h3.grid_disk(home, 5)])
    inside, next_to, degree, coarse, coarse_far = cells_read([
        home, next(iter(h3.grid_ring(home, 6))), h3.latlng_to_cell(30.0, 121.0, 7), h3.latlng_to_cell(30.0, 120.2, 5), h3.latlng_to_cell(31.0, 120.0, 5),
    ])  # fmt: skip
    far = territory.distances_m(np.array([inside, next_to, degree, coarse, coarse_far], dtype=np.uint64))
    assert far[:2].tolist() == [0.0, 0.0]
    assert far[3] == 0.0
    assert 80_000 < far[2] < 87_000
    assert 85_000 < far[4] < 97_000
    assert Territory([]).distances_m(cells_read([home])).tolist() == [0.0]
    assert not Territory([]).drawn


def test_no_corner_of_a_cell_is_farther_from_its_center_than_its_reach():
    for latitude in range(-60, 61, 15):
        for longitude in range(-180, 180, 30):
            cell = h3.latlng_to_cell(latitude, longitude, 5)
            corners = max(
                h3.great_circle_distance(h3.cell_to_latlng(cell), corner, unit="m")
                for corner in h3.cell_to_boundary(cell)
            )
            assert corners <= float(reach_m(cells_read([cell]))[0])


def test_cells_say_their_resolution_and_how_far_apart_people_in_them_are():
    here, there = cells_read([h3.latlng_to_cell(30.0, 120.0, 7), h3.latlng_to_cell(31.0, 120.0, 5)])
    assert resolutions_of(np.array([here, there], dtype=np.uint64)).tolist() == [7, 5]
    assert 95_000 < float(apart_m(np.array([here]), np.array([there]))[0]) < 111_195
    assert apart_m(np.array([here]), np.array([here])).tolist() == [0.0]


def test_evidence_of_an_earlier_look_stays():
    counts = DealerCounts(
        np.array([400, 400]), np.array([[20, 10, 6, 4], [20, 10, 6, 4]]), np.array([9, 9]), np.array([0.0, 12.0])
    )
    verdict = judged_dealers(counts, HONEST)
    assert verdict.best.tolist() == [max(0.0, verdict.evidence[0]), 12.0]
    assert verdict.alerts.tolist() == [False, False], "what was once unlikely is still no more than others have"


def test_one_whole_box_elsewhere_may_be_a_gift_and_five_are_not():
    scans, far = np.full(100, 6), np.zeros((100, 4), dtype=np.int64)
    far[0] = 6
    owner = np.zeros(100, dtype=np.int64)
    assert not judged_boxes(BoxCounts(owner, scans, far, np.zeros(100)), HONEST, 0.002).alerts.any()
    far[:5] = 6
    assert np.flatnonzero(judged_boxes(BoxCounts(owner, scans, far, np.zeros(100)), HONEST, 0.002).alerts).tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_a_box_says_where_it_was_sold_from_three_scans_on():
    told, whole = boxes_told(np.array([2, 3, 5, 5]), np.array([[2, 2, 0, 0], [3, 2, 0, 0], [5, 3, 0, 0], [5, 2, 0, 0]]))
    assert told.tolist() == [False, True, True, True]
    assert whole.tolist() == [False, True, True, False]


def test_the_thresholds_rise():
    assert list(THRESHOLDS_M) == sorted(THRESHOLDS_M)
