"""The checkout on a phone: tier, coupons chosen and changed, points, and a price that changes before the order."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.member.models import Member
from sitong.scene.models import Order
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.scope import every_brand
from tests.browser.test_shop import sign_in
from tests.make.marketing import a_claim, a_coupon
from tests.make.org import done
from tests.make.points import a_points_plan, some_points
from tests.make.tiers import a_tier_plan, bought

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def plans(town, django_db_blocker):
    now = datetime.now(UTC) - timedelta(hours=1)
    with django_db_blocker.unblock():
        with every_brand():
            a_points_plan(town[0].brand, now=now)
            a_tier_plan(town[0].brand, now=now)
        connection.close()


def with_benefits(town, django_db_blocker, phone: str) -> None:
    """Let the member with this phone be a diamond member with coupons and points."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    brand = SimpleNamespace(id=town.brand.id)
    with django_db_blocker.unblock():
        with every_brand():
            member = Member.objects.get(phone_index=keyed_index(f"+86{phone}"))
            bought(member, 520_000, on=now.date(), now=now)
            some_points(member, 1_234, now=now)
            for fields in (
                {"name": "鲜奶满 15 减 3", "name_en": "3 off milk from 15", "value_minor": 300, "threshold_minor": 1500,
                 "terms": {"product_ids": [town.products["milk-1l"]]}, "stacking": "free"},
                {"name": "全场九折", "name_en": "A tenth off everything", "kind": "percent", "value_minor": 0, "percent_bp": 1000},
                {"name": "会员日 5 元", "name_en": "Member day 5", "value_minor": 500},
                {"name": "满 300 减 50", "name_en": "50 off from 300", "value_minor": 5000, "threshold_minor": 30_000},
                {"name": "晚茶券", "name_en": "Till only", "value_minor": 200, "terms": {"channels": ["pos"]}},
            ):  # fmt: skip
                a_claim(a_coupon(brand, now=now, **fields), member, now=now)
        connection.close()


@pytest.mark.parametrize(("language", "phone"), [("zh-CN", "13900139210"), ("en-US", "13900139211")])
def test_a_member_pays_with_coupons_and_points_and_is_asked_again_when_the_price_changes(
    walkers, town, plans, django_db_blocker, language, phone
):  # fmt: skip
    founded = town[0]
    walker = walkers(f"checkout-{language}", phone=True, language=language)
    page = walker.go(f"{founded.shop}p/{founded.products['eggs-12']}/")
    page.locator("button[form=buy]").click()
    page.locator(".st-toast").wait_for()
    walker.go(f"{founded.shop}p/{founded.products['milk-1l']}/")
    page.locator(".shop-stepper [data-step='1']").first.click()
    page.locator("button[form=buy]").click()
    page.locator(".st-toast").wait_for()
    walker.go(f"{founded.shop}checkout/")
    sign_in(walker, phone)
    page.wait_for_url(re.compile("checkout"))
    walker.look("plain")
    with_benefits(founded, django_db_blocker, phone)

    walker.go(f"{founded.shop}cart/")
    walker.look("cart")
    walker.go(f"{founded.shop}checkout/")
    page.locator(".coupons summary").click()
    expect(page.locator(".coupon-used")).to_have_count(2)
    walker.look("best-coupons")
    page.locator(".coupon", has_text=re.compile("九折|A tenth")).click()
    expect(page.locator("input[name=pick]").first).to_have_value("own")
    page.locator("input[name=use_points]").check()
    page.locator("#checkout:not(.htmx-settling) #points").wait_for()  # until then nobody listens to the new field
    page.locator("#points").fill("200")
    page.locator("#points").blur()
    expect(page.locator(".points-amount b")).to_have_text("−¥2.00")
    page.locator(".cart-sum").scroll_into_view_if_needed()
    walker.look("total")

    with django_db_blocker.unblock():
        with every_brand():
            now = datetime.now(UTC)
            done(
                set_prices(
                    [PriceWanted(founded.skus["eggs-12"], 2190 if language == "zh-CN" else 2290)], by=None, now=now
                )
            )
        connection.close()
    total = page.locator(".shop-buy button").text_content()
    page.locator(".shop-buy input[name=promise]").evaluate("field => { field.value = ''; }")  # as if its time were over
    page.locator(".shop-buy button").click()
    page.locator("[role=alert]").wait_for()
    assert any("409" in one for one in walker.wrong)
    walker.wrong.clear()
    walker.look("price-changed")
    assert page.locator(".shop-buy button").text_content() != total
    page.locator(".shop-buy button").click()
    page.wait_for_url(re.compile("/pay/"))
    walker.go(page.url.replace("pay/", ""))
    walker.look("order")
    with django_db_blocker.unblock(), every_brand():
        order = Order.objects.order_by("-placed_at").first()
        assert (order.coupon_minor > 0, order.points_spent, order.state) == (True, 200, "placed")
        connection.close()
