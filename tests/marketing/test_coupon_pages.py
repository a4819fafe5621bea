"""Headquarters' coupon workshop and the dealer's choice, as people use them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sitong.marketing.coupons.actions import RedeemWanted, redeem_coupons
from sitong.marketing.coupons.actions.give import continue_givings
from sitong.marketing.models import Campaign, Coupon, CouponClaim, CouponGiving, CouponGoods, CouponStore
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_staff, open_session
from tests.make.goods import a_category, a_product
from tests.make.marketing import a_claim, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import a_brand, a_dealer, a_store, done

pytestmark = pytest.mark.usefixtures("db")


class Asker:
    """A signed-in browser whose requests leave the test's own scope open."""

    def __init__(self, account, member=None):
        self.client = Client()
        open_session(self.client, account, member)

    def get(self, path, **said):
        answer = self.client.get(path, **said)
        show_every_brand()
        return answer

    def post(self, path, said=None, **more):
        answer = self.client.post(path, said or {}, **more)
        show_every_brand()
        return answer


def filled(**said):
    """The form of a small cash coupon."""
    return {"name": "满 50 减 8", "name_en": "8 off from 50 on", "kind": "cash", "value": "8", "threshold": "50", "goods": "all", "stores": "all",
            "ways": ["claim"], "valid": "days", "valid_days": "14", "per_member": "2", "stacking": "group", **said}  # fmt: skip


@pytest.fixture
def desk():
    brand = a_brand()
    return brand, Asker(a_staff("brand", brand))


def test_headquarters_makes_a_coupon_and_sending_the_form_again_makes_no_second_one(desk):
    brand, asker = desk
    form = filled(
        id=str(new_id()), quota_total="5000", weekdays=["5", "6"], hour_from="9", hour_until="21", transferable="on"
    )
    answers = [asker.post("/brand/coupons/new/", form) for _ in range(2)]
    (coupon,) = Coupon.objects.filter(brand_id=brand.id)
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"/brand/coupons/{coupon.id}/")
    ] * 2
    assert (coupon.value_minor, coupon.threshold_minor, coupon.valid_days, coupon.per_member) == (800, 5000, 14, 2)
    assert coupon.terms == {"weekdays": [5, 6], "hour_from": 9, "hour_until": 21}
    assert (coupon.quota_total, coupon.transferable, coupon.published_at) == (5000, True, None)
    page = asker.get(f"/brand/coupons/{coupon.id}/").content.decode()
    assert (
        "满 ¥50 减 ¥8，限周六、周日，9:00 至 21:00，自领取当天起 14 天有效，每人限 2 张，同组每单限用一张，可转赠。"
        in page
    )


def test_a_form_that_says_too_little_is_given_back_and_nothing_is_kept(desk):
    _brand, asker = desk
    answer = asker.post("/brand/coupons/new/", filled(id=str(new_id()), value="", valid_days=""))
    assert answer.status_code == 422
    assert "请填写减免金额。" in answer.content.decode()
    assert Coupon.objects.count() == 0


def test_what_the_action_refuses_stands_above_the_form(desk):
    _brand, asker = desk
    answer = asker.post("/brand/coupons/new/", filled(id=str(new_id()), kind="exchange", value=""))
    assert answer.status_code == 422
    assert Coupon.objects.count() == 0


def test_the_preview_speaks_both_languages_and_says_whom_it_reaches(desk):
    brand, asker = desk
    for _ in range(3):
        a_member(brand)
    page = asker.post("/brand/coupons/preview/", filled(id=str(new_id()))).content.decode()
    assert "满 ¥50 减 ¥8" in page
    assert (
        "¥8 off from ¥50 on, valid for 14 days from the day of the claim, 2 for each member, one of its kind in an order."
        in page
    )
    assert 'data-reach="3"' in page
    assert Coupon.objects.count() == 0


def test_the_preview_of_half_a_form_says_what_is_missing(desk):
    _brand, asker = desk
    page = asker.post("/brand/coupons/preview/", filled(value="")).content.decode()
    assert "减免金额" in page


def test_goods_are_listed_from_a_file_of_codes_and_barcodes_and_unknown_ones_are_named(desk):
    brand, asker = desk
    products = [a_product(brand.id, code=f"g-{number}") for number in range(30)]
    rows = "\n".join(product.code for product in products) + "\ng-999\n"
    sent = SimpleUploadedFile("goods.csv", rows.encode("utf-8-sig"), "text/csv")
    answer = asker.post("/brand/coupons/new/", filled(id=str(new_id()), goods="numbers", numbers_file=sent))
    (coupon,) = Coupon.objects.all()
    assert answer.status_code == 302
    assert coupon.goods_listed
    assert set(CouponGoods.objects.values_list("product_id", flat=True)) == {product.id for product in products}
    assert "g-999" in asker.get(f"/brand/coupons/{coupon.id}/").content.decode()
    again = asker.post(f"/brand/coupons/{coupon.id}/edit/", filled(id=str(coupon.id), goods="numbers", name="新名"))
    assert again.status_code == 302
    assert CouponGoods.objects.count() == 30


def test_categories_and_products_are_picked(desk):
    brand, asker = desk
    category = a_category(brand.id, name="乳品")
    product = a_product(brand.id, code="milk-7", name="鲜牛奶")
    found = asker.get("/brand/coupons/goods/?goods_q=milk-7").content.decode()
    assert f'data-pick="{product.id}"' in found
    asker.post("/brand/coupons/new/", filled(id=str(new_id()), goods="categories", category_ids=[str(category.id)]))
    asker.post(
        "/brand/coupons/new/", filled(id=str(new_id()), goods="products", product_ids=[str(product.id)], name="牛奶券")
    )
    assert [one.terms for one in Coupon.objects.order_by("id")] == [
        {"category_ids": [str(category.id)]}, {"product_ids": [str(product.id)]},
    ]  # fmt: skip


def test_a_coupon_goes_from_draft_to_its_end_and_each_step_offers_the_next(desk):
    brand, asker = desk
    coupon = a_coupon(brand, published=False, now=clock_now())
    for verb, state in (("publish", "running"), ("pause", "paused"), ("resume", "running"), ("end", "ended")):
        assert asker.post(f"/brand/coupons/{coupon.id}/state/{verb}/").status_code == 302
        assert f"coupon-state-{state}" in asker.get(f"/brand/coupons/{coupon.id}/").content.decode()
    assert asker.post(f"/brand/coupons/{coupon.id}/state/publish/").status_code == 302
    coupon.refresh_from_db()
    assert coupon.ended_at is not None


def test_void_needs_a_reason(desk):
    brand, asker = desk
    coupon = a_coupon(brand, now=clock_now())
    asker.post(f"/brand/coupons/{coupon.id}/void/", {"reason": " "})
    coupon.refresh_from_db()
    assert coupon.voided_at is None
    asker.post(f"/brand/coupons/{coupon.id}/void/", {"reason": "印错了"})
    coupon.refresh_from_db()
    assert coupon.void_reason == "印错了"


def test_the_link_is_printed_as_svg_and_png(desk):
    brand, asker = desk
    coupon = a_coupon(brand, now=clock_now())
    svg, png = (asker.get(f"/brand/coupons/{coupon.id}/code.{form}") for form in ("svg", "png"))
    assert (svg["Content-Type"], svg.content[:5]) == ("image/svg+xml", b"<?xml")
    assert (png["Content-Type"], png.content[1:4]) == ("image/png", b"PNG")
    assert asker.get(f"/brand/coupons/{coupon.id}/code.exe").status_code == 404


def test_a_coupon_is_given_to_a_segment_and_the_bar_fills(desk):
    brand, asker = desk
    now = clock_now()
    members = [a_member(brand, source="group" if at < 2 else "ad") for at in range(5)]
    coupon = a_coupon(brand, now=now, ways=("segment",))
    assert 'data-reach="2"' in asker.post("/brand/coupons/reach/", {"sources": "group"}).content.decode()
    said = {"id": str(new_id()), "sources": "group"}
    for _ in range(2):
        assert asker.post(f"/brand/coupons/{coupon.id}/give/", said).status_code == 302
    assert CouponGiving.objects.count() == 1
    assert 'data-giving="open"' in asker.get(f"/brand/coupons/{coupon.id}/givings/").content.decode()
    continue_givings(now=clock_now())
    page = asker.get(f"/brand/coupons/{coupon.id}/givings/").content.decode()
    assert 'data-giving="finished"' in page
    assert 'value="100"' in page
    assert set(CouponClaim.objects.values_list("member_id", flat=True)) == {one.id for one in members[:2]}


def test_results_count_what_was_given_and_redeemed_by_store(desk):
    brand, asker = desk
    now = clock_now()
    store, product = a_store(brand, name="静安店"), a_product(brand.id)
    campaign = Campaign.objects.create(
        brand_id=brand.id, name="春季", starts_on=now.date(), ends_on=now.date(), created_at=now
    )
    coupon = an_exchange(brand, product.id, now=now - timedelta(hours=1), campaign_id=campaign.id)
    claims = [a_claim(coupon, a_member(brand), now=now) for _ in range(4)]
    done(redeem_coupons([RedeemWanted(new_id(), brand.id, store.id, claim_id=claims[0].id)], now=now))
    page = asker.get(f"/brand/coupons/{coupon.id}/").content.decode()
    assert 'data-figure="given">4<' in page
    assert 'data-figure="redeemed">1<' in page
    assert "静安店" in page
    assert "25.0%" in page
    campaigns = asker.get("/brand/campaigns/").content.decode()
    assert "春季" in campaigns
    assert 'data-figure="given">4<' in asker.get(f"/brand/campaigns/{campaign.id}/").content.decode()


def test_a_campaign_is_entered_once(desk):
    _brand, asker = desk
    said = {
        "id": str(new_id()),
        "name": "夏日",
        "name_en": "Summer",
        "kind": "",
        "starts_on": "2026-06-01",
        "ends_on": "2026-08-31",
    }
    for _ in range(2):
        assert asker.post("/brand/campaigns/new/", said).status_code == 302
    assert Campaign.objects.count() == 1
    assert (
        asker.post("/brand/campaigns/new/", {**said, "id": str(new_id()), "ends_on": "2026-05-01"}).status_code == 422
    )
    assert Campaign.objects.count() == 1


def test_the_list_counts_states_and_finds_by_name_and_number(desk):
    brand, asker = desk
    now = clock_now()
    a_coupon(brand, now=now, name="茶券", number="tea")
    a_coupon(brand, now=now, name="咖啡券", number="coffee", published=False)
    whole = asker.get("/brand/coupons/").content.decode()
    assert "茶券" in whole
    assert "咖啡券" in whole
    drafts = asker.get("/brand/coupons/?state=draft").content.decode()
    assert "茶券" not in drafts
    assert "咖啡券" in asker.get("/brand/coupons/?q=coffee").content.decode()
    assert "这里没有优惠券" in asker.get("/brand/coupons/?q=nothing").content.decode()


def test_marketing_pushes_and_a_dealer_chooses_for_its_own_stores_only():
    brand = a_brand()
    east, west = a_dealer(brand), a_dealer(brand)
    near, far = a_store(dealer=east, name="近店"), a_store(dealer=west, name="远店")
    coupon = a_coupon(brand, now=clock_now(), stores_choose=True)
    desk = Asker(a_staff("brand", brand))
    assert (
        desk.post(f"/brand/coupons/{coupon.id}/push/", {"dealer": [str(east.id)], "store": [str(far.id)]}).status_code
        == 302
    )
    assert CouponStore.objects.count() == 2
    dealer = Asker(a_staff("dealer", east))
    page = dealer.get("/dealer/coupons/").content.decode()
    assert "近店" in page
    assert "远店" not in page
    dealer.post(f"/dealer/coupons/{coupon.id}/choose/", {"store": [str(near.id), str(far.id)]})
    assert list(CouponStore.objects.filter(chosen_at__isnull=False).values_list("store_id", flat=True)) == [near.id]
    dealer.post(f"/dealer/coupons/{coupon.id}/choose/", {})
    assert CouponStore.objects.filter(chosen_at__isnull=False).count() == 0


def test_finance_sees_coupons_and_changes_none():
    brand = a_brand()
    coupon = a_coupon(brand, published=False, now=clock_now())
    asker = Asker(a_staff("brand", brand, "finance"))
    assert asker.get("/brand/coupons/").status_code == 200
    assert asker.get(f"/brand/coupons/{coupon.id}/").status_code == 200
    assert asker.post(f"/brand/coupons/{coupon.id}/state/publish/").status_code == 403
    assert asker.get("/brand/coupons/new/").status_code == 403
    coupon.refresh_from_db()
    assert coupon.published_at is None


def test_changing_a_name_leaves_the_instants_to_the_second_and_both_kinds_of_time(desk):
    brand, asker = desk
    now = clock_now()
    until = now.replace(second=31, microsecond=5) + timedelta(days=40)
    coupon = a_coupon(brand, now=now, valid_until=until, valid_days=7)
    a_claim(coupon, a_member(brand), now=now)
    page = asker.get(f"/brand/coupons/{coupon.id}/edit/").content.decode()
    local = until.astimezone(ZoneInfo(brand.zone))
    assert f'value="{local:%Y-%m-%dT%H:%M}"' in page
    said = filled(
        value="5",
        threshold="",
        valid="both",
        valid_days="7",
        valid_until=f"{local:%Y-%m-%dT%H:%M}",
        per_member="1",
        name="新名",
    )
    assert asker.post(f"/brand/coupons/{coupon.id}/edit/", said).status_code == 302
    coupon.refresh_from_db()
    assert (coupon.name, coupon.valid_until, coupon.valid_days) == ("新名", until, 7)
    worse = asker.post(f"/brand/coupons/{coupon.id}/edit/", {**said, "value": "4"})
    assert worse.status_code == 422
    coupon.refresh_from_db()
    assert coupon.value_minor == 500
