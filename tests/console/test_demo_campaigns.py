"""The data set's campaigns: their exact figures, loaded once more without doubling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sitong.console.demo import files
from sitong.console.demo.campaigns import SOURCE, Campaigns
from sitong.console.demo.files import made_id
from sitong.marketing.coupons.actions.imported import record_imported_campaigns, record_imported_claims
from sitong.marketing.coupons.queries.workshop import campaign_rows
from sitong.marketing.models import Campaign, Coupon, CouponClaim, CouponCount, CouponGoods, Redemption
from sitong.shared.ledger.books import check_books
from tests.make.org import NOW

BRAND = made_id("brand", "sitong")


@pytest.fixture(scope="module")
def told():
    moved = files.weeks_moved(NOW)
    return Campaigns(files.sales(), BRAND, moved, NOW, ZoneInfo("Asia/Shanghai"))


def test_the_files_have_the_campaigns_that_the_pages_must_show(told):
    assert len(told.campaigns()) == 27
    assert {one.kind for one in told.campaigns()} == {"A", "B", "C"}
    assert files.read("coupons").num_rows == 116_204
    assert sum(len(products) for products in told.goods.values()) == 111_332  # the others say the same pair again
    assert len(told.coupons()) == 1_197
    assert len(told.redemptions()) == 2_102
    assert len(told.claims()) == 7_899
    assert len({(one.coupon_id, one.member_id) for one in told.claims()}) == 7_872


def test_claims_have_codes_of_their_own_and_every_redemption_its_claim(told):
    claims = {one.id: one for one in told.claims()}
    assert len({one.code for one in claims.values()}) == len(claims) == 7_899
    for one in told.redemptions():
        claim = claims[one.claim_id]
        assert (claim.coupon_id, claim.member_id) == (one.coupon_id, one.member_id)
        assert claim.starts <= one.at < claim.ends
    assert len({one.claim_id for one in told.redemptions()}) == 2_102


def test_what_a_redemption_saved_is_what_the_sales_line_says_and_no_line_says_it_twice(told):
    paid = [one for one in told.redeemed if one.paid is not None]
    assert (len(paid), sum(one.paid.saved_minor for one in paid)) == PAID
    assert len({(one.paid.basket, one.paid.product, one.paid.at_us, id(one.paid)) for one in paid}) == len(paid)
    assert all(one.value_minor > 0 for one in told.coupons())


def test_everything_ends_before_the_load_and_begins_before_it_ends(told):
    assert max(one.ends for one in told.coupons()) <= NOW
    assert all(one.starts < one.ends for one in told.coupons())
    assert files.weeks_moved(NOW) % timedelta(weeks=1) == timedelta(0)


def test_they_are_loaded_once_with_counts_that_follow_from_the_claims(told, db):
    assert Campaign.objects.count() == 0
    for _again in range(2):
        coupons, claims, redemptions = told.coupons(), told.claims(), told.redemptions()
        new = record_imported_campaigns(told.campaigns(), coupons, brand_id=BRAND, source=SOURCE, now=NOW)
        held = record_imported_claims(claims, redemptions, brand_id=BRAND, source=SOURCE)
        assert (new, held) == ((0, 0) if _again else (1_197, 7_899))
        assert Campaign.objects.filter(source=SOURCE).count() == 27
        assert (Coupon.objects.count(), CouponGoods.objects.count()) == (1_197, 111_332)
        assert (CouponClaim.objects.count(), Redemption.objects.count()) == (7_899, 2_102)
        assert CouponClaim.objects.filter(state="redeemed").count() == 2_102
    counts = list(CouponCount.objects.values_list("given", "redeemed", "voided", "saved_minor"))
    assert [sum(column) for column in zip(*counts, strict=True)] == [7_899, 2_102, 0, PAID[1]]
    rows = campaign_rows(BRAND)
    assert len(rows) == 27
    assert sum(row.members for row in rows) == 6_589
    assert sum(row.redeemed for row in rows) == 2_102
    assert sum(row.goods for row in rows) == 111_332
    assert all(one.ended_at <= datetime.now(UTC) for one in Coupon.objects.all()[:50])
    assert check_books() == []


PAID = (958, 107_158)
