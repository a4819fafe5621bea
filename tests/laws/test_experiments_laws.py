"""Experiments: published examples to the digit, sums that say what the rows say, and intervals that hold what they promise."""

from __future__ import annotations

import random
from math import isclose, sqrt
from statistics import covariance, fmean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitong.insight.experiments.rules import (
    Sums,
    difference_of_means,
    members_needed,
    theta_of,
    uplift_seen,
)
from sitong.shared.intervals import share_difference, share_interval

ROWS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=2, max_size=30)


def sums_of(rows) -> Sums:
    return Sums(
        len(rows), sum(y for _, y in rows), sum(y * y for _, y in rows), sum(x for x, _ in rows), sum(x * x for x, _ in rows),
        sum(x * y for x, y in rows),
    )  # fmt: skip


def test_the_intervals_are_those_of_the_papers():
    """Newcombe 1998 (two-sided, 95 %): 81 of 263 by Wilson; 56 of 70 less 48 of 80, and 9 of 10 less 3 of 10, by method 10."""
    share = share_interval(81, 263)
    assert [round(bound, 4) for bound in (share.low, share.high)] == [0.2553, 0.3662]
    found = share_difference(56, 70, 48, 80)
    assert [round(one, 4) for one in (found.value, found.low, found.high)] == [0.2, 0.0524, 0.3339]
    found = share_difference(9, 10, 3, 10)
    assert [round(one, 4) for one in (found.value, found.low, found.high)] == [0.6, 0.1705, 0.8090]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_a_difference_lies_in_its_interval_and_turns_with_its_groups(part, whole, other, other_whole):
    part, other = min(part, whole), min(other, other_whole)
    one, two = share_difference(part, whole, other, other_whole), share_difference(other, other_whole, part, whole)
    assert -1 <= one.low <= one.value <= one.high <= 1
    assert isclose(one.low, -two.high, abs_tol=1e-12) and isclose(one.high, -two.low, abs_tol=1e-12)


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS)
def test_sums_say_what_the_rows_say(treated, control):
    one, two = sums_of(treated), sums_of(control)
    theta = theta_of(one, two)
    for rows, sums in ((treated, one), (control, two)):
        adjusted = [y - theta * x for x, y in rows]
        assert isclose(sums.variance_of(theta), variance(adjusted), rel_tol=1e-6, abs_tol=1e-3)
    found = difference_of_means(one, two)
    assert found is not None
    assert isclose(found.value, fmean(y for _, y in treated) - fmean(y for _, y in control), abs_tol=1e-6)
    assert theta_of(one + two, Sums()) == pytest.approx(
        covariance(*zip(*(treated + control), strict=True)) / variance([x for x, _ in treated + control])
        if len({x for x, _ in treated + control}) > 1 else 0.0, rel=1e-6, abs=1e-9,
    )  # fmt: skip


def test_what_was_before_makes_the_interval_narrower_and_the_truth_stays_inside():
    """Two hundred experiments with a true uplift of 300: sharpened or not, some 95 % of the intervals hold it."""
    chance, inside, sharp_inside, narrower = random.Random(5), 0, 0, []
    for _ in range(200):
        groups = []
        for uplift in (300, 0):
            before = [chance.gauss(5_000, 2_000) for _ in range(150)]
            groups.append([(x, 0.8 * x + chance.gauss(1_000, 1_000) + uplift) for x in before])
        one, two = sums_of(groups[0]), sums_of(groups[1])
        plain, sharp = difference_of_means(one, two), difference_of_means(one, two, theta=theta_of(one, two))
        inside += plain.low <= 300 <= plain.high
        sharp_inside += sharp.low <= 300 <= sharp.high
        narrower.append((sharp.high - sharp.low) / (plain.high - plain.low))
    assert 180 <= inside <= 199 and 180 <= sharp_inside <= 199
    assert isclose(fmean(narrower), sqrt(1_000**2 / (1_600**2 + 1_000**2)), abs_tol=0.02)


def test_the_calculator_says_what_the_textbooks_say_and_its_two_answers_agree():
    """0.10 against 0.12, half each, power 0.8: 3,839 a group (Fleiss, Levin, Paik, without correction and pooling: 3,838.1)."""
    assert members_needed(0.10, 0.02) == 7_677
    for members in (500, 5_000, 50_000):
        seen = uplift_seen(0.1, members, control=0.1)
        assert members_needed(0.1, seen, control=0.1) <= members < members_needed(0.1, seen * 0.99, control=0.1)
    assert uplift_seen(0.5, 2) == 1.0
    for share, uplift in ((0, 0.1), (0.5, 0), (0.9, 0.2)):
        with pytest.raises(ValueError, match="no such experiment"):
            members_needed(share, uplift)
