"""Laws of the price rule: one price at any instant, the more specific one, promotions only downward, lawful comparisons."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sitong.goods.catalog.rules import check_digit, in_store_number, kept_gtin, read_scan, shown_gtin
from sitong.goods.catalog.words import grams_of, words_asked
from sitong.goods.pricing.rules import REFERENCE_PERIOD, PriceCandidate, choose_price, price_of, reference_price

START = datetime(2026, 3, 1, tzinfo=UTC)
SKU, STORE, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
HOUR = timedelta(hours=1)
HOURS = st.integers(0, 24 * 30)
PLACE = {"channel": "pos", "store_kind": "direct", "store_id": STORE}


LISTS = st.sampled_from(["regular", "promotion"])


@st.composite
def candidates(draw, price_list=LISTS):
    """A price of the SKU; its period ends always in a promotion."""
    starts, chosen = draw(HOURS), draw(price_list)
    length = draw(st.integers(1, 24 * 20))
    ends = START + (starts + length) * HOUR if chosen == "promotion" or draw(st.booleans()) else None
    return PriceCandidate(
        UUID(int=draw(st.integers(10, 2**64))), SKU, draw(st.integers(0, 10_000)), START + starts * HOUR, ends, chosen,
        draw(st.sampled_from(["", "pos", "mini_shop"])), draw(st.sampled_from(["", "direct", "franchise"])),
        draw(st.sampled_from([None, STORE, ELSEWHERE])), draw(st.sampled_from([1, 2, 6])),
    )  # fmt: skip


MANY = st.lists(candidates(), max_size=12)
REGULAR = st.lists(candidates(price_list=st.just("regular")), max_size=12)
INSTANTS = HOURS.map(lambda hours: START + hours * HOUR)
QUANTITIES = st.sampled_from([1, 2, 5, 6, 100])


@given(MANY, INSTANTS, QUANTITIES, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(found, at, quantity, chance: random.Random):
    shuffled = chance.sample(found, len(found))
    assert choose_price(found, **PLACE, quantity=quantity, at=at) == choose_price(
        shuffled, **PLACE, quantity=quantity, at=at
    )


@given(MANY, INSTANTS, QUANTITIES)
def test_the_price_is_one_of_those_that_apply_and_are_in_force(found, at, quantity):
    chosen = choose_price(found, **PLACE, quantity=quantity, at=at)
    fitting = [one for one in found if one.in_force(at) and one.applies(**PLACE, quantity=quantity)]
    assert chosen in fitting if fitting else chosen is None


@given(REGULAR, INSTANTS, QUANTITIES, st.integers(0, 10_000))
def test_a_more_specific_price_always_wins(found, at, quantity, amount):
    """Whatever else is set: a price for the store, its kind and the channel holds there."""
    others = [one for one in found if one.specificity[:3] != (True, True, True)]
    narrowest = PriceCandidate(UUID(int=5), SKU, amount, at, None, "regular", "pos", "direct", STORE, 1)
    assert choose_price([*others, narrowest], **PLACE, quantity=quantity, at=at) == narrowest


@given(REGULAR, INSTANTS, QUANTITIES)
def test_no_applying_price_is_more_specific_than_the_chosen_one(found, at, quantity):
    chosen = choose_price(found, **PLACE, quantity=quantity, at=at)
    for one in found:
        if chosen is not None and one.in_force(at) and one.applies(**PLACE, quantity=quantity):
            assert one.specificity <= chosen.specificity


@given(MANY, INSTANTS, QUANTITIES)
def test_a_promotion_never_makes_anything_dearer(found, at, quantity):
    with_promotions = choose_price(found, **PLACE, quantity=quantity, at=at)
    without = choose_price([one for one in found if one.price_list == "regular"], **PLACE, quantity=quantity, at=at)
    if without is not None:
        assert with_promotions is not None
        assert with_promotions.amount_minor <= without.amount_minor


@given(MANY, INSTANTS, QUANTITIES)
def test_prices_of_elsewhere_change_nothing_here(found, at, quantity):
    here = [one for one in found if one.store_id != ELSEWHERE]
    assert choose_price(found, **PLACE, quantity=quantity, at=at) == choose_price(
        here, **PLACE, quantity=quantity, at=at
    )


@given(MANY, INSTANTS)
def test_a_struck_through_price_is_above_the_price_now_and_held_before(found, at):
    struck = reference_price(found, **PLACE, quantity=1, at=at)
    if struck is None:
        return
    held = choose_price(found, **PLACE, quantity=1, at=at)
    assert held is not None
    assert held.price_list == "promotion"
    assert struck > held.amount_minor
    assert struck in {one.amount_minor for one in found if one.applies(**PLACE, quantity=1) and one.starts_at < at}


@given(MANY, INSTANTS, st.integers(0, 7 * 24 - 1))
def test_no_price_in_the_seven_days_before_is_below_the_struck_through_one(found, at, hours):
    promotion = PriceCandidate(UUID(int=6), SKU, 0, at, at + 100 * HOUR, "promotion", "pos", "direct", STORE, 1)
    before = [
        replace(one, ends_at=at - HOUR) if one.price_list == "promotion" and one.ends_at >= at else one for one in found
    ]
    before = [one for one in before if one.ends_at is None or one.ends_at > one.starts_at]
    struck = reference_price([*before, promotion], **PLACE, quantity=1, at=at)
    earlier = choose_price(before, **PLACE, quantity=1, at=at - REFERENCE_PERIOD + hours * HOUR)
    if struck is not None and earlier is not None:
        assert struck <= earlier.amount_minor


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_line_of_weighed_goods_is_rounded_once_and_grows_with_its_weight(unit, grams, more):
    amount = price_of(grams, unit, weighed=True)
    assert abs(amount * 1000 - grams * unit) <= 500
    assert price_of(grams + more, unit, weighed=True) >= amount


@given(st.integers(0, 10**13 - 1), st.sampled_from([7, 11, 12, 13]))
def test_a_barcode_is_kept_and_shown_again(number, digits):
    text = str(number % 10**digits).rjust(digits, "0")
    code = f"{text}{check_digit(text)}"
    kept = kept_gtin(code)
    if code.strip("0"):
        assert kept is not None
        assert kept_gtin(shown_gtin(kept)) == kept
        assert int(shown_gtin(kept)) == int(code)


@given(st.integers(0, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, off):
    code = f"{number:012}{check_digit(f'{number:012}')}"
    wrong = f"{code[:place]}{(int(code[place]) + off) % 10}{code[place + 1 :]}"
    assert kept_gtin(wrong) is None


@given(st.integers(0, 99_999), st.integers(1, 99_999), st.integers(20, 29))
def test_a_scale_s_number_says_its_item_and_its_price(item, price, prefix):
    scan = read_scan(in_store_number(item, price_minor=price, prefix=prefix))
    assert scan is not None
    assert scan.price_minor == price
    assert scan.gtin == kept_gtin(in_store_number(item, prefix=prefix))


@given(st.text(alphabet="abcdefghij", min_size=4, max_size=10), st.data())
def test_one_missing_added_wrong_or_swapped_letter_is_still_found(word, data):
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcxyz"))
    misspelled = data.draw(st.sampled_from([
        word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]))  # fmt: skip
    if len(misspelled) > 10:
        return
    (asked,) = words_asked(misspelled)
    meeting = set(asked.exact) | set(asked.begins) | set(asked.nearly)
    assert meeting & set(grams_of(word)) or len(misspelled) < 4


TIERS = st.lists(
    st.builds(lambda one, tier: replace(one, tier=tier), candidates(), st.sampled_from(["", "gold", "silver"])), max_size=12
)  # fmt: skip


@given(TIERS, INSTANTS, QUANTITIES)
def test_a_tier_never_pays_more_than_everybody_and_others_never_pay_its_price(found, at, quantity):
    everybody = choose_price(found, **PLACE, quantity=quantity, at=at)
    member = choose_price(found, **PLACE, quantity=quantity, at=at, tier="gold")
    assert everybody == choose_price([one for one in found if not one.tier], **PLACE, quantity=quantity, at=at)
    assert member is None or member.tier in ("", "gold")
    if everybody is not None:
        assert member is not None
        assert member.amount_minor <= everybody.amount_minor
        assert member == everybody or member.amount_minor < everybody.amount_minor
