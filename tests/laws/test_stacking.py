"""Laws of stacking: the best set is the best of all lawful sets, nothing goes below zero, and the parts add up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitong.marketing.coupons.rules import ClaimNow, CouponFacts, Terms
from sitong.marketing.coupons.stacking import (
    CLAIMS_MAX,
    NotApplied,
    Situation,
    StackLine,
    best_combination,
    lines_of,
)
from sitong.marketing.coupons.stacking_effects import Effect, effect_of

AT = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
BRAND, STORE, MEMBER = UUID(int=1), UUID(int=2), UUID(int=3)
HERE = Situation(STORE, "direct", "mini_shop", AT, AT + timedelta(hours=8))
GROUPS = ("", "fresh", "bank")


def a_line(position: int, quantity: int, amount_minor: int) -> StackLine:
    category = UUID(int=500 + position % 2)
    return StackLine(
        position, UUID(int=100 + position), UUID(int=200 + position), frozenset({category}), quantity, amount_minor
    )


def a_claim(at: int, **fields) -> ClaimNow:
    days, terms = fields.pop("days", 5), fields.pop("terms", Terms())
    values = {"kind": "cash", "value_minor": 0, "percent_bp": 0, "cap_minor": None, "quantity_max": 1, "threshold_minor": 0,
              "stacking": "free", "stack_group": ""} | fields  # fmt: skip
    coupon = CouponFacts(UUID(int=1000 + at), BRAND, f"券{at}", f"Coupon {at}", terms=terms, **values)
    return ClaimNow(
        UUID(int=2000 + at),
        BRAND,
        MEMBER,
        f"C{at}",
        "ready",
        1,
        AT - timedelta(days=1),
        AT + timedelta(days=days),
        coupon,
    )


def random_cart(chance: random.Random) -> tuple[list[StackLine], list[ClaimNow]]:
    lines = [
        a_line(at, chance.choice([1, 1, 2, 3, 7]), chance.choice([0, 1, 3, 99, 250, 1290, 1999, 10_001]))
        for at in range(chance.randint(1, 4))
    ]
    claims = []
    for at in range(chance.randint(1, 7)):
        kind = chance.choice(["cash", "cash", "percent", "exchange"])
        terms = Terms(
            sku_ids=frozenset({line.sku_id for line in lines if chance.random() < 0.5}) if chance.random() < 0.4 else frozenset(),
            category_ids=frozenset({UUID(int=500)}) if chance.random() < 0.15 else frozenset(),
        )  # fmt: skip
        claims.append(a_claim(
            at, kind=kind, terms=terms, value_minor=chance.choice([1, 5, 50, 300, 300, 1000]) if kind == "cash" else 0,
            percent_bp=chance.choice([1, 500, 1000, 3333, 10_000]) if kind == "percent" else 0,
            cap_minor=chance.choice([None, None, 7, 400]) if kind == "percent" else None, quantity_max=chance.choice([1, 1, 2, 5]),
            threshold_minor=chance.choice([0, 0, 0, 500, 3000]), stacking=chance.choice(["free", "free", "group", "group", "exclusive"]),
            stack_group=chance.choice(GROUPS), days=chance.randint(1, 3),
        ))  # fmt: skip
    return lines, claims


def exhausted(lines: Sequence[StackLine], claims: Sequence[ClaimNow]) -> tuple[int, int, tuple[int, ...]]:
    """Try every lawful set: give −saved, how many coupons, and their ranks, of the best."""
    effects: list[Effect] = [
        effect_of(one, fit) for one in claims if not isinstance(fit := lines_of(one, lines, HERE), NotApplied)
    ]
    ranks = {id(one): at for at, one in enumerate(sorted(effects, key=lambda effect: effect.soonness))}
    best = (0, 0, ())
    for count in range(1, len(effects) + 1):
        for some in combinations(sorted(effects, key=lambda effect: effect.turn), count):
            groups = [one.group for one in some if one.group is not None]
            if len(set(groups)) < len(groups) or (count > 1 and any(one.exclusive for one in some)):
                continue
            left, units = [line.amount_minor for line in lines], [line.quantity for line in lines]
            saved = sum(part for one in some for _, part in one.apply(left, units))
            assert min(left) >= 0
            best = min(best, (-saved, count, tuple(sorted(ranks[id(one)] for one in some))))
    return best


@pytest.mark.parametrize("part", range(4))
def test_the_best_set_is_that_of_an_exhaustive_search(part):
    """500 random small carts in each part, 2,000 in all."""
    for seed in range(part * 500, part * 500 + 500):
        lines, claims = random_cart(random.Random(seed))
        found = best_combination(lines, claims, HERE)
        fitting = [one for one in claims if not isinstance(lines_of(one, lines, HERE), NotApplied)]
        soonness = sorted(fitting, key=lambda claim: (claim.valid_until, claim.id))
        ranks = tuple(
            sorted(at for at, one in enumerate(soonness) if one.id in {used.claim_id for used in found.applied})
        )
        assert (-found.saved_minor, len(found.applied), ranks) == exhausted(lines, claims), f"seed {seed}"
        assert found.exact
        assert {one.claim_id for one in found.applied} | set(found.refused) == {one.id for one in claims}


SEEDS = st.integers(2_000, 2**31)


@given(SEEDS)
def test_no_line_goes_below_zero_and_the_parts_add_up(seed):
    lines, claims = random_cart(random.Random(seed))
    found = best_combination(lines, claims, HERE)
    amounts = {line.position: line.amount_minor for line in lines}
    assert all(0 < saved <= amounts[position] for position, saved in found.by_line().items())
    assert sum(found.by_line().values()) == found.saved_minor == sum(one.saved_minor for one in found.applied)
    assert all(one.saved_minor == sum(part for _, part in one.by_line) > 0 for one in found.applied)


@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_in_which_coupons_are_held_does_not_matter(seed, chance: random.Random):
    lines, claims = random_cart(random.Random(seed))
    assert best_combination(lines, claims, HERE) == best_combination(lines, chance.sample(claims, len(claims)), HERE)


@given(SEEDS)
def test_one_more_coupon_never_saves_less(seed):
    lines, claims = random_cart(random.Random(seed))
    assert best_combination(lines, claims[1:], HERE).saved_minor <= best_combination(lines, claims, HERE).saved_minor


@given(SEEDS)
def test_what_is_chosen_saves_at_most_what_is_best(seed):
    lines, claims = random_cart(random.Random(seed))
    chosen = {one.id for one in claims[::2]}
    by_hand = best_combination(lines, claims, HERE, chosen=chosen)
    assert {one.claim_id for one in by_hand.applied} <= chosen
    assert by_hand.saved_minor <= best_combination(lines, claims, HERE).saved_minor


@given(SEEDS)
def test_an_effect_never_saves_more_on_less(seed):
    """The bound of the search rests on it: after any other coupons, each saves at most what it would have saved before."""
    chance = random.Random(seed)
    lines, claims = random_cart(chance)
    effects = sorted((effect_of(one, tuple(range(len(lines)))) for one in claims), key=lambda effect: effect.turn)
    left, units = [line.amount_minor for line in lines], [line.quantity for line in lines]
    seen = {id(one): one.most(left, units) for one in effects}
    for one in effects:
        assert one.most(left, units) <= seen[id(one)]
        assert sum(part for _, part in one.apply(list(left), list(units))) <= one.most(left, units)
        if chance.random() < 0.7:
            one.apply(left, units)
        seen = {id(other): min(seen[id(other)], other.most(left, units)) for other in effects}


def test_more_than_sixty_coupons_keep_those_that_save_most_alone():
    lines = [a_line(1, 1, 100_000)]
    claims = [a_claim(at, value_minor=100 + at) for at in range(CLAIMS_MAX + 5)]
    found = best_combination(lines, claims, HERE)
    assert found.saved_minor == sum(100 + at for at in range(5, CLAIMS_MAX + 5))
    assert [found.refused[one.id] for one in claims[:5]] == [NotApplied("too_many", {"most": CLAIMS_MAX})] * 5


def test_a_claim_of_another_state_is_never_used():
    lines = [a_line(1, 1, 1000)]
    claim = a_claim(1, value_minor=100)
    for state, code in (("redeemed", "used"), ("void", "void")):
        found = best_combination(lines, [replace(claim, state=state)], HERE)
        assert found.applied == ()
        assert found.refused == {claim.id: NotApplied(code)}
