"""Whose a record is: bands, chains, families, and what is asked. Members are below zero, records from one on."""

from __future__ import annotations

from sitong.member.linking.rules import Bands, Edge, decide, grouped_apart, weight_bucket

BANDS = Bands(9_900, 5_000)


def edge(left: int, right: int, probability: float = 0.999, weight: float = 10.0, **more) -> Edge:
    return Edge(left, right, weight, probability, **more)


def how(decided):
    return [(one.record, one.how, one.target) for one in decided.verdicts]


def test_a_likely_record_is_joined_an_unlikely_one_is_new_and_what_lies_between_is_asked():
    decided = decide([1, 2, 3], [edge(-1, 1), edge(-2, 2, 0.7, 1.2), edge(-3, 3, 0.2, -2.0)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "joined", -1), (2, "queued", 0), (3, "created", 0)]
    assert [one.other(2) for one in decided.verdicts[1].asked] == [-2]


def test_a_certain_key_joins_at_once_however_the_rest_looks():
    decided = decide([1], [edge(-1, 1, 0.0, -5.0, certain=True)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "certain", -1)]


def test_what_is_unsure_is_asked_however_likely():
    decided = decide([1], [edge(-1, 1, unsure=True)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "queued", 0)]


def test_two_records_of_one_new_customer_become_one_member():
    decided = decide([1, 2], [edge(1, 2)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "created", 0), (2, "created", 1)]


def test_a_record_that_two_members_surely_are_shows_that_they_are_one():
    decided = decide([1], [edge(-1, 1), edge(-2, 1)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "joined", -1)]
    assert decided.joins == ((-1, -2, 1),)


def test_of_two_who_are_not_one_a_record_goes_to_the_much_likelier_or_else_to_a_person():
    clear = decide([1], [edge(-1, 1, weight=15.0), edge(-2, 1, weight=9.0)], apart=[(-1, -2)], bands=BANDS)
    assert how(clear) == [(1, "joined", -1)]
    assert clear.joins == ()
    close = decide([1], [edge(-1, 1, weight=11.0), edge(-2, 1, weight=9.0)], apart=[(-1, -2)], bands=BANDS)
    assert how(close) == [(1, "queued", 0)]
    assert [one.other(1) for one in close.verdicts[0].asked] == [-1, -2]


def test_what_a_person_called_different_is_neither_joined_nor_asked():
    decided = decide([1], [edge(-1, 1)], apart=[(-1, 1)], bands=BANDS)
    assert how(decided) == [(1, "created", 0)]


def test_a_family_s_chain_is_broken_at_its_weakest_pair_and_a_person_sees_it():
    edges = [edge(1, 2, weight=12.0), edge(2, 3, weight=8.0), edge(3, 4, weight=14.0)]
    decided = decide([1, 2, 3, 4], edges, apart=[(1, 4)], bands=BANDS)
    assert how(decided) == [(1, "created", 0), (2, "created", 1), (3, "queued", 0), (4, "queued", 3)]


def test_who_resembles_a_new_customer_of_the_same_file_is_asked_about_that_one():
    decided = decide([1, 2, 3], [edge(1, 2, 0.8, 2.0), edge(2, 3)], apart=(), bands=BANDS)
    assert how(decided) == [(1, "created", 0), (2, "queued", 0), (3, "queued", 2)]
    assert [one.other(2) for one in decided.verdicts[1].asked] == [1]


def test_at_most_three_are_offered_the_likeliest_first():
    edges = [edge(-n, 1, 0.5 + n / 100, float(n)) for n in range(1, 6)]
    (asked,) = decide([1], edges, apart=(), bands=BANDS).verdicts
    assert [one.other(1) for one in asked.asked] == [-5, -4, -3]


def test_groups_never_hold_two_who_are_apart():
    assert grouped_apart([(1, 2), (2, 3)], [(1, 3)]) == {1: 1, 2: 1, 3: 3}


def test_bands_lie_in_order():
    assert Bands(9_900, 5_000).sound()
    assert not Bands(5_000, 9_900).sound()
    assert not Bands(10_000, 50).sound()


def test_weights_are_counted_by_whole_numbers_with_the_ends_gathered():
    assert [weight_bucket(weight) for weight in (-99.0, -0.5, 0.5, 12.9, 99.0)] == [-6, -1, 0, 12, 30]
