"""Group deals in the mini shop, at the draw and at the counter, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.coupons.counter import counter_code
from sitong.marketing.deals.actions import TicketClaimWanted, claim_tickets, draw_due_days, end_deal
from sitong.marketing.deals.models import DealDay, DealGroup, DealPlace, DealTicket
from sitong.scene.channels.doors import Doorway, doors_of
from sitong.scene.deal_sales.actions import pay_deal_place_from_wallet
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_staff
from tests.make.deals import a_deal, a_deal_coupon, a_draw, a_place
from tests.make.org import a_brand, a_store, done
from tests.make.wallet import a_topped_up_wallet
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")


class Town:
    """A store with a deal for two that has a draw, and two members with money."""

    def __init__(self) -> None:
        self.now = clock_now()
        self.brand = a_brand()
        self.store = a_store(self.brand)
        draw = a_draw(a_deal_coupon(self.brand, now=self.now), first_on=(self.now + timedelta(days=1)).date(), days=2)
        self.deal = a_deal(self.brand, people=2, now=self.now, draw=draw)
        self.home = f"/s/{self.brand.code}/{self.store.code}/"
        self.people = []
        for _ in range(2):
            account, member = a_consumer(self.brand)
            a_topped_up_wallet(member, 2_000, now=self.now)
            self.people.append((Asker(account, member), member))
        self.clerk = Asker(a_staff("store", self.store, "clerk"))

    def path(self, rest: str = "") -> str:
        return f"{self.home}deals/{rest}"

    def joins_and_pays(self, at: int) -> DealPlace:
        asker, member = self.people[at]
        answer = asker.post(self.path(f"{self.deal.id}/"), {"any": "1"})
        assert answer.status_code == 302
        place = DealPlace.objects.get(member_id=member.id)
        assert answer["Location"].endswith(f"/deals/groups/{place.group_id}/")
        assert asker.post(self.path(f"places/{place.id}/pay/"), {"pay": "wallet"}).status_code == 302
        return DealPlace.objects.get(id=place.id)

    def ticket(self) -> DealTicket:
        place = self.joins_and_pays(0)
        self.joins_and_pays(1)
        self.people[0][0].post(self.path(f"places/{place.id}/ticket/"))
        return DealTicket.objects.get(id=place.id)


@pytest.fixture
def town():
    return Town()


def test_a_stranger_sees_the_deal_and_signs_in_to_join(town):
    stranger = Client()
    assert stranger.get(town.path()).status_code == 200
    assert stranger.get(town.path(f"{town.deal.id}/")).status_code == 200
    assert stranger.get(town.path(f"{town.deal.id}/draw/")).status_code == 200
    answer = stranger.post(town.path(f"{town.deal.id}/"), {"any": "1"})
    assert answer.status_code == 302
    assert "/sign-in/" in answer["Location"]
    show_every_brand()
    assert not DealPlace.objects.exists()


def test_two_join_and_pay_from_their_wallets_and_the_group_is_complete(town):
    first = town.joins_and_pays(0)
    page = town.people[0][0].get(town.path(f"groups/{first.group_id}/")).content.decode()
    assert 'data-state="open" data-taken="1"' in page
    assert first.state == "paid"
    town.joins_and_pays(1)
    assert DealGroup.objects.get().state == "complete"
    for address in (f"{town.home}me/deals/", town.path(f"groups/{first.group_id}/"), town.path(f"{town.deal.id}/")):
        assert town.people[0][0].get(address).status_code == 200
    assert check_books() == []


def test_leaving_on_the_page_gives_the_money_back(town):
    place = town.joins_and_pays(0)
    asker = town.people[0][0]
    assert town.people[1][0].post(town.path(f"places/{place.id}/leave/")).status_code == 404
    assert asker.post(town.path(f"places/{place.id}/leave/")).status_code == 302
    assert DealPlace.objects.get().state == "left"
    assert check_books() == []


def test_a_refusal_is_shown_and_nothing_changed(town):
    end_deal(town.deal.id, by=None, now=town.now)
    answer = town.people[0][0].post(town.path(f"{town.deal.id}/"), {"any": "1"})
    assert answer.status_code == 409
    assert not DealPlace.objects.exists()


def test_the_clerk_scans_a_ticket_once_and_is_told_when_it_was_claimed(town):
    ticket = town.ticket()
    assert town.clerk.get("/store/tickets/").status_code == 200
    first = town.clerk.post("/store/tickets/", {"code": ticket.code})
    assert 'data-outcome="done"' in first.content.decode()
    again = town.clerk.post("/store/tickets/", {"code": ticket.code})
    assert 'data-outcome="again"' in again.content.decode()
    wrong = town.clerk.post("/store/tickets/", {"code": "T0000000000"})
    assert wrong.status_code == 409
    assert DealTicket.objects.get(id=ticket.id).claim_number == 1


def test_the_member_scans_the_counter_s_code_and_claims_its_own_ticket_only(town):
    ticket = town.ticket()
    asker, other = town.people[0][0], town.people[1][0]
    address = f"/c/{town.brand.code}/at/{town.store.code}/?k={counter_code(town.store.id, at=clock_now())}"
    assert ticket.code in asker.get(address).content.decode()
    assert ticket.code not in other.get(address).content.decode()
    assert other.post(address, {"ticket": ticket.code}).status_code == 409
    assert (
        asker.post(f"/c/{town.brand.code}/at/{town.store.code}/?k=AAAAAAAA", {"ticket": ticket.code}).status_code == 409
    )
    assert DealTicket.objects.get(id=ticket.id).claimed_at is None
    assert asker.post(address, {"ticket": ticket.code}).status_code == 200
    row = DealTicket.objects.get(id=ticket.id)
    assert (row.claim_number, row.claimed_store_id, row.claimed_by) == (1, town.store.id, None)


def test_a_day_shows_its_file_once_it_is_drawn_and_its_commitment_before(town):
    ticket = town.ticket()
    done(claim_tickets([TicketClaimWanted(town.brand.id, town.store.id, ticket.code)], now=town.now))
    day = DealDay.objects.get(day=1)
    path = town.path(f"{town.deal.id}/draw/1/")
    before = Client().get(path).content.decode()
    show_every_brand()
    assert day.commitment in before
    assert day.seed not in before
    assert Client().get(f"{path}file.json").status_code == 404
    show_every_brand()
    draw_due_days(now=day.closes_at)
    file = Client().get(f"{path}file.json")
    assert file.json()["winners"] == [f"1 {ticket.code}"]
    assert f"1 {ticket.code}" in Client().get(path).content.decode()
    show_every_brand()
    won = town.people[0][0].get(town.path(f"places/{ticket.id}/ticket/")).content.decode()
    assert 'data-state="won"' in won


def test_the_door_stands_open_while_a_deal_or_its_draw_runs(town):
    def paths(at) -> list[str]:
        return [door.path for door in doors_of(Doorway(town.brand.id, town.store.id, at))]

    assert "deals/" in paths(town.now)
    assert "deals/" not in paths(town.now + timedelta(days=30))


def test_nobody_pays_or_sees_the_ticket_of_another(town):
    place = a_place(town.deal, town.people[0][1], now=town.now, store_id=town.store.id)
    other = town.people[1][0]
    assert other.post(town.path(f"places/{place.id}/pay/"), {"pay": "wallet"}).status_code == 404
    assert other.get(town.path(f"places/{place.id}/ticket/")).status_code == 404
    assert (
        pay_deal_place_from_wallet(place.id, member_id=town.people[1][1].id, by=None, now=town.now).code
        == "shared.not_found"
    )
    assert DealPlace.objects.get().state == "held"
