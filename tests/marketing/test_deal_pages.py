"""Headquarters makes, publishes and follows a group deal at its desk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.marketing.deals.models import DealDay, DealDraw, GroupDeal
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_staff
from tests.make.deals import a_complete_group, a_deal, a_deal_coupon, a_draw, a_merchant
from tests.make.goods import a_product
from tests.make.org import a_brand, a_store
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def desk():
    brand = a_brand()
    return brand, Asker(a_staff("brand", brand))


def filled(brand, **said):
    now = clock_now()
    coupon, prize = a_deal_coupon(brand, now=now), a_deal_coupon(brand, now=now)
    moment = "%Y-%m-%dT%H:%M"
    return {
        "id": str(new_id()), "name": "百人拼团", "name_en": "A hundred", "gives": "coupon", "coupon_id": str(coupon.id), "price": "10", "worth": "100",
        "people": "100", "group_hours": "24", "per_member": "1", "starts_at": f"{now:{moment}}", "ends_at": f"{now + timedelta(days=5):{moment}}",
        "draw": "on", "first_on": f"{now + timedelta(days=2):%Y-%m-%d}", "days": "10", "winners_daily": "1", "closes": "20:00",
        "prize_name": "香水", "prize_value": "299", "prize_what": f"coupon:{prize.id}", "prize_amount": "1", "organizer": "四通", "conditions": "到店", **said,
    }  # fmt: skip


def test_headquarters_makes_a_deal_once_and_publishes_it(desk):
    brand, asker = desk
    assert asker.get("/brand/deals/").status_code == 200
    assert asker.get("/brand/deals/new/").status_code == 200
    form = filled(brand)
    for _ in range(2):
        answer = asker.post("/brand/deals/new/", form)
        assert answer.status_code == 302, answer.context["form"].errors
    deal = GroupDeal.objects.get()
    assert (deal.price_minor, deal.worth_minor, deal.people, deal.published_at) == (1_000, 10_000, 100, None)
    draw = DealDraw.objects.get()
    assert (draw.days, draw.prize_value_minor, draw.closes_minute) == (10, 29_900, 1_200)
    assert asker.get(f"/brand/deals/{deal.id}/edit/").status_code == 200
    assert asker.post(f"/brand/deals/{deal.id}/edit/", {**form, "people": "50"}).status_code == 302
    assert asker.post(f"/brand/deals/{deal.id}/state/publish/").status_code == 302
    deal.refresh_from_db()
    assert (deal.people, deal.published_at is not None, DealDay.objects.count()) == (50, True, 10)
    frozen = asker.post(f"/brand/deals/{deal.id}/edit/", form)
    assert frozen.status_code == 422
    assert asker.post(f"/brand/deals/{deal.id}/state/end/").status_code == 302
    page = asker.get(f"/brand/deals/{deal.id}/").content.decode()
    assert DealDay.objects.get(day=1).commitment in page
    assert DealDay.objects.get(day=1).seed not in page


def test_the_form_says_what_is_missing_and_what_the_law_forbids(desk):
    brand, asker = desk
    for change in (
        {"organizer": ""},
        {"prize_what": ""},
        {"prize_value": "50001"},
        {"coupon_id": ""},
        {"people": "1"},
        {"cells": "xyz"},
    ):
        assert asker.post("/brand/deals/new/", filled(brand, **change)).status_code == 422, change
    assert not GroupDeal.objects.exists()


def test_the_preview_shows_the_deal_on_a_phone_and_saves_nothing(desk):
    brand, asker = desk
    shown = asker.post("/brand/deals/preview/", filled(brand)).content.decode()
    assert "deal-phone" in shown
    assert "香水" in shown
    assert "deal-phone" not in asker.post("/brand/deals/preview/", filled(brand, name="")).content.decode()
    assert not GroupDeal.objects.exists()


def test_results_say_groups_money_and_who_came(desk):
    brand, asker = desk
    a_merchant(brand)
    a_store(brand)
    now = clock_now()
    deal = a_deal(
        brand, people=2, now=now, draw=a_draw(a_deal_coupon(brand, now=now), first_on=(now + timedelta(days=1)).date())
    )
    a_complete_group(deal, now=now)
    page = asker.get(f"/brand/deals/{deal.id}/").content.decode()
    assert 'id="complete">1<' in page
    assert asker.get("/brand/deals/").status_code == 200
    assert a_product(brand.id) is not None
