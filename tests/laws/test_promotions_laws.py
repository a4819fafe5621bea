"""Laws of promotions: the best combination is that of an exhaustive search, nothing goes below zero, and the parts add up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitong.marketing.coupons.rules import ClaimNow, Terms
from sitong.marketing.coupons.stacking import StackLine
from sitong.marketing.promotions.choosing import Offer, best_offer, stack_lines
from sitong.marketing.promotions.effects import ORDER_OF_KINDS, BasketLine, apply, empty_basket
from sitong.marketing.promotions.rules import FlashPrice, Part, PromotionFacts, Rule, Step
from tests.laws import test_stacking as coupons

AT, HERE = coupons.AT, coupons.HERE
KINDS = ("flash", "bundle", "gift", "nth", "steps", "member_day")
SEEDS = st.integers(1_000, 2**31)


def a_basket_line(chance: random.Random, position: int) -> BasketLine:
    category = UUID(int=500 + position % 2)
    return BasketLine(
        position, UUID(int=100 + position), UUID(int=200 + position), frozenset({category}), chance.choice([1, 2, 3, 5]),
        chance.choice([1, 3, 99, 250, 1290, 1999, 10_001]), weighed=chance.random() < 0.15,
    )  # fmt: skip


def a_rule(chance: random.Random, kind: str, lines: Sequence[BasketLine]) -> Rule:
    some = chance.choice(lines)
    if kind == "flash":
        return Rule(flash=(FlashPrice(some.sku_id, chance.choice([1, 50, 700]), chance.choice([1, 2, 9])),))
    if kind == "bundle":
        parts = chance.sample(list(lines), min(len(lines), chance.choice([1, 2, 2])))
        counts = [chance.choice([1, 1, 2]) for _ in parts]
        return Rule(
            parts=tuple(Part(frozenset({one.product_id}), count) for one, count in zip(parts, counts, strict=True)),
            price_minor=chance.choice([10, 800]), times_max=chance.choice([1, 100]),
        )  # fmt: skip
    if kind == "gift":
        gifts = frozenset({some.product_id}) if chance.random() < 0.6 else frozenset[UUID]()
        return Rule(
            count=chance.choice([1, 2]),
            gift_count=chance.choice([1, 2]),
            gift_product_ids=gifts,
            times_max=chance.choice([1, 100]),
        )
    if kind == "nth":
        return Rule(count=chance.choice([2, 3]), percent_bp=chance.choice([3_333, 5_000, 10_000]))
    if kind == "steps":
        if chance.random() < 0.4:
            return Rule(measure="quantity", steps=(Step(2, percent_bp=1_000), Step(4, percent_bp=2_500)))
        if chance.random() < 0.4:
            return Rule(steps=(Step(500, off_minor=77),), each=True)
        return Rule(steps=(Step(100, off_minor=7), Step(2_000, off_minor=400)))
    return Rule(percent_bp=chance.choice([500, 1_250]))


def a_promotion(chance: random.Random, at: int, lines: Sequence[BasketLine]) -> PromotionFacts:
    kind = chance.choice(KINDS)
    skus = frozenset(line.sku_id for line in lines if chance.random() < 0.6) if chance.random() < 0.5 else frozenset()
    terms = Terms(sku_ids=skus) if kind not in {"flash", "bundle"} else Terms()
    stacking = chance.choice(["group", "group", "free", "exclusive"])
    return PromotionFacts(
        UUID(int=3000 + at), coupons.BRAND, kind, f"促销{at}", f"Promotion {at}", a_rule(chance, kind, lines),
        AT - timedelta(days=1), AT + timedelta(days=chance.randint(1, 3)), AT - timedelta(days=1), terms=terms, stacking=stacking,
        stack_group=chance.choice(coupons.GROUPS) if stacking == "group" else "",
    )  # fmt: skip


def random_basket(
    chance: random.Random,
) -> tuple[list[BasketLine], list[PromotionFacts], list[ClaimNow], dict[tuple[UUID, UUID], int]]:
    lines = [a_basket_line(chance, at) for at in range(1, chance.randint(2, 4))]
    promotions = [a_promotion(chance, at, lines) for at in range(chance.randint(1, 5))]
    claims = coupons.random_cart(chance)[1][: chance.randint(0, 3)]
    flash = {(one.id, price.sku_id): price.stock for one in promotions for price in one.rule.flash}
    return lines, promotions, claims, flash


def offer_of(basket) -> Offer:
    lines, promotions, claims, flash = basket
    return best_offer(lines, promotions, claims, HERE, member=True, flash=flash)


def exhausted(basket) -> int:
    """Try every set of promotions with every lawful set of coupons on what it leaves: give the most that can be saved."""
    lines, promotions, claims, flash = basket
    ordered = sorted(promotions, key=lambda one: (ORDER_OF_KINDS[one.kind], one.ends_at, one.id))
    best = 0
    for count in range(len(ordered) + 1):
        for some in combinations(ordered, count):
            now, saved = empty_basket(lines), 0
            for one in some:
                used = apply(one, lines, now, flash)
                saved += used.saved_minor if used else 0
            left: list[StackLine] = stack_lines(lines, now)
            assert min(now.left) >= 0
            best = max(best, saved - coupons.exhausted(left, claims)[0])
    return best


@pytest.mark.parametrize("part", range(4))
def test_the_best_combination_is_that_of_an_exhaustive_search(part):
    """250 random small baskets in each part, 1,000 in all."""
    for seed in range(part * 250, part * 250 + 250):
        basket = random_basket(random.Random(seed))
        found = offer_of(basket)
        saved = sum(one.saved_minor for one in found.applied) + found.coupons.saved_minor
        assert saved == exhausted(basket), f"seed {seed}"
        assert found.exact


@given(SEEDS)
def test_no_line_goes_below_zero_and_the_parts_add_up(seed):
    basket = random_basket(random.Random(seed))
    found = offer_of(basket)
    saved = dict.fromkeys((line.position for line in basket[0]), 0)
    for one in found.applied:
        assert one.saved_minor == sum(part for _, part in one.by_line) > 0
        assert all(part > 0 for _, part in one.by_line)
        for position, part in one.by_line:
            saved[position] += part
    for position, part in found.coupons.by_line().items():
        saved[position] += part
    assert all(0 <= saved[line.position] <= line.amount_minor for line in basket[0])


@given(SEEDS)
def test_what_stands_on_a_line_may_stand_there(seed):
    basket = random_basket(random.Random(seed))
    found = offer_of(basket)
    claims = {one.id: one.coupon for one in basket[2]}
    for line in basket[0]:
        there = [one.promotion for one in found.applied if line.position in dict(one.by_line)]
        used = [claims[one.claim_id] for one in found.coupons.applied if line.position in dict(one.by_line)]
        if any(one.stacking == "exclusive" for one in there) or (
            there and any(one.stacking == "exclusive" for one in used)
        ):
            assert len(there) + len(used) == 1
        names = [one.stack_group for one in there if one.stacking == "group"]
        assert len(names) == len(set(names))
        named = {name for name in names if name}
        assert not named & {one.stack_group for one in used if one.stacking == "group"}


@given(SEEDS)
def test_a_flash_sale_gives_no_more_than_there_is(seed):
    lines, promotions, claims, flash = random_basket(random.Random(seed))
    found = best_offer(lines, promotions, claims, HERE, member=True, flash=flash)
    for one in found.applied:
        assert all(0 < count <= flash[one.promotion.id, sku_id] for sku_id, count in one.flash)


@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_in_which_promotions_are_read_does_not_matter(seed, chance: random.Random):
    lines, promotions, claims, flash = random_basket(random.Random(seed))
    mixed = chance.sample(promotions, len(promotions))
    assert offer_of((lines, promotions, claims, flash)) == offer_of((lines, mixed, claims, flash))


@given(SEEDS)
def test_with_its_own_coupons_alone_an_offer_is_found_again(seed):
    """What a promise rests on: named instead of "the best", the coupons of the best offer give the same offer."""
    lines, promotions, claims, flash = random_basket(random.Random(seed))
    found = offer_of((lines, promotions, claims, flash))
    ids = {one.claim_id for one in found.coupons.applied}
    again = offer_of((lines, promotions, [one for one in claims if one.id in ids], flash))
    assert (again.applied, again.coupons.applied) == (found.applied, found.coupons.applied)


@given(SEEDS)
def test_one_more_promotion_never_saves_less(seed):
    lines, promotions, _claims, flash = random_basket(random.Random(seed))
    free = [replace(one, stacking="free", stack_group="") for one in promotions[1:]]
    more = [*free, replace(promotions[0], stacking="free", stack_group="")]

    def saved(some):
        return sum(one.saved_minor for one in best_offer(lines, some, [], HERE, member=True, flash=flash).applied)

    assert saved(free) <= saved(more)


def test_without_promotions_the_coupons_are_as_they_always_were():
    for seed in range(50):
        lines, _promotions, claims, _flash = random_basket(random.Random(seed))
        found = best_offer(lines, [], claims, HERE, member=True, flash={})
        now = stack_lines(lines, empty_basket(lines))
        assert found.coupons == coupons.best_combination(now, claims, HERE)
