"""The desks' pages and the API of the organization."""

import pytest
from django.test import Client

from sitong.org.models import Dealer, Store
from sitong.shared.access.models import Account, Audit
from sitong.shared.access.scope import show_every_brand
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.member import a_member
from tests.make.org import HOURS, a_brand, a_dealer, a_store, an_entity

pytestmark = pytest.mark.usefixtures("db")


class Asker:
    """A signed-in browser whose requests leave the test's own scope open."""

    def __init__(self, account):
        self.client = Client()
        open_session(self.client, account)

    def get(self, path, **said):
        answer = self.client.get(path, **said)
        show_every_brand()
        return answer

    def post(self, path, said=None):
        answer = self.client.post(path, said or {})
        show_every_brand()
        return answer


def api(method, path, viewer, said=None):
    answer = getattr(Client(), method)(
        f"/api/v1{path}", said, content_type="application/json", headers=as_viewer(viewer)
    )
    show_every_brand()
    return answer


STORE_FORM = {"name": "新名", "name_en": "New name", "fence_m": "300", "zone": "Asia/Shanghai", "pickup": "on", "hours_1": "9:00-12:00，13:00-18:00",
              "latitude_e6": "31.230416", "longitude_e6": "121.473701", "color": "#112233"}  # fmt: skip


def test_headquarters_changes_a_store_on_its_page(now):
    brand = a_brand()
    store = a_store(brand)
    asker = Asker(a_staff("brand", brand))
    assert store.name in asker.get("/brand/stores/").content.decode()
    page = asker.get(f"/brand/stores/{store.id}/").content.decode()
    assert "09:00-21:30" in page
    assert asker.post(f"/brand/stores/{store.id}/", STORE_FORM).status_code == 302
    store.refresh_from_db()
    assert (store.name, store.fence_m, store.hours, store.delivery) == (
        "新名",
        300,
        {"1": [["09:00", "12:00"], ["13:00", "18:00"]]},
        False,
    )
    assert (store.latitude_e6, store.longitude_e6, store.theme) == (31_230_416, 121_473_701, {"color": "#112233"})
    wrong = asker.post(f"/brand/stores/{store.id}/", {**STORE_FORM, "hours_1": "late", "name": "x"})
    assert wrong.status_code == 422
    store.refresh_from_db()
    assert store.name == "新名"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_organization_opens_in_both_languages(language):
    brand = a_brand()
    dealer = a_dealer(brand)
    store = a_store(dealer=dealer)
    clerk = a_staff("store", store, "clerk")
    pages = {
        a_staff("brand", brand): ["/brand/dealers/", "/brand/dealers/new/", f"/brand/dealers/{dealer.id}/", "/brand/stores/", "/brand/stores/new/",
                                  f"/brand/stores/{store.id}/", "/brand/staff/", "/brand/staff/new/", f"/brand/staff/{clerk.id}/", "/brand/audit/",
                                  "/sign-in/second-factor/"],
        a_staff("dealer", dealer): ["/dealer/dealers/", "/dealer/stores/", f"/dealer/stores/{store.id}/", "/dealer/staff/", f"/dealer/staff/{clerk.id}/"],
        a_staff("store", store): ["/store/settings/", "/store/staff/", "/store/staff/new/", f"/store/staff/{clerk.id}/"],
    }  # fmt: skip
    for account, paths in pages.items():
        asker = Asker(account)
        for path in paths:
            answer = asker.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path
    for path in ("/sign-in/", "/sign-in/brand/", "/sign-in/dealer/", "/sign-in/store/", "/sign-in/phone/"):
        assert Client().get(path, headers={"Accept-Language": language}).status_code == 200, path


def test_headquarters_opens_a_store_and_appoints_a_dealer_with_a_new_entity():
    brand = a_brand()
    asker = Asker(a_staff("brand", brand))
    form = {
        "code": "east",
        "name": "华东",
        "entity_name": "华东商贸有限公司",
        "latitude_e6": "31.23",
        "longitude_e6": "121.47",
        "rings": "2",
    }
    assert asker.post("/brand/dealers/new/", form)["Location"] == "/brand/dealers/"
    dealer = Dealer.objects.get(code="east")
    assert (dealer.entity.name, len(dealer.territory)) == ("华东商贸有限公司", 19)
    assert asker.post("/brand/dealers/new/", {**form, "entity_name": "又一家"}).status_code == 422
    entity = an_entity(brand)
    opened = asker.post(
        "/brand/stores/new/",
        {"code": "s1", "name": "一店", "kind": "franchise", "dealer": str(dealer.id), "entity": str(entity.id)},
    )
    assert opened.status_code == 302
    store = Store.objects.get(code="s1")
    assert (store.dealer_id, store.kind) == (dealer.id, "franchise")
    assert Audit.objects.filter(subject_id=store.id, verb="opened").count() == 1
    assert asker.post(f"/brand/dealers/{dealer.id}/close/").status_code == 409
    assert asker.post(f"/brand/stores/{store.id}/close/").status_code == 302
    assert asker.post(f"/brand/dealers/{dealer.id}/close/").status_code == 302


def test_a_store_s_manager_changes_its_settings_and_no_more():
    store = a_store()
    asker = Asker(a_staff("store", store))
    form = {"fence_m": "400", "phone": "021-1234", "delivery": "on", "notice": "今日特价", "name": "smuggled"}
    assert asker.post(f"/store/settings/?store={store.id}", form).status_code == 302
    store.refresh_from_db()
    assert (store.fence_m, store.delivery, store.pickup, store.theme["notice"], store.name) == (
        400,
        True,
        False,
        "今日特价",
        "人民广场店",
    )


def test_staff_are_hired_and_disabled_on_the_page():
    store = a_store()
    asker = Asker(a_staff("store", store))
    form = {
        "username": "xiao.wu",
        "name": "小吴",
        "password": "a long enough one",
        "role": "store clerk",
        "place": f"store {store.id}",
    }
    assert asker.post("/store/staff/new/", {**form, "password": "short"}).status_code == 422
    assert asker.post("/store/staff/new/", form).status_code == 302
    clerk = Account.objects.get(username="xiao.wu")
    assert asker.post(f"/store/staff/{clerk.id}/disable/").status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert asker.post(f"/store/staff/{clerk.id}/destroy/").status_code == 404


def test_the_change_log_shows_who_changed_what():
    brand = a_brand()
    store = a_store(brand)
    owner = a_staff("brand", brand, name="林岚")
    asker = Asker(owner)
    asker.post(f"/brand/stores/{store.id}/", {**STORE_FORM, "fence_m": "987"})
    page = asker.get("/brand/audit/?subject=org.store").content.decode()
    assert "林岚" in page and "987" in page
    answer = api("get", f"/org/audit?subject_id={store.id}", a_viewer("brand", brand))
    assert [(one["verb"], one["after"].get("fence_m")) for one in answer.json()] == [("changed", 987), ("opened", None)]


def test_the_api_lists_opens_and_changes_stores():
    brand = a_brand()
    entity = an_entity(brand)
    owner = a_viewer("brand", brand)
    new = {
        "id": str(new_id()),
        "entity_id": str(entity.id),
        "kind": "direct",
        "code": "a",
        "name": "甲",
        "hours": HOURS,
    }
    assert api("post", "/org/stores", owner, new).status_code == 200
    assert api("post", "/org/stores", owner, new).json()["id"] == new["id"]
    assert api("post", "/org/stores", owner, {**new, "id": str(new_id())}).json()["code"] == "org.code_taken"
    a_store(brand, code="b")
    first = api("get", "/org/stores?limit=1", owner).json()
    assert ([one["code"] for one in first["items"]], first["next"]) == (["a"], "a")
    assert [one["code"] for one in api("get", "/org/stores?limit=1&after=a", owner).json()["items"]] == ["b"]
    store = Store.objects.get(code="a")
    manager = a_viewer("store", store)
    assert api("patch", f"/org/stores/{store.id}", manager, {"fence_m": 345}).json()["fence_m"] == 345
    assert api("patch", f"/org/stores/{store.id}", manager, {"name": "乙"}).status_code == 403
    assert (
        api("patch", f"/org/stores/{store.id}", manager, {"hours": {"9": []}}).json()["code"] == "org.hours_malformed"
    )
    assert (
        api("patch", f"/org/stores/{store.id}", a_viewer("store", store, "clerk"), {"fence_m": 20}).status_code == 403
    )
    store.refresh_from_db()
    assert (store.name, store.fence_m) == ("甲", 345)


def test_the_api_shows_members_masked_and_reveals_with_a_trace():
    brand = a_brand()
    member = a_member(brand, name="王小明", phone="13800138000")
    owner = a_viewer("brand", brand)
    (seen,) = api("get", "/members?q=13800138000", owner).json()["items"]
    assert (seen["name"], seen["phone"]) == ("王**", "+86 138****8000")
    assert api("post", f"/members/{member.id}/reveal", owner).json() == {"name": "王小明", "phone": "+8613800138000"}
    assert api("post", f"/members/{member.id}/reveal", a_viewer("brand", brand, "marketing")).status_code == 403
    assert Audit.objects.filter(verb="revealed").count() == 1
    member.account_id = new_id()
    member.save()
    own = a_viewer("consumer", member)
    assert api("get", "/me", own).json()["phone"] == "+8613800138000"
    assert api("patch", "/me", own, {"name": "小明"}).json()["name"] == "小明"


def test_lists_ask_the_same_number_of_queries_for_2_and_for_20(django_assert_num_queries):
    brand = a_brand()
    asker = Asker(a_staff("brand", brand))

    def grow(count):
        for _ in range(count):
            a_staff("store", a_store(dealer=a_dealer(brand)), "clerk")

    counts = {}
    for size in (2, 18):
        grow(size)
        for path in ("/brand/stores/", "/brand/dealers/", "/brand/staff/", "/brand/audit/"):
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(connection) as asked:
                asker.get(path)
            counts.setdefault(path, []).append(len(asked))
    assert {path: few for path, (few, many) in counts.items() if few != many} == {}
