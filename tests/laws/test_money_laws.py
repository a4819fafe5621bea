"""Splitting money: nothing is lost, everybody gets the share to within one unit, losses mirror gains."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sitong.shared.money import MINOR_DIGITS, Money, split_minor

amounts = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_the_parts_add_up_to_the_whole(total, shares):
    assert sum(split_minor(total, shares)) == total


@given(amounts, weights)
def test_each_part_lies_within_one_unit_of_its_exact_share(total, shares):
    for part, weight in zip(split_minor(total, shares), shares, strict=True):
        assert abs(part - Fraction(total * weight, sum(shares))) < 1


@given(amounts, weights)
def test_a_loss_is_split_as_the_gain_of_the_same_size(total, shares):
    assert split_minor(-total, shares) == [-part for part in split_minor(total, shares)]


@given(amounts, weights)
def test_who_has_no_weight_gets_nothing(total, shares):
    assert all(part == 0 for part, weight in zip(split_minor(total, shares), shares, strict=True) if weight == 0)


@given(st.integers(0, 10**12), weights)
def test_more_weight_never_gets_less_and_equal_weights_differ_by_one_unit_at_most(total, shares):
    parts = split_minor(total, shares)
    for part, weight in zip(parts, shares, strict=True):
        for other, lighter in zip(parts, shares, strict=True):
            assert part >= other or weight < lighter or (weight == lighter and other - part == 1)


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_ties_go_to_the_earlier_part(total, count):
    parts = split_minor(total, [1] * count)
    assert parts == sorted(parts, reverse=True)


@given(amounts, weights, st.integers(1, 1000))
def test_only_the_proportion_of_the_weights_counts(total, shares, factor):
    assert split_minor(total, [weight * factor for weight in shares]) == split_minor(total, shares)


@given(amounts, st.integers(0, 10_000))
def test_a_rate_and_its_rest_are_the_whole_and_the_share_is_rounded_to_the_nearest(total, rate_bp):
    share = Money(total).share_bp(rate_bp)
    assert abs(share.minor - Fraction(total * rate_bp, 10_000)) <= Fraction(1, 2)
    rest = Money(total) - share
    assert (share + rest).minor == total


@given(st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=6), st.data())
def test_splitting_what_is_left_step_by_step_never_gives_more_than_the_whole(total, quantities, data):
    """A partial return gives back the share of what is left: after the last piece exactly everything has come back."""
    left, pieces, given_back = total, sum(quantities), 0
    for quantity in quantities:
        part = split_minor(left, [quantity, pieces - quantity])[0] if pieces else 0
        left, pieces, given_back = left - part, pieces - quantity, given_back + part
        assert 0 <= left <= total
    assert (left, given_back) == (0, total)


@given(amounts, amounts, st.sampled_from(sorted(MINOR_DIGITS)), st.sampled_from(sorted(MINOR_DIGITS)))
def test_different_currencies_do_not_add_up(one, other, currency, another):
    assume(currency != another)
    for operation in (Money.__add__, Money.__sub__):
        with pytest.raises(ValueError, match="do not add up"):
            operation(Money(one, currency), Money(other, another))


@given(st.lists(st.integers(-5, 5), max_size=4).filter(lambda shares: not shares or min(shares) < 0 or not any(shares)))
def test_weights_that_make_no_share_are_refused(shares):
    with pytest.raises(ValueError, match="weights"):
        split_minor(100, shares)
