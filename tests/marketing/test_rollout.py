"""Campaign templates: tried out, pushed, adopted with what a store may change, left, ended; and what came of them (O3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sitong.marketing.coupons.actions import RedeemWanted, redeem_coupons
from sitong.marketing.models import Adoption, CampaignTemplate, CouponStore
from sitong.marketing.rollout.actions import (
    AdoptionWanted,
    NotYoursToChange,
    Place,
    TemplateEnded,
    TemplateFrozen,
    TemplateIncomplete,
    TemplateNotPushed,
    TemplateWanted,
    adopt_templates,
    change_template,
    end_template,
    leave_templates,
    make_template,
    publish_template,
    push_template,
    recall_template,
)
from sitong.marketing.rollout.queries import outcomes_of, parts_shown, pushed_to
from sitong.marketing.rollout.rules import Changes, Outcome, PartRef, parts_read
from sitong.member.profile.actions import VisitSeen, note_visits
from sitong.org.stores.queries import store_facts
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from tests.make.marketing import a_claim, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_dealer, a_store
from tests.make.rollout import a_template, adopted

FIRST, LAST = date(NOW.year, NOW.month, 1), date(NOW.year + 1, 12, 31)


@pytest.fixture
def brand(db):
    return a_brand()


def coupon_in(brand, **fields):
    return PartRef("coupon", a_coupon(brand, stores_choose=True, **fields).id)


def chosen(ref: PartRef, store) -> bool:
    return CouponStore.objects.filter(coupon_id=ref.id, store_id=store.id, chosen_at__isnull=False).exists()


def test_a_store_adopts_with_one_call_and_its_parts_hold_there(brand):
    store, ref = a_store(brand), coupon_in(brand)
    template = a_template(brand, ref)
    row = adopted(template, store)
    assert (row.starts_on, row.ends_on, row.left_at, parts_read(row.parts)) == (FIRST, LAST, None, (ref,))
    assert chosen(ref, store)
    assert adopted(template, store).adopted_at == row.adopted_at  # again: nothing changes
    (left,) = leave_templates([(template.id, store.id)], by=None, now=NOW + timedelta(hours=1))
    assert left.left_at == NOW + timedelta(hours=1)
    assert not chosen(ref, store)
    again = adopted(template, store, now=NOW + timedelta(hours=2))
    assert (again.left_at, again.adopted_at) == (None, NOW + timedelta(hours=2))
    assert chosen(ref, store)
    assert Adoption.objects.count() == 1


@pytest.mark.parametrize("kind", ["brand", "store_kind", "dealer", "store"])
def test_it_is_pushed_by_tree_by_kind_or_by_list(brand, kind):
    top = a_dealer(brand)
    below = a_dealer(brand, parent=top)
    store, other = a_store(dealer=below), a_store(brand)
    template = a_template(brand, coupon_in(brand), published=False)
    place = {"brand": str(brand.id), "store_kind": store.kind, "dealer": str(top.id), "store": str(store.id)}[kind]
    assert push_template(template.id, [Place(kind, place)] * 2, by=None, now=NOW) == 1
    publish_template(template.id, by=None, now=NOW)
    facts = store_facts([store.id, other.id])
    reached = [one.id for one in facts.values() if pushed_to(one, today=NOW.date())]
    assert reached == ([store.id, other.id] if kind == "brand" else [store.id]) or set(reached) == {store.id, other.id}
    outcomes = adopt_templates([AdoptionWanted(template.id, one.id) for one in (store, other)], by=None, now=NOW)
    assert isinstance(outcomes[0], Adoption)
    assert (outcomes[1] == TemplateNotPushed()) is (kind != "brand")
    assert recall_template(template.id, [Place(kind, place)], by=None, now=NOW) == 1
    assert pushed_to(facts[store.id], today=NOW.date()) == [template]  # who has adopted goes on
    assert pushed_to(facts[other.id], today=NOW.date()) == ([template] if kind == "brand" else [])


def test_before_it_is_published_only_the_places_that_try_it_out_may_adopt(brand):
    trying, waiting = a_store(brand), a_store(brand)
    template = a_template(brand, coupon_in(brand), published=False)
    push_template(template.id, [Place("store", str(trying.id))], by=None, now=NOW)
    outcomes = adopt_templates([AdoptionWanted(template.id, one.id) for one in (trying, waiting)], by=None, now=NOW)
    assert [isinstance(one, Adoption) for one in outcomes] == [True, False]
    publish_template(template.id, by=None, now=NOW)
    push_template(template.id, [Place("brand", str(brand.id))], by=None, now=NOW)
    adopted(template, waiting)


@pytest.mark.parametrize(("freedoms", "changes", "fault"), [
    ((), {"notice": "本店另送小礼"}, "notice"),
    (("dates", "parts"), {"notice": "本店另送小礼"}, "notice"),
    (("notice",), {"ends_on": LAST - timedelta(days=3)}, "dates"),
    (("dates",), {"ends_on": LAST + timedelta(days=1)}, "dates"),
    (("dates",), {"starts_on": LAST, "ends_on": FIRST}, "dates"),
    (("dates",), {"parts": ()}, "parts"),
])  # fmt: skip
def test_what_headquarters_did_not_leave_to_stores_is_refused(brand, freedoms, changes, fault):
    store, ref = a_store(brand), coupon_in(brand)
    template = a_template(brand, ref, freedoms=freedoms)
    (outcome,) = adopt_templates([AdoptionWanted(template.id, store.id, Changes(**changes))], by=None, now=NOW)
    assert outcome == NotYoursToChange(what=fault)
    assert not Adoption.objects.exists()
    assert not chosen(ref, store)


def test_a_store_changes_what_is_its_own(brand):
    store, one, two = a_store(brand), coupon_in(brand), coupon_in(brand)
    template = a_template(brand, one, two, freedoms=("notice", "dates", "parts"))
    row = adopted(template, store, notice="本店另送小礼", starts_on=NOW.date(), parts=(two,))
    assert (row.notice, row.starts_on, row.ends_on) == ("本店另送小礼", NOW.date(), LAST)
    assert (chosen(one, store), chosen(two, store)) == (False, True)
    adopted(template, store, parts=(one,))
    assert (chosen(one, store), chosen(two, store)) == (True, False)


def test_one_refused_never_touches_the_others(brand):
    store, closed, strange = a_store(brand), a_store(brand), a_store(a_brand())
    ref = coupon_in(brand)
    template = a_template(brand, ref)
    wanted = [AdoptionWanted(template.id, one.id) for one in (strange, store, closed)]
    outcomes = adopt_templates([*wanted, AdoptionWanted(new_id(), store.id)], by=None, now=NOW)
    assert outcomes[0] == NotFound(what="store")
    assert isinstance(outcomes[1], Adoption)
    assert outcomes[3] == NotFound(what="template")
    assert not chosen(ref, strange)


def test_a_published_template_changes_in_its_texts_and_to_a_later_end_only(brand):
    store, ref = a_store(brand), coupon_in(brand)
    template = a_template(brand, ref, ends_on=LAST - timedelta(days=9))
    adopted(template, store)
    wanted = {
        "id": template.id,
        "brand_id": brand.id,
        "name": "秋日到店礼",
        "starts_on": FIRST,
        "ends_on": LAST,
        "parts": (ref,),
    }
    change_template(TemplateWanted(**wanted), by=None, now=NOW)
    assert Adoption.objects.get().ends_on == LAST  # it runs as long as the template does
    for hard in ({"ends_on": LAST - timedelta(days=1)}, {"starts_on": FIRST - timedelta(days=1)}, {"parts": (ref, coupon_in(brand))},
                 {"freedoms": ("dates",)}):  # fmt: skip
        with pytest.raises(TemplateFrozen):
            change_template(TemplateWanted(**{**wanted, **hard}), by=None, now=NOW)
    kept = CampaignTemplate.objects.get()
    assert (kept.name, kept.ends_on, kept.starts_on) == ("秋日到店礼", LAST, FIRST)


def test_ending_it_lets_every_store_leave(brand):
    stores, ref = [a_store(brand), a_store(brand)], coupon_in(brand)
    template = a_template(brand, ref)
    for store in stores:
        adopted(template, store)
    end_template(template.id, by=None, now=NOW)
    assert [chosen(ref, store) for store in stores] == [False, False]
    assert adopt_templates([AdoptionWanted(template.id, stores[0].id)], by=None, now=NOW) == [TemplateEnded()]


def test_what_is_no_campaign_is_refused(brand):
    ref, foreign = coupon_in(brand), coupon_in(a_brand())
    good = {"id": new_id(), "brand_id": brand.id, "name": "活动", "starts_on": FIRST, "ends_on": LAST, "parts": (ref,)}
    for bad in ({"name": " "}, {"ends_on": FIRST - timedelta(days=1)}, {"parts": ()}, {"parts": (ref, ref)}, {"parts": (foreign,)},
                {"parts": (PartRef("lottery", ref.id),)}, {"freedoms": ("price",)}):  # fmt: skip
        with pytest.raises(TemplateIncomplete):
            make_template(TemplateWanted(**{**good, **bad}), by=None, now=NOW)
    assert not CampaignTemplate.objects.exists()
    made = make_template(TemplateWanted(**good), by=None, now=NOW)
    assert make_template(TemplateWanted(**good), by=None, now=NOW) == made
    with pytest.raises(RepeatDiffers):
        make_template(TemplateWanted(**{**good, "name": "另一个"}), by=None, now=NOW)


def test_results_count_who_was_reached_and_came_what_was_redeemed_and_what_it_cost(brand):
    stores = [a_store(brand), a_store(brand)]
    coupon = an_exchange(brand, new_id(), stores_choose=True, per_member=3)
    template = a_template(brand, PartRef("coupon", coupon.id))
    for store in stores:
        adopted(template, store)
    members = [a_member(brand) for _ in range(3)]
    claims = [a_claim(coupon, member, now=NOW, store_id=stores[0].id) for member in (*members, members[0])]
    wanted = RedeemWanted(new_id(), brand.id, stores[1].id, claims[0].code, None, None)
    redeem_coupons([wanted], now=NOW + timedelta(hours=1))
    visits = [
        VisitSeen(new_id(), brand.id, one.id, stores[0].id, "checked_in", NOW + timedelta(minutes=5))
        for one in members[:2]
    ]
    note_visits(visits, now=NOW + timedelta(hours=1))
    found = outcomes_of(template, list(store_facts([one.id for one in stores]).values()), at=NOW + timedelta(days=1))
    assert found == {stores[0].id: Outcome(reached=3, visits=2), stores[1].id: Outcome(reached=1, redemptions=1)}


def test_results_take_as_many_statements_for_two_stores_as_for_twenty(brand, django_assert_max_num_queries):
    coupon = a_coupon(brand, stores_choose=True)
    template = a_template(brand, PartRef("coupon", coupon.id))
    counts = []
    for size in (2, 20):
        stores = [a_store(brand) for _ in range(size)]
        for store in stores:
            adopted(template, store)
            a_claim(coupon, a_member(brand), store_id=store.id)
        facts = list(store_facts([one.id for one in stores]).values())
        with django_assert_max_num_queries(10) as asked:
            assert len(outcomes_of(template, facts, at=NOW + timedelta(days=1))) == size
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1] == 3


def test_parts_are_named_for_people(brand):
    ref = coupon_in(brand, name="五元券", name_en="Five off")
    (shown,) = parts_shown([ref, PartRef("coupon", new_id())])
    assert (shown.choice.name, shown.choice.name_en, shown.icon) == ("五元券", "Five off", "ticket")
