"""A day of new retail, over HTTP: a coupon for joining, an order online, pickup, the till with points, a tier, a return elsewhere.

Every fen and point is counted by hand beside the steps.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from sitong.goods.inventory.models import Level as StockLevel
from sitong.marketing.coupons.models import CouponClaim
from sitong.member.points.queries import points_now
from sitong.member.tiers.queries import standing_of, tiers_of
from sitong.member.tiers.rules import Level
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.server import payment_resource
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.journeys.test_first_order import Caller, provider, signed_in
from tests.make.access import a_viewer, as_viewer
from tests.make.goods import a_shelved_product, on_shelf, stocked
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.payments import a_merchant
from tests.make.scene import forget_shops
from tests.make.tiers import a_tier_plan

__all__ = ["provider"]


@pytest.fixture
def town(committed_db, provider):
    """A brand with a store of its own and a franchise store of a dealer, both with milk, bread and tea on the shelf."""
    now = clock_now()
    brand = a_brand(now=now)
    own, franchise = a_store(brand, now=now), a_store(dealer=a_dealer(brand, now=now), now=now)
    forget_shops()
    goods = [a_shelved_product(own, price, 10, now=now) for price in (1290, 650, 8000)]
    on_shelf(franchise, goods, now=now)
    stocked(franchise, [(one.sku_id, 5) for one in goods], now=now)
    a_tier_plan(
        brand,
        now=now,
        levels=(Level(1, "member", "会员", "Member", 0), Level(2, "gold", "金卡", "Gold", 10_000, 0, 20_000)),
    )
    return brand, own, franchise, goods, a_merchant(brand.id, provider, now=now)


def test_the_whole_day_and_the_books_agree_to_the_fen_and_the_point(town, provider, settings):
    brand, own, franchise, (milk, bread, tea), merchant = town
    with every_brand():
        headquarters = Caller(as_viewer(a_viewer("brand", brand)))
        clerk = Caller(as_viewer(a_viewer("store", own, "manager")))
        elsewhere = Caller(as_viewer(a_viewer("store", franchise, "manager")))

    drain()  # whoever listens from now on listens

    # Headquarters: a point for each yuan, a hundred points pay a yuan; whoever joins gets 10.00 off from 30.00 on.
    plan = {"id": new_id(), "earn_points_per_100": 1, "minor_per_point": 1, "pending_days": 7}
    assert headquarters.ask("POST", "/points/plan", plan)[0] == 200
    coupon = {
        "id": new_id(), "name": "入会礼", "name_en": "Welcome", "kind": "cash", "value_minor": 1000, "threshold_minor": 3000,
        "ways": ["join"], "valid_days": 30,
    }  # fmt: skip
    status, defined = headquarters.ask("POST", "/coupons", coupon)
    assert status == 201, defined
    assert headquarters.ask("POST", f"/coupons/{defined['id']}/publish")[0] == 200

    # She joins by phone, and the coupon is hers.
    she = signed_in(brand, settings)
    drain()
    status, held = she.ask("GET", "/my-coupons")
    assert (status, [(one["name_en"], one["state"]) for one in held]) == (200, [("Welcome", "ready")])
    member = she.ask("GET", "/me")[1]

    # Two milk and two bread: 25.80 + 13.00 = 38.80; the coupon takes 10.00: 6.65 of the milk, 3.35 of the bread.
    lines = [{"sku_id": milk.sku_id, "quantity": 2}, {"sku_id": bread.sku_id, "quantity": 2}]
    status, quote = she.ask("POST", "/quotes", {"store_id": own.id, "lines": lines, "best_coupons": True})
    assert (status, quote["goods_minor"], quote["coupon_minor"], quote["total_minor"]) == (200, 3880, 1000, 2880), quote
    wanted = {
        "id": new_id(),
        "store_id": own.id,
        "lines": lines,
        "promise": quote["promise"],
        "expected_total_minor": 2880,
    }
    status, placed = she.ask("POST", "/orders", wanted)
    assert (status, placed["total_minor"]) == (201, 2880), placed
    assert she.ask("POST", "/orders", wanted) == (201, placed)
    way = she.ask("POST", f"/orders/{placed['id']}/pay")[1]
    row = provider.till.pay(way["cashier"].rsplit("/", 1)[-1])
    body = notification(
        provider.keys,
        event_type="TRANSACTION.SUCCESS",
        kind="transaction",
        resource=payment_resource(provider.keys, row),
    )
    for _ in range(2):
        told = Caller().client.generic(
            "POST",
            f"/api/v1/payments/wechat/{merchant.id}/notify",
            body,
            headers=signature_headers(provider.keys, body),
        )
        assert told.status_code == 204, told.content
    drain()
    order = she.ask("GET", f"/orders/{placed['id']}")[1]
    assert [line["total_minor"] for line in order["lines"]] == [1915, 965]
    points = she.ask("GET", "/points/me")[1]
    assert (points["ready"], points["pending"]) == (0, 28)  # 19 for the milk, 9 for the bread

    # She fetches it; the same scan again is quietly the same answer.
    scan = {"request_id": new_id(), "store_id": own.id, "pickup_code": order["pickup_code"]}
    assert clerk.ask("POST", "/hand-overs", scan)[0] == 200
    assert clerk.ask("POST", "/hand-overs", scan)[0] == 200

    # Headquarters gives 500 points for her birthday; at the till she shows her code and buys tea with 300 of them.
    gift = {"id": new_id(), "points": 500, "reason": "birthday"}
    assert headquarters.ask("POST", f"/members/{member['id']}/points", gift)[0] == 200
    register = {"id": new_id(), "store_id": own.id, "name": "1"}
    assert clerk.ask("POST", "/till/registers", register)[0] == 200
    shift = {"id": new_id(), "register_id": register["id"], "count": {"10000": 2}}
    assert clerk.ask("POST", "/till/shifts", shift)[0] == 201
    shown = she.ask("GET", "/me/code")[1]["code"]
    status, card = clerk.ask("GET", f"/till/members?store_id={own.id}&q={shown}")
    assert (status, card["id"], card["points_ready"]) == (200, member["id"], 500)
    basket = {
        "store_id": own.id,
        "member_id": member["id"],
        "lines": [{"sku_id": tea.sku_id, "quantity": 1}],
        "points": 300,
    }
    status, quote = clerk.ask("POST", "/till/quotes", basket)
    assert (status, quote["points_minor"], quote["total_minor"], quote["coupons"]) == (200, 300, 7700, []), quote
    sale = {
        "id": new_id(), "store_id": own.id, "register_id": register["id"], "lines": basket["lines"], "member_id": member["id"], "points": 300,
        "expected_total_minor": 7700, "promise": quote["promise"], "tenders": [{"kind": "cash", "amount_minor": 7700, "given_minor": 10_000}],
    }  # fmt: skip
    status, sold = clerk.ask("POST", "/till/sales", sale)
    assert (status, sold["state"], sold["change_minor"]) == (201, "sold", 2300), sold
    assert clerk.ask("POST", "/till/sales", sale) == (201, sold)  # the answer was lost on the way; it is the same sale
    drain()

    # 28.80 + 77.00 = 105.80 within six months: she is gold from now on. 77 points more are pending.
    with every_brand():
        at = clock_now()
        assert tiers_of([UUID(member["id"])], at=at)[UUID(member["id"])].code == "gold"
        assert standing_of(UUID(member["id"]), at).value == 10_580
    points = she.ask("GET", "/points/me")[1]
    assert (points["ready"], points["pending"]) == (200, 105)

    # One milk goes back in the franchise store: half of 19.15 is 9.57 to WeChat; 19 points become 9, so 10 go.
    back = {
        "id": new_id(),
        "store_id": franchise.id,
        "receipt": placed["number"],
        "reason": "unwanted",
        "lines": [{"position": 1, "quantity": 1}],
    }
    status, preview = elsewhere.ask(
        "POST", "/returns/preview", {key: back[key] for key in ("store_id", "receipt", "lines")}
    )
    assert status == 200, preview
    assert (status, preview["refund_minor"], preview["points_taken"]) == (200, 957, 10), preview
    status, returned = elsewhere.ask("POST", "/returns", back)
    assert (status, returned["refund_minor"], [one["kind"] for one in returned["refunds"]]) == (200, 957, ["wechat"]), (
        returned
    )
    assert elsewhere.ask("POST", "/returns", back) == (200, returned)
    more = {**back, "id": new_id(), "lines": [{"position": 1, "quantity": 2}]}
    assert elsewhere.ask("POST", "/returns", more)[0] == 409
    drain()
    points = she.ask("GET", "/points/me")[1]
    assert (points["ready"], points["pending"]) == (200, 95)

    # The rest of the order goes back at the first store: what is left of it to the fen, and the coupon is hers again.
    rest = {
        "id": new_id(),
        "store_id": own.id,
        "receipt": placed["number"],
        "lines": [{"position": 1, "quantity": 1}, {"position": 2, "quantity": 2}],
    }
    status, returned = clerk.ask("POST", "/returns", rest)
    assert (status, returned["refund_minor"]) == (200, 2880 - 957), returned
    drain()
    points = she.ask("GET", "/points/me")[1]
    assert (points["ready"], points["pending"]) == (200, 77)

    # The evening: the drawer holds float and sale, the shelves hold what was not sold, and the books agree.
    status, report = clerk.ask(
        "POST",
        f"/till/shifts/{shift['id']}/close",
        {"request_id": new_id(), "count": {"10000": 2, "5000": 1, "1000": 2, "500": 1, "100": 2}},
    )
    assert (status, report["expected_minor"], report["difference_minor"]) == (200, 27_700, 0), report
    with every_brand():
        assert StockLevel.objects.get(location_id=own.id, sku_id=milk.sku_id).on_hand == 9
        assert StockLevel.objects.get(location_id=franchise.id, sku_id=milk.sku_id).on_hand == 6
        assert StockLevel.objects.get(location_id=own.id, sku_id=tea.sku_id).on_hand == 9
        assert CouponClaim.objects.get().state == "ready"
        assert points_now([UUID(member["id"])])[UUID(member["id"])].ready == 200
        assert check_books() == []
