"""Laws of group deals: any order of join, pay, leave, lapse, expire, draw and claim leaves money, places and prizes conserved."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.deals.actions import (
    JoinWanted,
    TicketClaimWanted,
    TicketWanted,
    claim_tickets,
    draw_due_days,
    draw_tickets,
    join_groups,
)
from sitong.marketing.deals.models import DealDay, DealGroup, DealPlace, DealTicket
from sitong.marketing.deals.rules import DealTerms, FreshJoin, JoinFacts, decide_joins
from sitong.member.wallet.queries import wallets_now
from sitong.scene.deal_sales.actions import (
    confirm_deal_payments,
    expire_deal_groups,
    lapse_deal_places,
    leave_deal_group,
    pay_deal_place_from_wallet,
    refund_deals_again,
)
from sitong.scene.payments.actions import settle_refunds
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.provider import RefundAnswer, Standing
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.deals import a_deal, a_deal_coupon, a_deal_payment, a_draw, a_merchant
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.make.wallet import a_topped_up_wallet

DEAL = UUID(int=1)
joins = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["open", "any"])), max_size=24)


@given(joins, st.integers(2, 5), st.integers(1, 3))
def test_no_group_ever_has_more_places_than_it_should_nor_anybody_twice(wanted, people, per_member):
    terms = DealTerms(
        DEAL, UUID(int=9), people, 24, 100, NOW, NOW + timedelta(days=9), frozenset(), per_member, None, True, False
    )
    facts = JoinFacts({DEAL: terms}, {DEAL: 0}, {}, {}, {}, NOW)
    asked = [
        JoinWanted(UUID(int=100 + at), UUID(int=9), UUID(int=50 + who), DEAL, way)
        for at, (who, way) in enumerate(wanted)
    ]
    fresh = [one for one in decide_joins(asked, facts) if isinstance(one, FreshJoin)]
    assert all(count <= people for count in Counter(one.joined.group_id for one in fresh).values())
    assert all(count == 1 for count in Counter((one.joined.group_id, one.wanted.member_id) for one in fresh).values())
    assert all(count <= per_member for count in Counter(one.wanted.member_id for one in fresh).values())


@given(joins, st.integers(2, 5))
def test_a_batch_gives_what_batches_of_one_give(wanted, people):
    terms = DealTerms(
        DEAL, UUID(int=9), people, 24, 100, NOW, NOW + timedelta(days=9), frozenset(), 2, None, True, False
    )
    asked = [
        JoinWanted(UUID(int=100 + at), UUID(int=9), UUID(int=50 + who), DEAL, way)
        for at, (who, way) in enumerate(wanted)
    ]
    whole = decide_joins(asked, JoinFacts({DEAL: terms}, {DEAL: 0}, {}, {}, {}, NOW))
    groups, inside, opened, single = {}, {}, 0, []
    for one in asked:
        [decision] = decide_joins([one], JoinFacts({DEAL: terms}, {DEAL: opened}, groups, {}, inside, NOW))
        single.append(decision)
        if isinstance(decision, FreshJoin):
            groups[decision.group.id] = decision.group
            inside.setdefault((DEAL, one.member_id), []).append(decision.group.id)
            opened += decision.opens
    assert [getattr(one, "code", getattr(getattr(one, "joined", None), "group_id", None)) for one in whole] == [
        getattr(one, "code", getattr(getattr(one, "joined", None), "group_id", None)) for one in single
    ]


class Deals(RuleBasedStateMachine):
    """Six members, a deal for two with a draw of three days, and everything that can happen to them."""

    @initialize()
    def begin(self):
        self.brand, self.now = a_brand(), NOW
        a_merchant(self.brand)
        self.store = a_store(self.brand)
        self.prize = a_deal_coupon(self.brand, per_member=20)
        coupon = a_deal_coupon(self.brand, per_member=20)
        self.deal = a_deal(
            self.brand, people=2, per_member=20, group_hours=5, coupon_id=coupon.id, draw=a_draw(self.prize, days=3)
        )
        self.members = [a_member(self.brand) for _ in range(6)]
        for one in self.members[:3]:
            a_topped_up_wallet(SimpleNamespace(id=one.id, brand_id=self.brand.id), 4_000)
        self.answers = []

    @rule(who=st.integers(0, 5), way=st.sampled_from(["open", "any"]))
    def joins(self, who, way):
        join_groups([JoinWanted(new_id(), self.brand.id, self.members[who].id, self.deal.id, way)], now=self.now)

    @rule(pick=st.integers(0, 99))
    def opens_a_payment(self, pick):
        if (place := self.place(pick, "held")) is not None:
            self.answers.append(a_deal_payment(place, brand_id=self.brand.id, now=self.now))

    @rule(pick=st.integers(0, 99))
    def hears_of_a_payment_perhaps_late_perhaps_again(self, pick):
        if self.answers:
            confirm_deal_payments([self.answers[pick % len(self.answers)]], now=self.now)

    @rule(pick=st.integers(0, 99))
    def pays_from_the_wallet(self, pick):
        if (place := self.place(pick)) is not None:
            pay_deal_place_from_wallet(place.id, member_id=place.member_id, by=None, now=self.now)

    @rule(pick=st.integers(0, 99))
    def leaves(self, pick):
        if (place := self.place(pick)) is not None:
            leave_deal_group(place.id, member_id=place.member_id, by=None, now=self.now)

    @rule(minutes=st.sampled_from([1, 16, 200, 700]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def clocks_strike(self):
        lapse_deal_places(now=self.now)
        expire_deal_groups(now=self.now)
        draw_due_days(now=self.now)

    @rule(done=st.booleans())
    def the_provider_answers_refunds(self, done):
        standing = Standing.DONE if done else Standing.FAILED
        numbers = list(Refund.objects.filter(brand_id=self.brand.id, state="asked").values_list("number", flat=True))
        settle_refunds([RefundAnswer(one, standing, "R") for one in numbers], now=self.now)

    @rule()
    def failed_refunds_are_asked_for_again(self):
        refund_deals_again(now=self.now)

    @rule(pick=st.integers(0, 99))
    def draws_a_ticket(self, pick):
        if (place := self.place(pick)) is not None:
            [outcome] = draw_tickets([TicketWanted(place.id, place.member_id)], now=self.now)
            assert isinstance(outcome, Refused) or place.state == "given"

    @rule(pick=st.integers(0, 99))
    def claims_a_ticket(self, pick):
        tickets = list(DealTicket.objects.filter(deal_id=self.deal.id).order_by("id"))
        if tickets:
            code = tickets[pick % len(tickets)].code
            claim_tickets([TicketClaimWanted(self.brand.id, self.store.id, code)], now=self.now)

    @invariant()
    def money_places_and_prizes_are_conserved(self):
        if not hasattr(self, "answers"):
            return
        assert check_books() == []
        states = Counter(DealPlace.objects.filter(deal_id=self.deal.id).values_list("state", flat=True))
        lies = sum(
            one.amount_minor - one.refunded_minor
            for one in Payment.objects.filter(brand_id=self.brand.id, state="paid")
        )
        owed = sum(one.amount_minor for one in Refund.objects.filter(brand_id=self.brand.id, state="failed"))
        kept = 1_000 * (states["paid"] + states["given"])
        assert kept <= lies <= kept + owed
        wallets = sum(one.total_minor for one in wallets_now([one.id for one in self.members]).values())
        from_wallets = sum(
            one.amount_minor - one.refunded_minor
            for one in Payment.objects.filter(brand_id=self.brand.id, provider="wallet")
        )
        assert wallets + from_wallets == 12_000
        assert CouponClaim.objects.filter(coupon_id=self.deal.coupon_id).count() == states["given"]
        assert states["given"] == 2 * DealGroup.objects.filter(deal_id=self.deal.id, state="complete").count()
        won = DealTicket.objects.filter(deal_id=self.deal.id, won_day__isnull=False)
        assert (
            CouponClaim.objects.filter(coupon_id=self.prize.id).count()
            == won.count()
            <= DealDay.objects.filter(deal_id=self.deal.id).exclude(drawn_at=None).count()
        )
        assert not won.filter(claimed_at=None).exists()

    def place(self, pick, *states):
        rows = DealPlace.objects.filter(deal_id=self.deal.id)
        rows = rows.filter(state__in=states) if states else rows
        found = list(rows.order_by("joined_at", "id"))
        return found[pick % len(found)] if found else None


@pytest.mark.usefixtures("db")
def test_whatever_happens_to_group_deals_nothing_is_lost():
    run_state_machine_as_test(Deals, settings=settings(max_examples=4, stateful_step_count=25, deadline=None))
