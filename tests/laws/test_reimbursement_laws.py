"""Laws of gifts that are paid back: whatever happens in whatever order, each level is owed what its lines say, once."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sitong.distribution.reimbursement.actions import (
    DisputeWanted,
    LineAnswer,
    SettleWanted,
    accept_lines,
    check_statements,
    claim_back,
    dispute_lines,
    draw_statements,
    reject_lines,
    settle_statements,
    stand_by_lines,
    take_claims_back,
    withdraw_lines,
)
from sitong.distribution.reimbursement.models import ClaimLine, Settlement, Statement
from sitong.distribution.reimbursement.rules import claims_up
from sitong.marketing.gifts.actions import TakeBackWanted, take_back_redemptions
from sitong.marketing.gifts.rules import BASE32, GiftTerms, levels_of, make_gift_code, read_gift_code
from sitong.marketing.gifts.signing import read_shown, signature_holds, signed_code
from sitong.org.dealers.actions import move_dealer
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import NOW, a_store
from tests.make.reimbursement import a_chain, due_to, owed_by

picks = st.integers(0, 10_000)


def terms(value: int, handling: int, levels: tuple[int, ...]) -> GiftTerms:
    return GiftTerms(
        new_id(), new_id(), "礼品", "", None, 1, value, handling, levels, frozenset(), frozenset(), False, False, None, None, 1, None,
        True, False,
    )  # fmt: skip


@given(st.integers(0, 10**9), st.integers(0, 10_000), st.lists(st.integers(0, 10**6), max_size=5), st.integers(0, 8))
def test_no_level_is_paid_back_less_than_it_pays(value, handling, more, dealers):
    steps = [value]
    for step in more:
        steps.append(steps[-1] + step)
    levels = levels_of(terms(value, handling, tuple(steps) if more else ()), dealers)
    assert len(levels) == dealers + 1 and list(levels) == sorted(levels) and levels[0] == value
    chain = [new_id() for _ in range(dealers)]
    claims = claims_up(new_id(), chain, new_id(), levels)
    assert [one.amount_minor for one in claims] == [one for one in levels if one]
    assert all(above.claimant_id == below.debtor_id for below, above in pairwise(claims))


@given(st.binary(min_size=9, max_size=9), st.integers(0, 10**6), st.integers(-400, 900))
def test_a_signed_code_is_read_as_it_was_made_and_holds_five_minutes(random, minutes, seconds):
    code, made = make_gift_code(random), NOW + timedelta(minutes=minutes)
    assert read_gift_code(code) == code and set(code) <= set(BASE32)
    shown = read_shown(signed_code(code, at=made).lower())
    assert shown is not None and shown.code == code
    age = int((made + timedelta(seconds=seconds)).timestamp()) // 60 - int(made.timestamp()) // 60
    assert signature_holds(shown, at=made + timedelta(seconds=seconds)) == (-2 <= age <= 5)


class Claims(RuleBasedStateMachine):
    """A chain of two dealers, a store below it and a direct one, and everything that can happen to gifts and claims."""

    @initialize()
    def begin(self):
        self.chain, self.now, self.made, self.undone = a_chain(), NOW, [], set()
        self.direct = a_store(self.chain.brand)

    def any_line(self, at: int):
        rows = list(ClaimLine.objects.filter(brand_id=self.chain.brand.id, statement_id__isnull=False).order_by("id"))
        return rows[at % len(rows)].id if rows else new_id()

    def any_statement(self, at: int):
        rows = list(Statement.objects.filter(brand_id=self.chain.brand.id).order_by("id"))
        return rows[at % len(rows)].id if rows else new_id()

    @rule(direct=st.booleans(), at_once=st.booleans())
    def hand_over(self, direct, at_once):
        self.made.append(self.chain.handed_over(store=self.direct if direct else None, now=self.now))
        if at_once:
            claim_back(self.made, now=self.now)

    @rule()
    def move_the_dealer(self):
        parent = None if self.chain.lower.parent_id else self.chain.upper.id
        self.chain.lower = move_dealer(self.chain.lower.id, parent_id=parent, by=None, now=self.now)

    @rule(at=picks, at_once=st.booleans())
    def undo(self, at, at_once):
        if self.made:
            made = self.made[at % len(self.made)]
            take_back_redemptions([TakeBackWanted(made, "x")], by=None, now=self.now)
            self.undone.add(made)
            if at_once:
                claim_back(self.made, now=self.now)
                take_claims_back(self.made, now=self.now)

    @rule()
    def a_month_goes_by(self):
        self.now += timedelta(days=31)
        claim_back(self.made, now=self.now)
        take_claims_back(self.made, now=self.now)
        draw_statements(now=self.now)

    @rule(at=picks, what=st.sampled_from([stand_by_lines, withdraw_lines, accept_lines, reject_lines]))
    def decide(self, at, what):
        what([LineAnswer(self.any_line(at), "y")], by=None, now=self.now)

    @rule(at=picks)
    def dispute(self, at):
        dispute_lines([DisputeWanted(self.any_line(at), "?")], by=None, now=self.now)

    @rule(at=picks)
    def check(self, at):
        check_statements([self.any_statement(at)], by=None, now=self.now)

    @rule(at=picks, way=st.sampled_from(["money", "goods"]))
    def settle(self, at, way):
        statement = self.any_statement(at)
        first = settle_statements([SettleWanted(new_id(), statement, way, "R")], by=None, now=self.now)
        if not isinstance(first[0], Refused):
            assert isinstance(
                settle_statements([SettleWanted(new_id(), statement, way, "R")], by=None, now=self.now)[0], Refused
            )

    @invariant()
    def what_is_due_is_owed_and_the_books_agree(self):
        if not hasattr(self, "chain"):
            return
        brand_id = self.chain.brand.id
        claim_back(self.made, now=self.now)
        take_claims_back(self.made, now=self.now)
        parties = [self.chain.store, self.direct, self.chain.lower, self.chain.upper, self.chain.brand]
        assert sum(due_to(one) for one in parties) == sum(owed_by(one) for one in parties)
        standing = sum(
            ClaimLine.objects.filter(brand_id=brand_id, rejected_at=None).values_list("amount_minor", flat=True)
        )
        paid = sum(Settlement.objects.filter(brand_id=brand_id).values_list("amount_minor", flat=True))
        assert sum(due_to(one) for one in parties) == standing - paid
        live = [one for one in self.made if one not in self.undone]
        assert ClaimLine.objects.filter(redemption_id__in=live, level=0, of_id=None).count() == len(live)
        assert check_books() == []


@pytest.mark.usefixtures("db")
def test_any_order_of_handing_over_undoing_disputing_and_settling_conserves():
    run_state_machine_as_test(Claims, settings=settings(max_examples=8, stateful_step_count=16, deadline=None))
