"""Laws of stored value: parts add up, what goes out comes back to the parts it came from, and any sequence leaves the books in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sitong.member.wallet.actions import (
    TopUp,
    WalletGiveBack,
    WalletPayment,
    Withdrawal,
    give_back_to_wallets,
    pay_from_wallets,
    top_up,
    withdraw,
)
from sitong.member.wallet.actions.move import move_entries, move_entries_back
from sitong.member.wallet.queries import brand_wallets, entity_wallets, wallets_now
from sitong.member.wallet.rules import WalletNow, back_to_sources, gift_forfeited, parts_of_return, parts_of_spending
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import NOW, a_brand

amounts = st.integers(0, 600_000)
wallets = st.builds(WalletNow, amounts, amounts)


@given(wallets, st.data())
def test_a_spending_s_parts_add_up_and_leave_neither_part_below_zero(wallet, data):
    amount = data.draw(st.integers(0, wallet.total_minor))
    parts = parts_of_spending(amount, wallet)
    assert parts.total_minor == amount
    assert 0 <= parts.principal_minor <= wallet.principal_minor and 0 <= parts.gift_minor <= wallet.gift_minor


@given(wallets, st.data())
def test_the_gift_s_share_of_what_is_left_never_falls_by_spending(wallet, data):
    """Rounding is in the member's favor: the gift is not used up before the principal."""
    parts = parts_of_spending(data.draw(st.integers(0, wallet.total_minor)), wallet)
    left = WalletNow(wallet.principal_minor - parts.principal_minor, wallet.gift_minor - parts.gift_minor)
    assert left.gift_minor * wallet.total_minor >= wallet.gift_minor * left.total_minor


@given(wallets, st.lists(st.integers(1, 50_000), max_size=12))
def test_many_returns_give_what_one_return_of_their_sum_gives(spent, pieces):
    back = WalletNow()
    for piece in pieces:
        piece = min(piece, spent.total_minor - back.total_minor)
        parts = parts_of_return(piece, spent=spent, returned=back)
        assert parts.principal_minor >= 0 and parts.gift_minor >= 0
        back = WalletNow(back.principal_minor + parts.principal_minor, back.gift_minor + parts.gift_minor)
    assert back == parts_of_return(back.total_minor, spent=spent, returned=WalletNow())
    assert parts_of_return(spent.total_minor, spent=spent, returned=WalletNow()) == spent


@given(wallets, st.data())
def test_all_principal_out_forfeits_all_gift_and_less_never_more_than_its_share(wallet, data):
    out = data.draw(st.integers(0, wallet.principal_minor))
    gone = gift_forfeited(out, wallet)
    assert gone * wallet.principal_minor <= wallet.gift_minor * out
    assert not wallet.principal_minor or gift_forfeited(wallet.principal_minor, wallet) == wallet.gift_minor


@given(amounts, st.lists(amounts, max_size=8))
def test_a_payout_fills_its_sources_in_order_and_never_above_what_is_left_of_each(amount, left):
    parts = back_to_sources(amount, left)
    assert sum(parts) == min(amount, sum(left)) and all(part <= most for part, most in zip(parts, left, strict=True))
    used = [at for at, part in enumerate(parts) if part]
    assert all(parts[at] == left[at] for at in used[:-1])


class Wallets(RuleBasedStateMachine):
    """Three members, two entities, and everything that can happen to their wallets, joins included."""

    @initialize()
    def begin(self):
        self.brand = a_brand()
        self.members = [a_member(self.brand) for _ in range(3)]
        self.entities = [new_id(), new_id()]
        self.spent, self.topped, self.joined = [], [], []

    @rule(
        who=st.integers(0, 2), where=st.integers(0, 1), principal=st.integers(1, 300_000), gift=st.integers(0, 30_000)
    )
    def pays_in(self, who, where, principal, gift):
        one = TopUp(new_id(), self.brand.id, self.members[who].id, principal, gift, self.entities[where])
        holds = self.holds(who).total_minor
        [outcome] = top_up([one], now=NOW)
        assert isinstance(outcome, Refused) == (holds + principal + gift > 500_000)
        if not isinstance(outcome, Refused):
            self.topped.append(one)

    @rule(who=st.integers(0, 2), where=st.integers(0, 1), amount=st.integers(1, 200_000))
    def spends(self, who, where, amount):
        one = WalletPayment(
            new_id(), new_id(), self.brand.id, self.members[who].id, amount, entity_id=self.entities[where]
        )
        holds = self.holds(who).total_minor
        [outcome] = pay_from_wallets([one], now=NOW)
        assert isinstance(outcome, Refused) == (amount > holds)
        if not isinstance(outcome, Refused):
            self.spent.append([one.id, amount])

    @rule(pick=st.integers(0, 99), amount=st.integers(1, 200_000))
    def gives_back(self, pick, amount):
        if self.spent:
            one = self.spent[pick % len(self.spent)]
            [outcome] = give_back_to_wallets([WalletGiveBack(new_id(), one[0], amount)], now=NOW)
            assert isinstance(outcome, Refused) == (amount > one[1])
            one[1] -= 0 if isinstance(outcome, Refused) else amount

    @rule(who=st.integers(0, 2), amount=st.integers(1, 200_000))
    def pays_out(self, who, amount):
        if self.topped:
            holds = self.holds(who).principal_minor
            one = Withdrawal(
                new_id(), new_id(), self.topped[-1].id, self.brand.id, self.members[who].id, amount, self.entities[0]
            )
            [outcome] = withdraw([one], now=NOW)
            assert isinstance(outcome, Refused) == (amount > holds)

    @rule(pair=st.sampled_from([(0, 1), (1, 2), (2, 0)]))
    def joins(self, pair):
        absorbed, survivor = (self.members[at].id for at in pair)
        join_id = new_id()
        self.joined.append((move_entries(absorbed, survivor, join_id=join_id, now=NOW), absorbed, survivor, join_id))

    @rule(pick=st.integers(0, 99))
    def undoes_a_join(self, pick):
        if self.joined:
            rows, absorbed, survivor, join_id = self.joined.pop(pick % len(self.joined))
            move_entries_back(rows, absorbed, from_id=survivor, join_id=join_id, now=NOW)

    @invariant()
    def the_books_agree(self):
        if hasattr(self, "members"):
            assert check_books() == []
            all_of_them = wallets_now([one.id for one in self.members]).values()
            assert all(one.principal_minor >= 0 and one.gift_minor >= 0 for one in all_of_them)
            held = sum(one.principal_minor for one in all_of_them)
            assert held == brand_wallets(self.brand.id).principal_minor
            assert held == sum(one.held_minor for one in entity_wallets(self.brand.id))

    def holds(self, who):
        return wallets_now([self.members[who].id]).get(self.members[who].id, WalletNow())


@pytest.mark.usefixtures("db")
def test_whatever_happens_to_wallets_the_books_agree():
    run_state_machine_as_test(Wallets, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))
