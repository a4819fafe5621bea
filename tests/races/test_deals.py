"""Group deals at the same instant: the last place, complete against expired, two scans of one ticket; and without the locks."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db.utils import IntegrityError, OperationalError

from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.deals.actions import (
    TicketClaimWanted,
    TicketWanted,
    claim_tickets,
    draw_tickets,
    join,
    join_groups,
    places,
)
from sitong.marketing.deals.actions import tickets as ticket_actions
from sitong.marketing.deals.models import DealDraw, DealGroup, DealPlace
from sitong.scene.deal_sales.actions import confirm_deal_payments, expire_deal_groups, pay_deal_place_from_wallet
from sitong.scene.payments.models import Refund
from sitong.shared.ledger.books import check_books
from sitong.shared.statements import run
from tests.make.deals import (
    a_complete_group,
    a_deal,
    a_deal_coupon,
    a_deal_payment,
    a_draw,
    a_join_wanted,
    a_member_of,
    a_merchant,
    a_place,
    paid,
)
from tests.make.org import NOW, a_brand, a_store, done
from tests.make.wallet import a_topped_up_wallet
from tests.races.test_coupons import at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")


def unlocked(monkeypatch, module, *names: str) -> None:
    for name in names:
        monkeypatch.setattr(module, name, getattr(module, name).replace("FOR NO KEY UPDATE SKIP LOCKED", "").replace("FOR NO KEY UPDATE", ""))  # fmt: skip


def test_eight_who_want_the_last_three_places_at_once_are_three_and_five():
    deal = a_deal(people=4)
    first = a_place(deal)
    members = [a_member_of(deal) for _ in range(8)]
    outcomes = at_once(
        8, lambda at: join_groups([a_join_wanted(deal, members[at], way="join", group_id=first.group_id)], now=NOW)[0]
    )
    assert codes(outcomes) == {"Joined": 3, "marketing.deal_group_full": 5}
    assert DealGroup.objects.get().taken == DealPlace.objects.count() == 4
    assert check_books() == []


def test_without_the_locks_two_have_the_last_place(monkeypatch):
    """The control: counts that are read without a lock let both have it, and the books say so."""
    deal = a_deal(people=2)
    first = a_place(deal)
    members = [a_member_of(deal) for _ in range(2)]
    both_have_decided, write = threading.Barrier(2), join._write

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    unlocked(monkeypatch, join, "LOCK_COUNTS", "LOCK_GROUPS")
    monkeypatch.setattr(join, "_write", write_when_both_have_decided)
    outcomes = at_once(
        2, lambda at: join_groups([a_join_wanted(deal, members[at], way="join", group_id=first.group_id)], now=NOW)[0]
    )
    assert codes(outcomes) == {"Joined": 2}
    assert check_books() == [
        f"marketing.deals: group {first.group_id} (open, 2) counts 2 taken and 0 paid, its places say 3 and 0"
    ]


def test_the_same_join_from_eight_lines_is_one_place():
    deal = a_deal(people=4)
    wanted = a_join_wanted(deal, a_member_of(deal))
    outcomes = at_once(8, lambda _: join_groups([wanted], now=NOW)[0])
    assert codes(outcomes) == {"Joined": 8}
    assert DealPlace.objects.count() == DealGroup.objects.get().taken == 1


def test_joins_crosswise_in_two_deals_do_not_wait_in_a_circle():
    brand = a_brand()
    deals = [a_deal(brand, people=50), a_deal(brand, people=50)]
    groups = [a_place(deal).group_id for deal in deals]
    members = [a_member_of(deals[0]) for _ in range(8)]

    def both(at: int):
        order = (0, 1) if at % 2 else (1, 0)
        return join_groups(
            [a_join_wanted(deals[one], members[at], way="join", group_id=groups[one]) for one in order], now=NOW
        )

    outcomes = [one for pair in at_once(8, both) for one in pair]
    assert codes(outcomes) == {"Joined": 16}
    assert check_books() == []


def a_group_about_to_end():
    """A group of two, one of whom has paid; the other's money and the group's end come in the same second."""
    brand = a_brand()
    a_merchant(brand)
    deal = a_deal(brand, people=2, group_hours=1)
    places_ = [a_place(deal), a_place(deal)]
    paid(deal, places_[0])
    return deal, places_, a_deal_payment(places_[1], brand_id=deal.brand_id)


def end_at_once(answer):
    ends = NOW + timedelta(hours=1)

    def either(at: int):
        if at % 2:
            return confirm_deal_payments([answer], now=ends - timedelta(microseconds=1))[0]
        return expire_deal_groups(now=ends)

    return at_once(4, either)


@pytest.mark.parametrize("_round", range(5))
def test_a_group_that_completes_and_expires_in_the_same_second_ends_in_exactly_one_way(_round):
    _, places_, answer = a_group_about_to_end()
    outcomes = end_at_once(answer)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    group = DealGroup.objects.get()
    states = Counter(DealPlace.objects.values_list("state", flat=True))
    if group.state == "complete":
        assert (states, CouponClaim.objects.count(), Refund.objects.count()) == ({"given": 2}, 2, 0)
    else:
        assert (group.state, states, CouponClaim.objects.count()) == ("expired", {"expired": 2}, 0)
        assert sorted(row.payment.document_id for row in Refund.objects.all()) == sorted(one.id for one in places_)
    assert check_books() == []


def test_without_the_locks_it_would_end_in_both_ways_but_for_the_database_s_own_rule(monkeypatch):
    """The control: both decide before either writes. The constraint (or the crossing of locks) stops the second one with an error."""
    _, _, answer = a_group_about_to_end()
    both_have_decided = threading.Barrier(2)
    waited = threading.local()

    def run_when_both_have_decided(statement, parameters=()):
        if statement in (places.SET_PAID, places.END_PLACES) and not getattr(waited, "yes", False):
            waited.yes = True
            both_have_decided.wait(10)
        return run(statement, parameters)

    unlocked(monkeypatch, join, "LOCK_GROUPS")
    unlocked(monkeypatch, places, "DUE_GROUPS")
    monkeypatch.setattr(places, "run", run_when_both_have_decided)
    ends = NOW + timedelta(hours=1)
    outcomes = at_once(2, lambda at: confirm_deal_payments([answer], now=ends - timedelta(seconds=1)) if at else expire_deal_groups(now=ends))  # fmt: skip
    assert [one for one in outcomes if isinstance(one, IntegrityError | OperationalError)]


def test_a_wallet_pays_a_place_once_from_four_lines():
    deal = a_deal(people=2)
    place = a_place(deal)
    member = place.member_id
    a_topped_up_wallet(type("Member", (), {"id": member, "brand_id": deal.brand_id}), 5_000)
    outcomes = at_once(4, lambda _: pay_deal_place_from_wallet(place.id, member_id=member, by=None, now=NOW))
    assert codes(outcomes) == {"PlaceNow": 4}
    assert DealGroup.objects.get().paid == 1
    assert check_books() == []


def drawn_tickets(count: int = 4):
    brand = a_brand()
    a_merchant(brand)
    store = a_store(brand)
    deal = a_deal(brand, people=count, draw=a_draw(a_deal_coupon(brand), days=2))
    places_ = a_complete_group(deal)
    tickets = [done([one]) for one in draw_tickets([TicketWanted(one.id, one.member_id) for one in places_], now=NOW)]
    return [TicketClaimWanted(brand.id, store.id, one.code) for one in tickets]


def test_tickets_scanned_at_once_are_numbered_without_a_gap_and_one_ticket_once():
    wanted = drawn_tickets(4)
    outcomes = at_once(8, lambda at: claim_tickets([wanted[at % 4]], now=NOW)[0])
    assert sorted(one.claim_number for one in outcomes) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert DealDraw.objects.get().claimed == 4
    assert check_books() == []


def test_without_the_lock_two_tickets_want_one_number(monkeypatch):
    """The control: both are number 1, and the table refuses the second."""
    wanted = drawn_tickets(2)
    both_have_decided, write = threading.Barrier(2), ticket_actions._write_claims

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    unlocked(monkeypatch, ticket_actions, "LOCK_DRAWS")
    monkeypatch.setattr(ticket_actions, "_write_claims", write_when_both_have_decided)
    outcomes = at_once(2, lambda at: claim_tickets([wanted[at]], now=NOW)[0])
    assert codes(outcomes) == {"DealTicket": 1, "IntegrityError": 1}
