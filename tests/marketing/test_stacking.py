"""The worked table of docs/rules/coupon.md, and each condition by itself."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import translation

from sitong.marketing.coupons.rules import Terms
from sitong.marketing.coupons.stacking import NotApplied, best_combination
from sitong.marketing.coupons.stacking_said import reason_said
from tests.laws.test_stacking import AT, HERE, a_claim, a_line

A, B = 1, 2


def only(position: int) -> Terms:
    return Terms(sku_ids=frozenset({UUID(int=100 + position)}))


def used(lines, claims):
    """What is saved by which claim on which line, and why the others are not used."""
    found = best_combination(lines, claims, HERE)
    numbers = {claim.id: at for at, claim in enumerate(claims)}
    saved = {numbers[one.claim_id]: dict(one.by_line) for one in found.applied}
    return saved, {numbers[claim_id]: reason.code for claim_id, reason in found.refused.items()}


def test_a_cash_coupon_is_split_by_what_the_lines_cost():
    assert used([a_line(A, 2, 2580), a_line(B, 4, 1000)], [a_claim(0, value_minor=500)]) == ({0: {A: 360, B: 140}}, {})


def test_a_percent_coupon_rounds_down_on_each_line():
    assert used([a_line(A, 1, 9999)], [a_claim(0, kind="percent", percent_bp=1500)]) == ({0: {A: 1499}}, {})


def test_a_cap_is_split_in_the_proportions_of_the_percent():
    lines = [a_line(A, 1, 6000), a_line(B, 1, 3000)]
    assert used(lines, [a_claim(0, kind="percent", percent_bp=1000, cap_minor=300)]) == ({0: {A: 200, B: 100}}, {})


def test_percent_comes_before_cash():
    claims = [a_claim(0, value_minor=1000), a_claim(1, kind="percent", percent_bp=2000, terms=only(A))]
    assert used([a_line(A, 1, 5000), a_line(B, 1, 5000)], claims) == ({1: {A: 1000}, 0: {A: 444, B: 556}}, {})


def test_of_a_group_the_one_that_saves_more_is_used_and_named():
    claims = [
        a_claim(0, kind="percent", percent_bp=1000, stacking="group"),
        a_claim(1, value_minor=600, stacking="group"),
    ]
    saved, refused = used([a_line(A, 1, 5000)], claims)
    assert (saved, refused) == ({1: {A: 600}}, {0: "cannot_combine"})
    reason = best_combination([a_line(A, 1, 5000)], claims, HERE).refused[claims[0].id]
    assert (reason.facts["with"], reason.facts["with_en"]) == ("券1", "Coupon 1")


def test_an_exclusive_coupon_is_used_alone_or_not_at_all():
    claims = [
        a_claim(0, value_minor=800, stacking="exclusive"),
        a_claim(1, value_minor=500),
        a_claim(2, value_minor=400),
    ]
    assert used([a_line(A, 1, 5000)], claims) == ({1: {A: 500}, 2: {A: 400}}, {0: "others_save_more"})
    assert used([a_line(A, 1, 5000)], claims[:2]) == ({0: {A: 800}}, {1: "cannot_combine"})


def test_an_exchange_coupon_takes_the_dearest_unit_before_the_percent():
    claims = [a_claim(0, kind="exchange"), a_claim(1, kind="percent", percent_bp=1000)]
    assert used([a_line(A, 3, 3000)], claims) == ({0: {A: 1000}, 1: {A: 200}}, {})
    assert used([a_line(A, 2, 3000), a_line(B, 2, 5000)], claims[:1]) == ({0: {B: 2500}}, {})


def test_a_threshold_says_how_much_is_missing():
    claim = a_claim(0, value_minor=1000, threshold_minor=4000)
    assert best_combination([a_line(A, 1, 3000)], [claim], HERE).refused == {
        claim.id: NotApplied("needs_more", {"needs_minor": 1000, "threshold_minor": 4000})
    }
    assert used([a_line(A, 1, 4000)], [claim]) == ({0: {A: 1000}}, {})


def test_no_more_coupons_are_used_than_it_takes_and_the_soonest_to_expire_first():
    claims = [a_claim(at, value_minor=500, days=9 - at) for at in range(3)]
    assert used([a_line(A, 1, 800)], claims) == ({2: {A: 500}, 1: {A: 300}}, {0: "adds_nothing"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"terms": Terms(store_ids=frozenset({UUID(int=9)}))}, "wrong_store"),
        ({"terms": Terms(store_kinds=frozenset({"franchise"}))}, "wrong_store_kind"),
        ({"terms": Terms(channels=frozenset({"pos"}))}, "wrong_channel"),
        ({"terms": Terms(weekdays=frozenset({5, 6}))}, "wrong_weekday"),
        ({"terms": Terms(hour_from=8, hour_until=18)}, "wrong_hour"),  # it is 18:00 in the store
        ({"terms": Terms(tiers=frozenset({"gold"}))}, "wrong_tier"),
        ({"terms": Terms(first_order=True)}, "not_first_order"),
        ({"terms": Terms(category_ids=frozenset({UUID(int=500)}))}, "not_for_goods"),
        ({"goods_listed": True}, "not_for_goods"),
        ({"chosen_stores": frozenset()}, "wrong_store"),
        ({"ended": True}, "ended"),
    ],
)
def test_each_condition_is_said_by_its_code_and_a_sentence_in_both_languages(fields, code):
    claim = a_claim(0, value_minor=100, **fields)
    (reason,) = best_combination([a_line(A, 1, 1000)], [claim], HERE).refused.values()
    assert reason.code == code
    said = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said.append(reason_said(reason, currency="CNY", zone="Asia/Shanghai"))
    assert said[0] != said[1]
    assert code not in said[0]


def test_what_the_conditions_name_is_found():
    terms = Terms(
        store_ids=frozenset({HERE.store_id}), store_kinds=frozenset({"direct"}), channels=frozenset({"mini_shop"}), weekdays=frozenset({1}),
        hour_from=18, hour_until=19, tiers=frozenset({"gold"}), first_order=True, category_ids=frozenset({UUID(int=501)}),
    )  # fmt: skip
    claim = a_claim(0, value_minor=100, terms=terms)
    situation = replace(HERE, tier="gold", first_order=True)
    assert best_combination([a_line(A, 1, 1000)], [claim], situation).saved_minor == 100


def test_validity_is_half_open():
    claim = a_claim(0, value_minor=100)
    lines = [a_line(A, 1, 1000)]

    def code(at):
        found = best_combination(lines, [claim], replace(HERE, at=at))
        return found.refused[claim.id].code if found.refused else "used"

    assert code(claim.valid_from - timedelta(seconds=1)) == "not_yet"
    assert code(claim.valid_from) == "used"
    assert code(claim.valid_until - timedelta(microseconds=1)) == "used"
    assert code(claim.valid_until) == "expired"
    assert claim.valid_until > AT
