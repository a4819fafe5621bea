"""The two-step draw: sealed tickets online, claimed in a store, drawn from a committed seed and the closed list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.deals.actions import (
    DealWanted,
    TicketClaimWanted,
    TicketWanted,
    claim_tickets,
    define_deals,
    draw_due_days,
    draw_tickets,
    give_refused_prizes,
    publish_deal,
)
from sitong.marketing.deals.actions.define import DealFrozen
from sitong.marketing.deals.models import DealDay, DealDraw, DealTicket
from sitong.marketing.deals.proof import verify
from sitong.marketing.deals.queries import days_of
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.proof.files import proof_read
from sitong.shared.proof.rules import commitment_of
from tests.make.deals import a_complete_group, a_deal, a_deal_coupon, a_draw, a_merchant, a_place
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)
CLOSES = NOW.replace(hour=12)
"""20:00 of the brand's clock on the first day."""


class Drawing:
    """A deal of five people with a draw of three days, complete, and a store to claim in."""

    def __init__(self, *, people: int = 5, **fields) -> None:
        self.brand = a_brand()
        a_merchant(self.brand)
        self.store = a_store(self.brand)
        self.prize = a_deal_coupon(self.brand, name="香水券", name_en="Perfume")
        self.deal = a_deal(self.brand, people=people, draw=a_draw(self.prize, **{"days": 3, **fields}))
        self.places = a_complete_group(self.deal)

    def tickets(self, count: int | None = None):
        wanted = [TicketWanted(one.id, one.member_id) for one in self.places[:count]]
        return [done([one]) for one in draw_tickets(wanted, now=NOW)]

    def claim(self, *tickets, now=NOW, store=None):
        wanted = [TicketClaimWanted(self.brand.id, (store or self.store).id, one.code) for one in tickets]
        return claim_tickets(wanted, now=now)


def test_each_participant_draws_one_ticket_once_the_group_is_complete():
    there = Drawing()
    tickets = there.tickets()
    assert [one.id for one in tickets] == [one.id for one in there.places]
    assert [one.code for one in there.tickets()] == [one.code for one in tickets]
    assert len({one.code for one in tickets}) == 5
    waiting = a_place(there.deal)
    (refused,) = draw_tickets([TicketWanted(waiting.id, waiting.member_id)], now=NOW)
    assert refused.code == "marketing.deal_not_complete"
    (other,) = draw_tickets([TicketWanted(there.places[0].id, there.places[1].member_id)], now=NOW)
    assert isinstance(other, NotFound)


def test_seeds_are_committed_when_the_deal_is_published_and_sealed_at_rest():
    there = Drawing()
    days = list(DealDay.objects.order_by("day"))
    assert len(days) == 3
    assert [one.commitment for one in days] == [commitment_of(bytes.fromhex(one.seed)) for one in days]
    assert len({one.seed for one in days}) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed FROM marketing_dealday")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert not any(one.seed in stored for one in days)
    assert [one.closes_at for one in days] == [CLOSES, CLOSES + DAY, CLOSES + 2 * DAY]
    assert there.deal.published_at == NOW


def test_only_tickets_claimed_in_a_store_before_closing_take_part():
    there = Drawing()
    first, second, late, never = there.tickets(4)
    there.claim(first, second)
    there.claim(late, now=CLOSES)
    assert draw_due_days(now=CLOSES - timedelta(seconds=1)) == 0
    assert draw_due_days(now=CLOSES) == 1
    assert draw_due_days(now=CLOSES) == 0
    proof = proof_read(DealDay.objects.get(day=1).proof.encode())
    assert proof["tickets"] == [f"1 {first.code}", f"2 {second.code}"]
    assert verify(proof)["winners"] == list(days_of(there.deal.id)[0].winners)
    assert draw_due_days(now=CLOSES + DAY) == 1
    second_day = proof_read(DealDay.objects.get(day=2).proof.encode())
    winner = proof["winners"][0]
    assert second_day["tickets"] == [one for one in [*proof["tickets"], f"3 {late.code}"] if one != winner]
    assert DealTicket.objects.get(id=never.id).claimed_at is None
    assert check_books() == []


def test_a_winner_is_given_the_prize_once():
    there = Drawing()
    there.claim(*there.tickets(1))
    draw_due_days(now=CLOSES)
    ticket = DealTicket.objects.get(won_day=1)
    assert ticket.prize_given_at == CLOSES
    claim = CouponClaim.objects.get(coupon_id=there.prize.id)
    assert claim.member_id == ticket.member_id
    assert draw_due_days(now=CLOSES + 5 * DAY) == 2
    assert [one.tickets for one in days_of(there.deal.id)] == [1, 0, 0]
    assert CouponClaim.objects.filter(coupon_id=there.prize.id).count() == 1
    assert check_books() == []


def test_a_prize_that_cannot_be_given_is_owed_and_given_later():
    from sitong.marketing.coupons.actions import pause_coupon, resume_coupon

    there = Drawing()
    there.claim(*there.tickets(1))
    pause_coupon(there.prize.id, by=None, now=NOW)
    draw_due_days(now=CLOSES)
    ticket = DealTicket.objects.get(won_day=1)
    assert (ticket.prize_given_at, ticket.prize_refused) == (None, "marketing.coupon_paused")
    assert give_refused_prizes(now=CLOSES) == 0
    resume_coupon(there.prize.id, by=None, now=CLOSES)
    assert give_refused_prizes(now=CLOSES) == 1
    assert give_refused_prizes(now=CLOSES) == 0
    assert CouponClaim.objects.filter(coupon_id=there.prize.id).count() == 1


def test_a_ticket_is_claimed_once_by_its_own_member_where_the_deal_runs_until_the_last_list_closes():
    there = Drawing()
    ticket, other = there.tickets(2)
    (first,) = there.claim(ticket)
    elsewhere = a_store(there.brand)
    (again,) = there.claim(ticket, store=elsewhere, now=NOW + timedelta(hours=1))
    assert (again.claimed_store_id, again.claimed_at, again.claim_number) == (there.store.id, NOW, 1)
    assert first.claim_number == 1
    wanted = TicketClaimWanted(there.brand.id, there.store.id, other.code, member_id=ticket.member_id)
    assert claim_tickets([wanted], now=NOW)[0].code == "marketing.deal_ticket_not_yours"
    unknown = TicketClaimWanted(there.brand.id, there.store.id, "T0000000000")
    assert claim_tickets([unknown], now=NOW)[0].code == "marketing.deal_ticket_unknown"
    assert there.claim(other, now=CLOSES + 2 * DAY)[0].code == "marketing.deal_draw_over"
    typed = TicketClaimWanted(there.brand.id, there.store.id, other.code.lower()[:5] + " " + other.code[5:])
    assert claim_tickets([typed], now=NOW)[0].claim_number == 2
    assert DealDraw.objects.get().claimed == 2
    foreign = TicketClaimWanted(new_id(), there.store.id, ticket.code)
    assert claim_tickets([foreign], now=NOW)[0].code == "marketing.deal_ticket_unknown"


def test_nothing_of_a_published_draw_can_be_edited():
    there = Drawing()
    wanted = {
        "id": there.deal.id, "brand_id": there.brand.id, "name": there.deal.name, "name_en": there.deal.name_en, "price_minor": 1_000,
        "worth_minor": 10_000, "people": 5, "starts_at": NOW, "ends_at": NOW + timedelta(days=7), "coupon_id": there.deal.coupon_id,
    }  # fmt: skip
    draw = a_draw(there.prize, days=3)
    assert done(define_deals([DealWanted(**wanted, draw=draw)], by=None, now=NOW)).id == there.deal.id
    for changed in (
        DealWanted(**wanted, draw=a_draw(there.prize, days=2)),
        DealWanted(**{**wanted, "people": 4}, draw=draw),
        DealWanted(**wanted),
    ):
        (refused,) = define_deals([changed], by=None, now=NOW)
        assert isinstance(refused, DealFrozen)
    before = list(DealDay.objects.order_by("day").values_list("commitment", flat=True))
    publish_deal(there.deal.id, by=None, now=NOW + DAY)
    assert list(DealDay.objects.order_by("day").values_list("commitment", flat=True)) == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"prize_value_minor": 5_000_001}, "marketing.deal_prize_too_high"),
        ({"organizer": " "}, "marketing.deal_draw_terms"),
        ({"conditions": ""}, "marketing.deal_draw_terms"),
        ({"prize_name": ""}, "marketing.deal_draw_terms"),
        ({"days": 0}, "marketing.deal_numbers"),
        ({"first_on": (NOW - DAY).date()}, "marketing.deal_dates"),
    ],
)
def test_the_law_is_kept_when_a_draw_is_configured(fields, code):
    brand = a_brand()
    coupon = a_deal_coupon(brand)
    wanted = DealWanted(
        new_id(), brand.id, "团", 1_000, 5, NOW, NOW + DAY, coupon_id=coupon.id, draw=a_draw(coupon, **fields)
    )
    (refused,) = define_deals([wanted], by=None, now=NOW)
    assert refused.code == code


def test_a_day_without_tickets_is_published_all_the_same():
    there = Drawing()
    assert draw_due_days(now=CLOSES) == 1
    proof = proof_read(DealDay.objects.get(day=1).proof.encode())
    assert (proof["tickets"], proof["winners"]) == ([], [])
    assert verify(proof)["tickets"] == 0
    assert check_books() == []
    assert there.deal.people == 5
