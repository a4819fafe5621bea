"""Defining, publishing, stopping and keeping promotions; members who turn out to be one; what a member may take along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sitong.marketing.models import FlashItem, FlashTaking, Promotion
from sitong.marketing.promotions.actions import (
    change_promotion,
    define_promotions,
    drop_draft,
    publish_promotion,
    stop_promotion,
    wanted_of,
)
from sitong.marketing.promotions.actions.define import PromotionFrozen, version_of
from sitong.marketing.promotions.definition import PromotionDates, PromotionGroup, PromotionNameless
from sitong.marketing.promotions.queries.live import forget_promotions, promotions_of
from sitong.marketing.promotions.rules import Rule, kept_rule, rule_of
from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.identity.export import data_of
from sitong.scene.orders.actions import place_orders
from sitong.shared.errors import RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member, joined_as_one
from tests.make.org import a_brand, done
from tests.make.promotions import a_flash_sale, a_gift, a_promotion, a_promotion_wanted, brand_of, second_at_half_price
from tests.make.scene import a_selling_store, an_order_wanted

pytestmark = pytest.mark.usefixtures("db")
HALF = Rule(count=2, percent_bp=5_000)


@pytest.fixture
def selling(now):
    forget_promotions()
    return a_selling_store(prices=(1000, 250), stock=100, brand=a_brand(now=now))


def test_the_same_definition_again_gives_what_stands_there(now):
    brand = a_brand(now=now)
    wanted = a_promotion_wanted(brand.id, "nth", HALF, now=now)
    first, again = define_promotions([wanted, wanted], by=None, now=now)
    assert first.id == again.id == wanted.id
    (other,) = define_promotions([replace(wanted, name="另一个")], by=None, now=now)
    assert isinstance(other, RepeatDiffers)
    assert Promotion.objects.count() == 1
    assert replace(wanted_of(first), id=wanted.id) == wanted


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": " "}, PromotionNameless), ({"ends_at": None}, PromotionDates), ({"terms": {"weekdays": [7]}}, PromotionDates),
        ({"month_days": (32,)}, PromotionDates), ({"stacking": "free", "stack_group": "spring"}, PromotionGroup),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(now, fields, refusal):
    if fields.get("ends_at", 0) is None:
        fields = {"ends_at": now}
    (outcome,) = define_promotions(
        [a_promotion_wanted(a_brand(now=now).id, "nth", HALF, now=now, **fields)], by=None, now=now
    )
    assert isinstance(outcome, refusal)
    assert Promotion.objects.count() == 0


def test_a_draft_changes_and_goes_and_what_is_published_stays(now):
    brand = a_brand(now=now)
    draft = a_promotion(brand.id, "nth", HALF, published=False, now=now)
    change_promotion(draft.id, changes={"rule": replace(HALF, percent_bp=3_000)}, by=None, now=now)
    assert rule_of(Promotion.objects.get().rule).percent_bp == 3_000
    assert (version_of(brand.id), promotions_of([brand.id], at=now)) == (0, {})
    publish_promotion(draft.id, by=None, now=now)
    assert version_of(brand.id) == 1
    for change in (
        lambda: change_promotion(draft.id, changes={"name": "x"}, by=None, now=now),
        lambda: drop_draft(draft.id, by=None, now=now),
    ):
        with pytest.raises(PromotionFrozen):
            change()
    other = a_promotion(brand.id, "nth", HALF, published=False, now=now)
    drop_draft(other.id, by=None, now=now)
    assert list(Promotion.objects.values_list("name", "rule")) == [("促销", kept_rule(replace(HALF, percent_bp=3_000)))]


def test_what_would_be_over_is_not_published(now):
    draft = a_promotion(a_brand(now=now).id, "nth", HALF, published=False, now=now)
    with pytest.raises(PromotionDates):
        publish_promotion(draft.id, by=None, now=now + timedelta(days=8))
    assert Promotion.objects.get().published_at is None


def test_a_process_keeps_promotions_until_their_version_rises(selling, now):
    promotion = second_at_half_price(selling, now=now)
    brand_id = selling.store.brand_id
    assert [one.id for one in promotions_of([brand_id], at=now)[brand_id]] == [promotion.id]
    assert promotions_of([brand_id], at=now)[brand_id] is promotions_of([brand_id], at=now)[brand_id]
    stop_promotion(promotion.id, by=None, now=now)
    (kept,) = promotions_of([brand_id], at=now)[brand_id]
    assert (kept.stopped_at, kept.live(now), kept.live(now - timedelta(seconds=1))) == (now, False, False)


def test_gifts_and_flash_prices_are_kept_as_they_were_said(selling, now):
    a_gift(selling, 0, 1, now=now)
    a_flash_sale(selling, price_minor=199, stock=7, per_member=2, now=now)
    for promotion in Promotion.objects.all():
        assert kept_rule(rule_of(promotion.rule)) == promotion.rule
    assert FlashItem.objects.values_list("stock", "sold").get() == (7, 0)


def test_takings_move_with_a_member_and_back_and_are_given_to_whom_asks(selling, now):
    a_flash_sale(selling, price_minor=100, stock=50, per_member=2, now=now)
    other = a_member(brand_of(selling), now=now)
    done(place_orders([an_order_wanted(selling.store, other, [(selling.goods[0].sku_id, 2)])], now=now))
    join = joined_as_one(selling.member, other, survivor=selling.member, now=now)
    assert FlashTaking.objects.get().member_id == selling.member.id
    assert done(place_orders([selling.wanted((0, 1))], now=now)).total_minor == 1000  # the two have had theirs
    assert [row["quantity"] for row in data_of(selling.member.id)["flash_sales"]] == [2]
    undo_join(UndoWanted(join.id), by=None, now=now)
    assert FlashTaking.objects.get().member_id == other.id
    assert done(place_orders([selling.wanted((0, 1), id=new_id())], now=now)).total_minor == 100
    assert check_books() == []
