"""The money of group deals: given when the group is complete, and back by itself whenever it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.goods.inventory.models import Level
from sitong.marketing.coupons.actions import end_coupon
from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.deals.actions import TicketWanted, draw_tickets, move_places
from sitong.marketing.deals.models import DealGroup, DealPlace, DealTicket
from sitong.member.identity.actions.erasing import erase_member
from sitong.member.wallet.queries import wallets_now
from sitong.scene.coupon_sales.actions import return_bought_coupon
from sitong.scene.deal_sales.actions import (
    confirm_deal_payments,
    expire_deal_groups,
    lapse_deal_places,
    leave_deal_group,
    pay_deal_place_from_wallet,
    refund_deals_again,
)
from sitong.scene.orders.actions import HandoverWanted, hand_over_orders
from sitong.scene.orders.models import Order
from sitong.scene.payments.actions import settle_refunds
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.provider import RefundAnswer, Standing
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.deals import a_deal, a_deal_coupon, a_deal_payment, a_draw, a_member_of, a_merchant, a_place, paid
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, done
from tests.make.scene import a_selling_store
from tests.make.wallet import a_topped_up_wallet

pytestmark = pytest.mark.usefixtures("db")


def a_paid_deal(**fields):
    brand = a_brand()
    a_merchant(brand)
    return a_deal(brand, **fields)


def states(*places) -> list[str]:
    rows = dict(DealPlace.objects.values_list("id", "state"))
    return [rows[one.id] for one in places]


def test_everybody_gets_the_coupon_when_the_last_place_is_paid_and_nobody_before():
    deal = a_paid_deal(people=3)
    places = [a_place(deal) for _ in range(3)]
    paid(deal, *places[:2])
    assert states(*places) == ["paid", "paid", "held"]
    assert not CouponClaim.objects.exists()
    paid(deal, places[2])
    assert states(*places) == ["given"] * 3
    assert DealGroup.objects.get().state == "complete"
    assert {row.id for row in CouponClaim.objects.all()} == {one.id for one in places}
    assert {row.way for row in CouponClaim.objects.all()} == {"campaign"}
    assert not Refund.objects.exists()
    assert check_books() == []


def test_the_same_news_again_changes_nothing():
    deal = a_paid_deal(people=2)
    places = [a_place(deal), a_place(deal)]
    answers = [a_deal_payment(one, brand_id=deal.brand_id) for one in places]
    confirm_deal_payments(answers, now=NOW)
    again = confirm_deal_payments(answers, now=NOW)
    assert [one.repeated for one in again] == [True, True]
    assert CouponClaim.objects.count() == 2
    assert check_books() == []


def test_an_expired_group_gives_everybody_the_money_back():
    deal = a_paid_deal(people=4, group_hours=2)
    provider, wallet, unpaid = a_place(deal), a_place(deal), a_place(deal)
    a_topped_up_wallet(a_member_with(wallet), 5_000)
    paid(deal, provider)
    done([pay_deal_place_from_wallet(wallet.id, member_id=wallet.member_id, by=None, now=NOW)])
    assert wallets_now([wallet.member_id])[wallet.member_id].total_minor == 4_000
    assert expire_deal_groups(now=NOW + timedelta(hours=2) - timedelta(seconds=1)) == 0
    lapse_deal_places(now=NOW + timedelta(minutes=20))
    assert expire_deal_groups(now=NOW + timedelta(hours=2)) == 2
    assert expire_deal_groups(now=NOW + timedelta(hours=3)) == 0
    assert states(provider, wallet, unpaid) == ["expired", "expired", "lapsed"]
    assert wallets_now([wallet.member_id])[wallet.member_id].total_minor == 5_000
    assert sorted(Refund.objects.values_list("amount_minor", "state")) == [(1_000, "asked"), (1_000, "done")]
    assert not CouponClaim.objects.exists()
    assert check_books() == []


def a_member_with(place):
    from types import SimpleNamespace

    row = DealPlace.objects.get(id=place.id)
    return SimpleNamespace(id=row.member_id, brand_id=row.brand_id)


def test_who_pays_too_late_gets_the_money_back_and_the_group_stays_expired():
    deal = a_paid_deal(people=2, group_hours=1)
    first, last = a_place(deal), a_place(deal)
    paid(deal, first)
    answer = a_deal_payment(last, brand_id=deal.brand_id)
    after = NOW + timedelta(hours=1)
    confirm_deal_payments([answer], now=after)  # before anybody has expired it: its time is over all the same
    assert DealGroup.objects.get().state == "open"
    expire_deal_groups(now=after)
    assert states(first, last) == ["expired", "expired"]
    assert [row.amount_minor for row in Refund.objects.all()] == [1_000, 1_000]
    assert check_books() == []


def test_a_place_that_is_not_paid_in_time_is_free_for_another():
    deal = a_paid_deal(people=2)
    first, slow = a_place(deal), a_place(deal)
    answer = a_deal_payment(slow, brand_id=deal.brand_id)
    later = NOW + timedelta(minutes=15)
    assert lapse_deal_places(now=later - timedelta(seconds=1)) == 0
    assert lapse_deal_places(now=later) == 2
    assert Payment.objects.get().state == "closed"
    another = a_place(deal, now=later)
    assert another.group_id == first.group_id
    confirm_deal_payments([answer], now=later)
    assert states(first, slow, another) == ["lapsed", "lapsed", "held"]
    assert Refund.objects.get().payment.document_id == slow.id
    assert check_books() == []


def test_leaving_gives_the_money_back_and_the_place_free_until_the_group_is_complete():
    deal = a_paid_deal(people=2)
    leaver, stayer = a_place(deal), a_place(deal)
    paid(deal, leaver)
    done([leave_deal_group(leaver.id, member_id=leaver.member_id, by=None, now=NOW)])
    done([leave_deal_group(leaver.id, member_id=leaver.member_id, by=None, now=NOW)])
    assert states(leaver, stayer) == ["left", "held"]
    assert Refund.objects.get().amount_minor == 1_000
    other = leave_deal_group(stayer.id, member_id=leaver.member_id, by=None, now=NOW)
    assert isinstance(other, NotFound)
    next_one = a_place(deal)
    assert next_one.group_id == stayer.group_id
    paid(deal, stayer, next_one)
    refused = leave_deal_group(stayer.id, member_id=stayer.member_id, by=None, now=NOW)
    assert refused.code == "marketing.deal_cannot_leave"
    assert states(leaver, stayer, next_one) == ["left", "given", "given"]
    assert check_books() == []


def test_the_wallet_pays_whole_or_not_at_all_and_only_once():
    deal = a_paid_deal(people=2)
    place, other = a_place(deal), a_place(deal)
    poor = pay_deal_place_from_wallet(place.id, member_id=place.member_id, by=None, now=NOW)
    assert poor.code == "member.wallet_too_low"
    assert states(place) == ["held"]
    a_topped_up_wallet(a_member_with(place), 1_500)
    for _ in range(2):
        done([pay_deal_place_from_wallet(place.id, member_id=place.member_id, by=None, now=NOW)])
    assert wallets_now([place.member_id])[place.member_id].total_minor == 500
    paid(deal, other)
    assert states(place, other) == ["given", "given"]
    assert check_books() == []


def test_a_coupon_that_cannot_be_given_any_more_gives_the_money_back():
    deal = a_paid_deal(people=2)
    places = [a_place(deal), a_place(deal)]
    end_coupon(deal.coupon_id, by=None, now=NOW)
    paid(deal, *places)
    assert states(*places) == ["unserved", "unserved"]
    assert DealGroup.objects.get().state == "complete"
    assert [row.amount_minor for row in Refund.objects.all()] == [1_000, 1_000]
    assert check_books() == []


def test_a_refund_that_fails_is_asked_for_again_until_the_money_is_back():
    deal = a_paid_deal(people=2, group_hours=1)
    place = a_place(deal)
    paid(deal, place)
    expire_deal_groups(now=NOW + timedelta(hours=1))
    failed = Refund.objects.get()
    settle_refunds([RefundAnswer(failed.number, Standing.FAILED, "R1")], now=NOW + timedelta(hours=1))
    assert check_books() == []
    assert refund_deals_again(now=NOW + timedelta(hours=1, minutes=5)) == 0
    assert refund_deals_again(now=NOW + timedelta(hours=1, minutes=10)) == 1
    assert refund_deals_again(now=NOW + timedelta(hours=1, minutes=30)) == 0
    again = Refund.objects.exclude(id=failed.id).get()
    assert (again.amount_minor, again.state) == (1_000, "asked")
    settle_refunds([RefundAnswer(again.number, Standing.DONE, "R2")], now=NOW + timedelta(hours=2))
    assert refund_deals_again(now=NOW + timedelta(hours=3)) == 0
    assert Payment.objects.get().refunded_minor == 1_000
    assert check_books() == []


class Goods:
    """A deal on goods of which a store has so many."""

    def __init__(self, *, stock: int, people: int = 2, **fields) -> None:
        self.shop = a_selling_store(stock=stock)
        self.sku_id = self.shop.goods[0].sku_id
        brand = a_brand_of(self.shop.store)
        a_merchant(brand)
        self.deal = a_deal(brand, people=people, sku_id=self.sku_id, price_minor=990, quantity=2, **fields)

    def place(self):
        return a_place(self.deal, store_id=self.shop.store.id)

    def level(self) -> tuple[int, int]:
        row = Level.objects.get(location_id=self.shop.store.id, sku_id=self.sku_id)
        return row.on_hand, row.held


def a_brand_of(store):
    from sitong.org.brands.queries import brand_facts

    return brand_facts([store.brand_id])[store.brand_id]


def test_goods_are_held_from_payment_on_and_ordered_when_the_group_is_complete():
    there = Goods(stock=10)
    first, second = there.place(), there.place()
    assert there.level() == (10, 0)
    paid(there.deal, first)
    assert there.level() == (10, 2)
    assert not Order.objects.exists()
    paid(there.deal, second)
    assert there.level() == (10, 4)
    orders = {row.id: row for row in Order.objects.all()}
    assert set(orders) == {first.id, second.id}
    assert {
        (row.state, row.total_minor, row.member_id is not None, len(row.pickup_code)) for row in orders.values()
    } == {("paid", 990, True, 8)}
    assert check_books() == []
    done(hand_over_orders([HandoverWanted(new_id(), there.shop.store.id, first.id)], now=NOW))
    assert there.level() == (8, 2)
    assert check_books() == []


def test_goods_are_never_sold_twice_and_who_pays_for_none_gets_the_money_back():
    there = Goods(stock=3, people=3)
    first, second = there.place(), there.place()
    paid(there.deal, first, second)
    assert states(first, second) == ["paid", "held"]
    assert there.level() == (3, 2)
    assert Refund.objects.get().payment.document_id == second.id
    assert check_books() == []


def test_goods_are_free_again_when_the_group_expires_or_a_member_leaves():
    there = Goods(stock=10, people=3, group_hours=1)
    stayer, leaver = there.place(), there.place()
    paid(there.deal, stayer, leaver)
    assert there.level() == (10, 4)
    done([leave_deal_group(leaver.id, member_id=leaver.member_id, by=None, now=NOW)])
    assert there.level() == (10, 2)
    expire_deal_groups(now=NOW + timedelta(hours=1))
    assert there.level() == (10, 0)
    assert states(stayer, leaver) == ["expired", "left"]
    assert check_books() == []


def test_members_of_another_brand_and_unknown_places_are_not_found():
    deal = a_paid_deal()
    place = a_place(deal)
    stranger = a_member(a_brand(code="other"))
    for place_id in (place.id, new_id()):
        assert isinstance(pay_deal_place_from_wallet(place_id, member_id=stranger.id, by=None, now=NOW), NotFound)
        assert isinstance(leave_deal_group(place_id, member_id=stranger.id, by=None, now=NOW), NotFound)
    assert states(place) == ["held"]
    a_member_of(deal)


def test_a_coupon_of_a_deal_is_returned_unused_like_a_bought_one():
    deal = a_paid_deal(people=2)
    places = [a_place(deal), a_place(deal)]
    paid(deal, *places)
    back = return_bought_coupon(places[0].id, member_id=places[0].member_id, by=None, now=NOW)
    assert back.amount_minor == 1_000
    assert [row.amount_minor for row in Refund.objects.all()] == [1_000]
    assert check_books() == []


def test_places_and_tickets_move_when_two_members_are_one_but_nobody_is_in_a_group_twice():
    brand = a_brand()
    a_merchant(brand)
    deal = a_deal(
        brand,
        people=2,
        per_member=2,
        coupon_id=a_deal_coupon(brand, per_member=3).id,
        draw=a_draw(a_deal_coupon(brand)),
    )
    one, other = a_member(brand), a_member(brand)
    together = [a_place(deal, one), a_place(deal, other)]
    alone = a_place(deal, other)
    paid(deal, *together)
    done(draw_tickets([TicketWanted(together[1].id, other.id)], now=NOW))
    moved = move_places(other.id, to=one.id, place_ids=None)
    assert moved == [alone.id]
    assert DealPlace.objects.get(id=together[1].id).member_id == other.id
    assert move_places(one.id, to=other.id, place_ids=moved) == [alone.id]
    assert DealTicket.objects.get().member_id == other.id


def test_nobody_is_forgotten_while_a_group_is_open_with_its_money():
    deal = a_paid_deal(people=2)
    place = a_place(deal)
    paid(deal, place)
    with pytest.raises(Refused) as refused:
        erase_member(place.member_id, by=None, reason="asked", now=NOW)
    assert refused.value.code == "marketing.deal_place_pending"
    done([leave_deal_group(place.id, member_id=place.member_id, by=None, now=NOW)])
    assert erase_member(place.member_id, by=None, reason="asked", now=NOW)["group_deals"] == 0
