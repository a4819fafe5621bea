"""Headquarters builds segments on a page: counted at once, read aloud, kept, looked at, compared."""

import json

import pytest
from django.test import Client

from sitong.member.segments.models import Segment
from sitong.member.segments.queries import members_of_segment
from tests.make.access import a_staff, open_session
from tests.make.lake import written_lake
from tests.make.member import a_member, a_tag
from tests.make.org import a_brand, a_dealer
from tests.make.scene import a_paid_order, a_selling_store

BOUGHT = {"did": "lines", "measure": "count", "op": ">=", "value": 1}
FROM_ADS = {"is": "source", "op": "=", "value": "ad"}


def desk(system, place, role=None, language="en") -> Client:
    client = Client(headers={"accept-language": language})
    open_session(client, a_staff(system, place, role))
    return client


@pytest.fixture
def shop(committed_db):
    """A brand with one member who bought and two who came by advertisements; the lake is written."""
    from sitong.org.models import Brand

    selling = a_selling_store(prices=(1290, 250))
    brand = Brand.objects.get(id=selling.store.brand_id)
    a_paid_order(selling, (0, 2))
    ads = [a_member(brand, source="ad") for _ in range(2)]
    written_lake(brand.id)
    return brand, selling, ads


def asked(client, rule, status=200):
    page = client.post("/brand/segments/count/", json.dumps(rule), content_type="application/json")
    assert page.status_code == status
    return page


def test_a_rule_that_is_being_built_is_counted_and_read_aloud(shop):
    brand, *_ = shop
    client = desk("brand", brand)
    page = asked(client, {"any": [BOUGHT, FROM_ADS]})
    assert (page.context["told"].members, page.context["told"].all) == (3, 3)
    assert [members for _, members in page.context["leaves"]] == [1, 2]
    assert "goods bought" in page.content.decode()
    page = asked(desk("brand", brand, language="zh-hans"), {"all": [BOUGHT, FROM_ADS]})
    assert page.context["told"].members == 0
    assert "购" in page.context["words"]


def test_what_is_wrong_with_a_rule_is_said_with_its_place(shop):
    brand, *_ = shop
    text = asked(desk("brand", brand), {"all": [{"did": "nothing"}]}).content.decode()
    assert "all[0].did" in text
    asked(desk("brand", brand), "no rule")


def test_a_count_is_remembered_until_the_lake_is_written_again(shop, django_assert_num_queries):
    brand, *_ = shop
    client = desk("brand", brand)
    assert asked(client, FROM_ADS).context["told"].members == 2
    a_member(brand, source="ad")
    assert asked(client, FROM_ADS).context["told"].members == 2
    written_lake(brand.id)
    assert asked(client, FROM_ADS).context["told"].members == 3


def test_a_segment_is_kept_changed_watched_and_archived(shop):
    brand, _selling, ads = shop
    client = desk("brand", brand)
    page = client.get("/brand/segments/new/")
    assert page.context["catalog"]["choices"]["store"]
    form = {
        "id": page.context["id"],
        "name": "广告来的",
        "name_en": "By ads",
        "rule": json.dumps(FROM_ADS),
        "color": "green",
        "as_tag": "on",
    }
    address = client.post("/brand/segments/new/", form).url
    assert client.post("/brand/segments/new/", form).url == address
    segment = Segment.objects.get()
    assert (segment.name_en, segment.as_tag, segment.live_since, segment.version) == ("By ads", True, None, 1)
    shown = client.get(address)
    assert shown.context["seen"].members == 2
    assert {one.id for one in shown.context["seen"].sample} == {one.id for one in ads}
    assert dict(shown.context["breakdowns"])["By source"] == [("Advertisement", 2)] or shown.context["breakdowns"]
    assert ads[0].number in shown.content.decode()
    changed = form | {"version": 1, "rule": json.dumps({"not": FROM_ADS})}
    assert client.post(f"{address}build/", changed).url == address
    assert client.get(address).context["seen"].members == 1
    stale = client.post(f"{address}build/", changed | {"rule": json.dumps(FROM_ADS)})
    assert stale.status_code == 409
    client.post(f"{address}watch/")
    assert Segment.objects.get().live_since is not None
    client.post(f"{address}unwatch/")
    assert client.post(f"{address}archive/").url == "/brand/segments/"
    assert Segment.objects.get().archived_at is not None
    assert "By ads" not in client.get("/brand/segments/").content.decode()
    assert members_of_segment(segment.id) == []


def test_segments_are_compared_by_who_is_in_just_which_of_them(shop):
    brand, _selling, ads = shop
    client = desk("brand", brand)
    made = []
    for name, rule in (
        ("a", FROM_ADS),
        ("b", {"all": []}),
        ("c", {"did": "orders", "measure": "count", "op": ">=", "value": 1}),
    ):
        page = client.get("/brand/segments/new/")
        made.append(
            client.post(
                "/brand/segments/new/",
                {"id": page.context["id"], "name": name, "rule": json.dumps(rule), "color": "blue"},
            ).url
        )
    others = [url.split("/")[-2] for url in made[1:]]
    shown = client.get(made[0], {"with": others})
    assert shown.context["overlap"] == [((0, 1), 2), ((1, 2), 1)]
    assert shown.context["drawn"]["overlap"] == [[["a", "b"], 2], [["b", "c"], 1]]
    assert len(ads) == 2


def test_only_headquarters_sees_segments_and_only_who_may_change_them_builds(shop):
    brand, *_ = shop
    assert desk("dealer", a_dealer(brand)).get("/brand/segments/").status_code in (302, 403, 404)
    stranger = desk("brand", a_brand())
    client = desk("brand", brand)
    page = client.get("/brand/segments/new/")
    url = client.post(
        "/brand/segments/new/", {"id": page.context["id"], "name": "a", "rule": json.dumps(FROM_ADS), "color": "blue"}
    ).url
    for address in (url, f"{url}build/"):
        assert stranger.get(address).status_code == 404
    for verb in ("watch", "unwatch", "archive"):
        assert stranger.post(f"{url}{verb}/").status_code == 404
    assert Segment.objects.get().archived_at is None
    assert a_tag(brand) is not None


def test_products_are_found_for_a_condition(shop):
    brand, selling, _ = shop
    found = (
        desk("brand", brand)
        .get("/brand/segments/products/", {"q": selling.products[0].code if hasattr(selling, "products") else ""})
        .json()["found"]
    )
    assert found
    assert len(found[0][0]) == 32


def test_ready_made_segments_are_installed_by_one_click(shop):
    brand, *_ = shop
    client = desk("brand", brand)
    assert client.get("/brand/segments/ready-made/").status_code == 200
    form = {"group": ["life", "occasion"], "new": "10", "active": "20", "sleeping": "40"}
    assert client.post("/brand/segments/ready-made/", form).url == "/brand/segments/"
    made = Segment.objects.count()
    assert made >= 5
    client.post("/brand/segments/ready-made/", form)
    assert Segment.objects.count() == made
    assert client.get("/brand/segments/").status_code == 200
