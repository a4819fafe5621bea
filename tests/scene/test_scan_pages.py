"""Pages of scans and cash rewards: a code's own page, the shop's camera, the desk's plans, payouts and rebates."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from sitong.goods.codes.models import CodeState
from sitong.marketing.giving.rules import Reward
from sitong.marketing.models import CodeDraw, RebatePlan, ScanPlan
from sitong.marketing.scans.checking import STRANGERS
from sitong.marketing.scans.rules import MILLION, Prize
from sitong.scene.payouts.actions import PayoutDue, enter_payouts
from sitong.scene.payouts.models import Payout
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff
from tests.make.codes import a_batch, code_texts
from tests.make.goods import a_product
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.points import a_points_plan
from tests.make.scans import a_scan_plan
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")
EN = {"Accept-Language": "en"}


@pytest.fixture
def town():
    now = clock_now()
    brand = a_brand(now=now)
    a_points_plan(brand, now=now)
    product = a_product(brand.id, name="桂花酒", name_en="Osmanthus wine")
    batch = a_batch(brand.id, now=now, sku_id=product.skus.get().id)
    return brand, a_store(brand, now=now), batch, now


def asked(path, said=None, language="en"):
    client = Client(headers={"Accept-Language": language})
    answer = client.post(path, said) if said is not None else client.get(path)
    show_every_brand()
    return answer


def page_of(brand, batch, serial=1, **more) -> str:
    return f"/Q/{brand.code.upper()}/{code_texts(batch, serial, **more)[0]}"


def test_a_stranger_sees_the_seal_and_is_led_to_sign_in_and_back_to_the_same_scan(town):
    brand, store, batch, now = town
    a_scan_plan(batch, now=now)
    text = asked(f"{page_of(brand, batch)}?store={store.code}").content.decode()
    assert 'data-standing="active"' in text and "Osmanthus wine" in text and "You are the first to scan it." in text
    scan_id = re.search(r'name="scan" value="([0-9a-f-]{36})"', text)[1]
    led = asked(page_of(brand, batch), {"scan": scan_id, "store": store.code})
    assert led.status_code == 302 and led["Location"].startswith("/sign-in/phone/") and scan_id in led["Location"]
    assert CodeDraw.objects.count() == 0
    account, member = a_consumer(brand)
    asker = Asker(account, member)
    back = asker.get(f"{page_of(brand, batch)}?store={store.code}&scan={scan_id}").content.decode()
    assert "data-go-on" in back
    won = asker.post(page_of(brand, batch), {"scan": scan_id, "store": store.code}).content.decode()
    assert ('class="reward reward-fresh"' in won and "是第一个" in won) or "You are the first to scan it." in won
    assert (CodeDraw.objects.get().member_id, CodeState.objects.get().scans) == (member.id, 1)
    assert f"/s/{brand.code}/{store.code}/me/payouts/" in won


def test_the_digital_link_and_small_letters_lead_to_the_same_page(town):
    brand, _store, batch, now = town
    a_scan_plan(batch, now=now)
    (letters,) = code_texts(batch, 1)
    for path in (f"/Q/{brand.code.upper()}/01/06901234567892/21/{letters}", f"/q/{brand.code}/{letters.lower()}"):
        assert 'data-standing="active"' in asked(path).content.decode()


def test_forged_void_and_much_scanned_codes_are_said(town):
    brand, _store, batch, now = town
    (letters,) = code_texts(batch, 1)
    forged = letters[:-1] + ("0" if letters[-1] != "0" else "1")
    answer = asked(f"/Q/{brand.code}/{forged}")
    assert answer.status_code == 404 and 'data-reason="goods.code_unknown"' in answer.content.decode()
    assert asked("/Q/NOBODY/AAAA").status_code == 404
    idle = a_batch(brand.id, 5, active=False, now=now)
    assert 'data-standing="idle"' in asked(page_of(brand, idle)).content.decode()
    for _ in range(4):
        CodeState.objects.update(last_scan_at=now - timedelta(hours=1))
        text = asked(page_of(brand, batch)).content.decode()
    assert "seal-worn" in text and "Scanned 3 times before" in text


def test_strangers_are_held_to_a_limit(town, settings, monkeypatch):
    brand, _store, batch, _now = town
    settings.LIMITS_FACTOR = 1
    monkeypatch.setattr(STRANGERS, "_buckets", type(STRANGERS._buckets)())
    statuses = [asked(page_of(brand, batch)).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_the_shop_s_scan_page_goes_on_to_the_code_and_refuses_what_is_none(town):
    brand, store, batch, _now = town
    path = f"/s/{brand.code}/{store.code}/scan/"
    assert "code-form" in asked(path).content.decode()
    (letters,) = code_texts(batch, 1)
    led = asked(path, {"code": f"HTTPS://X.CN/Q/{brand.code.upper()}/{letters}"})
    assert led["Location"] == f"/Q/{brand.code.upper()}/{letters}?store={store.code}"
    assert asked(path, {"code": "6901234567892"}).status_code == 409


def test_headquarters_makes_publishes_changes_and_ends_a_plan(town):
    brand, _store, batch, now = town
    boss = Asker(a_staff("brand", brand))
    begins, ends = (f"{now + timedelta(days=day):%Y-%m-%dT%H:%M}" for day in (-1, 30))
    said = {
        "id": str(new_id()), "name": "秋季扫码", "name_en": "Autumn", "batch": str(batch.id), "product": "", "starts_at": begins, "ends_at": ends,
        "budget": "100", "per_member": "5", "prize0_what": "points", "prize0_amount": "50", "chance0": "90", "cost0": "0.5",
        "prize1_what": "cash", "prize1_amount": "8.88", "chance1": "0.25", "quantity1": "10",
    }  # fmt: skip
    assert "Make a plan" in boss.get("/brand/scan-plans/new/", headers=EN).content.decode()
    made = boss.post("/brand/scan-plans/new/", said)
    assert made.status_code == 302
    plan = ScanPlan.objects.get()
    assert [(one["reward"], one["chance_ppm"], one["cost_minor"], one["quantity"]) for one in plan.prizes] == [
        ({"kind": "points", "amount": 50}, 900_000, 50, None), ({"kind": "cash", "amount": 888}, 2_500, 888, 10),
    ]  # fmt: skip
    assert boss.post(f"/brand/scan-plans/{plan.id}/state/publish/", {}).status_code == 302
    changed = boss.post(f"/brand/scan-plans/{plan.id}/edit/", {**said, "budget": "200"})
    assert changed.status_code == 302
    refused = boss.post(f"/brand/scan-plans/{plan.id}/edit/", {**said, "chance1": "20"})
    assert refused.status_code == 422
    detail = boss.get(f"/brand/scan-plans/{plan.id}/", headers=EN).content.decode()
    assert "0.25%" in detail and "Running" in detail and "¥200.00" in detail
    assert "秋季扫码" in boss.get("/brand/scan-plans/").content.decode()
    boss.post(f"/brand/scan-plans/{plan.id}/state/end/", {})
    show_every_brand()
    assert ScanPlan.objects.get().ended_at is not None


def test_headquarters_sees_payouts_and_a_member_its_own(town):
    brand, store, _batch, now = town
    account, member = a_consumer(brand)
    enter_payouts([PayoutDue(new_id(), brand.id, member.id, 188, "scan:1")], now=now)
    Payout.objects.update(state="failed", fault="OVERDUE_CLOSE")
    finance = Asker(a_staff("brand", brand, "finance"))
    text = finance.get("/brand/payouts/", headers=EN).content.decode()
    assert "¥1.88" in text and "did not receive it within a day" in text
    payout = Payout.objects.get()
    assert finance.post(f"/brand/payouts/{payout.id}/again/", {}).status_code == 302
    show_every_brand()
    assert Payout.objects.get().attempt == 2
    own = Asker(account, member).get(f"/s/{brand.code}/{store.code}/me/payouts/", headers=EN).content.decode()
    assert "Waits for your WeChat" in own and "One step to your money" in own


def test_rebates_are_made_at_the_desk_and_seen_by_store_and_dealer(town):
    brand, _store, _batch, now = town
    boss = Asker(a_staff("brand", brand))
    begins, ends = (f"{now + timedelta(days=day):%Y-%m-%dT%H:%M}" for day in (-1, 30))
    said = {
        "id": str(new_id()),
        "name": "收货返利",
        "name_en": "Boxes",
        "level": "box",
        "amount": "2",
        "budget": "",
        "starts_at": begins,
        "ends_at": ends,
    }
    assert boss.post("/brand/scan-plans/rebates/", {**said, "amount": ""}).status_code == 422
    assert boss.post("/brand/scan-plans/rebates/", said).status_code == 302
    assert RebatePlan.objects.get().amount_minor == 200
    dealer = a_dealer(brand)
    branch = a_store(dealer=dealer)
    for asker, path in (
        (Asker(a_staff("store", branch)), "/store/rebates/"),
        (Asker(a_staff("dealer", dealer)), "/dealer/rebates/"),
    ):
        assert "Boxes" in asker.get(path, headers=EN).content.decode()
    boss.post(f"/brand/scan-plans/rebates/{RebatePlan.objects.get().id}/end/", {})
    show_every_brand()
    assert RebatePlan.objects.get().ended_at is not None


def test_the_api_scans_checks_and_defines(town):
    brand, _store, batch, now = town
    a_scan_plan(batch, prizes=(Prize(Reward("points", 5), MILLION, 5),), now=now)
    (letters,) = code_texts(batch, 1)
    answer = Client().post(
        "/api/v1/code-checks", {"id": str(new_id()), "brand": brand.code, "code": letters}, "application/json"
    )
    show_every_brand()
    assert (answer.status_code, answer.json()["standing"], answer.json()["reward"]) == (200, "active", None)


def test_the_api_tells_payouts_and_makes_rebates(town):
    brand, _store, _batch, now = town
    account, member = a_consumer(brand)
    enter_payouts([PayoutDue(new_id(), brand.id, member.id, 188, "scan:1")], now=now)
    payout = Payout.objects.get()
    own, boss = Asker(account, member), Asker(a_staff("brand", brand))
    assert [one["amount_minor"] for one in own.get("/api/v1/my-payouts").json()] == [188]
    kind = {"content_type": "application/json"}
    refused = own.client.post(f"/api/v1/my-payouts/{payout.id}/receive", **kind)
    show_every_brand()
    assert refused.status_code in {403, 409}
    assert boss.get("/api/v1/payouts?state=waiting").json()[0]["state"] == "waiting"
    assert boss.get("/api/v1/rebate-plans").json() == []
