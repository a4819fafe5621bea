"""Gifts at the same instant: two clerks, one wins; no quota is oversold; and without the locks."""

from __future__ import annotations

import threading

import pytest
from django.db.utils import IntegrityError

from sitong.marketing.gifts.actions import GiftWanted, RedeemGift, counters, give, give_gifts, redeem, redeem_gifts
from sitong.marketing.gifts.models import GiftClaim, GiftCount, GiftRedemption
from sitong.marketing.giving.actions import ChanceUse, give_rewards, use_chances
from sitong.marketing.giving.actions import give as rewards
from sitong.marketing.giving.models import Chances, RewardGiven
from sitong.marketing.giving.rules import Reward
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.gifts import a_gift, a_held_gift, a_reward_due
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.races.test_coupons import at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")


def together(module, name: str, monkeypatch, count: int = 2) -> None:
    """Let `module.name` begin only when so many threads have come to it: each has decided by what it read before."""
    everybody, own = threading.Barrier(count), getattr(module, name)

    def wait_and_go(*some, **named):
        everybody.wait(10)
        return own(*some, **named)

    monkeypatch.setattr(module, name, wait_and_go)


def test_of_eight_clerks_one_hands_the_gift_over():
    brand = a_brand()
    held = a_held_gift(a_gift(brand), a_member(brand))
    stores = [a_store(brand) for _ in range(8)]
    outcomes = at_once(
        8, lambda at: redeem_gifts([RedeemGift(new_id(), brand.id, stores[at].id, held.code)], now=NOW)[0]
    )
    assert codes(outcomes) == {"HandedOver": 1, "marketing.gift_already_redeemed": 7}
    assert GiftRedemption.objects.count() == 1 and check_books() == []


def test_without_the_lock_two_clerks_both_believe_it_and_only_the_constraint_stops_one(monkeypatch):
    """The control: a claim read without its lock is ready for both. The unique turn is the wall behind it."""
    brand = a_brand()
    held = a_held_gift(a_gift(brand), a_member(brand))
    stores = [a_store(brand) for _ in range(2)]
    monkeypatch.setattr(redeem, "LOCK", redeem.LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(redeem, "ATTEMPTS", 1)
    together(redeem, "_write", monkeypatch)
    outcomes = at_once(
        2, lambda at: redeem_gifts([RedeemGift(new_id(), brand.id, stores[at].id, held.code)], now=NOW)[0]
    )
    assert codes(outcomes) == {"HandedOver": 1, "IntegrityError": 1}


def test_handovers_of_one_store_at_once_make_one_chain():
    brand = a_brand()
    store, gift, member = a_store(brand), a_gift(brand), a_member(brand)
    holds = [a_held_gift(gift, member) for _ in range(8)]
    outcomes = at_once(
        8, lambda at: redeem_gifts([RedeemGift(new_id(), brand.id, store.id, holds[at].code)], now=NOW)[0]
    )
    assert codes(outcomes) == {"HandedOver": 8}
    assert sorted(GiftRedemption.objects.values_list("position", flat=True)) == list(range(1, 9))
    assert check_books() == []


def test_without_the_lock_on_the_counter_two_proofs_follow_the_same_one(monkeypatch):
    """The control: both take the same place in the chain, and only the unique position stops one."""
    brand = a_brand()
    store, gift, member = a_store(brand), a_gift(brand), a_member(brand)
    first, *holds = [a_held_gift(gift, member) for _ in range(3)]
    redeem_gifts([RedeemGift(new_id(), brand.id, store.id, first.code)], now=NOW)
    monkeypatch.setattr(counters, "LOCK", counters.LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(redeem, "ATTEMPTS", 1)
    together(redeem, "_write", monkeypatch)
    outcomes = at_once(
        2, lambda at: redeem_gifts([RedeemGift(new_id(), brand.id, store.id, holds[at].code)], now=NOW)[0]
    )
    assert codes(outcomes) == {"HandedOver": 1, "IntegrityError": 1}
    assert isinstance(outcomes[0], IntegrityError) or isinstance(outcomes[1], IntegrityError)


def test_eight_threads_never_give_more_gifts_than_there_are():
    brand = a_brand()
    gift, members = a_gift(brand, quota_total=5), [a_member(brand) for _ in range(8)]
    wanted = [GiftWanted((new_id(),), brand.id, one.id, gift.id) for one in members]
    outcomes = at_once(8, lambda at: give_gifts([wanted[at]], now=NOW)[0])
    assert codes(outcomes) == {"tuple": 5, "marketing.gift_gone": 3}
    assert GiftClaim.objects.count() == GiftCount.objects.get().given == 5 and check_books() == []


def test_without_the_lock_the_last_gift_is_given_twice(monkeypatch):
    """The control: counts that are read without a lock let both have the last one, and the books say so."""
    brand = a_brand()
    gift, members = a_gift(brand, quota_total=1), [a_member(brand) for _ in range(2)]
    monkeypatch.setattr(give, "LOCK_COUNTS", give.LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""))
    together(give, "_write", monkeypatch)
    outcomes = at_once(
        2, lambda at: give_gifts([GiftWanted((new_id(),), brand.id, members[at].id, gift.id)], now=NOW)[0]
    )
    assert codes(outcomes) == {"tuple": 2}
    assert check_books() == [f"marketing.gifts: gift {gift.number}: 2 are out, its quota is 1"]


def test_the_same_reward_sixteen_times_at_once_is_one_reward():
    brand = a_brand()
    due = a_reward_due(a_member(brand), Reward("gift", 2, a_gift(brand).id))
    outcomes = at_once(16, lambda _: give_rewards([due, due], now=NOW)[-1])
    assert codes(outcomes) == {"Given": 16} and len({one.made_ids for one in outcomes}) == 1
    assert (RewardGiven.objects.count(), GiftClaim.objects.count()) == (1, 2) and check_books() == []


def test_eight_plays_at_once_use_no_more_than_there_are():
    brand, draw = a_brand(), new_id()
    member = a_member(brand)
    give_rewards(
        [a_reward_due(member, Reward("chance", 2, draw)), a_reward_due(member, Reward("chance", 3, draw))], now=NOW
    )
    use = ChanceUse(brand.id, member.id, draw)
    outcomes = at_once(8, lambda _: use_chances([use], now=NOW)[0])
    assert codes(outcomes) == {"int": 5, "marketing.no_chance_left": 3}
    assert sorted(Chances.objects.values_list("given", "used")) == [(2, 2), (3, 3)]


def test_without_the_lock_one_play_is_used_twice_and_only_the_constraint_stops_it(monkeypatch):
    """The control: both see the last play; the table's own rule is the wall behind the lock."""
    brand, draw = a_brand(), new_id()
    member = a_member(brand)
    give_rewards([a_reward_due(member, Reward("chance", 1, draw))], now=NOW)
    monkeypatch.setattr(rewards, "LOCK_CHANCES", rewards.LOCK_CHANCES.replace("FOR NO KEY UPDATE", ""))
    together(rewards, "write", monkeypatch)
    use = ChanceUse(brand.id, member.id, draw)
    outcomes = at_once(2, lambda _: use_chances([use], now=NOW)[0])
    assert codes(outcomes) == {"int": 1, "IntegrityError": 1}
