"""Joining groups: never more in a group than it has places, and everybody hears the same answer again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.deals.actions import JoinWanted, end_deal, join_groups
from sitong.marketing.deals.models import DealCount, DealGroup, DealPlace
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.deals import a_deal, a_deal_coupon, a_join_wanted, a_member_of, a_place
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("db")


def refusal(wanted, *, now=NOW) -> str:
    (outcome,) = join_groups([wanted], now=now)
    return outcome.code


def test_the_first_opens_a_group_and_the_others_fill_it():
    deal = a_deal(people=3)
    first = a_place(deal)
    second, third = a_place(deal), a_place(deal)
    assert first.group_id == second.group_id == third.group_id == first.id
    assert (first.state, first.price_minor, first.pay_by) == ("held", 1_000, NOW + timedelta(minutes=15))
    fourth = a_place(deal)
    assert fourth.group_id == fourth.id
    assert list(DealGroup.objects.order_by("opened_at", "id").values_list("taken", flat=True)) == [3, 1]
    assert DealCount.objects.get().opened == 2
    assert check_books() == []


def test_a_batch_is_decided_in_order_of_arrival_and_one_refused_leaves_the_others_alone():
    deal = a_deal(people=2)
    members = [a_member_of(deal) for _ in range(4)]
    group = new_id()
    wanted = [
        a_join_wanted(deal, members[0], id=group, way="open"),
        a_join_wanted(deal, members[1], way="join", group_id=group),
        a_join_wanted(deal, members[2], way="join", group_id=group),
        a_join_wanted(deal, members[3]),
    ]
    outcomes = join_groups(wanted, now=NOW)
    assert [getattr(one, "code", "joined") for one in outcomes] == [
        "joined",
        "joined",
        "marketing.deal_group_full",
        "joined",
    ]
    assert outcomes[3].group_id != group
    assert DealPlace.objects.count() == 3


def test_the_same_id_is_the_same_place():
    deal = a_deal()
    member = a_member_of(deal)
    wanted = a_join_wanted(deal, member)
    first = done(join_groups([wanted], now=NOW))
    again, in_batch = join_groups([wanted, wanted], now=NOW + timedelta(minutes=1))
    assert again == in_batch == first
    (differs,) = join_groups([a_join_wanted(deal, a_member_of(deal), id=wanted.id)], now=NOW)
    assert isinstance(differs, RepeatDiffers)
    assert DealPlace.objects.count() == 1


def test_nobody_is_in_a_group_twice_or_takes_part_more_often_than_one_may():
    brand = a_brand()
    deal = a_deal(brand, per_member=2, coupon_id=a_deal_coupon(brand, per_member=2).id)
    member = a_member_of(deal)
    first = a_place(deal, member)
    assert refusal(a_join_wanted(deal, member, way="join", group_id=first.group_id)) == "marketing.deal_joined"
    second = a_place(deal, member)
    assert second.group_id != first.group_id
    assert refusal(a_join_wanted(deal, member, way="open")) == "marketing.deal_enough"
    assert DealPlace.objects.count() == 2


def test_a_deal_is_joined_while_it_runs_and_where_it_runs():
    brand = a_brand()
    here, there = a_store(brand), a_store(brand)
    deal = a_deal(brand, starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=9), store_ids=(here.id,))
    wanted = a_join_wanted(deal, a_member(brand), store_id=here.id)
    assert refusal(wanted) == "marketing.deal_not_yet"
    assert refusal(wanted, now=NOW + timedelta(hours=9)) == "marketing.deal_over"
    during = NOW + timedelta(hours=2)
    assert refusal(a_join_wanted(deal, a_member(brand), store_id=there.id), now=during) == "marketing.deal_not_here"
    place = done(join_groups([wanted], now=during))
    assert DealGroup.objects.get(id=place.group_id).ends_at == NOW + timedelta(hours=9)


def test_only_so_many_groups_are_opened_and_none_after_the_deal_was_ended():
    deal = a_deal(people=2, groups_max=1)
    first = a_place(deal)
    assert refusal(a_join_wanted(deal, a_member_of(deal), way="open")) == "marketing.deal_groups_gone"
    end_deal(deal.id, by=None, now=NOW)
    assert a_place(deal).group_id == first.group_id
    assert refusal(a_join_wanted(deal, a_member_of(deal))) == "marketing.deal_over"


def test_a_group_whose_time_is_over_is_not_joined():
    deal = a_deal(group_hours=1)
    first = a_place(deal)
    later = NOW + timedelta(hours=1)
    assert (
        refusal(a_join_wanted(deal, a_member_of(deal), way="join", group_id=first.group_id), now=later)
        == "marketing.deal_group_closed"
    )
    assert a_place(deal, now=later).group_id != first.group_id


def test_drafts_and_other_brands_deals_are_not_found():
    draft, other = a_deal(published=False), a_deal(a_brand(code="other"))
    member = a_member_of(draft)
    for deal_id in (draft.id, other.id, new_id()):
        (outcome,) = join_groups([JoinWanted(new_id(), draft.brand_id, member.id, deal_id)], now=NOW)
        assert isinstance(outcome, NotFound)
    (outcome,) = join_groups([JoinWanted(new_id(), other.brand_id, member.id, other.id, "join", new_id())], now=NOW)
    assert isinstance(outcome, NotFound)
    assert not DealPlace.objects.exists()


def test_two_joins_and_twenty_take_as_many_statements():
    deal = a_deal(people=30)
    a_place(deal)

    def statements(count: int) -> int:
        wanted = [a_join_wanted(deal, a_member_of(deal)) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            join_groups(wanted, now=NOW)
        return len(captured) - sum("SAVEPOINT" in one["sql"] for one in captured)

    statements(1)  # what a process keeps
    assert statements(2) == statements(20) == 8


def test_a_store_must_be_an_open_one_of_the_brand_and_goods_need_one():
    brand = a_brand()
    deal = a_deal(brand)
    foreign = a_store(a_brand(code="other"))
    for store_id in (foreign.id, new_id()):
        assert refusal(a_join_wanted(deal, a_member(brand), store_id=store_id)) == "shared.not_found"
    goods = a_deal(brand, sku_id=new_id())
    assert refusal(a_join_wanted(goods, a_member(brand))) == "marketing.deal_not_here"
    assert not DealPlace.objects.exists()
