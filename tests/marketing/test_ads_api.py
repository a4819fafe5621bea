"""Advertising near stores over HTTP, from the target to the figures; and the desks' pages for it."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from sitong.marketing.ads.actions import grant_campaigns
from sitong.marketing.models import AdAccount, AdCampaign
from sitong.scene.adverts.messenger import pull_figures, send_campaigns
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.ads import ACCOUNT, an_ad_account, an_ad_provider, receives
from tests.make.goods import a_product
from tests.make.org import a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")


def ask(viewer, method: str, path: str, body: object = None):
    content = b"" if body is None else json.dumps(body, default=str).encode()
    headers = {"Accept-Language": "en", **as_viewer(viewer)}
    answer = Client().generic(method, f"/api/v1{path}", content, "application/json", headers=headers)
    return answer.status_code, answer.json()


@pytest.fixture
def town():
    now = clock_now()
    brand = a_brand(now=now)
    east, west = a_dealer(brand, now=now), a_dealer(brand, now=now)
    return brand, a_store(dealer=east, now=now), east, west


def test_from_the_target_to_the_figures(town):
    brand, store, east, west = town
    owner, manager = a_viewer("brand", brand), a_viewer("store", store)
    now, today = clock_now(), business_date(clock_now(), brand.zone)
    wanted = {
        "id": new_id(),
        "name": "月度进货",
        "quantity": 2_000,
        "starts_on": today,
        "title": "附近好店",
        "text": "到店有礼",
    }
    assert ask(manager, "PUT", "/ad-targets", wanted)[0] == 403
    status, refused = ask(owner, "PUT", "/ad-targets", {**wanted, "title": "全城最佳"})
    assert (status, refused["code"], refused["facts"]) == (409, "marketing.ad_card_forbidden", {"what": "最佳"})
    assert ask(owner, "PUT", "/ad-targets", wanted)[0] == 200
    assert ask(owner, "POST", f"/ad-targets/{wanted['id']}/publish")[0] == 200
    product = a_product(brand.id, now=now)
    receives(store, product, 760, now=now)
    (progress,) = ask(manager, "GET", f"/stores/{store.id}/ads")[1]["progress"]
    assert (progress["received"], progress["to_go"]) == (760, 1_240)
    receives(store, product, 1_240, now=now)
    grant_campaigns(now=now)
    (campaign,) = ask(a_viewer("dealer", east), "GET", "/ad-campaigns")[1]
    assert (campaign["state"], campaign["store_id"], campaign["reached"]) == ("granted", str(store.id), 2_000)
    assert ask(a_viewer("dealer", west), "GET", "/ad-campaigns")[1] == []
    path = f"/ad-campaigns/{campaign['id']}"
    assert ask(a_viewer("dealer", east), "POST", f"{path}/approve", {"starts_on": today})[0] == 403
    assert ask(owner, "POST", f"{path}/approve", {"starts_on": today})[1]["state"] == "approved"
    status, refused = ask(owner, "POST", f"{path}/decline")
    assert (status, refused["code"]) == (409, "marketing.ad_campaign_decided")
    with an_ad_provider() as provider:
        an_ad_account(brand, provider, now=now)
        assert (send_campaigns(now=clock_now()), pull_figures(now=clock_now())) == (1, 1)
    (seen,) = ask(manager, "GET", f"/stores/{store.id}/ads")[1]["campaigns"]
    assert (seen["state"], seen["clicked"]) == ("running", seen["shown"] // 25)


def test_the_account_s_token_is_kept_and_never_shown(town):
    brand = town[0]
    owner = as_viewer(a_viewer("brand", brand))
    wrong = Client().post("/brand/ads/account/", {"account_number": "x", "access_token": "secret-token"}, headers=owner)
    assert wrong.status_code == 409 and not AdAccount.objects.exists()
    kept = Client().post(
        "/brand/ads/account/", {"account_number": str(ACCOUNT), "access_token": "secret-token"}, headers=owner
    )
    assert kept.status_code == 302
    for path in ("/brand/ads/account/", "/brand/ads/"):
        assert "secret-token" not in Client().get(path, headers=owner).content.decode()
    assert AdAccount.objects.get().access_token == "secret-token"


def test_a_refused_campaign_is_sent_again_by_a_button(town):
    brand, store, _, _ = town
    now, owner = clock_now(), as_viewer(a_viewer("brand", brand))
    today = business_date(now, brand.zone)
    said = {
        "name": "进货", "place_kind": "store", "quantity": "10", "period": "month", "starts_on": today.isoformat(), "daily": "100",
        "title": "附近好店", "text": "到店有礼", "radius_m": "3000", "days": "7", "products": "",
    }  # fmt: skip
    made = Client().post("/brand/ads/targets/new/", said, headers=owner)["Location"]
    changed = Client().post(f"{made}edit/", {**said, "quantity": "12"}, headers=owner)
    assert changed["Location"] == made
    Client().post(f"{made}state/publish/", headers=owner)
    receives(store, a_product(brand.id, now=now), 12, now=now)
    grant_campaigns(now=now)
    campaign = AdCampaign.objects.get()
    path = f"/brand/ads/{campaign.id}/"
    Client().post(f"{path}decide/approve/", {"starts_on": today.isoformat()}, headers=owner)
    with an_ad_provider() as provider:
        an_ad_account(brand, provider, token="old token", now=now)
        send_campaigns(now=clock_now())
        page = Client().get(path, headers=owner).content.decode()
        assert "access_token is invalid" in page and f"{path}decide/again/" in page
        an_ad_account(brand, provider, now=now)
        Client().post(f"{path}decide/again/", headers=owner)
        assert send_campaigns(now=clock_now()) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.fault) == ("running", "")
