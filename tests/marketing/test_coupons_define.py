"""Defining coupons: what is refused, and what may still change once one was given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sitong.marketing.coupons.actions import (
    CampaignWanted,
    CouponWanted,
    change_coupon,
    choose_coupons,
    define_campaigns,
    define_coupons,
    end_coupon,
    publish_coupon,
    push_coupon,
    unchoose_coupons,
    wanted_of,
)
from sitong.marketing.coupons.handlers import prolong
from sitong.marketing.coupons.models import Coupon, CouponClaim, CouponCount, CouponGoods, CouponStore
from sitong.marketing.coupons.rules import Terms, kept_terms, terms_of, terms_widen
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.events.registry import from_facts
from sitong.shared.ids import new_id
from tests.make.marketing import a_claim, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def wanted(brand, **fields) -> CouponWanted:
    return CouponWanted(
        **{
            "id": new_id(),
            "brand_id": brand.id,
            "name": "券",
            "kind": "cash",
            "value_minor": 500,
            "valid_days": 7,
            **fields,
        }
    )


@pytest.mark.parametrize(("fields", "code"), [
    ({"name": "  "}, "coupon_nameless"),
    ({"value_minor": 0}, "coupon_gives_nothing"),
    ({"kind": "percent"}, "coupon_gives_nothing"),
    ({"kind": "percent", "percent_bp": 10_001}, "coupon_gives_nothing"),
    ({"kind": "gift"}, "coupon_gives_nothing"),
    ({"kind": "exchange"}, "coupon_without_goods"),
    ({"goods": ()}, "coupon_without_goods"),
    ({"threshold_minor": -1}, "coupon_amounts"),
    ({"kind": "percent", "percent_bp": 1000, "cap_minor": 0}, "coupon_amounts"),
    ({"value_minor": 10**13}, "coupon_amounts"),
    ({"terms": Terms(hour_from=12, hour_until=12)}, "coupon_hours"),
    ({"terms": Terms(hour_from=0, hour_until=25)}, "coupon_hours"),
    ({"terms": Terms(weekdays=frozenset({7}))}, "coupon_hours"),
    ({"valid_days": None}, "coupon_dates"),
    ({"valid_days": 0}, "coupon_dates"),
    ({"valid_from": NOW, "valid_until": NOW}, "coupon_dates"),
    ({"claim_from": NOW, "claim_until": NOW}, "coupon_dates"),
    ({"claim_from": NOW + DAY, "valid_until": NOW}, "coupon_dates"),
    ({"valid_until": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "coupon_dates"),
    ({"quota_total": 0}, "coupon_quota"),
    ({"quota_total": 5, "quota_daily": 6}, "coupon_quota"),
    ({"per_member": 0}, "coupon_quota"),
    ({"ways": ()}, "coupon_ways"),
    ({"ways": ("theft",)}, "coupon_ways"),
    ({"ways": ("buy",)}, "coupon_price"),
    ({"price_minor": 100}, "coupon_price"),
    ({"ways": ("buy", "claim"), "price_minor": 100}, "coupon_price"),
    ({"stacking": "always"}, "coupon_group"),
    ({"stacking": "free", "stack_group": "a"}, "coupon_group"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_before_it_exists(fields, code):
    (outcome,) = define_coupons([wanted(a_brand(), **fields)], by=None, now=NOW)
    assert isinstance(outcome, Refused) and outcome.code == f"marketing.{code}"
    assert not Coupon.objects.exists() and not CouponCount.objects.exists()


def test_a_defined_coupon_is_a_draft_with_its_goods_and_an_audit():
    brand, by = a_brand(), new_id()
    goods = tuple(new_id() for _ in range(3))
    one = wanted(
        brand,
        goods=goods,
        number="spring",
        terms=Terms(tiers=frozenset({"gold"}), weekdays=frozenset({5, 6}), hour_from=9),
    )
    coupon = done(define_coupons([one], by=by, now=NOW))
    assert (coupon.published_at, coupon.number, coupon.goods_listed, coupon.at_counter) == (None, "spring", True, False)
    assert coupon.terms == {"tiers": ["gold"], "weekdays": [5, 6], "hour_from": 9, "hour_until": 24}
    assert set(CouponGoods.objects.values_list("product_id", flat=True)) == set(goods)
    assert Audit.objects.get(subject="marketing.coupon").by == by
    again = done(define_coupons([one], by=by, now=NOW))
    assert again.id == coupon.id and Coupon.objects.count() == 1
    (differs,) = define_coupons(
        [CouponWanted(one.id, a_brand().id, "券", "cash", value_minor=500, valid_days=7)], by=by, now=NOW
    )
    assert isinstance(differs, RepeatDiffers)
    assert wanted_of(Coupon.objects.get()).goods == tuple(sorted(goods))


def test_two_coupons_of_a_brand_cannot_have_one_number():
    brand, other = a_brand(), a_brand()
    _, second = define_coupons([wanted(brand, number="spring"), wanted(brand, number="spring")], by=None, now=NOW)
    assert second.code == "marketing.coupon_number_taken"
    done(define_coupons([wanted(other, number="spring")], by=None, now=NOW))
    (third,) = define_coupons([wanted(brand, number="spring")], by=None, now=NOW)
    assert third.code == "marketing.coupon_number_taken"
    assert Coupon.objects.count() == 2


def test_publishing_is_told_once_and_an_ended_coupon_stays_so():
    coupon = a_coupon(a_brand())
    publish_coupon(coupon.id, by=None, now=NOW + DAY)
    assert Event.objects.filter(name="marketing.coupon_published").count() == 1
    assert Coupon.objects.get().published_at == NOW
    end_coupon(coupon.id, by=None, now=NOW)
    with pytest.raises(Refused) as refused:
        publish_coupon(coupon.id, by=None, now=NOW)
    assert refused.value.code == "marketing.coupon_ended"


def test_before_the_first_is_given_everything_may_change():
    coupon = a_coupon(a_brand())
    changed = change_coupon(
        coupon.id, changes={"value_minor": 100, "goods": (new_id(),), "terms": Terms(hour_from=9)}, by=None, now=NOW
    )
    assert (changed.value_minor, changed.goods_listed, changed.terms) == (100, True, {"hour_from": 9, "hour_until": 24})
    assert CouponCount.objects.get().version == 3


@pytest.mark.parametrize("changes", [
    {"value_minor": 400}, {"threshold_minor": 100}, {"terms": Terms(weekdays=frozenset({1}))}, {"stores_choose": True},
    {"valid_until": NOW + DAY}, {"stacking": "exclusive"}, {"kind": "percent", "percent_bp": 10}, {"goods": (new_id(),)},
])  # fmt: skip
def test_afterwards_nothing_that_takes_from_those_who_have_one(changes):
    brand = a_brand()
    coupon = a_coupon(brand)
    a_claim(coupon, a_member(brand))
    with pytest.raises(Refused) as refused:
        change_coupon(coupon.id, changes=changes, by=None, now=NOW)
    assert refused.value.code == "marketing.coupon_frozen"
    kept = Coupon.objects.get()
    assert (kept.value_minor, kept.threshold_minor, kept.terms, kept.valid_until) == (500, 0, {}, NOW + 7 * DAY)


def test_afterwards_what_is_better_for_them_and_who_holds_one_has_it_longer():
    brand = a_brand()
    coupon = a_coupon(brand, threshold_minor=1000, quota_total=5)
    claim = a_claim(coupon, a_member(brand))
    better = {
        "value_minor": 600,
        "threshold_minor": 0,
        "valid_until": NOW + 9 * DAY,
        "quota_total": 2,
        "transferable": True,
        "stacking": "free",
    }
    changed = change_coupon(coupon.id, changes=better, by=None, now=NOW)
    assert (changed.value_minor, changed.threshold_minor, changed.transferable) == (600, 0, True)
    (event,) = [from_facts(one.name, one.facts) for one in Event.objects.filter(name="marketing.coupon_prolonged")]
    prolong([event])
    assert CouponClaim.objects.get(id=claim.id).valid_until == NOW + 9 * DAY
    a_claim(coupon, a_member(brand))
    with pytest.raises(Refused) as refused:
        change_coupon(coupon.id, changes={"quota_total": 1}, by=None, now=NOW)
    assert (refused.value.code, refused.value.facts) == ("marketing.coupon_quota", {"given": 2, "quota": 1})


def test_conditions_are_wider_when_all_that_held_still_holds():
    one, two = new_id(), new_id()
    assert terms_widen(Terms(store_ids=frozenset({one})), Terms())
    assert terms_widen(Terms(store_ids=frozenset({one})), Terms(store_ids=frozenset({one, two})))
    assert not terms_widen(Terms(), Terms(store_ids=frozenset({one})))
    assert terms_widen(
        Terms(product_ids=frozenset({one})), Terms(product_ids=frozenset({one}), category_ids=frozenset({two}))
    )
    assert not terms_widen(Terms(), Terms(category_ids=frozenset({two})))
    assert terms_widen(Terms(hour_from=9, hour_until=18), Terms(hour_from=8, hour_until=18))
    assert not terms_widen(Terms(), Terms(first_order=True))


def test_conditions_are_kept_and_read_again():
    terms = Terms(
        frozenset({new_id()}), frozenset({new_id()}), frozenset({new_id()}), frozenset({new_id(), new_id()}), frozenset({"direct"}),
        frozenset({"gold"}), frozenset({"pos"}), frozenset({0, 6}), 9, 21, True,
    )  # fmt: skip
    assert terms_of(kept_terms(terms)) == terms
    assert kept_terms(Terms()) == {}


def test_a_coupon_is_pushed_to_stores_which_choose_it():
    brand, other = a_brand(), a_brand()
    store, foreign = a_store(brand), a_store(other)
    coupon = an_exchange(brand, new_id(), stores_choose=True)
    (refused,) = choose_coupons(store.id, [coupon.id], by=None, now=NOW)
    assert refused.code == "marketing.coupon_not_pushed"
    with pytest.raises(NotFound):
        push_coupon(coupon.id, [store.id, foreign.id], by=None, now=NOW)
    assert not CouponStore.objects.exists()
    assert push_coupon(coupon.id, [store.id], by=None, now=NOW) == 1
    assert push_coupon(coupon.id, [store.id], by=None, now=NOW) == 0
    by = new_id()
    assert choose_coupons(store.id, [coupon.id], by=by, now=NOW) == [coupon.id]
    row = CouponStore.objects.get()
    assert (row.chosen_at, row.chosen_by) == (NOW, by)
    choose_coupons(store.id, [coupon.id], by=new_id(), now=NOW + DAY)
    row.refresh_from_db()
    assert (row.chosen_at, row.chosen_by) == (NOW, by)
    unchoose_coupons(store.id, [coupon.id], by=by, now=NOW)
    row.refresh_from_db()
    assert (row.chosen_at, row.chosen_by) == (None, None)


def test_a_coupon_belongs_to_a_campaign_of_its_own_brand():
    brand, other = a_brand(), a_brand()
    mine, foreign = (
        done(
            define_campaigns(
                [CampaignWanted(new_id(), of.id, "春日", date(2026, 3, 1), date(2026, 3, 31))], by=None, now=NOW
            )
        )
        for of in (brand, other)
    )
    outcomes = define_coupons(
        [wanted(brand, campaign_id=one) for one in (mine.id, foreign.id, new_id())], by=None, now=NOW
    )
    assert [type(one).__name__ for one in outcomes] == ["Coupon", "NotFound", "NotFound"]
    with pytest.raises(NotFound):
        change_coupon(outcomes[0].id, changes={"campaign_id": foreign.id}, by=None, now=NOW)
    assert Coupon.objects.get().campaign_id == mine.id


def test_campaigns_have_a_name_and_days():
    brand = a_brand()
    good = CampaignWanted(new_id(), brand.id, "春日", date(2026, 3, 1), date(2026, 3, 31))
    bad = CampaignWanted(new_id(), brand.id, "春日", date(2026, 3, 2), date(2026, 3, 1))
    first, second = define_campaigns([good, bad], by=None, now=NOW)
    assert first.name == "春日" and second.code == "marketing.campaign_dates"
    assert done(define_campaigns([good], by=None, now=NOW)).id == first.id
