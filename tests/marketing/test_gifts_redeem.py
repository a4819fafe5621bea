"""Gifts are handed over once only, with a proof; taken back, the member has them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.queries import levels_now
from sitong.marketing.gifts.actions import (
    AskWanted,
    GiftVoidWanted,
    HandedOver,
    RedeemGift,
    TakeBackWanted,
    ask_for_gifts,
    confirm_asks,
    decline_asks,
    let_clerks_confirm,
    let_counter_confirm_itself,
    redeem_gifts,
    take_back_redemptions,
    void_gifts,
)
from sitong.marketing.gifts.actions.ask import AskOver
from sitong.marketing.gifts.actions.undo import GiftHandedOver, GiftReasonMissing
from sitong.marketing.gifts.models import GiftAsk, GiftClaim, GiftCount, GiftCounter, GiftRedemption
from sitong.marketing.gifts.proofs import chain_breaks, proof_holds
from sitong.marketing.gifts.queries.redeemed import all_proofs, handovers
from sitong.marketing.gifts.redeeming import (
    GiftAlreadyRedeemed,
    GiftCodeOld,
    GiftCodePlain,
    GiftElsewhere,
    GiftExpired,
    GiftNotYet,
    GiftNotYours,
    GiftOutOfStock,
    GiftTooLate,
    GiftUnknown,
    GiftVoid,
)
from sitong.marketing.gifts.signing import signed_code
from sitong.org.dealers.actions import move_dealer
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.gifts import a_gift, a_held_gift
from tests.make.member import a_member
from tests.make.org import NOW, a_dealer, a_store
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")
MINUTE = timedelta(minutes=1)


def scan(store, held, *, nonce=None, code: str | None = None, **fields) -> RedeemGift:
    return RedeemGift(nonce or new_id(), store.brand_id, store.id, held.code if code is None else code, **fields)


def redeemed(store, held, *, now=NOW, **fields):
    (outcome,) = redeem_gifts([scan(store, held, **fields)], now=now)
    return outcome


@pytest.fixture
def store():
    return a_store()


@pytest.fixture
def brand(store):
    return type("Brand", (), {"id": store.brand_id})


@pytest.fixture
def held(brand):
    return a_held_gift(a_gift(brand), a_member(brand))


def test_a_gift_is_handed_over_once_only(store, held):
    clerk, first = new_id(), new_id()
    outcome = redeemed(store, held, nonce=first, by=clerk)
    assert (outcome.id, outcome.claim_id, outcome.name, outcome.at) == (first, held.id, "帆布袋", NOW)
    assert redeemed(store, held, nonce=first, by=clerk, now=NOW + MINUTE) == outcome
    assert redeemed(store, held) == GiftAlreadyRedeemed(when="2026-03-03 10:00", where="人民广场店")
    other = a_store(type("Brand", (), {"id": store.brand_id}))
    assert redeemed(other, held, nonce=first) == RepeatDiffers(id=first)
    row = GiftRedemption.objects.get()
    assert (row.by, row.way, row.position, row.levels_minor, row.dealers) == (clerk, "code", 1, [1000], [])
    assert GiftClaim.objects.get().state == "redeemed"
    event = Event.objects.get(name="marketing.gift_redeemed")
    assert (event.facts["value_minor"], event.facts["way"]) == (1000, "code")
    assert GiftCount.objects.get().given == 1
    assert check_books() == []


def test_the_reasons_are_those_that_a_clerk_understands(store, brand):
    member = a_member(brand)
    late = a_held_gift(a_gift(brand, valid_days=1), member)
    early = a_held_gift(a_gift(brand, valid_from=NOW + timedelta(days=1)), member)
    elsewhere = a_held_gift(a_gift(brand, store_ids=frozenset({new_id()})), member)
    franchise = a_held_gift(a_gift(brand, store_kinds=frozenset({"franchise"})), member)
    void = a_held_gift(a_gift(brand), member)
    void_gifts([GiftVoidWanted(void.id, "拿错了")], by=None, now=NOW)
    assert isinstance(redeemed(store, late, now=NOW + timedelta(days=1)), GiftExpired)
    assert redeemed(store, early) == GiftNotYet(since="2026-03-04 10:00")
    assert redeemed(store, elsewhere) == GiftElsewhere(store="人民广场店") == redeemed(store, franchise)
    assert redeemed(store, void) == GiftVoid(gift="帆布袋")
    assert redeemed(store, late, code="G0000000000ZZZZ") == GiftUnknown() == redeemed(store, late, code="nonsense")
    stranger = a_store()
    assert redeemed(stranger, late) == GiftUnknown()
    assert redeemed(store, late, member_id=new_id()) == GiftNotYours()
    (gone,) = redeem_gifts([RedeemGift(new_id(), brand.id, new_id(), late.code)], now=NOW)
    assert gone == NotFound(what="store")
    assert GiftRedemption.objects.count() == 0 and check_books() == []


def test_a_code_that_the_phone_made_holds_five_minutes_and_without_network_too(store, brand):
    member = a_member(brand)
    gift = a_gift(brand, signed_only=True)
    first, second, third = (a_held_gift(gift, member) for _ in range(3))
    assert redeemed(store, first) == GiftCodePlain()
    shown = signed_code(first.code, at=NOW)
    assert len(shown) == 31
    assert redeemed(store, first, code=shown, now=NOW + 6 * MINUTE) == GiftCodeOld()
    assert redeemed(store, first, code=shown, now=NOW - 3 * MINUTE) == GiftNotYet(since="2026-03-03 10:00")
    forged = shown[:-1] + ("0" if shown[-1] != "0" else "1")
    assert redeemed(store, first, code=forged) == GiftCodeOld()
    assert redeemed(store, first, code=second.code + shown[15:]) == GiftCodeOld()
    assert isinstance(redeemed(store, first, code=shown.lower(), now=NOW + 5 * MINUTE), HandedOver)
    assert isinstance(
        redeemed(store, first, code=signed_code(first.code, at=NOW + 6 * MINUTE), now=NOW + 6 * MINUTE),
        GiftAlreadyRedeemed,
    )
    later = signed_code(second.code, at=NOW + MINUTE)
    scanned = NOW + 2 * MINUTE
    merged = redeemed(store, second, code=later, scanned_at=scanned, now=NOW + timedelta(hours=5))
    assert merged.at == scanned and GiftRedemption.objects.get(id=merged.id).received_at == NOW + timedelta(hours=5)
    again = redeemed(store, second, nonce=merged.id, code=later, scanned_at=scanned, now=NOW + timedelta(hours=6))
    assert again == merged
    too_late = redeemed(
        store, third, code=signed_code(third.code, at=NOW), scanned_at=NOW, now=NOW + timedelta(hours=25)
    )
    assert too_late == GiftTooLate()
    ahead = redeemed(
        store, third, code=signed_code(third.code, at=NOW + 9 * MINUTE), scanned_at=NOW + 9 * MINUTE, now=NOW
    )
    assert ahead == GiftTooLate()
    assert redeemed(store, third, scanned_at=NOW) == GiftTooLate()
    assert check_books() == []


def test_goods_go_from_the_store_s_stock_and_come_back(now):
    selling = a_selling_store()
    store, sku = selling.store, selling.goods[0].sku_id
    brand = type("Brand", (), {"id": store.brand_id})
    gift, member = a_gift(brand, sku_id=sku, quantity=2, now=now), a_member(brand)
    before = levels_now([(store.id, sku)])[store.id, sku].on_hand
    holds = [a_held_gift(gift, member, now=now) for _ in range(before // 2 + 1)]
    outcomes = redeem_gifts([scan(store, one) for one in holds], now=now)
    assert [type(one) for one in outcomes] == [HandedOver] * (before // 2) + [GiftOutOfStock]
    assert levels_now([(store.id, sku)])[store.id, sku].on_hand == before % 2
    assert GiftClaim.objects.filter(state="redeemed").count() == before // 2
    (claim,) = take_back_redemptions([TakeBackWanted(outcomes[0].id, "退回")], by=None, now=now)
    assert claim == holds[0].id and levels_now([(store.id, sku)])[store.id, sku].on_hand == before % 2 + 2
    assert isinstance(redeemed(store, holds[-1], now=now), HandedOver)
    assert check_books() == []


def test_each_handover_is_a_link_in_its_store_s_chain(store, brand):
    dealer = a_dealer(brand)
    below = a_dealer(parent=dealer)
    shop = a_store(dealer=below)
    gift, member = a_gift(brand, handling_bp=500), a_member(brand)
    for _ in range(3):
        redeemed(shop, a_held_gift(gift, member)), redeemed(store, a_held_gift(gift, member))
    proofs = list(all_proofs())
    ours = [(evidence.position, proof) for evidence, proof in proofs if evidence.store_id == shop.id]
    assert [position for position, _ in ours] == [1, 2, 3] and chain_breaks(ours) is None
    assert chain_breaks(ours[:1] + ours[2:]) == 3
    evidence, proof = next(pair for pair in proofs if pair[0].store_id == shop.id)
    assert evidence.dealers == (below.id, dealer.id) and evidence.levels_minor == (1000, 1050, 1100)
    assert proof_holds(evidence, proof)
    assert not proof_holds(replace(evidence, at=NOW + MINUTE), proof)
    assert not proof_holds(replace(evidence, levels_minor=(1000, 1050, 1101)), proof)
    move_dealer(below.id, parent_id=None, by=None, now=NOW)
    kept = handovers([evidence.redemption_id])[evidence.redemption_id]
    assert kept.evidence == evidence and check_books() == []
    new = redeemed(shop, a_held_gift(gift, member))
    assert handovers([new.id])[new.id].evidence.dealers == (below.id,)


def test_a_chain_that_was_shortened_is_told(store, held):
    redeemed(store, held)
    GiftCounter.objects.filter(store_id=store.id).update(position=2)
    assert check_books() == [f"marketing.gifts: the proofs of store {store.id} do not end where its counter says"]


def test_a_redemption_is_taken_back_and_the_gift_can_be_fetched_again(store, held):
    done = redeemed(store, held)
    assert void_gifts([GiftVoidWanted(held.id, "x")], by=None, now=NOW) == [GiftHandedOver()]
    assert take_back_redemptions([TakeBackWanted(done.id, " ")], by=None, now=NOW) == [GiftReasonMissing()]
    wanted = TakeBackWanted(done.id, "顾客没拿")
    assert take_back_redemptions([wanted, wanted], by=None, now=NOW) == [held.id, held.id]
    assert take_back_redemptions([wanted, TakeBackWanted(new_id(), "x")], by=None, now=NOW) == [
        held.id,
        NotFound(what="redemption"),
    ]
    assert Event.objects.filter(name="marketing.gift_taken_back").count() == 1
    again = redeemed(store, held)
    assert isinstance(again, HandedOver) and redeemed(store, held, nonce=done.id) == done
    assert check_books() == []


def test_the_consumer_asks_and_the_clerk_confirms(store, brand, held):
    member_id, clerk = held.member_id, new_id()
    wanted = AskWanted(new_id(), brand.id, store.id, held.id, member_id)
    (ask,) = ask_for_gifts([wanted], now=NOW)
    assert isinstance(ask, GiftAsk) and Event.objects.filter(name="marketing.gift_asked").count() == 1
    assert ask_for_gifts([wanted], now=NOW + MINUTE)[0].id == ask.id
    assert ask_for_gifts([AskWanted(new_id(), brand.id, store.id, held.id, new_id())], now=NOW) == [GiftNotYours()]
    assert confirm_asks([ask.id], store_id=new_id(), by=clerk, now=NOW) == [NotFound(what="ask")]
    (done,) = confirm_asks([ask.id], store_id=store.id, by=clerk, now=NOW + MINUTE)
    assert done.id == ask.id and confirm_asks([ask.id], store_id=store.id, by=clerk, now=NOW + 9 * MINUTE) == [done]
    row = GiftRedemption.objects.get()
    assert (row.way, row.by) == ("counter", clerk)
    assert decline_asks([ask.id], store_id=store.id, by=clerk, now=NOW) == [AskOver()]
    assert isinstance(
        ask_for_gifts([AskWanted(new_id(), brand.id, store.id, held.id, member_id)], now=NOW)[0], GiftAlreadyRedeemed
    )


def test_an_ask_that_nobody_answers_is_over_after_three_minutes(store, brand, held):
    (ask,) = ask_for_gifts([AskWanted(new_id(), brand.id, store.id, held.id, held.member_id)], now=NOW)
    assert confirm_asks([ask.id], store_id=store.id, by=None, now=NOW + 3 * MINUTE) == [AskOver()]
    (other,) = ask_for_gifts([AskWanted(new_id(), brand.id, store.id, held.id, held.member_id)], now=NOW)
    (declined,) = decline_asks([other.id], store_id=store.id, by=None, now=NOW)
    assert declined.confirmed is False
    assert confirm_asks([other.id], store_id=store.id, by=None, now=NOW) == [AskOver()]
    assert GiftClaim.objects.get().state == "ready"


def test_a_counter_confirms_itself_where_the_store_has_set_it(store, brand):
    member = a_member(brand)
    plain, dear = a_held_gift(a_gift(brand), member), a_held_gift(a_gift(brand, clerk_confirms=True), member)
    let_counter_confirm_itself(store.id, brand_id=brand.id, by=None, now=NOW)
    wanted = AskWanted(new_id(), brand.id, store.id, plain.id, member.id)
    (done, waits) = ask_for_gifts([wanted, AskWanted(new_id(), brand.id, store.id, dear.id, member.id)], now=NOW)
    assert isinstance(done, HandedOver) and isinstance(waits, GiftAsk)
    assert ask_for_gifts([wanted], now=NOW + MINUTE) == [done]
    assert GiftRedemption.objects.get().way == "self"
    let_clerks_confirm(store.id, brand_id=brand.id, by=None, now=NOW)
    (asked,) = ask_for_gifts(
        [AskWanted(new_id(), brand.id, store.id, a_held_gift(a_gift(brand), member).id, member.id)], now=NOW
    )
    assert isinstance(asked, GiftAsk)


def test_the_number_of_statements_does_not_depend_on_that_of_gifts(brand):
    gift, member = a_gift(brand), a_member(brand)

    def counted(times: int) -> int:
        wanted = [
            scan(shop, a_held_gift(gift, member)) for shop in [a_store(brand), a_store(brand)] for _ in range(times)
        ]
        with CaptureQueriesContext(connection) as captured:
            outcomes = redeem_gifts(wanted, now=NOW)
        assert not any(isinstance(one, Refused) for one in outcomes)
        return len(captured)

    assert counted(1) == counted(10) <= 20
