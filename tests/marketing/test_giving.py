"""What campaigns give: one call for points, coupons, gifts, money and plays; one answer for one id."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sitong.marketing.coupons.claiming import CouponGone, WayClosed
from sitong.marketing.coupons.models import CouponClaim
from sitong.marketing.gifts.giving import GiftGone
from sitong.marketing.gifts.models import GiftClaim, GiftCount
from sitong.marketing.giving.actions import (
    ChanceUse,
    Given,
    NoChanceLeft,
    RewardImpossible,
    give_rewards,
    use_chances,
)
from sitong.marketing.giving.forms import read_rewards, reward_choices, reward_shown
from sitong.marketing.giving.models import CashDue, Chances, RewardGiven
from sitong.marketing.giving.queries import RewardClosed, chances_left, rewards_fault, rewards_named
from sitong.marketing.giving.rules import Reward, reward_read, reward_written
from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.points.actions.giving import NoPointsPlan
from sitong.member.points.queries import points_now
from sitong.shared.errors import RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.gifts import a_gift, a_reward_due
from tests.make.marketing import a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan

pytestmark = pytest.mark.usefixtures("db")


def everything(brand, draw: UUID) -> list[Reward]:
    """One reward of each kind."""
    a_points_plan(brand)
    coupon, gift = a_coupon(brand, ways=("campaign",), per_member=1_000), a_gift(brand)
    return [
        Reward("points", 50), Reward("coupon", 2, coupon.id), Reward("gift", 1, gift.id), Reward("cash", 188),
        Reward("chance", 3, draw),
    ]  # fmt: skip


def test_each_kind_of_reward_becomes_what_it_says():
    brand, draw = a_brand(), new_id()
    member, rewards = a_member(brand), everything(brand, draw)
    outcomes = give_rewards([a_reward_due(member, one) for one in rewards], now=NOW)
    assert [(one.reward, len(one.made_ids)) for one in outcomes] == [
        (one, 2 if one.kind == "coupon" else 1) for one in rewards
    ]
    assert points_now([member.id])[member.id].ready == 50
    claims = CouponClaim.objects.filter(member_id=member.id)
    assert {one.id for one in claims} == set(outcomes[1].made_ids) and {one.way for one in claims} == {"campaign"}
    (gift,) = GiftClaim.objects.filter(member_id=member.id)
    assert (gift.id, gift.state, gift.source, gift.code[0], len(gift.code)) == (
        outcomes[2].made_ids[0],
        "ready",
        "test:1",
        "G",
        15,
    )
    assert CashDue.objects.get(member_id=member.id).amount_minor == 188
    event = Event.objects.get(name="marketing.cash_reward_due")
    assert (event.facts["cash_due_id"], event.facts["amount_minor"]) == (str(outcomes[3].id), 188)
    assert chances_left([member.id], draw) == {member.id: 3}
    assert RewardGiven.objects.filter(member_id=member.id).count() == 5
    assert check_books() == []


def test_the_same_due_gets_the_first_answer_and_nothing_more():
    brand, draw = a_brand(), new_id()
    member, rewards = a_member(brand), everything(brand, draw)
    due = [a_reward_due(member, one) for one in rewards]
    first = give_rewards(due, now=NOW)
    assert give_rewards([*due, *due], now=NOW) == [*first, *first]
    other = a_reward_due(member, Reward("points", 51), id=due[0].id)
    assert give_rewards([other], now=NOW) == [RepeatDiffers(id=due[0].id)]
    assert points_now([member.id])[member.id].ready == 50 and RewardGiven.objects.count() == 5
    assert CouponClaim.objects.count() == 2 and GiftCount.objects.get().given == 1


def test_one_that_is_refused_leaves_nothing_and_never_touches_its_neighbors():
    brand = a_brand()
    a_points_plan(brand)
    member = a_member(brand)
    few, gift = a_coupon(brand, ways=("campaign",), quota_total=3, per_member=10), a_gift(brand, quota_total=1)
    closed = a_coupon(brand, ways=("claim",))
    outcomes = give_rewards([
        a_reward_due(member, Reward("coupon", 2, few.id)),
        a_reward_due(member, Reward("coupon", 2, few.id)),
        a_reward_due(member, Reward("coupon", 1, few.id)),
        a_reward_due(member, Reward("gift", 2, gift.id)),
        a_reward_due(member, Reward("gift", 1, gift.id)),
        a_reward_due(member, Reward("coupon", 1, closed.id)),
        a_reward_due(member, Reward("points", 0)),
        a_reward_due(member, Reward("points", 7)),
    ], now=NOW)  # fmt: skip
    kinds = [Given, CouponGone, Given, GiftGone, Given, WayClosed, RewardImpossible, Given]
    assert [type(one) for one in outcomes] == kinds
    assert CouponClaim.objects.filter(coupon_id=few.id).count() == 3 and GiftClaim.objects.count() == 1
    assert points_now([member.id])[member.id].ready == 7 and RewardGiven.objects.count() == 4
    assert check_books() == []


def test_the_number_of_statements_does_not_depend_on_that_of_rewards():
    brand, draw = a_brand(), new_id()
    rewards = everything(brand, draw)

    def counted(times: int) -> int:
        due = [a_reward_due(a_member(brand), one) for _ in range(times) for one in rewards]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            outcomes = give_rewards(due, now=NOW)
        assert all(isinstance(one, Given) for one in outcomes)
        return len(captured)

    counted(1)
    assert counted(2) == counted(20) <= 50


def test_plays_are_used_the_oldest_first_and_never_more_than_there_are():
    brand, draw = a_brand(), new_id()
    member = a_member(brand)
    give_rewards(
        [a_reward_due(member, Reward("chance", 1, draw)), a_reward_due(member, Reward("chance", 2, draw))], now=NOW
    )
    use = ChanceUse(brand.id, member.id, draw)
    assert use_chances([use, use], now=NOW) == [2, 1]
    assert use_chances([use, use, ChanceUse(brand.id, member.id, new_id())], now=NOW) == [
        0,
        NoChanceLeft(),
        NoChanceLeft(),
    ]
    assert sorted(Chances.objects.values_list("given", "used")) == [(1, 1), (2, 2)]
    assert check_books() == []


def test_a_fault_is_told_where_the_campaign_is_configured():
    brand, other = a_brand(), a_brand()
    coupon, gift = a_coupon(brand, ways=("claim",)), a_gift(brand)
    assert rewards_fault(brand.id, [Reward("gift", 1, gift.id), Reward("cash", 100)]) is None
    assert rewards_fault(brand.id, [Reward("coupon", 1, coupon.id)]) == RewardClosed(kind="coupon")
    assert rewards_fault(other.id, [Reward("gift", 1, gift.id)]) == RewardClosed(kind="gift")
    assert rewards_fault(brand.id, [Reward("chance", 1, new_id())]) == RewardClosed(kind="chance")
    assert rewards_fault(brand.id, [Reward("points", 5)]) == NoPointsPlan()
    assert rewards_fault(brand.id, [Reward("cash", 5_000_001)]) == RewardImpossible(kind="cash", amount=5_000_001)
    assert rewards_fault(brand.id, [Reward("gift", 1)]) == RewardImpossible(kind="gift", amount=1)


def test_rewards_have_a_name_in_both_languages():
    brand = a_brand()
    coupon, gift = a_coupon(brand), a_gift(brand)
    rewards = [Reward("points", 50), Reward("coupon", 2, coupon.id), Reward("gift", 1, gift.id), Reward("cash", 188)]
    assert list(rewards_named(rewards).values()) == [
        ("50 积分", "50 points"), ("2 × 优惠券“满减券”", "2 × coupon “Five off”"), ("礼品“帆布袋”", "gift “Tote bag”"),
        ("¥1.88 现金", "¥1.88 in cash"),
    ]  # fmt: skip
    assert [reward_read(reward_written(one)) for one in rewards] == rewards


def test_a_reward_is_chosen_on_a_page_and_read_back():
    brand = a_brand()
    gift = a_gift(brand)
    with translation.override("en"):
        groups = reward_choices(brand.id)
    assert [group.label for group in groups] == ["Points and cash", "Gifts"]
    assert groups[1].options == ((f"gift:{gift.id}", "Tote bag"),)
    posted = QueryDict(mutable=True)
    posted.setlist("prize_what", ["points", "", "cash", f"gift:{gift.id}"])
    posted.setlist("prize_amount", ["50", "1", "1.88", ""])
    rewards = read_rewards(posted, "prize")
    assert rewards == [Reward("points", 50), Reward("cash", 188), Reward("gift", 1, gift.id)]
    assert [reward_shown(one) for one in rewards][1] == {"what": "cash", "amount": "1.88"}
    for what, amount in (("gift", "1"), ("points", "1.5"), ("points", "many"), ("gift:nothing", "1"), ("points", "-1")):
        posted.setlist("prize_what", [what]), posted.setlist("prize_amount", [amount])
        with pytest.raises(RewardImpossible):
            read_rewards(posted, "prize")


def test_rewards_and_gifts_move_with_a_joined_member_and_go_back():
    brand, draw = a_brand(), new_id()
    stays, goes = a_member(brand), a_member(brand)
    give_rewards([a_reward_due(goes, one) for one in everything(brand, draw)], now=NOW)
    join = joined_as_one(stays, goes, survivor=stays)
    assert chances_left([stays.id, goes.id], draw) == {stays.id: 3, goes.id: 0}
    assert GiftClaim.objects.get().member_id == CashDue.objects.get().member_id == stays.id
    undo_join(UndoWanted(join.id), by=None, now=NOW)
    assert chances_left([stays.id, goes.id], draw) == {stays.id: 0, goes.id: 3}
    assert GiftClaim.objects.get().member_id == CashDue.objects.get().member_id == goes.id
