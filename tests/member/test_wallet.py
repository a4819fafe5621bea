"""Stored value: what goes in, what is spent, what comes back, and what the law caps."""

from __future__ import annotations

import pytest

from sitong.member.wallet.actions import (
    PlanAboveCap,
    PlanMalformed,
    PlanWanted,
    TopUp,
    WalletCapExceeded,
    WalletCapUnlawful,
    WalletGiveBack,
    WalletGiveBackTooHigh,
    WalletPayment,
    WalletTooLow,
    Withdrawal,
    close_plan,
    give_back_to_wallets,
    open_plans,
    pay_from_wallets,
    reopen_plan,
    set_terms,
    top_up,
    withdraw,
)
from sitong.member.wallet.actions.move import move_entries, move_entries_back
from sitong.member.wallet.models import TopUpPlan, WalletEntry
from sitong.member.wallet.queries import brand_wallets, entity_wallets, plans_open, terms_of, wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.shared.errors import RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import a_brand, done
from tests.make.wallet import a_plan, a_topped_up_wallet

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand(now):
    return a_brand(now=now)


@pytest.fixture
def member(brand, now):
    return a_member(brand, now=now)


def holds(member):
    return wallets_now([member.id]).get(member.id, WalletNow())


def payment(member, amount_minor, **fields):
    return WalletPayment(
        fields.pop("id", None) or new_id(),
        fields.pop("document_id", None) or new_id(),
        member.brand_id,
        member.id,
        amount_minor,
        **fields,
    )


def test_spending_takes_principal_and_gift_in_proportion_to_what_is_there(member, now):
    a_topped_up_wallet(member, 50_000, 5_000, now=now)
    paid = done(pay_from_wallets([payment(member, 11_000)], now=now))
    assert (paid.principal_minor, paid.gift_minor) == (10_000, 1_000)
    odd = done(pay_from_wallets([payment(member, 1_005)], now=now))
    assert (odd.principal_minor, odd.gift_minor) == (914, 91)
    assert holds(member) == WalletNow(39_086, 3_909)
    rest = done(pay_from_wallets([payment(member, 42_995)], now=now))
    assert (rest.principal_minor, rest.gift_minor, holds(member)) == (39_086, 3_909, WalletNow(0, 0))
    assert check_books() == []


def test_more_than_the_wallet_holds_is_refused_and_changes_nothing(member, now):
    a_topped_up_wallet(member, 1_000, 100, now=now)
    assert pay_from_wallets([payment(member, 1_101), payment(member, 0)], now=now) == [
        WalletTooLow(wanted=1_101, holds=1_100), WalletTooLow(wanted=0, holds=1_100),
    ]  # fmt: skip
    assert (holds(member), WalletEntry.objects.count()) == (WalletNow(1_000, 100), 1)


def test_one_batch_is_decided_in_order_of_arrival(member, now):
    a_topped_up_wallet(member, 1_000, now=now)
    first, second, third = pay_from_wallets([payment(member, 700), payment(member, 400), payment(member, 300)], now=now)
    assert (first.principal_minor, second, third.principal_minor) == (700, WalletTooLow(wanted=400, holds=300), 300)


def test_the_same_payment_again_gets_the_first_answer_and_another_one_under_its_id_is_refused(member, now):
    a_topped_up_wallet(member, 1_000, 100, now=now)
    one = payment(member, 550)
    first = done(pay_from_wallets([one], now=now))
    again, twice = pay_from_wallets([one, one], now=now)
    other = WalletPayment(one.id, one.document_id, one.brand_id, one.member_id, 551)
    assert (again, twice, pay_from_wallets([other], now=now)) == (first, first, [RepeatDiffers(id=one.id)])
    assert holds(member) == WalletNow(500, 50)


def test_what_goes_back_goes_to_the_parts_it_came_from_exactly_at_the_end(member, now):
    a_topped_up_wallet(member, 50_000, 5_000, now=now)
    one = payment(member, 1_005)
    done(pay_from_wallets([one], now=now))
    backs = [done(give_back_to_wallets([WalletGiveBack(new_id(), one.id, 335)], now=now)) for _ in range(3)]
    assert [(back.principal_minor, back.gift_minor) for back in backs] == [(305, 30), (305, 30), (304, 31)]
    assert holds(member) == WalletNow(50_000, 5_000)
    assert give_back_to_wallets([WalletGiveBack(new_id(), one.id, 1)], now=now) == [
        WalletGiveBackTooHigh(wanted=1, left=0)
    ]
    assert check_books() == []


def test_the_same_return_again_gives_back_once(member, now):
    a_topped_up_wallet(member, 1_000, now=now)
    one = payment(member, 600)
    done(pay_from_wallets([one], now=now))
    back = WalletGiveBack(new_id(), one.id, 200)
    assert done(give_back_to_wallets([back], now=now)) == done(give_back_to_wallets([back], now=now))
    assert give_back_to_wallets([WalletGiveBack(back.id, one.id, 201)], now=now) == [RepeatDiffers(id=back.id)]
    assert holds(member) == WalletNow(600, 0)


def test_a_named_wallet_holds_5_000_yuan_and_a_bearer_s_1_000(brand, member, now):
    bearer = a_member(brand, phone="", now=now)
    named_full, bearer_full = (
        TopUp(new_id(), brand.id, one.id, most - 1, 1) for one, most in ((member, 500_000), (bearer, 100_000))
    )
    assert [type(one).__name__ for one in top_up([named_full, bearer_full], now=now)] == ["ToppedUp", "ToppedUp"]
    more = [TopUp(new_id(), brand.id, one.id, 1) for one in (member, bearer)]
    assert top_up(more, now=now) == [
        WalletCapExceeded(cap=500_000, holds=500_000, wanted=1), WalletCapExceeded(cap=100_000, holds=100_000, wanted=1),
    ]  # fmt: skip
    assert (holds(member), holds(bearer)) == (WalletNow(499_999, 1), WalletNow(99_999, 1))
    assert check_books() == []


def test_a_return_may_lift_a_wallet_above_its_cap_since_nothing_is_paid_in(member, now):
    a_topped_up_wallet(member, 500_000, now=now)
    one = payment(member, 1_000)
    done(pay_from_wallets([one], now=now))
    a_topped_up_wallet(member, 1_000, now=now)
    done(give_back_to_wallets([WalletGiveBack(new_id(), one.id, 1_000)], now=now))
    assert holds(member) == WalletNow(501_000, 0)
    assert top_up([TopUp(new_id(), member.brand_id, member.id, 1)], now=now) == [
        WalletCapExceeded(cap=500_000, holds=501_000, wanted=1)
    ]


@pytest.mark.parametrize(("named", "bearer", "most"), [(500_001, 0, 500_000), (0, 100_001, 100_000), (-1, 0, 500_000)])
def test_terms_above_the_law_are_refused_and_stay_as_they_were(brand, now, named, bearer, most):
    with pytest.raises(WalletCapUnlawful) as refused:
        set_terms(brand_id=brand.id, named_cap_minor=named, bearer_cap_minor=bearer, issuer_id=None, by=None, now=now)
    assert refused.value.facts["most"] == most
    assert terms_of(brand.id).named_cap_minor == 500_000


def test_a_plan_that_no_wallet_could_hold_is_refused(brand, now):
    outcomes = open_plans([
        PlanWanted(new_id(), brand.id, "充4950送50", 495_000, 5_000), PlanWanted(new_id(), brand.id, "充4950送51", 495_000, 5_100),
        PlanWanted(new_id(), brand.id, " ", 1_000), PlanWanted(new_id(), brand.id, "送", 1_000, -1),
    ], by=None, now=now)  # fmt: skip
    assert outcomes[1:] == [PlanAboveCap(cap=500_000), PlanMalformed(most=20), PlanMalformed(most=20)]
    assert [(one.pay_minor, one.gift_minor) for one in plans_open(brand.id)] == [(495_000, 5_000)]


def test_the_brand_s_own_lower_cap_counts_for_plans_and_top_ups_and_reopening(brand, member, now):
    plan = a_plan(brand, now=now)
    close_plan(plan.id, brand_id=brand.id, by=None, now=now)
    set_terms(brand_id=brand.id, named_cap_minor=50_000, bearer_cap_minor=0, issuer_id=None, by=None, now=now)
    with pytest.raises(PlanAboveCap):
        reopen_plan(plan.id, brand_id=brand.id, by=None, now=now)
    assert TopUpPlan.objects.get(id=plan.id).closed_at == now
    assert top_up([TopUp(new_id(), brand.id, member.id, 50_001)], now=now) == [
        WalletCapExceeded(cap=50_000, holds=0, wanted=50_001)
    ]


def test_paying_principal_out_forfeits_the_same_share_of_the_gift(member, now):
    topped_up = a_topped_up_wallet(member, 50_000, 5_000, now=now)
    wanted = Withdrawal(new_id(), new_id(), topped_up.id, member.brand_id, member.id, 20_001)
    out = done(withdraw([wanted], now=now))
    assert (out.principal_minor, out.gift_minor, holds(member)) == (20_001, 2_000, WalletNow(29_999, 3_000))
    assert done(withdraw([wanted], now=now)) == out
    rest = done(withdraw([Withdrawal(new_id(), new_id(), topped_up.id, member.brand_id, member.id, 29_999)], now=now))
    assert (rest.gift_minor, holds(member)) == (3_000, WalletNow(0, 0))
    assert check_books() == []


def test_each_entity_s_side_says_what_it_took_and_what_was_spent_at_it(member, now):
    seller, issuer = new_id(), new_id()
    a_topped_up_wallet(member, 50_000, 5_000, entity_id=issuer, now=now)
    one = payment(member, 11_000, entity_id=seller)
    done(pay_from_wallets([one], now=now))
    done(give_back_to_wallets([WalletGiveBack(new_id(), one.id, 5_500)], now=now))
    sides = {one.entity_id: one for one in entity_wallets(member.brand_id)}
    assert (sides[issuer].taken_minor, sides[issuer].held_minor, sides[issuer].gifts_given_minor) == (
        50_000,
        50_000,
        5_000,
    )
    assert (sides[seller].redeemed_minor, sides[seller].held_minor, sides[seller].gifts_redeemed_minor) == (
        5_000,
        -5_000,
        500,
    )
    assert (
        sum(one.held_minor for one in sides.values())
        == holds(member).principal_minor
        == brand_wallets(member.brand_id).principal_minor
    )


def test_a_join_moves_the_wallet_past_its_cap_and_the_undoing_gives_it_back(brand, member, now):
    absorbed, join_id = a_member(brand, now=now), new_id()
    a_topped_up_wallet(member, 400_000, now=now)
    a_topped_up_wallet(absorbed, 200_000, 20_000, now=now)
    moved = move_entries(absorbed.id, member.id, join_id=join_id, now=now)
    assert (len(moved), holds(member), holds(absorbed)) == (1, WalletNow(600_000, 20_000), WalletNow(0, 0))
    assert check_books() == []
    move_entries_back(moved, absorbed.id, from_id=member.id, join_id=join_id, now=now)
    assert (holds(member), holds(absorbed)) == (WalletNow(400_000, 0), WalletNow(200_000, 20_000))
    assert check_books() == []


def test_what_was_spent_after_a_join_stays_with_whoever_spent_it_and_the_books_agree(brand, member, now):
    absorbed, join_id = a_member(brand, now=now), new_id()
    a_topped_up_wallet(absorbed, 1_000, now=now)
    moved = move_entries(absorbed.id, member.id, join_id=join_id, now=now)
    done(pay_from_wallets([payment(member, 600)], now=now))
    move_entries_back(moved, absorbed.id, from_id=member.id, join_id=join_id, now=now)
    assert (holds(member), holds(absorbed)) == (WalletNow(0, 0), WalletNow(400, 0))
    assert check_books() == []


def test_a_spending_made_after_the_join_goes_along_when_a_person_says_so(brand, member, now):
    absorbed, join_id = a_member(brand, now=now), new_id()
    a_topped_up_wallet(absorbed, 1_000, now=now)
    moved = move_entries(absorbed.id, member.id, join_id=join_id, now=now)
    one = payment(member, 600)
    done(pay_from_wallets([one], now=now))
    move_entries_back([*moved, one.id], absorbed.id, from_id=member.id, join_id=join_id, now=now)
    assert (holds(member), holds(absorbed)) == (WalletNow(0, 0), WalletNow(400, 0))
    assert WalletEntry.objects.filter(kind="stayed").count() == 0
    assert check_books() == []


def test_the_number_of_statements_does_not_grow_with_the_batch(brand, now, django_assert_num_queries):
    members = [a_member(brand, now=now) for _ in range(20)]
    for one in members:
        a_topped_up_wallet(one, 1_000, 100, now=now)
    with django_assert_num_queries(15):  # nine, and the savepoints of three nested actions
        pay_from_wallets([payment(one, 110) for one in members[:2]], now=now)
    with django_assert_num_queries(15):  # nine, and the savepoints of three nested actions
        pay_from_wallets([payment(one, 110) for one in members], now=now)
