import pytest

from sitong.shared.money import Money


def test_a_hundred_yuan_in_three():
    assert [part.minor for part in Money(10_000).split([1, 1, 1])] == [3334, 3333, 3333]


def test_the_largest_remainder_gets_the_odd_unit():
    assert [part.minor for part in Money(100).split([6, 3, 2])] == [55, 27, 18]
    assert [part.minor for part in Money(-100).split([6, 3, 2])] == [-55, -27, -18]


def test_nothing_is_split_into_nothing():
    assert [part.minor for part in Money(0).split([3, 0])] == [0, 0]


def test_amounts_of_one_currency_add_up():
    assert Money(250) + Money(50) - Money(100) == Money(200)
    assert Money(-3) * 4 == -Money(12)
    assert Money(5, "USD") != Money(5)


def test_a_share_in_basis_points_is_rounded_to_the_nearest_fen_and_a_half_goes_to_the_share():
    assert [Money(amount).share_bp(1_500).minor for amount in (100, 103, 107, 110)] == [15, 15, 16, 17]
    assert Money(1).share_bp(5_000) == Money(1)
    assert Money(999).share_bp(0) == Money(0)
    assert Money(999).share_bp(10_000) == Money(999)


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_a_rate_lies_between_nothing_and_everything(rate):
    with pytest.raises(ValueError, match="10,000"):
        Money(100).share_bp(rate)


def test_unknown_currencies_are_refused():
    with pytest.raises(ValueError, match="XXX"):
        Money(1, "XXX")


@pytest.mark.parametrize("amount", [1.0, "1", None, True])
def test_minor_units_are_whole_numbers(amount):
    with pytest.raises(TypeError, match="whole numbers"):
        Money(amount)
