"""Sending campaigns to the advertising provider: as its protocol says, once only, and figures back; whatever goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from sitong.marketing.ads.queries.campaigns import days_told, sums_of
from sitong.marketing.models import AdAccount, AdCampaign, AdStep
from sitong.scene.adverts.demo.server import BREAKS, LOSES_ANSWER
from sitong.scene.adverts.messenger import pull_figures, send_campaigns
from sitong.scene.adverts.provider import AdProviderRefused, AdProviderUnreachable
from sitong.scene.adverts.tencent import TencentAds
from sitong.shared.clock import now as clock_now
from sitong.shared.geo import Position, distance_m, from_gcj02
from tests.make.ads import ACCOUNT, TOKEN, an_ad_account, an_ad_provider, an_approved_campaign
from tests.make.goods import a_product
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def provider():
    with an_ad_provider() as running:
        yield running


@pytest.fixture
def campaign(provider):
    now = clock_now()
    brand = a_brand(now=now)
    store = a_store(brand, now=now, name="人民广场“旗舰”店")
    an_ad_account(brand, provider, now=now)
    return an_approved_campaign(brand, store, a_product(brand.id, now=now), now=now)


def again(campaign) -> AdCampaign:
    campaign.refresh_from_db()
    return campaign


def test_a_campaign_is_sent_in_two_steps_and_runs(campaign, provider):
    assert send_campaigns(now=clock_now()) == 1
    assert (again(campaign).state, campaign.fault, campaign.next_at) == ("running", "", None)
    assert provider.asked == ["adgroups/add", "dynamic_creatives/add"]
    (group,), (card,) = provider.groups.values(), provider.cards.values()
    assert group["adgroup_name"] == f"{campaign.number} 人民广场 旗舰 店"
    assert (group["daily_budget"], group["begin_date"], group["end_date"]) == (
        10_000,
        campaign.starts_on.isoformat(),
        campaign.ends_on.isoformat(),
    )
    (place,) = group["targeting"]["geo_location"]["custom_locations"]
    there = from_gcj02(Position.of_degrees(place["latitude"], place["longitude"]))
    assert place["radius"] == 3_000
    assert distance_m(there, Position(31_230_000, 121_473_000)) < 1
    link = card["creative_components"]["main_jump_info"][0]["value"]["page_spec"]["h5_spec"]["page_url"]
    assert link.endswith(f"/?from=ad&tag={campaign.number}")
    assert send_campaigns(now=clock_now()) == 0
    assert len(provider.asked) == 2


@pytest.mark.parametrize("step", [0, 1])
def test_a_lost_answer_makes_nothing_twice(campaign, provider, step):
    provider.mishaps = [""] * step + [LOSES_ANSWER]
    now = clock_now()
    assert send_campaigns(now=now) == 0
    assert (again(campaign).state, campaign.fault) == ("approved", "unreachable")
    assert send_campaigns(now=now + timedelta(seconds=10)) == 0
    assert send_campaigns(now=now + timedelta(minutes=5)) == 1
    assert (len(provider.groups), len(provider.cards)) == (1, 1)
    asked = ["adgroups/add", "dynamic_creatives/add"]
    looked = f"{asked[step].split('/')[0]}/get"
    assert provider.asked == [*asked[: step + 1], looked, *asked[step + 1 :]]


def test_a_provider_that_is_down_is_asked_again_later_and_later(campaign, provider):
    provider.mishaps = [BREAKS] * 3
    now = clock_now()
    waits = []
    for _ in range(3):
        send_campaigns(now=now)
        waits.append((again(campaign).next_at - now).total_seconds())
        now = campaign.next_at
    assert waits == [30, 60, 120]
    assert send_campaigns(now=now) == 1
    assert len(provider.groups) == 1


def test_what_the_provider_refuses_waits_for_a_person(campaign, provider):
    an_ad_account(type("brand", (), {"id": campaign.brand_id}), provider, token="another token")
    assert send_campaigns(now=clock_now()) == 0
    assert (again(campaign).state, campaign.fault) == ("failed", "11000: access_token is invalid")
    assert send_campaigns(now=clock_now() + timedelta(days=1)) == 0
    assert provider.groups == {}


def test_without_an_account_a_campaign_waits(campaign, provider):
    AdAccount.objects.all().delete()
    assert send_campaigns(now=clock_now()) == 0
    assert (again(campaign).state, campaign.fault) == ("approved", "no account")
    assert not AdStep.objects.exists()
    assert provider.asked == []


def test_a_day_s_figures_come_back_and_the_newest_word_holds(campaign, provider):
    now = clock_now()
    send_campaigns(now=now)
    assert [pull_figures(now=now + timedelta(days=2)), pull_figures(now=now + timedelta(days=2))] == [3, 3]
    days = days_told(campaign.id)
    sums = sums_of([campaign.id])[campaign.id]
    assert (sums.days, sums.shown) == (3, sum(one.shown for one in days))
    assert all(one.clicked == one.shown // 25 and one.cost_minor <= 10_000 for one in days)
    provider.mishaps = [BREAKS]
    assert pull_figures(now=now) == 0
    assert sums_of([campaign.id])[campaign.id] == sums


def test_the_token_is_sealed_and_in_no_log_of_the_answer(campaign, provider):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM marketing_adaccount")
        ((kept,),) = cursor.fetchall()
    assert TOKEN not in kept


def test_the_provider_checks_what_its_protocol_says(provider):
    ads = TencentAds(account_number=str(ACCOUNT), access_token=TOKEN, gateway=provider.address)
    assert ads.find_group("nobody's") is None
    wrong = TencentAds(account_number="1", access_token=TOKEN, gateway=provider.address)
    with pytest.raises(AdProviderRefused) as refused:
        wrong.find_group("x")
    assert refused.value.facts["provider_code"] == "11004"
    address = f"{provider.address}/v3.0/adgroups/get"
    said = {
        "access_token": TOKEN,
        "timestamp": str(int(clock_now().timestamp())),
        "nonce": "n1",
        "account_id": str(ACCOUNT),
    }
    said["filtering"] = '[{"field": "adgroup_name", "operator": "EQUALS", "values": ["x"]}]'
    codes = [requests.get(address, params=said, timeout=5).json()["code"] for _ in range(2)]
    old = requests.get(address, params={**said, "nonce": "n2", "timestamp": "1494840119"}, timeout=5).json()["code"]
    assert (codes, old) == ([0, 11003], 11002)


def test_nobody_listening_is_unreachable():
    with pytest.raises(AdProviderUnreachable):
        TencentAds(account_number="1", access_token="x", gateway="http://127.0.0.1:9").find_group("x")
