"""What follows by itself when gifts are handed over: counts, and the phone that rings."""

from __future__ import annotations

import pytest

from sitong.marketing.gifts.actions import RedeemGift, TakeBackWanted, redeem_gifts, take_back_redemptions
from sitong.marketing.gifts.handlers import COUNTS
from sitong.marketing.gifts.models import GiftCount
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.gifts import a_gift, a_held_gift
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store


@pytest.mark.usefixtures("committed_db")
def test_handovers_are_counted_once_each_and_taken_back():
    brand = a_brand()
    store, gift, member = a_store(brand), a_gift(brand), a_member(brand)
    done = redeem_gifts(
        [RedeemGift(new_id(), brand.id, store.id, a_held_gift(gift, member).code) for _ in range(2)], now=NOW
    )
    assert check_books() == []  # the books know that it is yet to be counted
    drain(COUNTS)
    drain(COUNTS)
    count = GiftCount.objects.get()
    assert (count.given, count.redeemed, count.value_minor) == (2, 2, 2_000)
    take_back_redemptions([TakeBackWanted(done[0].id, "退回")], by=None, now=NOW)
    assert check_books() == []
    drain(COUNTS)
    count.refresh_from_db()
    assert (count.given, count.redeemed, count.value_minor) == (2, 1, 1_000)
    assert check_books() == []
