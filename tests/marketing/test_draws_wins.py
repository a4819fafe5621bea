"""What becomes of prizes: given, claimed by address or in a store, handed over once, expired and back in the pool."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from sitong.marketing.coupons.actions import change_coupon
from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.draws.actions import (
    Address,
    DrawWanted,
    HandOverWanted,
    claim_by_address,
    define_draws,
    expire_prizes,
    give_late_wins,
    give_wins,
    hand_over_prizes,
    play_draws,
    publish_seeds,
    send_prize,
)
from sitong.marketing.draws.handlers import GIVING
from sitong.marketing.draws.models import Draw, DrawPlayer, DrawPrize, DrawWin, PrizeAddress
from sitong.marketing.draws.queries.records import record_file
from sitong.marketing.draws.record import verify
from sitong.marketing.draws.rules import Prize
from sitong.marketing.giving.rules import Reward
from sitong.member.identity.actions import UndoWanted, erase_member, undo_join
from sitong.member.identity.giving import GIVERS
from sitong.member.points.queries import points_now
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.proof.files import proof_read
from tests.make.draws import DAY, a_draw, a_play, a_play_wanted, cash, goods, rules
from tests.make.marketing import a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand, a_store
from tests.make.points import a_points_plan

HOME = Address("王小明", "13800138000", "成都市锦江区 1 号")


def code_of(refused) -> str:
    return refused.value.code


@pytest.mark.usefixtures("committed_db")
def test_rewards_are_given_once_right_after_the_play():
    brand = a_brand()
    a_points_plan(brand)
    coupon = a_coupon(brand, ways=("campaign",), valid_until=NOW + 900 * DAY)
    points = Prize(new_id(), "积分", weight=1, value_minor=10, reward=Reward("points", 50))
    draws = [
        a_draw(brand, points),
        a_draw(brand, Prize(new_id(), "券", weight=1, value_minor=500, reward=Reward("coupon", 1, coupon.id))),
    ]
    member = a_member(brand)
    for draw in draws:
        a_play(draw, member)
    drain(GIVING)
    drain(GIVING)
    assert points_now([member.id])[member.id].ready == 50
    assert CouponClaim.objects.get().member_id == member.id
    assert set(DrawWin.objects.values_list("state", flat=True)) == {"given"}
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_what_cannot_be_given_yet_is_given_once_it_can():
    brand = a_brand()
    coupon = a_coupon(brand, ways=("campaign",), quota_total=1, per_member=9, valid_until=NOW + 900 * DAY)
    draw = a_draw(brand, Prize(new_id(), "券", weight=1, value_minor=500, reward=Reward("coupon", 1, coupon.id)))
    member = a_member(brand)
    play_draws([a_play_wanted(draw, member) for _ in range(2)], now=NOW)
    give_wins(DrawWin.objects.values_list("id", flat=True), now=NOW)
    late = DrawWin.objects.get(state="due")
    assert late.fault == "marketing.coupon_gone"
    change_coupon(coupon.id, changes={"quota_total": 2}, by=None, now=NOW)
    assert give_late_wins(now=late.tried_at + timedelta(minutes=3)) == 1
    assert give_late_wins(now=late.tried_at + timedelta(minutes=9)) == 0
    assert CouponClaim.objects.count() == 2
    assert check_books() == []


def won(**fields):
    brand = a_brand()
    prize = goods(**fields)
    draw, member = a_draw(brand, prize, claim_days=3), a_member(brand)
    play = a_play(draw, member)
    return brand, draw, member, prize, DrawWin.objects.get(id=play.id)


@pytest.mark.usefixtures("db")
def test_an_address_is_sealed_and_may_be_said_anew_until_the_prize_is_sent():
    _brand, _draw, member, _prize, win = won()
    claim_by_address(win.id, member_id=member.id, address=Address("别人", "1", "x"), now=NOW)
    claim_by_address(win.id, member_id=member.id, address=HOME, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, address FROM marketing_prizeaddress")
        assert not any(HOME.name in value or HOME.phone in value for value in cursor.fetchone())
    assert send_prize(win.id, parcel="顺丰 SF100", by=None, now=NOW).state == "sent"
    assert send_prize(win.id, parcel="again", by=None, now=NOW).parcel == "顺丰 SF100"
    with pytest.raises(Refused) as refused:
        claim_by_address(win.id, member_id=member.id, address=HOME, now=NOW)
    assert code_of(refused) == "marketing.prize_on_its_way"


@pytest.mark.usefixtures("db")
def test_nobody_else_claims_and_nothing_is_sent_without_an_address():
    brand, _draw, member, _prize, win = won()
    with pytest.raises(NotFound):
        claim_by_address(win.id, member_id=a_member(brand).id, address=HOME, now=NOW)
    for act, code in [
        (
            lambda: claim_by_address(win.id, member_id=member.id, address=Address("王", "", "x"), now=NOW),
            "marketing.address_incomplete",
        ),
        (lambda: send_prize(win.id, parcel="", by=None, now=NOW), "marketing.prize_not_claimed"),
    ]:
        with pytest.raises(Refused) as refused:
            act()
        assert code_of(refused) == code
    assert PrizeAddress.objects.count() == 0


@pytest.mark.usefixtures("db")
def test_a_prize_is_handed_over_once_in_a_store():
    brand, _draw, _member, prize, win = won()
    store = a_store(brand=brand)
    wanted = HandOverWanted(new_id(), brand.id, store.id, win.code)
    first, again, other = hand_over_prizes(
        [wanted, wanted, HandOverWanted(new_id(), brand.id, store.id, win.code)], now=NOW
    )
    assert first == again and first.prize == prize
    assert other.code == "marketing.prize_handed_already"
    assert hand_over_prizes([wanted], now=NOW + DAY) == [first]
    assert isinstance(
        hand_over_prizes([HandOverWanted(wanted.id, brand.id, new_id(), win.code)], now=NOW)[0], RepeatDiffers
    )
    assert (
        hand_over_prizes([HandOverWanted(new_id(), brand.id, store.id, "W" + "0" * 14)], now=NOW)[0].code
        == "marketing.prize_unknown"
    )
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_goods_of_another_way_or_another_brand_are_not_handed_over():
    brand, _draw, _member, _prize, win = won(ways=("address",))
    store, foreign = a_store(brand=brand), a_store()
    assert (
        hand_over_prizes([HandOverWanted(new_id(), brand.id, store.id, win.code)], now=NOW)[0].code
        == "marketing.prize_way_closed"
    )
    assert (
        hand_over_prizes([HandOverWanted(new_id(), foreign.brand_id, foreign.id, win.code)], now=NOW)[0].code
        == "marketing.prize_unknown"
    )


@pytest.mark.usefixtures("db")
def test_what_nobody_claims_goes_back_and_is_won_again_and_the_record_says_so():
    brand, draw, member, prize, win = won()
    assert expire_prizes(now=NOW + 2 * DAY) == 0
    assert expire_prizes(now=NOW + 3 * DAY) == 1
    row = DrawPrize.objects.get()
    assert (row.won, row.returned) == (1, 1)
    with pytest.raises(Refused) as refused:
        claim_by_address(win.id, member_id=member.id, address=HOME, now=NOW + 3 * DAY)
    assert code_of(refused) == "marketing.prize_gone"
    assert a_play(draw, a_member(brand), now=NOW + 3 * DAY).prize_id == prize.id
    assert check_books() == []
    publish_seeds(now=NOW + 8 * DAY)
    assert verify(proof_read(record_file(Draw.objects.get())))["plays"] == 2
    assert expire_prizes(now=NOW + 30 * DAY) == 1
    assert verify(proof_read(record_file(Draw.objects.get())))["plays"] == 2, (
        "what expires after the end changes no record"
    )


@pytest.mark.usefixtures("db")
def test_plays_and_prizes_move_with_a_joined_member_and_back():
    brand, _draw, member, _prize, win = won()
    survivor = a_member(brand)
    join = joined_as_one(member, survivor, survivor=survivor)
    win.refresh_from_db()
    assert win.member_id == survivor.id
    assert DrawPlayer.objects.get().member_id == survivor.id
    undo_join(UndoWanted(join.id), by=None, now=NOW)
    win.refresh_from_db()
    assert win.member_id == member.id
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_a_member_gets_its_plays_on_request_and_erasing_takes_the_address():
    _brand, _draw, member, _prize, win = won()
    claim_by_address(win.id, member_id=member.id, address=HOME, now=NOW)
    (given,) = GIVERS["draws"]([member.id])
    assert (given["draw"], given["number"], given["prize"], given["state"]) == ("幸运转盘", 1, "香水", "claimed")
    assert given["sent_to"] == "王小明, 13800138000, 成都市锦江区 1 号"
    erase_member(member.id, by=None, reason="本人要求", now=NOW)
    assert PrizeAddress.objects.count() == 0
    assert DrawWin.objects.count() == 1
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_a_prize_that_is_won_by_a_consolation_costs_what_it_says():
    brand = a_brand()
    draw = a_draw(brand, goods(weight=1), cash(5, weight=0, consolation=True), blank_weight=10**8)
    a_play(draw, a_member(brand))
    give_wins([DrawWin.objects.get().id], now=NOW)
    win = DrawWin.objects.get()
    assert (win.how, win.state, win.value_minor) == ("consolation", "given", 5)


@pytest.mark.usefixtures("db")
def test_a_prize_may_be_one_more_play_of_the_very_draw():
    brand, id = a_brand(), new_id()
    again = Prize(new_id(), "再来一次", weight=1, reward=Reward("chance", 1, id))
    (refused,) = define_draws([DrawWanted(id, brand.id, rules(again))], by=None, now=NOW)
    assert refused.code == "marketing.draw_takes_no_chances"
    draw, member = a_draw(brand, again, id=id, takes_chances=True, free_daily=1), a_member(brand)
    give_wins([a_play(draw, member).id], now=NOW)
    assert a_play(draw, member, way="chance").number == 2
    assert check_books() == []
