"""One campaign, four hands of one store at once, and one that ends it meanwhile. The control: without the template's lock it breaks."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from sitong.marketing.models import Adoption, CouponStore
from sitong.marketing.rollout import actions
from sitong.marketing.rollout.actions import AdoptionWanted, TemplateEnded, adopt_templates, end_template
from sitong.marketing.rollout.models import CampaignTemplate
from sitong.marketing.rollout.rules import PartRef
from sitong.shared.access.scope import every_brand
from tests.make.marketing import a_coupon
from tests.make.org import NOW, a_brand, a_store
from tests.make.rollout import a_template
from tests.races.test_catalog import at_once


def a_campaign() -> tuple[Any, Any, Any]:
    brand = a_brand()
    coupon = a_coupon(brand, stores_choose=True)
    return a_store(brand), coupon, a_template(brand, PartRef("coupon", coupon.id))


def test_four_hands_of_a_store_take_part_once(committed_db):
    store, coupon, template = a_campaign()
    wanted = AdoptionWanted(template.id, store.id)
    outcomes = at_once(lambda _number: adopt_templates([wanted], by=None, now=NOW)[0])
    assert [type(one) for one in outcomes] == [Adoption] * 4
    assert Adoption.objects.count() == 1
    assert CouponStore.objects.get(coupon_id=coupon.id, store_id=store.id).chosen_at is not None


def test_without_the_lock_they_get_in_each_other_s_way(committed_db, monkeypatch):
    store, _coupon, template = a_campaign()
    looked = threading.Barrier(4)

    def unlocked(template_ids):
        return list(CampaignTemplate.objects.filter(id__in=template_ids).order_by("id"))

    def all_look(*given):
        found = frame(*given)
        looked.wait(10)
        return found

    frame = actions.changes_fault
    monkeypatch.setattr(actions, "_lock", unlocked)
    monkeypatch.setattr(actions, "changes_fault", all_look)
    outcomes = at_once(lambda _number: adopt_templates([AdoptionWanted(template.id, store.id)], by=None, now=NOW)[0])
    assert any(isinstance(one, IntegrityError) for one in outcomes)


@pytest.mark.parametrize("turn", range(3))
def test_a_campaign_that_ends_while_a_store_takes_part_is_left_by_it(committed_db, turn):
    store, coupon, template = a_campaign()

    def deed(number: int) -> Any:
        if number == turn:
            return end_template(template.id, by=None, now=NOW)
        return adopt_templates([AdoptionWanted(template.id, store.id)], by=None, now=NOW)[0]

    outcomes = at_once(deed)
    assert all(isinstance(one, Adoption | CampaignTemplate | TemplateEnded) for one in outcomes)
    assert not Adoption.objects.filter(left_at=None).exists()
    assert not CouponStore.objects.filter(coupon_id=coupon.id, chosen_at__isnull=False).exists()


def test_killed_between_two_parts_nothing_is_adopted(committed_db, monkeypatch):
    store, coupon, template = a_campaign()

    def killed(*_given, **_named):
        raise SystemExit

    monkeypatch.setattr(actions, "record", killed)  # the last thing that an adoption does
    with pytest.raises(SystemExit), every_brand():
        adopt_templates([AdoptionWanted(template.id, store.id)], by=None, now=NOW)
    connection.close()
    with every_brand():
        assert not Adoption.objects.exists()
        assert not CouponStore.objects.filter(coupon_id=coupon.id).exists()
