"""From a code under a cap to money in a phone, and from a box at the door to a rebate on the books, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.scans.actions.rebates import define_rebate_plans
from sitong.marketing.scans.rebating import RebatePlanWanted
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.transfers import transfer_resource
from sitong.scene.payouts.models import Payout
from sitong.scene.payouts.sending import send_payouts
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.journeys.test_first_order import Caller, signed_in
from tests.make.access import a_viewer, as_viewer
from tests.make.codes import a_batch, code_texts
from tests.make.goods import a_product
from tests.make.member import a_key
from tests.make.org import a_brand, a_store, done
from tests.make.payments import a_merchant, a_provider


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        yield running


@pytest.mark.usefixtures("committed_db")
def test_a_code_under_a_cap_becomes_money_in_a_phone(provider, settings):
    now = clock_now()
    brand = a_brand(now=now)
    merchant = a_merchant(brand.id, provider, now=now)
    product = a_product(brand.id, name_en="Osmanthus wine")
    batch = a_batch(brand.id, 100, inner=True, now=now, sku_id=product.skus.get().id)
    outer, inner = code_texts(batch, 1)[0], code_texts(batch, 1, side="inner")[0]

    boss = Caller(as_viewer(a_viewer("brand", brand, "owner")))
    plan = {
        "id": new_id(), "name": "开盖有奖", "name_en": "Win under the cap", "batch_id": batch.id, "budget_minor": 1_000, "per_member": 3,
        "prizes": [{"reward": {"kind": "cash", "amount": 188}, "chance_ppm": 1_000_000, "cost_minor": 188}],
        "starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=30),
    }  # fmt: skip
    status, made = boss.ask("POST", "/scan-plans", plan)
    assert (status, made["state"]) == (201, "draft"), made
    assert boss.ask("POST", f"/scan-plans/{plan['id']}/publish")[1]["state"] == "running"

    stranger = Caller()
    checked = {
        "id": new_id(),
        "brand": brand.code,
        "code": f"HTTPS://SITONG.CN/Q/{brand.code.upper()}/01/06901234567892/21/{outer}",
    }
    status, seen = stranger.ask("POST", "/code-checks", checked)
    assert (status, seen["standing"], seen["name_en"], seen["scans_before"]) == (200, "active", "Osmanthus wine", 0)
    assert seen["why"] == "marketing.scan_inner_code"
    forged = inner[:-1] + ("0" if inner[-1] != "0" else "1")
    assert (
        stranger.ask("POST", "/code-checks", {**checked, "id": new_id(), "code": forged})[1]["code"]
        == "goods.code_unknown"
    )

    consumer, other = signed_in(brand, settings), signed_in(brand, settings)
    scan = {"id": new_id(), "code": inner}
    status, won = consumer.ask("POST", "/code-scans", scan)
    assert (status, won["scans_before"], won["mine"], won["reward"]) == (
        200,
        0,
        True,
        {"kind": "cash", "amount": 188, "ref_id": None},
    ), won
    assert consumer.ask("POST", "/code-scans", scan)[1] == won
    late = other.ask("POST", "/code-scans", {"id": new_id(), "code": inner})[1]
    assert (late["drawn"], late["mine"], late["reward"], late["scans_before"]) == (True, False, None, 1)

    drain("scene.payouts")
    with every_brand():
        payout = Payout.objects.get()
        assert (payout.amount_minor, payout.state, send_payouts(now=clock_now())) == (188, "waiting", 0)
        a_key(_Known(payout.member_id, brand.id), "wechat_open", "o-journey", app=merchant.app_id)
        assert send_payouts(now=clock_now()) == 1
        payout.refresh_from_db()
    row = provider.till.transfers.receive(payout.package)
    resource = transfer_resource(row, merchant_number=merchant.merchant_number)
    body = notification(provider.keys, event_type="MCHTRANSFER.BILL.FINISHED", kind="mch_payment", resource=resource)
    for _ in range(2):
        path = f"/api/v1/payments/wechat/{merchant.id}/notify"
        told = Client().generic("POST", path, body, headers=signature_headers(provider.keys, body))
        assert told.status_code == 204, told.content

    shown = boss.ask("GET", f"/scan-plans/{plan['id']}")[1]
    assert (shown["drawn"], shown["won"], shown["spent_minor"], shown["won_each"]) == (1, 1, 188, [1])
    assert [(day["drawn"], day["cost_minor"]) for day in boss.ask("GET", f"/scan-plans/{plan['id']}/days")[1]] == [
        (1, 188)
    ]
    status, refused = boss.ask("PATCH", f"/scan-plans/{plan['id']}", {"budget_minor": 500})
    assert (status, refused["code"]) == (409, "marketing.scan_plan_frozen")
    with every_brand():
        assert Payout.objects.get().state == "done"
        assert check_books() == []


@pytest.mark.usefixtures("committed_db")
def test_a_box_at_the_door_becomes_a_rebate_on_the_books():
    now = clock_now()
    brand = a_brand(now=now)
    store, boxes = a_store(brand, now=now), a_batch(brand.id, 10, level="box", now=now)
    plan = RebatePlanWanted(new_id(), brand.id, "收货返利", 200, now - timedelta(hours=1), now + timedelta(days=9))
    with every_brand():
        done(define_rebate_plans([plan], by=None, now=now))
    boss = Caller(as_viewer(a_viewer("brand", brand, "owner")))
    clerk = Caller(as_viewer(a_viewer("store", store, "clerk")))
    here, there = {"kind": "brand", "id": brand.id}, {"kind": "store", "id": store.id}
    sent = {"id": new_id(), "kind": "ship", "at": here, "to": there, "texts": code_texts(boxes, 1, 2, 3)}
    received = {"id": new_id(), "kind": "receive", "at": there, "texts": code_texts(boxes, 1, 2, 3)}
    for caller, move in ((boss, sent), (clerk, received), (clerk, received)):
        status, answer = caller.ask("POST", "/code-moves", move)
        assert status < 300, answer
    drain("marketing.rebates")
    page = Client(headers={**clerk.headers, "Accept-Language": "en"}).get("/store/rebates/").content.decode()
    assert "3 codes" in page and "¥6.00" in page
    with every_brand():
        assert check_books() == []


class _Known:
    """A member by its id."""

    def __init__(self, id, brand_id) -> None:
        self.id, self.brand_id = id, brand_id
